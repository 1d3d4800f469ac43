#include "science/gamma/identify.h"

#include <algorithm>
#include <cmath>

#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

constexpr double kShapeError = 0.06;     // of analytic shapes against real detectors, relative
constexpr double kLeastGain = 20;        // chi-squared that an artificial nuclide must explain on its own
constexpr double kLeastShare = 0.25;     // and its part of what natural shapes leave unexplained
constexpr double kHardKev = 1300;
constexpr double kFitDeviations = 6;     // of chi-squared, within which natural shapes explain an excess
constexpr std::array<double, 4> kCovers = {0, 15, 30, 45};

struct Fit {
  std::vector<double> amounts;
  double chi_squared = 0;
};

// Coordinate descent: few columns, all overlapping little enough to converge in some dozen rounds.
Fit nonnegative_fit(const CoarseSpectrum& target, const CoarseSpectrum& weight,
                    const std::vector<const CoarseSpectrum*>& columns) {
  Fit fit;
  fit.amounts.assign(columns.size(), 0.0);
  CoarseSpectrum rest = target;
  std::vector<double> norm(columns.size(), 0.0);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t b = 0; b < kCoarseBins; ++b) norm[c] += weight[b] * (*columns[c])[b] * (*columns[c])[b];
  }
  for (int round = 0; round < 200; ++round) {
    double moved = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (!(norm[c] > 0)) continue;
      double gradient = 0;
      for (std::size_t b = 0; b < kCoarseBins; ++b) gradient += weight[b] * (*columns[c])[b] * rest[b];
      const double amount = std::max(0.0, fit.amounts[c] + gradient / norm[c]);
      const double step = amount - fit.amounts[c];
      if (step == 0) continue;
      for (std::size_t b = 0; b < kCoarseBins; ++b) rest[b] -= step * (*columns[c])[b];
      fit.amounts[c] = amount;
      moved = std::max(moved, std::abs(step) * std::sqrt(norm[c]));
    }
    if (moved < 1e-3) break;
  }
  for (std::size_t b = 0; b < kCoarseBins; ++b) fit.chi_squared += weight[b] * rest[b] * rest[b];
  return fit;
}

}  // namespace

ShapeLibrary ShapeLibrary::make(double resolution_662) {
  ShapeLibrary library;
  std::vector<double> edges;
  for (std::size_t e = 0; e <= kCoarseBins; ++e) edges.push_back(coarse_edge_kev(e));
  const auto add = [&](const char* nuclide, bool natural, DetectorModel detector) {
    detector.resolution_662 = resolution_662;
    const auto counts = detector_response(nuclide, edges, detector);
    if (!counts) return;
    Shape shape{nuclide, natural, {}};
    double sum = 0;
    for (const double c : *counts) sum += c;
    if (!(sum > 1e-9)) return;  // a cover that lets nothing through
    for (std::size_t b = 0; b < kCoarseBins; ++b) shape.share[b] = (*counts)[b] / sum;
    library.shapes_.push_back(std::move(shape));
  };
  for (const char* nuclide : {"K-40", "U-238", "Th-232"}) add(nuclide, true, bulk_ore_detector());
  // Natural, but concentrated: scale in pipes, a mineral lump, a radium source.
  for (const char* nuclide : {"Ra-226", "Th-232"}) add(nuclide, true, {});
  for (const char* nuclide : {"Cs-137", "Co-60", "Ir-192", "Am-241", "Ba-133", "I-131", "Na-22", "Eu-152", "Tc-99m"}) {
    for (const double cover : kCovers) add(nuclide, false, {.ore_cover_g_per_cm2 = cover});
  }
  return library;
}

