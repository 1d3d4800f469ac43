#include "apps/site/restart_needs.h"

#include <gtest/gtest.h>

namespace beltwarden::site {
namespace {

TEST(RestartNeeds, WhatWasExplainedAsNaturalOreIsWrittenAgainForGoodTheHighestOfEachBrand) {
  RestartNeeds needs(100);
  std::uint64_t sequence = 0;
  const auto note = [&](material::ObservationPayload payload, const char* lot = "A") {
    material::Observation o;
    o.id.sequence = ++sequence;
    o.intervals = {{LotId{lot}, {Tonnes{0}, Tonnes{5}}}};
    o.payload = std::move(payload);
    needs.note(o);
  };
  const auto explain = [](const char* id, const char* brand, double thorium) {
    return material::CommandTaken{id, material::kNaturalOreExplained, "li.wei", "", brand, {{"Th-232", thorium, "Bq/kg"}}};
  };
  note(material::LotPlan{.lot = LotId{"A"}});
  note(explain("D-1", "fines", 90));
  note(explain("D-2", "fines", 70));
  note(explain("D-3", "", 50));
  EXPECT_EQ(needs.keep_from(10), 1u);
  EXPECT_TRUE(needs.to_renew(50).empty());
  EXPECT_EQ(needs.to_renew(102).size(), 3u) << "the plan, D-1 and D-3; D-2 adds nothing to D-1";
  material::SliceClosed last;
  last.interval.lot = LotId{"A"};
  last.last_of_lot = true;
  note(last);
  note(explain("D-4", "", 60));        // of a lot that is over
  EXPECT_EQ(needs.keep_from(10), 2u);
  const auto again = needs.to_renew(200);
  ASSERT_EQ(again.size(), 1u) << "of no brand: over with its lot";
  EXPECT_EQ(std::get<material::CommandTaken>(again[0].payload).command_id, "D-1") << "as it was signed";
  auto written = again[0];
  written.id.sequence = 200;
  needs.note(written);
  EXPECT_EQ(needs.keep_from(201), 200u);
  note(explain("D-5", "fines", 95));
  EXPECT_EQ(std::get<material::CommandTaken>(needs.to_renew(1000).at(0).payload).command_id, "D-5");
  // Taken back: what is left of it stands in its place, and is gone in its turn.
  const auto withdraw = [](const char* id, std::vector<material::NaturalLevel> left) {
    return material::CommandTaken{id, material::kNaturalOreWithdrawn, "wang", "", "fines", std::move(left)};
  };
  note(withdraw("W-5", {{"Th-232", 90, "Bq/kg"}}));
  note(explain("D-6", "fines", 80));
  ASSERT_EQ(needs.to_renew(1000).size(), 1u) << "D-6 adds nothing";
  EXPECT_EQ(std::get<material::CommandTaken>(needs.to_renew(1000)[0].payload).command_id, "W-5");
  EXPECT_EQ(needs.keep_from(1001), 8u);
  note(withdraw("W-1", {}));
  EXPECT_TRUE(needs.to_renew(1000).empty());
  EXPECT_EQ(needs.keep_from(1001), 1001u);
}

}  // namespace
}  // namespace beltwarden::site
