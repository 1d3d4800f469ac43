// The small parts of control, alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/clearance.h"
#include "control/fields.h"
#include "control/line_live.h"
#include "control/passwords.h"

namespace beltwarden::control {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(Fields, SurviveTheirEncoding) {
  Fields fields;
  fields.set("reason", "tab\there\nand \\ there").set("mass_t", 0.1).set("count", std::int64_t{-3}).set("override", true);
  fields.set("where", TonneInterval{12.5_t, 1e6_t}).set("findings", std::vector<std::int64_t>{3, 5, 8});
  EXPECT_EQ(Fields().set("reason", "a\tb").encode(), "reason\ta\\tb\n");
  const auto back = Fields::decode(fields.encode());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->text("reason"), "tab\there\nand \\ there");
  EXPECT_EQ(back->number("mass_t"), 0.1);
  EXPECT_EQ(back->integer("count"), -3);
  EXPECT_TRUE(back->flag("override"));
  EXPECT_EQ(back->tonnes("where"), (TonneInterval{12.5_t, 1e6_t}));
  EXPECT_THAT(back->integers("findings"), ElementsAre(3, 5, 8));
  EXPECT_EQ(back->encode(), fields.encode());
  for (const char* bad : {"no tab\n", "a\tb", "a\tb\\q\n", "a\tb\\\n"}) EXPECT_FALSE(Fields::decode(bad).ok()) << bad;
}

TEST(CleanText, IsUtf8WithoutControlCharacters) {
  EXPECT_TRUE(is_clean_text("放行 ± ok", 100));
  EXPECT_FALSE(is_clean_text("a\nb", 100));
  EXPECT_TRUE(is_clean_text("a\nb", 100, true));
  EXPECT_FALSE(is_clean_text(std::string_view("a\0b", 3), 100));
  EXPECT_FALSE(is_clean_text("\xC0\xAF", 100)) << "overlong";
  EXPECT_FALSE(is_clean_text("\xED\xA0\x80", 100)) << "surrogate";
  EXPECT_FALSE(is_clean_text("\xE6\x94", 100)) << "cut short";
  EXPECT_FALSE(is_clean_text("abc", 2));
}

TEST(Passwords, FitOnlyThemselves) {
  const PasswordRules cheap{12, 1, 8192};
  EXPECT_FALSE(check_password("eleven char", "li", cheap).ok());
  EXPECT_TRUE(check_password("twelve chars", "li", cheap).ok());
  EXPECT_FALSE(check_password("twelve chars", "twelve chars", cheap).ok());
  const auto hash = hash_password("twelve chars", cheap);
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(password_fits("twelve chars", *hash));
  EXPECT_FALSE(password_fits("Twelve chars", *hash));
  EXPECT_FALSE(password_fits("twelve chars", "not a hash"));
  EXPECT_NE(*hash_password("twelve chars", cheap), *hash) << "each has a salt of its own";
}

TEST(Clearance, ManyHolesAreSummedUp) {
  ClearanceInput input;
  input.lot = LotId{"L1"};
  input.required_models = {"visual_anomaly"};
  input.row.emplace();
  input.row->finished = true;
  input.row->sliced = input.row->passed = 300_t;
  record::CoverageRow row{"visual_anomaly", true, true, {}};
  for (double t = 0; t < 300; t += 20) row.covered.push_back({Tonnes{t}, Tonnes{t + 10}});
  input.coverage = {row};
  // Fifteen holes of 10 t: ten one by one, five together.
  const auto found = blockers(input);
  ASSERT_THAT(found, SizeIs(11));
  EXPECT_EQ(found[9].tonnes, (TonneInterval{190_t, 200_t}));
  EXPECT_EQ(found[10].text, "the required model visual_anomaly has not judged 5 more stretches, 50.0 t in all");
  EXPECT_EQ(found[10].tonnes, (TonneInterval{210_t, 300_t}));
}

TEST(LineLive, KnowsWhereTonnesAre) {
  LineLive line(100);
  material::BeltReading belt;
  belt.running = true;
  belt.speed_mps = 2;
  belt.rate_tph = 7200;
  const auto reading = [&](double second, std::vector<material::LotInterval> intervals) {
    material::Observation observation;
    observation.time = Time{} + seconds(second);
    observation.intervals = std::move(intervals);
    line.take(observation, belt);
  };
  const auto lot = [](const char* name, double from, double to) {
    return material::LotInterval{LotId{name}, {Tonnes{from}, Tonnes{to}}};
  };
  // 7200 t/h at 2 m/s is 1000 kg/m: ten seconds weigh 20 t on 20 m.
  reading(0, {});
  for (int i = 0; i < 3; ++i) reading(10 * (i + 1), {lot("L1", 20.0 * i, 20.0 * (i + 1))});
  reading(40, {lot("L1", 60, 70), lot("L2", 0, 10)});
  EXPECT_DOUBLE_EQ(line.load_kg_per_m(), 1000);
  // 80 m have passed; tonne 10 of L1 passed the datum 70 m ago.
  const Position position = line.position(LotId{"L1"}, {10_t, 12_t});
  EXPECT_TRUE(position.on_belt);
  EXPECT_NEAR(position.distance_m, 70, 1e-9);
  EXPECT_NEAR(*position.seconds_to_leave, 15, 1e-9);
  const auto segments = line.segments();
  ASSERT_THAT(segments, SizeIs(2));
  EXPECT_EQ(segments[0].lot, LotId{"L2"});
  EXPECT_NEAR(segments[0].to_m, 10, 1e-9);
  EXPECT_NEAR(segments[1].to_m, 80, 1e-9);
  EXPECT_EQ(segments[1].tonnes, (TonneInterval{0_t, 70_t}));
  reading(60, {lot("L2", 10, 50)});
  EXPECT_FALSE(line.position(LotId{"L1"}, {0_t, 5_t}).on_belt) << "in the yard";
  EXPECT_NEAR(line.position(LotId{"L1"}, {0_t, 65_t}).distance_m, 100, 1e-9) << "the part that is still here";
  EXPECT_FALSE(line.position(LotId{"L3"}, {0_t, 5_t}).on_belt);
}

}  // namespace
}  // namespace beltwarden::control