Identification identify(const CoarseSpectrum& observed, const CoarseSpectrum& expected, const ShapeLibrary& library) {
  CoarseSpectrum excess{}, weight{}, background{}, missing{};
  double background_sum = 0;
  for (std::size_t b = 0; b < kCoarseBins; ++b) {
    excess[b] = observed[b] - expected[b];
    background_sum += expected[b];
  }
  for (std::size_t b = 0; b < kCoarseBins; ++b) {
    const std::size_t low = b > 1 ? b - 1 : 0, high = std::min(kCoarseBins - 1, b + 1);
    const double smooth = (excess[low] + excess[b] + excess[high]) / 3;
    const double shape_error = kShapeError * std::max(0.0, smooth);
    const double background_error = 0.01 * expected[b];
    weight[b] = 1 / (std::max(observed[b], 1.0) + shape_error * shape_error + background_error * background_error);
    background[b] = background_sum > 0 ? expected[b] / background_sum : 0;
    missing[b] = -background[b];
  }
  std::vector<const CoarseSpectrum*> columns = {&background, &missing};
  std::vector<const ShapeLibrary::Shape*> natural;
  for (const auto& shape : library.shapes()) {
    if (!shape.natural) continue;
    natural.push_back(&shape);
    columns.push_back(&shape.share);
  }
  const Fit without = nonnegative_fit(excess, weight, columns);

  struct Gain {
    std::string nuclide;
    double gain;
  };
  std::vector<Gain> gains;  // the best cover of each nuclide
  for (const auto& shape : library.shapes()) {
    if (shape.natural) continue;
    columns.push_back(&shape.share);
    const double gain = without.chi_squared - nonnegative_fit(excess, weight, columns).chi_squared;
    columns.pop_back();
    if (!gains.empty() && gains.back().nuclide == shape.nuclide) {
      gains.back().gain = std::max(gains.back().gain, gain);
    } else {
      gains.push_back({shape.nuclide, gain});
    }
  }
  const auto best =
      std::max_element(gains.begin(), gains.end(), [](const Gain& a, const Gain& c) { return a.gain < c.gain; });

  Identification result;
  const double unexplained = std::max(0.0, without.chi_squared - static_cast<double>(kCoarseBins));
  if (best != gains.end() && best->gain > kLeastGain && best->gain > kLeastShare * unexplained) {
    double others = 0;
    for (const auto& g : gains) others += std::exp((g.gain - best->gain) / 8);  // 8, not 2: shapes are approximate
    result = {Identification::Kind::kArtificial, best->nuclide, 1 / others, best->gain};
    return result;
  }
  double strongest = 0, all = 0;
  for (std::size_t n = 0; n < natural.size(); ++n) {
    // Weighed by significance, not counts: a series is named by the lines that tell it apart.
    double norm = 0;
    for (std::size_t b = 0; b < kCoarseBins; ++b) norm += weight[b] * natural[n]->share[b] * natural[n]->share[b];
    const double significance = without.amounts[n + 2] * std::sqrt(norm);
    all += significance;
    if (significance > strongest) {
      strongest = significance;
      result.nuclide = natural[n]->nuclide;
    }
  }
  const double usual =
      static_cast<double>(kCoarseBins) + kFitDeviations * std::sqrt(2.0 * static_cast<double>(kCoarseBins));
  // Every natural series has lines above 1.3 MeV, and hardly an artificial source has: scattered radiation alone, as of
  // a heavily shielded source, is not called natural.
  double hard = 0, hard_variance = 1;
  for (std::size_t b = 0; b < kCoarseBins; ++b) {
    if (coarse_edge_kev(b) < kHardKev) continue;
    hard += excess[b];
    hard_variance += observed[b];
  }
  if (strongest > 4 && without.chi_squared < usual && hard > 3 * std::sqrt(hard_variance)) {
    result.kind = Identification::Kind::kNatural;
    result.confidence = strongest / all;
  } else {
    result.kind = Identification::Kind::kUnknown;
    result.nuclide = "unknown";
  }
  result.chi_squared_gain = best != gains.end() ? best->gain : 0;
  return result;
}

}  // namespace beltwarden::gamma
