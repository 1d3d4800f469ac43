#include "apps/lab/spectra/follow_history.h"

#include <gtest/gtest.h>

namespace beltwarden::lab {
namespace {

// Six days of a plant, a row a day.
SpectralTable days(int from, int to, const std::string& prefix = "r", const std::string& dates = "date") {
  std::string text = "id," + dates + ",400,410,420\n";
  for (int d = from; d <= to; ++d) {
    text += prefix + std::to_string(d) + ",1998-07-0" + std::to_string(d) + "," + std::to_string(d) + ".1," + std::to_string(d) + ".2," + std::to_string(d) + ".3\n";
  }
  return parse_spectral_table(text, "plant", {}).value();
}

FollowHistory history_of(const SpectralTable& t, bool dated = true) {
  FollowHistory h;
  h.set = t.set;
  h.ids = t.ids;
  if (dated) h.dates = *t.column("date");
  return h;
}

TEST(FollowHistory, RowsBeforeTheTableAllCount) {
  EXPECT_EQ(first_row_not_before(history_of(days(1, 4)), days(5, 6), days(5, 6).set.spectra), 4);
}

TEST(FollowHistory, IsCutWhereTheTableBegins) {
  // The table holds the history's rows from the third day on; its first own row is the fifth.
  const auto table = days(3, 6);
  EXPECT_EQ(first_row_not_before(history_of(days(1, 4)), table, table.set.spectra), 2);
  // Known by its spectrum without dates and under other names...
  const auto renamed = days(3, 6, "x", "day");
  EXPECT_EQ(first_row_not_before(history_of(days(1, 4), false), renamed, renamed.set.spectra), 2);
  // ... and by id and date where the instrument left out a band.
  auto gaps = table;
  gaps.set.spectra.col(2).setConstant(std::nan(""));
  EXPECT_EQ(first_row_not_before(history_of(days(1, 4)), gaps, gaps.set.spectra), 2);
}

TEST(FollowHistory, RowsDatedLaterAreNoHistory) {
  const auto table = days(2, 2, "other");
  auto history = history_of(days(3, 6));
  EXPECT_EQ(first_row_not_before(history, table, table.set.spectra), 0);
}

}  // namespace
}  // namespace beltwarden::lab
