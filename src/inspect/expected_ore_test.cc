#include "inspect/expected_ore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace beltwarden::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kThorium = static_cast<gamma::OreSeries>(2);

// Whoever is told to expect anew forgets what it was watching: only where a level rose.
TEST(ExpectedOre, OnlyALevelThatRisesConcernsALot) {
  ExpectedOre ore({}, 3, "Bq/kg");
  const LotId a{"A"}, b{"B"}, other{"C"};
  ore.plan(a, "fines");
  ore.plan(b, "fines");
  ore.plan(other, "lump");
  EXPECT_THAT(ore.explained(a, "fines", {{"Th-232", 90, "Bq/kg"}}), ElementsAre(a, b));
  EXPECT_THAT(ore.explained(a, "fines", {{"Th-232", 90, "Bq/kg"}}), IsEmpty()) << "written again";
  EXPECT_THAT(ore.explained(a, "fines", {{"Th-232", 70, "Bq/kg"}}), IsEmpty());
  EXPECT_THAT(ore.explained(a, "fines", {{"Th-232", 500, "cps"}}), IsEmpty()) << "of the other watch";
  EXPECT_THAT(ore.explained(a, "fines", {{"Cs-137", 500, "Bq/kg"}}), IsEmpty());
  EXPECT_EQ(ore.explained_level(b, kThorium), 90);
  EXPECT_EQ(ore.explained_level(other, kThorium), 0);
}

TEST(ExpectedOre, WithoutABrandItIsOfTheLotAloneAndOverWithIt) {
  ExpectedOre ore({}, 3, "Bq/kg");
  const LotId a{"A"}, b{"B"};
  ore.plan(a, "");
  ore.plan(b, "");
  EXPECT_THAT(ore.explained(a, "", {{"Th-232", 90, "Bq/kg"}}), ElementsAre(a));
  EXPECT_EQ(ore.explained_level(b, kThorium), 0);
  ore.ended(a);
  EXPECT_THAT(ore.explained(a, "", {{"Th-232", 95, "Bq/kg"}}), IsEmpty());
  EXPECT_EQ(ore.explained_level(a, kThorium), 0);
}

TEST(ExpectedOre, WhatIsWithdrawnLeavesWhatOthersExplained) {
  ExpectedOre ore({}, 3, "Bq/kg");
  const LotId a{"A"}, b{"B"}, bare{"C"};
  ore.plan(a, "fines");
  ore.plan(b, "fines");
  ore.plan(bare, "");
  ore.explained(a, "fines", {{"Th-232", 90, "Bq/kg"}});
  ore.explained(b, "fines", {{"Th-232", 60, "Bq/kg"}});
  EXPECT_THAT(ore.withdrawn(a, "fines", {{"Th-232", 60, "Bq/kg"}, {"Th-232", 500, "cps"}}), ElementsAre(a, b));
  EXPECT_EQ(ore.explained_level(b, kThorium), 60);
  EXPECT_THAT(ore.withdrawn(a, "fines", {{"Th-232", 60, "Bq/kg"}}), IsEmpty()) << "sent twice";
  EXPECT_THAT(ore.withdrawn(a, "fines", {}), ElementsAre(a, b));
  EXPECT_EQ(ore.explained_level(a, kThorium), 0);
  EXPECT_THAT(ore.withdrawn(a, "lump", {}), IsEmpty());
  ore.explained(bare, "", {{"Th-232", 70, "Bq/kg"}});
  EXPECT_THAT(ore.withdrawn(bare, "", {}), ElementsAre(bare));
  EXPECT_EQ(ore.explained_level(bare, kThorium), 0);
}

}  // namespace
}  // namespace beltwarden::inspect
