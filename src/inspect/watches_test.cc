#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "inspect/logistics_watch.h"
#include "inspect/radioactivity.h"
#include "inspect/rim_models.h"
#include "inspect/sampling_watch.h"
#include "material/line_notes.h"
#include "science/gamma/response.h"
#include "wire/codec.h"

namespace beltwarden::inspect {
namespace {

const LotId kLot{"LOT-1"};

InspectorSources sources(const std::string& model = "") {
  InspectorSources s;
  s.version = "demo@1#abc";
  s.model = [model](std::string_view) -> std::string_view { return model; };
  return s;
}

// A lot on a belt of 4.5 m/s at 4,000 t/h, in seconds: 1.111 t and one observation of each kind a second.
class Belt {
 public:
  Belt(Inspector& inspector, double declared_t) : inspector_(inspector) {
    material::LotPlan plan;
    plan.lot = kLot;
    plan.commodity = "iron-ore";
    plan.declared_mass_t = declared_t;
    see(plan, {});
  }

  template <class Payload>
  void see(Payload payload, std::vector<material::LotInterval> intervals, double at_s = -1) {
    material::Observation o;
    o.instrument = InstrumentId{"x"};
    o.time = Time{} + seconds(at_s < 0 ? second_ : at_s);
    o.intervals = std::move(intervals);
    o.payload = std::move(payload);
    inspector_.observe(o, say());
  }
  static material::LotInterval interval(double from, double to) { return {kLot, {Tonnes{from}, Tonnes{to}}}; }

  /// A second of belt; closes the slice of 50 t that it completes.
  void second(double scale_gain = 1) {
    const double before = mark_;
    mark_ += 4000.0 / 3600 * scale_gain;
    ++second_;
    material::BeltReading belt;
    belt.speed_mps = 4.5;
    belt.rate_tph = 4000 * scale_gain;
    belt.running = true;
    see(belt, {interval(before, mark_)});
    if (mark_ - closed_ > 60) close(closed_ + 50, false);
  }
  void close(double to, bool last) {
    material::SliceClosed slice;
    slice.interval = interval(closed_, to);
    slice.last_of_lot = last;
    slice.first = slice.last = Time{} + seconds(second_);
    inspector_.close_slice(slice, {slice.interval.tonnes}, say());
    closed_ = to;
  }
  FindingSink say() {
    return [this](wire::Finding f) { said.push_back(std::move(f)); };
  }
  std::vector<wire::Finding> of(const std::string& code) const {
    std::vector<wire::Finding> result;
    for (const auto& f : said) {
      if (f.code == code) result.push_back(f);
    }
    return result;
  }
  double mark() const { return mark_; }

  std::vector<wire::Finding> said;

 private:
  Inspector& inspector_;
  double mark_ = 0, closed_ = 0;
  double second_ = 0;
};

material::CutterReading cut(std::uint32_t number, bool confirmed, double mass_kg = 300) {
  return {number, confirmed, mass_kg, "LOT-1/" + std::to_string(number)};
}

TEST(SamplingWatch, EveryIncrementConfirmedIsSilence) {
  auto inspector = make_sampling_watch(sources());
  Belt belt(**inspector, 6000);  // 100 increments, one in 60 t
  std::uint32_t number = 0;
  while (belt.mark() < 6000) {
    belt.second();
    if (belt.mark() > 60 * (number + 0.5))
      ++number, belt.see(cut(number, true), {Belt::interval(belt.mark(), belt.mark() + 0.1)});
  }
  belt.close(6000, true);
  EXPECT_TRUE(belt.said.empty());
}

TEST(SamplingWatch, ARefusedAndAForgottenIncrementAreEachSaidOnce) {
  auto inspector = make_sampling_watch(sources());
  Belt belt(**inspector, 6000);
  std::uint32_t number = 0;
  while (belt.mark() < 2000) {
    belt.second();
    if (belt.mark() > 60 * (number + 0.5)) {
      ++number;
      if (number == 7 || number == 8) continue;                 // nothing is heard
      belt.see(cut(number, number != 20), {Belt::interval(belt.mark(), belt.mark() + 0.1)});
    }
  }
  const auto missed = belt.of("increment_missed");
  ASSERT_EQ(missed.size(), 3U);
  EXPECT_EQ(missed[0].label, "no_answer");
  EXPECT_EQ(missed[0].where.tonnes.from, Tonnes{390});            // 6.5 x 60
  EXPECT_EQ(missed[0].priority, wire::Priority::kMedium);
  EXPECT_EQ(missed[1].priority, wire::Priority::kNone);           // the same row
  EXPECT_EQ(missed[2].label, "refused");
  EXPECT_EQ(missed[2].priority, wire::Priority::kMedium);
}

TEST(LogisticsWatch, ProgressRateLoadAndHoursToTheEnd) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 40000);
  while (belt.mark() < 4000) belt.second();
  const auto slices = belt.of("slice");
  ASSERT_GE(slices.size(), 78U);
  const auto& m = slices.back().measured;
  ASSERT_EQ(m.size(), 4U);
  EXPECT_EQ(m[0].name, "progress");
  EXPECT_NEAR(m[0].value, 9.88, 0.2);
  EXPECT_NEAR(m[1].value, 4000, 10);
  EXPECT_NEAR(m[2].value, 246.9, 0.1);                            // 4000 / 3.6 / 4.5
  EXPECT_NEAR(m[3].value, 9.0, 0.1);
}

