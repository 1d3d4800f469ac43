#include <gtest/gtest.h>

#include "science/sampling/ledger.h"
#include "science/sampling/plan.h"

namespace beltwarden::sampling {
namespace {

TEST(SamplingPlan, IncrementsByLotMassAndVariation) {
  EXPECT_EQ(increments_needed(iron_ore_table(), Tonnes{170000}, QualityVariation::kLarge), 220);
  EXPECT_EQ(increments_needed(iron_ore_table(), Tonnes{60000}, QualityVariation::kLarge), 160);
  EXPECT_EQ(increments_needed(iron_ore_table(), Tonnes{60000}, QualityVariation::kSmall), 40);
  EXPECT_EQ(increments_needed(iron_ore_table(), Tonnes{70000}, QualityVariation::kMedium), 80);
  EXPECT_EQ(increments_needed(iron_ore_table(), Tonnes{0}, QualityVariation::kLarge), 0);
  EXPECT_FALSE(iron_ore_table().verified);
}

TEST(SamplingPlan, IntervalNeverLeavesALotShort) {
  const auto plan = plan_for("iron-ore", Tonnes{60000});
  EXPECT_EQ(plan.interval, Tonnes{375});
  EXPECT_EQ(increment_mark(plan.interval, 1), Tonnes{187.5});
  EXPECT_EQ(increment_mark(plan.interval, 160), Tonnes{59812.5});
  for (double mass = 100; mass < 300000; mass *= 1.37) {
    const auto p = plan_for("iron-ore", Tonnes{mass});
    EXPECT_LE(increment_mark(p.interval, p.increments).value, mass) << mass;
  }
  EXPECT_EQ(plan_for("iron-ore", Tonnes{0}).interval, Tonnes{0});
  EXPECT_EQ(increments_needed(coal_table(), Tonnes{1000}, QualityVariation::kLarge), 32);
}

TEST(SamplingPlan, CutterTakesTheStreamsWidthInItsTime) {
  // 3600 t/h = 1 t/s; an aperture of 0.3 m at 0.6 m/s stays 0.5 s in the stream
  EXPECT_DOUBLE_EQ(increment_mass_kg(3600, 0.3, 0.6), 500);
}

TEST(SamplingPlan, TableFromASite) {
  const auto config = Config::parse(
      "source = 'ISO 3082:2017, table 3'\nverified = true\n[[row]]\nup_to_t = 1000\nlarge = 50\nmedium = 25\nsmall = "
      "12\n",
      "t");
  const auto table = table_from_config(*config);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(increments_needed(*table, Tonnes{5000}, QualityVariation::kMedium), 25);
  const auto wrong = Config::parse("source = 'x'\n[[row]]\nup_to_t = 1000\nlarge = 5\nmedium = 25\nsmall = 12\n", "t");
  EXPECT_FALSE(table_from_config(*wrong));
}

TEST(IncrementLedger, DueAtTheMiddleOfEachStratum) {
  IncrementLedger ledger(Tonnes{100});
  EXPECT_EQ(ledger.due_before(Tonnes{50}), 0U);
  EXPECT_EQ(ledger.due_before(Tonnes{50.1}), 1U);
  EXPECT_EQ(ledger.due_before(Tonnes{350.1}), 4U);
}

TEST(IncrementLedger, MissedOnceEachTakenNever) {
  IncrementLedger ledger(Tonnes{100});
  ledger.answer(1, true, 300);
  ledger.answer(3, false, 0);
  ledger.answer(4, true, 310);
  const auto missed = ledger.missed_before(Tonnes{400});
  ASSERT_EQ(missed.size(), 2U);
  EXPECT_EQ(missed[0].number, 2U);
  EXPECT_FALSE(missed[0].refused);
  EXPECT_EQ(missed[0].mark, Tonnes{150});
  EXPECT_EQ(missed[1].number, 3U);
  EXPECT_TRUE(missed[1].refused);
  EXPECT_TRUE(ledger.missed_before(Tonnes{400}).empty());
  EXPECT_EQ(ledger.taken(), 2U);
}

TEST(IncrementLedger, OrderedSamplesAreExtra) {
  IncrementLedger ledger(Tonnes{100});
  ledger.answer(0, true, 300);
  ledger.answer(4000000000U, true, 300);
  EXPECT_EQ(ledger.extra(), 2U);
  EXPECT_EQ(ledger.taken(), 0U);
}

}  // namespace
}  // namespace beltwarden::sampling
