#include "apps/lab/spectra/spectral_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kTable =
    "id,set,class,y:Fe,y:LOI,400,410.5,420\r\n"
    "s1/1,train,A,62.5,,0.1,0.2,0.3\r\n"
    "s1/2,train,A,62.5,4,0.3,,0.5\r\n"
    "\"s,2/1\",val,B,,5,0.7,0.8,0.9\r\n"
    "s3,test,B,58,6,1,2,3\r\n";

SpectralTable read(const std::vector<Where>& where = {}) { return parse_spectral_table(kTable, "T.csv", where).value(); }

TEST(SpectralTable, KeepsWhatTheColumnsMean) {
  const auto t = read();
  EXPECT_THAT(t.ids, ElementsAre("s1/1", "s1/2", "s,2/1", "s3"));
  EXPECT_THAT(t.set.axis_nm, ElementsAre(400, 410.5, 420));
  EXPECT_THAT(t.set.responses, ElementsAre("y:Fe", "y:LOI"));
  EXPECT_THAT(t.set.classes, ElementsAre("A", "A", "B", "B"));
  EXPECT_THAT(t.set.groups, ElementsAre(0, 0, 1, 2));
  EXPECT_TRUE(std::isnan(t.set.values(0, 1)));
  EXPECT_TRUE(std::isnan(t.set.spectra(1, 1)));
  EXPECT_EQ(t.set.spectra(3, 2), 3);
  EXPECT_EQ(t.response("LOI"), 1);
  EXPECT_EQ(t.response("y:LOI"), 1);
  EXPECT_EQ(t.response("Mn"), -1);
}

TEST(SpectralTable, OneColumnGivesAlternativesAndSeveralMustAllHold) {
  EXPECT_THAT(read({{"set", "val"}, {"set", "test"}}).ids, ElementsAre("s,2/1", "s3"));
  EXPECT_THAT(read({{"set", "val"}, {"set", "test"}, {"class", "B"}, {"y:LOI", "6"}}).ids, ElementsAre("s3"));
  const auto none = parse_spectral_table(kTable, "T.csv", {{"set", "dev"}});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("no rows with --where set=dev"));
  const auto other = parse_spectral_table(kTable, "T.csv", {{"lot", "1"}});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("no column 'lot'"));
}

TEST(SpectralTable, AveragesTheScansOfASlice) {
  const auto t = averaged(read());
  EXPECT_THAT(t.ids, ElementsAre("s1", "s,2", "s3"));
  EXPECT_THAT(t.scans, ElementsAre(2, 1, 1));
  EXPECT_DOUBLE_EQ(t.set.spectra(0, 0), 0.2);
  EXPECT_DOUBLE_EQ(t.set.spectra(0, 1), 0.2);   // missing in the second scan
  EXPECT_DOUBLE_EQ(t.set.values(0, 1), 4);
  EXPECT_TRUE(std::isnan(t.set.values(1, 0)));
}

TEST(SpectralTable, SaysWhereALineDoesNotFit) {
  const auto number = parse_spectral_table("id,400,410,420\na,1,2,3\nb,1,x,3\n", "T.csv", {});
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().message, "T.csv: line 3, column '410': expected a number, found 'x'");
  const auto fields = parse_spectral_table("id,400,410,420\na,1,2\n", "T.csv", {});
  ASSERT_FALSE(fields);
  EXPECT_EQ(fields.error().message, "T.csv: line 2: expected 4 fields as in the header, found 3");
  const auto header = parse_spectral_table("name,400,410,420\na,1,2,3\n", "T.csv", {});
  ASSERT_FALSE(header);
  EXPECT_THAT(header.error().message, HasSubstr("T.csv: line 1, column 1: expected 'id', found 'name'"));
  const auto axis = parse_spectral_table("id,400,420,410\na,1,2,3\n", "T.csv", {});
  ASSERT_FALSE(axis);
  EXPECT_THAT(axis.error().message, HasSubstr("wavelengths must increase"));
  // As strict as what reads tables for `convert`: it is the same reader.
  const auto said = [](const std::string& text) {
    const auto read = parse_spectral_table(text, "T.csv", {});
    return read ? std::string("read") : read.error().message;
  };
  EXPECT_THAT(said("id,400,410,420\n\"a,1,2,3\n"), HasSubstr("T.csv: line 2: column 1: the quote is not closed"));
  EXPECT_THAT(said("id,lot,lot,400,410,420\na,1,1,1,2,3\n"), HasSubstr("occurs twice"));
  EXPECT_THAT(said("id,400,410,420\n,1,2,3\n"), HasSubstr("T.csv: line 2, column 1: the id is empty"));
  EXPECT_THAT(said("id,400,410,420\na,1,inf,3\n"), HasSubstr("column '410': expected a number, found 'inf'"));
  EXPECT_THAT(said("id,y:Fe,lot,400,410,420\na,60,1,1,2,3\n"), HasSubstr("expected the order id, meta"));
  EXPECT_THAT(said("id,400,410,420\na,1,1e300,3\n"), HasSubstr("T.csv: line 2, field 3: expected a number of at most 1e12, found '1e300'"));
  for (const char* missing : {"NA", "NaN", "nan", ""}) EXPECT_EQ(said("\xef\xbb\xbfid,400,410,420\na,1," + std::string(missing) + ",3\n"), "read") << missing;
}

