#include "twin/gamma_maker.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "science/gamma/nuclear_data.h"
#include "science/gamma/response.h"
#include "twin/streams.h"

namespace beltwarden::twin {
namespace {

constexpr double kLowestKev = 30, kHighestKev = 3000;
// Counts a second in four NaI slabs per Bq/kg of ore at 100 kg/m of belt load.
constexpr double kPotassiumCps = 0.155, kUraniumCps = 1.40, kThoriumCps = 1.70;
constexpr double kShadowMost = 0.40;           // of the ambient rate, by a belt of infinite load
constexpr double kFaceCm2PerDetector = 400;    // 10 x 40 cm
constexpr double kDeadSecondsPerCount = 8e-6;  // of each detector
constexpr int kSteps = 16;                     // of a period, along which a source passes

double total(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum;
}

// The measured or generated background on our channels, 1 in all.
std::vector<double> ambient_shape(const ReferenceData::Background& measured, const std::vector<double>& edges) {
  std::vector<double> out(edges.size() - 1, 0.0);
  for (std::size_t m = 0; m < measured.share.size(); ++m) {
    const double low = measured.edges_kev[m], high = measured.edges_kev[m + 1];
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double overlap = std::min(high, edges[i + 1]) - std::max(low, edges[i]);
      if (overlap > 0) out[i] += measured.share[m] * overlap / (high - low);
    }
  }
  return out;
}

}  // namespace

Result<GammaMaker> GammaMaker::make(const Scenario& scenario, const ReferenceData& reference, const BeltPlan& plan) {
  GammaMaker g;
  g.scenario_ = &scenario;
  const auto channels = scenario.gamma.channels;
  // Channels of equal width in the square root of energy, as wide as the detector's resolution asks.
  const double low = std::sqrt(kLowestKev), step = (std::sqrt(kHighestKev) - low) / channels;
  g.calibration_kev_ = {low * low, 2 * low * step, step * step};
  std::vector<double> edges;
  for (std::uint32_t i = 0; i <= channels; ++i)
    edges.push_back(g.calibration_kev_[0] + i * (g.calibration_kev_[1] + i * g.calibration_kev_[2]));

  const auto shape = [&](const char* nuclide, double cps, std::vector<double>& out) -> Result<void> {
    auto counts = gamma::detector_response(nuclide, edges, gamma::bulk_ore_detector());
    if (!counts) return counts.error();
    out = std::move(*counts);
    const double sum = total(out);
    for (auto& c : out) c *= cps / sum;
    return {};
  };
  if (auto ok = shape("K-40", kPotassiumCps, g.k_); !ok) return ok.error();
  if (auto ok = shape("U-238", kUraniumCps, g.u_); !ok) return ok.error();
  if (auto ok = shape("Th-232", kThoriumCps, g.th_); !ok) return ok.error();

  if (!reference.gamma_background().share.empty()) {
    g.ambient_ = ambient_shape(reference.gamma_background(), edges);
  } else {
    // Concrete and soil round the monitor, and a little of cosmic rays everywhere.
    for (std::uint32_t i = 0; i < channels; ++i) {
      g.ambient_.push_back(420 * g.k_[i] / kPotassiumCps * 0.30 + g.u_[i] / kUraniumCps * 170 +
                           g.th_[i] / kThoriumCps * 190 + 4.0 / channels);
    }
  }
  const double scale = scenario.gamma.ambient_cps / total(g.ambient_);
  for (auto& c : g.ambient_) c *= scale;
  for (std::uint32_t i = 0; i < channels; ++i)
    g.shadow_.push_back(gamma::iron_ore_attenuation((edges[i] + edges[i + 1]) / 2));

  for (const auto& fault : scenario.faults) {
    if (fault.kind != "cs137_source") continue;
    gamma::DetectorModel detector;
    detector.ore_cover_g_per_cm2 = fault.cover_g_per_cm2;
    auto response = gamma::detector_response("Cs-137", edges, detector);
    if (!response) return response.error();
    const double distance_cm = scenario.gamma.height_m * 100;
    const double solid_angle =
        kFaceCm2PerDetector * scenario.gamma.detectors / (4 * std::numbers::pi * distance_cm * distance_cm);
    Source source{plan.coordinate_of(fault.lot, fault.from_t), std::move(*response)};
    for (auto& c : source.cps) c *= fault.amount * 1e6 * solid_angle;
    g.sources_.push_back(std::move(source));
  }
  for (const auto& fault : scenario.faults) {
    auto& frozen = g.frozen_.emplace_back();
    if (fault.kind != "stuck_detector") continue;
    // The register keeps what the ore gave when it froze; what rounding leaves of a channel goes to the next.
    const auto& lot = scenario.lots[fault.lot];
    const double load = plan.spot(plan.coordinate_of(fault.lot, fault.from_t)).load_kg_per_m;
    std::vector<double> expected;
    g.expected_cps(load, lot.k_bq_per_kg, lot.u_bq_per_kg, lot.th_bq_per_kg, 1, expected);
    double left = 0;
    for (const double cps : expected) {
      left += cps * scenario.gamma.period_s / scenario.gamma.detectors;
      frozen.push_back(static_cast<std::uint32_t>(left));
      left -= frozen.back();
    }
  }
  return g;
}

