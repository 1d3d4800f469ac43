#include "instruments/gamma/sum_spectra.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace beltwarden::instruments {
namespace {

using formats::RadSpectrum;

constexpr std::size_t kMaxMonitorChannels = 16'384;
constexpr double kLiveTolerance = 1.02;    // rounding of durations
constexpr double kSameCalibration = 0.25;  // channels; closer calibrations are summed as they are

using Calibration = std::array<double, 3>;

double energy(const Calibration& a, double channel) { return a[0] + channel * (a[1] + channel * a[2]); }

std::vector<double> edges_of(const Calibration& a, std::size_t channels) {
  std::vector<double> edges(channels + 1);
  for (std::size_t i = 0; i <= channels; ++i) edges[i] = energy(a, static_cast<double>(i));
  return edges;
}

bool increases(const std::vector<double>& edges) {
  return std::adjacent_find(edges.begin(), edges.end(), [](double a, double b) { return !(b > a); }) == edges.end();
}

// A calibration of three terms: the spectrum's own where it has no more, else a straight line between its outer edges.
Result<Calibration> calibration_of(const RadSpectrum& spectrum) {
  const std::size_t n = spectrum.counts.size();
  Calibration a{};
  bool exact = spectrum.energy_edges.empty();
  for (std::size_t i = 0; i < spectrum.calibration.size(); ++i) {
    if (i < 3)
      a[i] = spectrum.calibration[i];
    else
      exact &= spectrum.calibration[i] == 0;
  }
  if (!exact) {
    const std::vector<double>& edges = spectrum.energy_edges;
    const double last = edges.empty() ? energy(a, static_cast<double>(n)) : edges.back();
    const double first = edges.empty() ? a[0] : edges.front();
    a = {first, (last - first) / static_cast<double>(n), 0};
  }
  if (!increases(edges_of(a, n))) {
    return invalid_input("detector '" + spectrum.detector +
                         "': expected an energy calibration that increases over all " + std::to_string(n) +
                         " channels");
  }
  return a;
}

Result<std::vector<double>> true_edges(const RadSpectrum& spectrum) {
  if (!spectrum.energy_edges.empty()) return spectrum.energy_edges;
  std::vector<double> edges(spectrum.counts.size() + 1, 0);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    for (std::size_t k = spectrum.calibration.size(); k-- > 0;)
      edges[i] = edges[i] * static_cast<double>(i) + spectrum.calibration[k];
  }
  if (!increases(edges)) return invalid_input("detector '" + spectrum.detector + "': its energy calibration turns");
  return edges;
}

bool nearly_same(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > kSameCalibration * (a[i + 1] - a[i])) return false;
  }
  return true;
}

// The finest spectrum of each detector, in the order they first appear.
std::vector<const RadSpectrum*> one_per_detector(const formats::RadMeasurement& measurement) {
  std::vector<const RadSpectrum*> chosen;
  for (const RadSpectrum& spectrum : measurement.spectra) {
    const auto same = std::find_if(chosen.begin(), chosen.end(),
                                   [&](const RadSpectrum* c) { return c->detector == spectrum.detector; });
    if (same == chosen.end())
      chosen.push_back(&spectrum);
    else if (spectrum.counts.size() > (*same)->counts.size())
      *same = &spectrum;
  }
  return chosen;
}

Result<void> add_spectra(const formats::RadMeasurement& measurement, material::GammaReading& reading) {
  std::vector<double> grid;
  const auto spectra = one_per_detector(measurement);
  for (const RadSpectrum* spectrum : spectra) {
    const std::size_t n = spectrum->counts.size();
    if (n < 2 || n > kMaxMonitorChannels) {
      return invalid_input("detector '" + spectrum->detector + "': expected 2 to " +
                           std::to_string(kMaxMonitorChannels) + " channels, found " + std::to_string(n));
    }
    if (spectrum->calibration.size() < 2 && spectrum->energy_edges.empty()) {
      return invalid_input("detector '" + spectrum->detector + "' has no energy calibration");
    }
    // No live time at all is what a detector says that is dead, or paralysed: that is told, not refused.
    if (!(spectrum->live_s >= 0) || spectrum->live_s > kLiveTolerance * std::max(spectrum->real_s, measurement.real_s)) {
      return invalid_input("detector '" + spectrum->detector +
                           "': expected a live time from 0 to the real time of " +
                           std::to_string(measurement.real_s) + " s, found " + std::to_string(spectrum->live_s) + " s");
    }
    auto edges = true_edges(*spectrum);
    if (!edges) return edges.error();
    if (grid.empty()) {
      auto calibration = calibration_of(*spectrum);
      if (!calibration) return calibration.error();
      reading.calibration_kev = *calibration;
      grid = edges_of(*calibration, n);
      reading.counts.assign(n, 0);
    }
    const auto moved = nearly_same(grid, *edges) ? spectrum->counts : rebin(spectrum->counts, *edges, grid);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const std::uint64_t sum = std::uint64_t{reading.counts[i]} + moved[i];
      if (sum > UINT32_MAX) return invalid_input("channel " + std::to_string(i) + ": more than 4294967295 counts");
      reading.counts[i] = static_cast<std::uint32_t>(sum);
    }
    const double counting_s = spectrum->live_s > 0 ? spectrum->live_s : std::max(spectrum->real_s, measurement.real_s);
    reading.detector_cps.push_back(static_cast<double>(spectrum->total_counts()) / counting_s);
    reading.live_s += spectrum->live_s / static_cast<double>(spectra.size());
  }
  return {};
}

