#include "science/gamma/spectrum_identify.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "science/gamma/energy_grid.h"

namespace beltwarden::gamma {
namespace {

constexpr std::size_t kIdentifyBins = 400;
constexpr double kIdentifyLowestKev = 25, kIdentifyHighestKev = 3000;
constexpr double kSmoothing = 0.055;          // full width over energy at 662 keV, added to everything
constexpr double kSharpSmoothing = 0.085;     // to a detector far better than the templates'
constexpr double kPeakError = 0.12, kContinuumError = 0.012;
constexpr double kHighestCutKev = 150;
constexpr double kBentError = 1;              // of what clipping takes off a bent continuum
constexpr double kLeastExplained = 30;        // of chi-squared
constexpr double kRareWorth = 0.75;           // of what a rarely met nuclide explains
constexpr double kAlsoThere = 0.08;           // of what the first explains, that a further nuclide must explain
constexpr std::array<double, 4> kSlopes = {0.6, 0, -0.6, -1.2};
constexpr std::array<double, 7> kGains = {0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03};

using Bins = std::vector<double>;

std::vector<double> grid() {
  std::vector<double> edges;
  const double low = std::sqrt(kIdentifyLowestKev), high = std::sqrt(kIdentifyHighestKev);
  for (std::size_t i = 0; i <= kIdentifyBins; ++i)
    edges.push_back(std::pow(low + (high - low) * static_cast<double>(i) / kIdentifyBins, 2));
  return edges;
}

double centre(const std::vector<double>& edges, std::size_t i) { return (edges[i] + edges[i + 1]) / 2; }

// A peak's width grows as the square root of energy, so on this grid it is the same number of bins everywhere:
// dE = 2 sqrt(E) d(sqrt(E)), with FWHM = r sqrt(662 E).
double width_in_bins(double resolution_662) {
  const double bin = (std::sqrt(kIdentifyHighestKev) - std::sqrt(kIdentifyLowestKev)) / kIdentifyBins;
  return resolution_662 * std::sqrt(661.7) / 2 / bin;
}

Bins smoothed(const Bins& from, double resolution_662) {
  const double sigma = width_in_bins(resolution_662) / 2.3548;
  const int reach = static_cast<int>(std::ceil(3.5 * sigma));
  Bins kernel;
  double sum = 0;
  for (int k = -reach; k <= reach; ++k) sum += kernel.emplace_back(std::exp(-0.5 * k * k / (sigma * sigma)));
  Bins to(from.size(), 0);
  const int n = static_cast<int>(from.size());
  for (int i = 0; i < n; ++i) {
    for (int k = -reach; k <= reach; ++k) {
      const int j = std::clamp(i + k, 0, n - 1);
      to[static_cast<std::size_t>(i)] += from[static_cast<std::size_t>(j)] * kernel[static_cast<std::size_t>(k + reach)] / sum;
    }
  }
  return to;
}

// What remains when every bin is clipped to the mean of its neighbours, farther and farther, on a log log sqrt scale.
Bins continuum(const Bins& spectrum, int farthest) {
  const int n = static_cast<int>(spectrum.size());
  Bins v(spectrum.size());
  const auto squeeze = [](double y) { return std::log(std::log(std::sqrt(std::max(y, 0.0) + 1) + 1) + 1); };
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = squeeze(spectrum[i]);
  for (int p = farthest; p >= 1; --p) {
    Bins next = v;
    for (int i = p; i + p < n; ++i) {
      const auto at = static_cast<std::size_t>(i), off = static_cast<std::size_t>(p);
      next[at] = std::min(v[at], (v[at - off] + v[at + off]) / 2);
    }
    v = std::move(next);
  }
  for (double& x : v) x = std::pow(std::exp(std::exp(x) - 1) - 1, 2) - 1;
  return v;
}

// What stands above the continuum. Clipping also takes a slice off a continuum that is merely bent, however smooth it is: as much as a
// second clipping takes off what the first left. That slice is no peak.
struct Clipped {
  Bins under, bent, height;
};
Clipped clipped(const Bins& smooth) {
  const int farthest = static_cast<int>(std::lround(1.3 * width_in_bins(0.095)));
  Clipped result{continuum(smooth, farthest), {}, Bins(smooth.size())};
  result.bent = continuum(result.under, farthest);
  for (std::size_t b = 0; b < smooth.size(); ++b) {
    result.bent[b] = std::max(0.0, result.under[b] - result.bent[b]);
    result.height[b] = std::max(0.0, smooth[b] - result.under[b] - result.bent[b]);
  }
  return result;
}

struct Peaks {
  Bins height, variance;
};

struct Column {
  std::size_t nuclide;
  Bins peaks;
};

struct Fit {
  std::vector<double> amounts;
  double chi_squared = 0;
};

// Coordinate descent; correlations are those of peaks, so a few dozen rounds do.
Fit fit(const Bins& target, const Bins& weight, const std::vector<const Bins*>& columns) {
  Fit result;
  result.amounts.assign(columns.size(), 0);
  Bins rest = target;
  std::vector<double> norm(columns.size(), 0);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t b = 0; b < rest.size(); ++b) norm[c] += weight[b] * (*columns[c])[b] * (*columns[c])[b];
  }
  for (int round = 0; round < 60; ++round) {
    double moved = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (!(norm[c] > 0)) continue;
      double gradient = 0;
      for (std::size_t b = 0; b < rest.size(); ++b) gradient += weight[b] * (*columns[c])[b] * rest[b];
      const double amount = std::max(0.0, result.amounts[c] + gradient / norm[c]), step = amount - result.amounts[c];
      if (step == 0) continue;
      for (std::size_t b = 0; b < rest.size(); ++b) rest[b] -= step * (*columns[c])[b];
      result.amounts[c] = amount;
      moved = std::max(moved, std::abs(step) * std::sqrt(norm[c]));
    }
    if (moved < 0.01) break;
  }
  for (std::size_t b = 0; b < rest.size(); ++b) result.chi_squared += weight[b] * rest[b] * rest[b];
  return result;
}