TEST(LogisticsWatch, MassBeyondTheScalesClassIsSaidAtTheEnd) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 2000);
  while (belt.mark() < 2060) belt.second();
  belt.close(2060, true);
  ASSERT_EQ(belt.of("mass_differs").size(), 1U);
  EXPECT_NEAR(belt.of("mass_differs")[0].measured[1].value, 3.0, 1e-9);
}

TEST(LogisticsWatch, AScaleThatDriftsAgainstTheCutterIsSuspected) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 60000);
  Rng rng(4);
  std::uint32_t number = 0;
  for (int second = 0; second < 40000; ++second) {
    belt.second(second < 20000 ? 1 : 1.03);
    if (second % 150 == 149) {
      belt.see(cut(++number, true, 160 * (1 + 0.03 * rng.normal())),
               {Belt::interval(belt.mark() - 20, belt.mark() - 19.8)});
    }
  }
  const auto drift = belt.of("scale_drift");
  ASSERT_EQ(drift.size(), 1U);
  EXPECT_NEAR(drift[0].measured[0].value, 3.0, 1.6);
  EXPECT_NEAR(drift[0].where.tonnes.from.value, 22222, 1500);
}

TEST(LogisticsWatch, TonnesOfNoLotAreSaidWhereTheLastLotWas) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 2000);
  const auto health = [](std::uint64_t tonnes) {
    material::HealthReading reading;
    reading.state = material::HealthReading::State::kDegraded;
    reading.dropped = {{"same PLC cycle", 40}, {material::kTonnesOfNoLot, tonnes}};
    return reading;
  };
  belt.see(health(500), {});                                      // before any lot: nowhere to say it
  EXPECT_TRUE(belt.of("tonnes_of_no_lot").empty());
  while (belt.mark() < 100) belt.second();
  const double mark = belt.mark();
  belt.see(health(509), {});                                      // 500 t were of before
  EXPECT_TRUE(belt.of("tonnes_of_no_lot").empty());
  belt.see(health(512), {});
  belt.see(health(515), {});                                      // told, and only 3 t more since
  belt.see(health(523), {});
  const auto said = belt.of("tonnes_of_no_lot");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].measured[0].value, 512);
  EXPECT_EQ(said[1].measured[0].value, 523);
  EXPECT_EQ(said[0].priority, wire::Priority::kMedium);
  EXPECT_NEAR(said[0].where.tonnes.to.value, mark, 1e-9);
}

// --- radioactivity ---

struct Spectrometer {
  std::vector<double> background, caesium;
  Spectrometer() {
    std::vector<double> edges;
    for (int i = 0; i <= 128; ++i) edges.push_back(30 + 8.0 * i + 0.12 * i * i);
    background.assign(128, 0.0);
    for (const char* nuclide : {"K-40", "U-238", "Th-232"}) {
      const auto r = *gamma::detector_response(nuclide, edges, gamma::bulk_ore_detector());
      const double sum = std::accumulate(r.begin(), r.end(), 0.0);
      for (std::size_t i = 0; i < 128; ++i) background[i] += 430 * r[i] / sum;
    }
    caesium = *gamma::detector_response("Cs-137", edges, {.ore_cover_g_per_cm2 = 30});
    const double sum = std::accumulate(caesium.begin(), caesium.end(), 0.0);
    for (double& c : caesium) c /= sum;
  }
  material::GammaReading reading(Rng& rng, double load, double cs_cps = 0, int stuck = -1) const {
    material::GammaReading r;
    r.live_s = r.real_s = 1;
    r.calibration_kev = {30, 8, 0.12};
    const double left = 1 - 0.3 * (1 - std::exp(-load / 150));
    for (std::size_t i = 0; i < 128; ++i) r.counts.push_back(rng.poisson(left * background[i] + cs_cps * caesium[i]));
    for (int d = 0; d < 4; ++d) r.detector_cps.push_back(d == stuck ? 333 : rng.poisson(300));
    return r;
  }
};