TEST(SpectralTable, GroupsKeepFoldsApartOnlyWhereTheyTellRowsApart) {
  std::string text = "id,group,400,410,420\n";
  for (int i = 0; i < 12; ++i) text += "r" + std::to_string(i) + ",g" + std::to_string(i / 2) + ",1,2,3\n";
  std::string said;
  const auto groups = groups_for_folds(parse_spectral_table(text, "T", {}).value(), "", said).value();
  EXPECT_EQ(groups[0], groups[1]);
  EXPECT_NE(groups[1], groups[2]);
  EXPECT_THAT(said, HasSubstr("group too"));
  // Half of the rows marked "standard" are not one specimen.
  const auto marked = parse_spectral_table("id,group,400,410,420\na,standard,1,2,3\nb,standard,1,2,3\nc,,1,2,3\n", "T", {}).value();
  EXPECT_THAT(groups_for_folds(marked, "", said).value(), ElementsAre(0, 1, 2));
  EXPECT_THAT(said, HasSubstr("passed over"));
  // Asked for, a column of any name serves, and too few groups are an error.
  const auto lots = parse_spectral_table("id,lot,400,410,420\na,1,1,2,3\nb,1,1,2,3\nc,2,1,2,3\nd,3,1,2,3\n", "T", {}).value();
  const auto by_lot = groups_for_folds(lots, "lot", said).value();
  EXPECT_EQ(by_lot[0], by_lot[1]);
  EXPECT_NE(by_lot[1], by_lot[2]);
  EXPECT_THAT(groups_for_folds(marked, "group", said).error().message, HasSubstr("expected at least 3 groups, found 1"));
  EXPECT_THAT(groups_for_folds(marked, "lot", said).error().message, HasSubstr("no such column"));
}

TEST(SpectralTable, MovesToAnotherAxis) {
  const auto moved = spectra_on(read(), {405.25, 410.5, 415.25}).value();
  EXPECT_NEAR(moved(0, 0), 0.15, 1e-12);
  EXPECT_DOUBLE_EQ(moved(0, 1), 0.2);
}

TEST(SpectralTable, AxesThatDoNotMeetAreRefused) {
  const auto micrometres = parse_spectral_table("id,0.4,0.41,0.42\na,1,2,3\n", "T.csv", {}).value();
  EXPECT_TRUE(looks_like_micrometres(micrometres.set.axis_nm));
  EXPECT_FALSE(looks_like_micrometres(read().set.axis_nm));
  const auto refused = spectra_on(micrometres, {400, 410, 420});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "T.csv: expected wavelengths within 400 to 420 nm, found 0.4 to 0.42 nm (micrometres? multiply them by 1000)");
  const auto far = spectra_on(read(), {1400, 1410, 1420});
  ASSERT_FALSE(far);
  EXPECT_EQ(far.error().message, "T.csv: expected wavelengths within 1400 to 1420 nm, found 400 to 420 nm");
}

TEST(SpectralTable, IdsThatOccurTwiceAreTold) {
  EXPECT_EQ(repeated_ids(read()), "");
  const auto twice = parse_spectral_table("id,400,410,420\na/1,1,2,3\na/2,1,2,3\na/1,1,2,3\nb,1,2,3\na/1,1,2,3\n", "T.csv", {}).value();
  EXPECT_EQ(repeated_ids(twice), "1 id occurs more than once (first 'a/1'): their rows count as scans of one slice, and answers to them cannot be told apart");
}

}  // namespace
}  // namespace beltwarden::lab