// Detectors that only count: gamma ones add to the rates, neutron ones to the neutron rate.
void add_gross(const formats::N42File& file, const formats::RadMeasurement& measurement,
               material::GammaReading& reading) {
  const bool spectra = !reading.counts.empty();
  for (const formats::GrossCounts& gross : measurement.gross) {
    const auto known = std::find_if(file.detectors.begin(), file.detectors.end(),
                                    [&](const formats::RadDetector& d) { return d.id == gross.detector; });
    const double live_s = gross.live_s > 0 ? gross.live_s : measurement.real_s;
    if (known == file.detectors.end() || !(live_s > 0)) continue;
    if (known->category == "Neutron") {
      reading.neutron_cps += gross.total() / live_s;
    } else if (known->category == "Gamma" && !spectra) {
      reading.detector_cps.push_back(gross.total() / live_s);
      reading.live_s = live_s;
    }
  }
}

}  // namespace

std::vector<std::uint32_t> rebin(const std::vector<std::uint32_t>& counts, const std::vector<double>& from_edges,
                                 const std::vector<double>& to_edges) {
  const std::size_t n = to_edges.size() - 1;
  std::vector<double> shares(n, 0);
  std::size_t first = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const double low = from_edges[i], high = from_edges[i + 1];
    while (first + 1 < n && to_edges[first + 1] <= low) ++first;
    for (std::size_t j = first; j < n; ++j) {
      const double from = j == 0 ? low : std::max(low, to_edges[j]);
      const double to = j + 1 == n ? high : std::min(high, to_edges[j + 1]);
      if (to > from) shares[j] += counts[i] * (to - from) / (high - low);
      if (to_edges[j + 1] >= high) break;
    }
  }
  // Whole counts again: what rounding takes from one channel it gives to the next, so that the sum stays.
  std::vector<std::uint32_t> moved(n, 0);
  double carried = 0;
  for (std::size_t j = 0; j < n; ++j) {
    carried += shares[j];
    const double whole = std::floor(carried + 0.5);
    moved[j] = static_cast<std::uint32_t>(std::clamp(whole, 0.0, 4294967295.0));
    carried -= moved[j];
  }
  return moved;
}

Result<material::GammaReading> to_gamma_reading(const formats::N42File& file,
                                                const formats::RadMeasurement& measurement, bool occupied_unless_told) {
  if (!measurement.start) return invalid_input("the measurement has no start time");
  if (!(measurement.real_s > 0))
    return invalid_input("expected a real time above 0, found " + std::to_string(measurement.real_s) + " s");
  material::GammaReading reading;
  reading.real_s = measurement.real_s;
  if (auto done = add_spectra(measurement, reading); !done) return done.error();
  add_gross(file, measurement, reading);
  if (reading.counts.empty() && reading.detector_cps.empty())
    return invalid_input("the measurement has neither a spectrum nor gross counts");
  reading.occupied =
      measurement.occupied.value_or(measurement.class_code == "Background" ? false : occupied_unless_told);
  for (const formats::RadFault& fault : measurement.faults) {
    if (reading.faults.size() >= 16) break;
    reading.faults.push_back(clipped_utf8((fault.detector.empty() ? "" : fault.detector + ": ") + fault.code +
                                              (fault.description.empty() ? "" : ": " + fault.description),
                                          material::kMaxFaultBytes));
  }
  return reading;
}

}  // namespace beltwarden::instruments