// A discriminator cuts a spectrum off, and a cut is half a peak: below it the spectrum is taken to go on as it is just above.
Bins beyond_cut(Bins counts, const std::vector<double>& edges) {
  constexpr std::size_t kAbove = 5;
  std::size_t cut = 0;
  double above = 0;
  for (; cut + kAbove + 1 < counts.size(); ++cut) {
    above = 0;
    for (std::size_t i = 1; i <= kAbove; ++i) above += counts[cut + i] / kAbove;
    if (above > 0 && counts[cut] > 0.5 * above) break;
  }
  if (cut == 0 || edges[cut] > kHighestCutKev) return counts;
  const double per_kev = above / (edges[cut + 2] - edges[cut + 1]);
  for (std::size_t i = 0; i <= cut; ++i) counts[i] = std::max(counts[i], per_kev * (edges[i + 1] - edges[i]));
  return counts;
}

class Namer {
 public:
  Namer(std::span<const double> counts, std::span<const double> edges, std::span<const double> background,
        const TemplateLibrary& library)
      : counts_(beyond_cut({counts.begin(), counts.end()}, {edges.begin(), edges.end()})), own_(edges.begin(), edges.end()),
        background_(background.empty() ? Bins() : beyond_cut({background.begin(), background.end()}, own_)), library_(library), edges_(grid()) {
    first_ = 0;
    while (first_ + 1 < kIdentifyBins && edges_[first_] < own_.front()) ++first_;
    last_ = kIdentifyBins;
    while (last_ > first_ + 1 && edges_[last_] > own_.back()) --last_;
  }

  NamedSpectrum name() {
    NamedSpectrum best;
    double most = -1;
    for (const double smoothing : {kSmoothing, kSharpSmoothing}) {
      prepare_columns();
      for (const double gain : kGains) {
        const Peaks peaks = peaks_of(gain, smoothing);
        for (const double slope : kSlopes) {
          NamedSpectrum one = attempt(peaks, slope);
          if (one.nuclides.empty()) continue;
          // A calibration is believed unless another fits clearly better.
          const double worth = explained_ * std::exp(-0.5 * std::pow((gain - 1) / 0.012, 2));
          if (worth <= most) continue;
          most = worth;
          one.gain = gain;
          one.resolution_662 = smoothing;
          best = std::move(one);
        }
      }
    }
    return best;
  }

 private:
  Peaks peaks_of(double gain, double smoothing) const {
    std::vector<double> own(own_);
    for (double& e : own) e /= gain;
    const Fold fold(own, edges_);
    Bins bins(kIdentifyBins);
    fold.apply(std::span<const double>(counts_), bins);
    Bins gross = bins;
    if (!background_.empty()) {
      Bins rest(kIdentifyBins);
      fold.apply(std::span<const double>(background_), rest);
      for (std::size_t b = 0; b < kIdentifyBins; ++b) bins[b] = std::max(0.0, bins[b] - rest[b]), gross[b] += rest[b];
    }
    const Bins smooth = smoothed(bins, smoothing), smooth_gross = smoothed(gross, smoothing);
    Clipped over = clipped(smooth);
    Peaks peaks{std::move(over.height), Bins(kIdentifyBins)};
    // Smoothing divides the variance by the kernel's effective width.
    const double shared = std::max(1.0, 1.5 * width_in_bins(smoothing));
    for (std::size_t b = 0; b < kIdentifyBins; ++b) {
      peaks.variance[b] = (smooth_gross[b] + 1) / shared + std::pow(kPeakError * peaks.height[b], 2) +
                          std::pow(kContinuumError * over.under[b], 2) + std::pow(kBentError * over.bent[b], 2);
    }
    return peaks;
  }

