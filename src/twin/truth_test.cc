// What is planted is there, and nowhere else: the same berth with and without a fault, told apart by tonne marks that
// the line's own tracker gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <vector>

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
    if (differs) {
      EXPECT_LT(distance_t(tonnes, planted), kTrackerSlack_t) << "spectrum " << number;
    }
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

/// The tonnes of what differs from the clean berth, by instrument.
template <class Readings, class Differ>
std::vector<std::vector<LotInterval>> changed(const Seen& seen, const char* instrument, const Readings& with, const Readings& without,
                                              Differ differ) {
  std::vector<std::vector<LotInterval>> where;
  for (const auto& [number, reading] : with) {
    const auto tonnes = seen.tonnes.find({instrument, number});
    if (differ(reading, without.at(number))) where.push_back(tonnes == seen.tonnes.end() ? std::vector<LotInterval>{} : tonnes->second);
  }
  return where;
}

TEST(Truth, EveryOtherFaultIsSeenByWhatShouldSeeItAndOnlyAtItsTonnes) {
  // Far from each other, so that what has changed belongs to one of them.
  auto berth = open(R"(
[[fault]]
kind = "wrong_brand"
lot = 1
from_t = 300
to_t = 600
brand = "Serra Alta sinter feed"
[[fault]]
kind = "wooden_beam"
lot = 1
at_t = 1203
[[fault]]
kind = "high_thorium"
lot = 1
from_t = 2200
to_t = 2500
th_bq_per_kg = 900
[[fault]]
kind = "wet_stretch"
lot = 2
from_t = 400
to_t = 700
moisture_percent = 4
[[fault]]
kind = "rope"
lot = 2
at_t = 1203
[[fault]]
kind = "dirty_window"
lot = 2
from_t = 1800
to_t = 2100
haze = 0.4
instrument = "spectrometer"
[[fault]]
kind = "dirty_window"
lot = 2
from_t = 2400
to_t = 2700
haze = 0.4
instrument = "camera"
)");
  const auto truth = berth->truth();
  const Seen seen = discharge(*berth);
  // What of 300 t sees a spectrometer every 4.9 t, a camera every 2 t with pictures of 8 m, a monitor every 1.1 t.
  struct Row {
    const char* kind;
    int spectra, frames, gamma;           // at least so many differ; 0 = none does
  };
  const Row rows[] = {{"wrong_brand", 58, 140, 0}, {"wooden_beam", 0, 1, 0}, {"high_thorium", 0, 0, 250}, {"wet_stretch", 58, 140, 0},
                      {"rope", 0, 1, 0},           {"dirty_window", 58, 0, 0}, {"dirty_window", 0, 140, 0}};
  ASSERT_EQ(truth.size(), std::size(rows));
  const auto spectra = changed(seen, "spectrometer", seen.spectra, clean().spectra,
                               [](const auto& a, const auto& b) { return a.reflectance != b.reflectance; });
  const auto frames = changed(seen, "camera", seen.frames, clean().frames, [](const auto& a, const auto& b) { return a != b; });
  const auto gamma = changed(seen, "gamma", seen.gamma, clean().gamma, [](const auto& a, const auto& b) { return a.counts != b.counts; });
  struct Eye {
    const char* name;
    const std::vector<std::vector<LotInterval>>& changed;
    int Row::*least;
  };
  for (const Eye& eye : {Eye{"spectra", spectra, &Row::spectra}, Eye{"frames", frames, &Row::frames}, Eye{"gamma", gamma, &Row::gamma}}) {
    std::vector<int> count(std::size(rows));
    for (const auto& tonnes : eye.changed) {
      std::size_t nearest = 0;
      for (std::size_t i = 1; i < truth.size(); ++i) {
        if (distance_t(tonnes, truth[i].measured) < distance_t(tonnes, truth[nearest].measured)) nearest = i;
      }
      EXPECT_LT(distance_t(tonnes, truth[nearest].measured), kTrackerSlack_t) << eye.name << " near " << rows[nearest].kind;
      ++count[nearest];
    }
    for (std::size_t i = 0; i < std::size(rows); ++i) {
      EXPECT_STREQ(truth[i].kind.c_str(), rows[i].kind);
      EXPECT_GE(count[i], rows[i].*eye.least) << eye.name << " of " << rows[i].kind;
      if (rows[i].*eye.least == 0) {
        EXPECT_EQ(count[i], 0) << eye.name << " of " << rows[i].kind;
      }
    }
  }
}

TEST(Truth, WetOreIsDarkerWhereWaterAbsorbsAndThoriumLiftsItsLine) {
  auto berth = open("[[fault]]\nkind = \"wet_stretch\"\nlot = 2\nfrom_t = 400\nto_t = 700\nmoisture_percent = 4\n"
                    "[[fault]]\nkind = \"high_thorium\"\nlot = 2\nfrom_t = 1500\nto_t = 1800\nth_bq_per_kg = 900\n");
  const auto truth = berth->truth();
  const Seen seen = discharge(*berth);
  int wet = 0, darker = 0;
  for (const auto& [number, spectrum] : seen.spectra) {
    if (spectrum.reflectance == clean().spectra.at(number).reflectance) continue;
    const auto& nm = spectrum.axis->wavelengths_nm;
    const auto band = static_cast<std::size_t>(std::lower_bound(nm.begin(), nm.end(), 1940) - nm.begin());
    ASSERT_LT(band, nm.size());
    ++wet;
    darker += spectrum.reflectance[band] < clean().spectra.at(number).reflectance[band];
  }
  EXPECT_GT(wet, 50);
  EXPECT_EQ(darker, wet);
  // Counts at Tl-208's 2,615 keV, over all seconds of the stretch.
  double with = 0, without = 0;
  for (const auto& [number, g] : seen.gamma) {
    if (distance_t(seen.tonnes.at({"gamma", number}), truth[1].measured) > 0) continue;
    for (std::size_t i = 0; i < g.counts.size(); ++i) {
      const double kev = g.calibration_kev[0] + (i + 0.5) * (g.calibration_kev[1] + (i + 0.5) * g.calibration_kev[2]);
      if (kev < 2500 || kev > 2730) continue;
      with += g.counts[i], without += clean().gamma.at(number).counts[i];
    }
  }
  EXPECT_GT(without, 0);
  EXPECT_GT(with, without + 6 * std::sqrt(without));
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