std::string gamma_model() {
  const Spectrometer spectrometer;
  Rng rng(1);
  std::vector<CleanGamma> clean;
  for (int i = 0; i < 2400; ++i) {
    const double load = i % 4 == 0 ? 0 : rng.uniform(150, 300);
    clean.push_back({spectrometer.reading(rng, load), load, load > 0 ? i % 3 : -1});
  }
  return *fit_radioactivity_model(clean);
}

template <class Change>
std::vector<wire::Finding> run_gamma(Inspector& inspector, Change change) {
  const Spectrometer spectrometer;
  Belt belt(inspector, 4000);
  Rng rng(9);
  for (int s = 0; belt.mark() < 2000; ++s) {
    belt.second();
    double cs = 0;
    int stuck = -1;
    change(s, cs, stuck);
    if (belt.mark() > 20)
      belt.see(spectrometer.reading(rng, 247, cs, stuck), {Belt::interval(belt.mark() - 12, belt.mark() - 10.5)});
  }
  belt.close(2000, true);
  return belt.said;
}

TEST(RadioactivityWatch, OneFindingForAPassingSourceWithItsSpectrum) {
  const auto model = gamma_model();
  auto inspector = make_radioactivity(sources(model));
  ASSERT_TRUE(inspector) << inspector.error().message;
  const auto said = run_gamma(**inspector, [](int s, double& cs, int&) { cs = s == 900 ? 350 : 0; });
  std::vector<wire::Finding> suspects;
  for (const auto& f : said) {
    if (f.verdict == wire::Verdict::kSuspect) suspects.push_back(f);
  }
  ASSERT_EQ(suspects.size(), 1U);
  EXPECT_EQ(suspects[0].code, "artificial_source");
  EXPECT_EQ(suspects[0].label, "Cs-137");
  EXPECT_EQ(suspects[0].priority, wire::Priority::kCritical);
  EXPECT_NEAR(suspects[0].where.tonnes.from.value, 901 * 1.111 - 12, 3);
  ASSERT_EQ(suspects[0].evidence.size(), 1U);
  EXPECT_TRUE(suspects[0].evidence[0].bytes.starts_with("{\"energy_kev\":["));
  EXPECT_EQ(suspects[0].evidence[0].digest, sha256(suspects[0].evidence[0].bytes));
}

TEST(RadioactivityWatch, AStuckDetectorIsAFaultNotASource) {
  const auto model = gamma_model();
  auto inspector = make_radioactivity(sources(model));
  const auto said = run_gamma(**inspector, [](int s, double&, int& stuck) { stuck = s > 500 && s < 700 ? 2 : -1; });
  int faults = 0, others = 0;
  for (const auto& f : said) {
    if (f.verdict != wire::Verdict::kSuspect) continue;
    (f.code == "detector_fault" ? faults : others) += 1;
  }
  EXPECT_EQ(faults, 1);
  EXPECT_EQ(others, 0);
}

TEST(RadioactivityWatch, TheSameObservationsGiveTheSameBytes) {
  const auto model = gamma_model();
  const auto change = [](int s, double& cs, int& stuck) {
    cs = s % 400 == 0 ? 300 : 0;
    stuck = s > 1000 ? 1 : -1;
  };
  const auto first = run_gamma(**make_radioactivity(sources(model)), change);
  const auto second = run_gamma(**make_radioactivity(sources(model)), change);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(wire::encode(first[i]), wire::encode(second[i]));
}

TEST(RadioactivityWatch, WithoutAModelItSaysSo) {
  auto inspector = make_radioactivity(sources());
  ASSERT_TRUE(inspector);
  EXPECT_FALSE((*inspector)->info().fitted);
  EXPECT_TRUE(run_gamma(**inspector, [](int, double& cs, int&) { cs = 1000; }).empty());
  EXPECT_FALSE(make_radioactivity(sources("rubbish")));
}

}  // namespace
}  // namespace beltwarden::inspect
