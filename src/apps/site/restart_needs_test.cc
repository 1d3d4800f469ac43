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
  note(explain("D-1", "fines", 90));
  note(explain("D-2", "fines", 70));
  note(explain("D-3", "", 50));
  EXPECT_EQ(needs.keep_from(10), 2u);
  EXPECT_TRUE(needs.to_renew(50).empty());
  ASSERT_EQ(needs.to_renew(102).size(), 2u);
  material::SliceClosed last;
  last.interval.lot = LotId{"A"};
  last.last_of_lot = true;
  note(last);
  const auto again = needs.to_renew(200);
  ASSERT_EQ(again.size(), 1u) << "of no brand: over with its lot";
  EXPECT_EQ(std::get<material::CommandTaken>(again[0].payload).levels, (std::vector<material::NaturalLevel>{{"Th-232", 90, "Bq/kg"}}));
  auto written = again[0];
  written.id.sequence = 200;
  needs.note(written);
  EXPECT_EQ(needs.keep_from(201), 200u);
}

}  // namespace
}  // namespace beltwarden::site
