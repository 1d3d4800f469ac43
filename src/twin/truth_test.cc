// What is planted is there, and nowhere else: the same berth with and without a fault, told apart by tonne marks that
// the line's own tracker gives.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "base/hash.h"
#include "material/line_tracker.h"
#include "twin/berth.h"
#include "twin/test_scenario.h"

namespace beltwarden::twin {
namespace {

using instruments::RawFrame;
using material::LotInterval;
using material::Reading;

// With pictures as the demo has them, or with tiny ones where nobody looks at them.
std::unique_ptr<Berth> open(const std::string& faults, bool pictures = false) {
  std::string text = quick_scenario(21, faults);
  const std::string size = "width_px = 96\nheight_px = 400\nmm_per_px = 20\n";
  if (!pictures) text.replace(text.find(size), size.size(), "width_px = 64\nheight_px = 160\nmm_per_px = 50\n");
  auto config = Config::parse(text, "test.toml");
  EXPECT_TRUE(config.ok());
  auto berth = Berth::create(*config, "");
  EXPECT_TRUE(berth.ok()) << berth.error().message;
  return std::move(*berth);
}

struct Seen {
  std::map<std::uint64_t, Sha256> frames;  // digests: the pictures of a discharge would fill the memory
  std::map<std::uint64_t, material::SpectrumReading> spectra;
  std::map<std::uint64_t, material::GammaReading> gamma;
  std::map<std::pair<std::string, std::uint64_t>, std::vector<LotInterval>> tonnes;  // by instrument and number
  std::map<std::string, double> passed_t;                                            // by lot, as the tracker counts
};

Seen discharge(Berth& berth) {
  Seen seen;
  material::LineTracker tracker(berth.layout());
  for (const auto& plan : berth.lot_plans()) tracker.plan(plan, berth.now());
  std::size_t ended = 0;
  const auto keep = [&](const std::vector<material::Observation>& observations) {
    for (const auto& o : observations) seen.tonnes[{o.instrument.str(), o.device_sequence}] = o.intervals;
  };
  while (auto output = berth.next()) {
    if (auto* frame = std::get_if<RawFrame>(&*output)) {
      Reading r;
      r.instrument = frame->instrument;
      r.device_sequence = frame->frame_number;
      r.time = frame->time, r.received = frame->received;
      r.payload = material::FrameReading{.frame_number = frame->frame_number};
      seen.frames[frame->frame_number] =
          sha256({reinterpret_cast<const char*>(frame->bgr.data()), frame->bgr.size()});
      keep(tracker.take(r));
    } else {
      auto& r = std::get<Reading>(*output);
      if (auto* s = std::get_if<material::SpectrumReading>(&r.payload)) seen.spectra[r.device_sequence] = *s;
      if (auto* g = std::get_if<material::GammaReading>(&r.payload)) seen.gamma[r.device_sequence] = *g;
      keep(tracker.take(r));
    }
    const auto lots = berth.ended_lots();
    for (; ended < lots.size(); ++ended) keep(tracker.end_of_lot(lots[ended], berth.now()));
  }
  for (const auto& lot : tracker.lots()) seen.passed_t[lot.plan.lot.str()] = lot.passed.value;
  return seen;
}

const Seen& clean() {
  static const Seen seen = discharge(*open(""));
  return seen;
}

// How far an observation's tonnes are from a planted stretch; 0 = they overlap, infinite = another lot.
double distance_t(const std::vector<LotInterval>& tonnes, const LotInterval& planted) {
  double least = INFINITY;
  for (const auto& i : tonnes) {
    if (i.lot != planted.lot) continue;
    least = std::min(least, std::max({0.0, planted.tonnes.from.value - i.tonnes.to.value,
                                      i.tonnes.from.value - planted.tonnes.to.value}));
  }
  return least;
}

constexpr double kTrackerSlack_t = 0.6;  // half a poll of the scale

TEST(Truth, ThePlateIsInThePicturesThatCoverItsTonnes) {
  auto berth = open("[[fault]]\nkind = \"steel_plate\"\nlot = 1\nat_t = 1203\nangle_deg = 20\n", true);
  const auto planted = berth->truth().at(0).measured;
  EXPECT_NEAR(planted.tonnes.from.value, 1202.93, 0.05);  // 0.6 m of belt carry 0.15 t
  const Seen seen = discharge(*berth), without = discharge(*open("", true));
  ASSERT_EQ(seen.frames.size(), without.frames.size());
  int changed = 0;
  for (const auto& [number, digest] : seen.frames) {
    // The very last pictures, of the empty belt, still wait for a poll when the ship has ended.
    const auto tonnes = seen.tonnes.find({"camera", number});
    const double away = tonnes != seen.tonnes.end() ? distance_t(tonnes->second, planted) : INFINITY;
    if (digest != without.frames.at(number)) {
      ++changed;
      EXPECT_LT(away, kTrackerSlack_t) << "picture " << number;
    } else {
      EXPECT_GT(away, 0) << "picture " << number;
    }
  }
  EXPECT_GE(changed, 1);
  EXPECT_LE(changed, 2);
}

TEST(Truth, SlagIsInTheSpectraOfItsTonnes) {
  auto berth = open("[[fault]]\nkind = \"slag\"\nlot = 2\nfrom_t = 900\nto_t = 1100\nslag = \"steel\"\nshare = 0.5\n");
  const auto planted = berth->truth().at(0).measured;
  const Seen seen = discharge(*berth);
  int changed = 0;
  for (const auto& [number, spectrum] : seen.spectra) {
    const auto& tonnes = seen.tonnes.at({"spectrometer", number});
    const bool differs = spectrum.reflectance != clean().spectra.at(number).reflectance;
    changed += differs;
    // A reading stands for the tonnes back to the one before: at both ends of the pocket it may be either.
    if (differs) EXPECT_LT(distance_t(tonnes, planted), kTrackerSlack_t) << "spectrum " << number;
  }
  EXPECT_NEAR(changed, 40, 3);  // 200 t, one in some 5 t
}

TEST(Truth, TheSourceRaisesCaesiumWhereItPasses) {
  auto berth = open("[[fault]]\nkind = \"cs137_source\"\nlot = 1\nat_t = 700\nactivity_mbq = 1.5\n");
  const auto planted = berth->truth().at(0).measured;
  const Seen seen = discharge(*berth);
  std::uint64_t strongest = 0;
  double most = 0;
  for (const auto& [number, g] : seen.gamma) {
    double added = 0;
    for (std::size_t i = 0; i < g.counts.size(); ++i)
      added += static_cast<double>(g.counts[i]) - clean().gamma.at(number).counts[i];
    if (added > most) most = added, strongest = number;
  }
  EXPECT_GT(most, 400);
  EXPECT_LT(distance_t(seen.tonnes.at({"gamma", strongest}), planted), kTrackerSlack_t);
  // The line at 662 keV stands out of the clean spectrum.
  const auto& g = seen.gamma.at(strongest);
  double line = 0, before = 0;
  for (std::size_t i = 0; i < g.counts.size(); ++i) {
    const double kev = g.calibration_kev[0] + (i + 0.5) * (g.calibration_kev[1] + (i + 0.5) * g.calibration_kev[2]);
    if (kev < 610 || kev > 710) continue;
    line += g.counts[i], before += clean().gamma.at(strongest).counts[i];
  }
  EXPECT_GT(line, before + 6 * std::sqrt(before));
}

TEST(Truth, AStuckDetectorRepeatsItselfAndSaysNothing) {
  auto berth = open("[[fault]]\nkind = \"stuck_detector\"\nlot = 1\nfrom_t = 300\nto_t = 900\n");
  const auto planted = berth->truth().at(0).measured;
  const Seen seen = discharge(*berth);
  int stuck = 0;
  for (const auto& [number, g] : seen.gamma) {
    EXPECT_TRUE(g.faults.empty());
    if (distance_t(seen.tonnes.at({"gamma", number}), planted) > 0 || !seen.gamma.contains(number + 1)) continue;
    stuck += g.detector_cps[1] == seen.gamma.at(number + 1).detector_cps[1];
  }
  EXPECT_NEAR(stuck, 600 / 1.11, 120);  // 600 t at 4,000 t/h and its surges
}

TEST(Truth, TheScaleDriftsAndMarksDriftWithIt) {
  auto berth = open("[[fault]]\nkind = \"scale_drift\"\nlot = 2\nfrom_t = 1000\nto_t = 3000\ngain = 0.03\n");
  const auto planted = berth->truth().at(0);
  EXPECT_DOUBLE_EQ(planted.where.tonnes.to.value, 3000);
  // A ramp to 3 % over 1,000 t adds 15 t, the rest 30 t.
  EXPECT_NEAR(planted.measured.tonnes.to.value, 3045, 0.5);
  const Seen seen = discharge(*berth);
  EXPECT_NEAR(seen.passed_t.at("L2"), 3045, 1.5);
  EXPECT_NEAR(seen.passed_t.at("L1"), 3000, 1.5);
}

TEST(Truth, InterleavedLotsKeepTheirTonnes) {
  EXPECT_NEAR(clean().passed_t.at("L1"), 3000, 1.0);
  EXPECT_NEAR(clean().passed_t.at("L2"), 3000, 1.0);
}

TEST(Truth, FaultsOutsideTheirLotAreRefused) {
  auto config = Config::parse(quick_scenario(1, "[[fault]]\nkind = \"rope\"\nlot = 1\nat_t = 4000\n"), "test.toml");
  const auto berth = Berth::create(*config, "");
  ASSERT_FALSE(berth.ok());
  EXPECT_NE(berth.error().message.find("outside its lot"), std::string::npos) << berth.error().message;
}

TEST(Truth, MisspeltSettingsAreRefused) {
  auto config =
      Config::parse(quick_scenario(1, "[[fault]]\nkind = \"rope\"\nlot = 1\nat_t = 400\nlenght_mm = 5\n"), "test.toml");
  const auto berth = Berth::create(*config, "");
  ASSERT_FALSE(berth.ok());
  EXPECT_NE(berth.error().message.find("lenght_mm"), std::string::npos) << berth.error().message;
}

}  // namespace
}  // namespace beltwarden::twin
