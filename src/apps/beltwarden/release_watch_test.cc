// A run without people ends with an error when nobody can clear a lot, and not before.
#include "apps/beltwarden/release_watch.h"

#include <gtest/gtest.h>

namespace beltwarden::app {
namespace {

using Standing = ReleaseWatch::Standing;
using control::LotState;

control::LotView lot(const char* name, LotState state, std::vector<control::Blocker> blockers = {}) {
  control::LotView view;
  view.lot = LotId{name};
  view.state = state;
  view.blockers = std::move(blockers);
  return view;
}

control::Blocker blocker(const char* code, const char* about) {
  control::Blocker made;
  made.code = code;
  made.about = about;
  return made;
}

TEST(ReleaseWatch, EndsWhenEveryLotIsReleasedOrRejected) {
  ReleaseWatch watch(seconds(60));
  EXPECT_EQ(watch.look({lot("L1", LotState::kReleased), lot("L2", LotState::kInspected)}, seconds(0)), Standing::kGoesOn);
  EXPECT_EQ(watch.look({lot("L1", LotState::kReleased), lot("L2", LotState::kRejected)}, seconds(1)), Standing::kCleared);
}

TEST(ReleaseWatch, IsPatientAsLongAsSomethingChanges) {
  ReleaseWatch watch(seconds(60));
  const auto waits_for = [](const char* about) { return std::vector{lot("L1", LotState::kInspected, {blocker("case_open", about)})}; };
  EXPECT_EQ(watch.look(waits_for("C-1"), seconds(0)), Standing::kGoesOn);
  EXPECT_EQ(watch.look(waits_for("C-1"), seconds(59)), Standing::kGoesOn);
  EXPECT_EQ(watch.look(waits_for("C-2"), seconds(61)), Standing::kGoesOn);
  EXPECT_EQ(watch.look(waits_for("C-2"), seconds(120)), Standing::kGoesOn);
  EXPECT_EQ(watch.look(waits_for("C-2"), seconds(121)), Standing::kStuck);
}

TEST(ReleaseWatch, ARunWithoutLotsIsStuckToo) {
  ReleaseWatch watch(seconds(60));
  EXPECT_EQ(watch.look({}, seconds(0)), Standing::kGoesOn);
  EXPECT_EQ(watch.look({}, seconds(60)), Standing::kStuck);
  EXPECT_EQ(ReleaseWatch::what_blocks({}), "there is no lot");
}

TEST(ReleaseWatch, SaysWhichLotIsBlockedByWhat) {
  EXPECT_EQ(ReleaseWatch::what_blocks({lot("L1", LotState::kReleased, {blocker("lot_held", "L1")}),
                                       lot("L2", LotState::kInspected, {blocker("case_open", "C-3"), blocker("sequence_gap", "berth/7/12")}),
                                       lot("L3", LotState::kDeclared)}),
            "lot L2 is inspected, blocked by case_open C-3, sequence_gap berth/7/12; lot L3 is declared");
}

}  // namespace
}  // namespace beltwarden::app