  void prepare_columns() {
    if (!columns_.empty()) return;
    for (const auto& source : library_.templates) {
      if (!(alarm_share(source.nuclide) > 0) || source.shielding == "Phantom" || source.nuclide == "U-238") {
        continue;
      }
      Bins shape = library_.shape(source, edges_);
      if (shape.empty()) continue;
      for (double& s : shape) s *= 1e6;  // far above one count, where the clipping's logarithms behave
      const Bins smooth = smoothed(shape, kSmoothing);
      Column column{0, clipped(smooth).height};
      double sum = 0;
      for (std::size_t b = first_; b < last_; ++b) sum += column.peaks[b];
      if (!(sum > 1e3)) continue;  // no peaks inside
      const auto known = std::find(names_.begin(), names_.end(), source.nuclide);
      column.nuclide = static_cast<std::size_t>(known - names_.begin());
      if (known == names_.end()) names_.push_back(source.nuclide);
      columns_.push_back(std::move(column));
    }
  }

  NamedSpectrum attempt(const Peaks& peaks, double slope) {
    Bins target, weight;
    for (std::size_t b = first_; b < last_; ++b) {
      target.push_back(peaks.height[b]);
      weight.push_back(1 / peaks.variance[b] / std::max(1.0, width_in_bins(kSmoothing)));
    }
    std::vector<Bins> bent;
    for (const Column& column : columns_) {
      Bins one;
      double norm = 0;
      for (std::size_t b = first_; b < last_; ++b) {
        one.push_back(column.peaks[b] * std::pow(std::max(centre(edges_, b), 40.0) / 662, slope));
        norm += one.back();
      }
      for (double& x : one) x /= norm;
      bent.push_back(std::move(one));
    }
    double nothing = 0;
    for (std::size_t b = 0; b < target.size(); ++b) nothing += weight[b] * target[b] * target[b];
    // One nuclide after the other, whichever explains most beside those already in.
    std::vector<std::size_t> in;
    double chi_squared = nothing;
    NamedSpectrum result;
    std::vector<std::map<std::string, double>> rivals;   // what each nuclide would have explained instead
    for (int step = 0; step < 4; ++step) {
      std::size_t best = columns_.size();
      double least = chi_squared;
      std::map<std::string, double> gains;
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        if (std::any_of(in.begin(), in.end(), [&](std::size_t i) { return columns_[i].nuclide == columns_[c].nuclide; })) continue;
        std::vector<const Bins*> set;
        for (const std::size_t i : in) set.push_back(&bent[i]);
        set.push_back(&bent[c]);
        double there = fit(target, weight, set).chi_squared;
        // What is rarely met must explain more.
        if (alarm_share(names_[columns_[c].nuclide]) < 0.15 && !is_natural(names_[columns_[c].nuclide]))
          there = chi_squared - kRareWorth * std::max(0.0, chi_squared - there);
        auto& gain = gains[names_[columns_[c].nuclide]];
        gain = std::max(gain, chi_squared - there);
        if (there < least) least = there, best = c;
      }
      if (best == columns_.size()) break;
      const double explained = chi_squared - least;
      if (step == 0) explained_ = 0;
      if (explained < kLeastExplained || (step > 0 && explained < kAlsoThere * (nothing - chi_squared))) break;
      const std::string& name = names_[columns_[best].nuclide];
      result.nuclides.push_back({name, is_natural(name), 0, explained});
      rivals.push_back(std::move(gains));
      chi_squared = least;
      in.push_back(best);
    }
    explained_ = nothing - chi_squared;
    // Confidence: against every other nuclide in its place, tempered by how well all is explained in the end: what a second
    // nuclide explains is no doubt about the first.
    const double temper = std::max(4.0, 2 * chi_squared / std::max(10.0, static_cast<double>(target.size()) / 6));
    for (std::size_t i = 0; i < result.nuclides.size(); ++i) {
      double others = 0;
      for (const auto& [name, gain] : rivals[i]) others += std::exp((gain - result.nuclides[i].explained) / (2 * temper));
      result.nuclides[i].confidence = 1 / others;
    }
    return result;
  }

  std::vector<double> counts_, own_, background_;
  const TemplateLibrary& library_;
  std::vector<double> edges_;
  std::size_t first_ = 0, last_ = kIdentifyBins;
  std::vector<Column> columns_;
  std::vector<std::string> names_;
  double explained_ = 0;
};

}  // namespace

Result<NamedSpectrum> name_spectrum(std::span<const double> counts, std::span<const double> edges,
                                    std::span<const double> background, const TemplateLibrary& library) {
  if (counts.size() < 16 || edges.size() != counts.size() + 1)
    return invalid_input("spectrum: expected at least 16 channels and one edge more, found " + std::to_string(counts.size()));
  if (!background.empty() && background.size() != counts.size())
    return invalid_input("spectrum: expected a background of as many channels");
  for (std::size_t i = 1; i < edges.size(); ++i) {
    if (!(edges[i] > edges[i - 1])) return invalid_input("spectrum: expected energies that rise");
  }
  return Namer(counts, edges, background, library).name();
}

}  // namespace beltwarden::gamma