void GammaMaker::expected_cps(double load, double k, double u, double th, double ambient_factor,
                              std::vector<double>& out) const {
  const std::size_t n = ambient_.size();
  out.resize(n);
  const double bulk = load / 100;
  for (std::size_t i = 0; i < n; ++i) {
    const double left = 1 - kShadowMost * (1 - std::exp(-shadow_[i] * load / 10));
    out[i] = ambient_[i] * ambient_factor * left + bulk * (k * k_[i] + u * u_[i] + th * th_[i]);
  }
}

material::GammaReading GammaMaker::reading(std::uint64_t index, double time_s,
                                           const std::function<double(double)>& travel_m, const BeltPlan& plan,
                                           std::vector<std::vector<std::uint32_t>>* detectors) const {
  const double under_m = travel_m(0.5) - scenario_->gamma.distance_m;
  const auto spot = plan.spot(under_m);
  double k = 0, u = 0, th = 0;
  if (spot.lot >= 0) {
    const auto& lot = scenario_->lots[static_cast<std::size_t>(spot.lot)];
    k = lot.k_bq_per_kg, u = lot.u_bq_per_kg, th = lot.th_bq_per_kg;
    for (const auto& fault : scenario_->faults) {
      if (fault.kind != "high_thorium" || static_cast<int>(fault.lot) != spot.lot) continue;
      if (spot.mark_t >= fault.from_t && spot.mark_t < fault.to_t) th += fault.amount;
    }
  }
  // Rain, radon and temperature move the surroundings by a per cent or two over hours.
  const double ambient =
      1 + 0.012 * std::sin(time_s / 3100 + static_cast<double>(scenario_->seed % 7)) + 0.006 * std::sin(time_s / 700);
  std::vector<double> expected;
  expected_cps(spot.load_kg_per_m, k, u, th, ambient, expected);
  const double h = scenario_->gamma.height_m;
  for (const auto& source : sources_) {
    double passage = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double x = travel_m((i + 0.5) / kSteps) - scenario_->gamma.distance_m - source.coordinate_m;
      if (std::abs(x) > 30) continue;
      // Inverse square times the slant of the face, and the longer way through the ore.
      passage += std::pow(1 + x * x / (h * h), -1.5) / kSteps;
    }
    if (passage <= 0) continue;
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += source.cps[i] * passage;
  }

  const auto count = scenario_->gamma.detectors;
  std::uint32_t stuck = count;  // none
  const std::vector<std::uint32_t>* frozen = nullptr;
  for (std::size_t f = 0; f < scenario_->faults.size(); ++f) {
    const auto& fault = scenario_->faults[f];
    if (frozen_[f].empty() || static_cast<int>(fault.lot) != spot.lot) continue;
    if (spot.mark_t >= fault.from_t && spot.mark_t < fault.to_t) stuck = 1 % count, frozen = &frozen_[f];
  }
  Rng rng = stream_rng(scenario_->seed, Stream::kGamma, index);
  const double dead = std::min(0.5, kDeadSecondsPerCount * total(expected) / count);
  material::GammaReading r;
  r.real_s = scenario_->gamma.period_s;
  r.live_s = r.real_s * (1 - dead);
  r.calibration_kev = calibration_kev_;
  r.counts.assign(expected.size(), 0);
  if (detectors != nullptr) detectors->assign(count, std::vector<std::uint32_t>(expected.size()));
  for (std::uint32_t d = 0; d < count; ++d) {
    double sum = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      std::uint32_t n = 0;
      if (d == stuck) {
        n = (*frozen)[i];
      } else {
        n = rng.poisson(expected[i] * r.live_s / count);
      }
      r.counts[i] += n;
      sum += n;
      if (detectors != nullptr) (*detectors)[d][i] = n;
    }
    r.detector_cps.push_back(sum / (d == stuck ? r.real_s : r.live_s));
  }
  r.neutron_cps = rng.poisson(0.6 * scenario_->gamma.period_s) / scenario_->gamma.period_s;
  r.occupied = spot.load_kg_per_m > 5;
  return r;
}

}  // namespace beltwarden::twin
