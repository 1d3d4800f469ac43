#include "science/spectra/white_dark.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace beltwarden::spectra {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kFullScaleShare = 0.999;
constexpr double kNoisier = 8;
constexpr Eigen::Index kNeighbours = 10;   // on either side

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Result<void> ReferenceSeries::add(double time_s, Spectrum signal) {
  if (!std::isfinite(time_s)) return invalid_input("reference: its time is no number");
  if (signal.size() == 0 || (!entries_.empty() && signal.size() != entries_.front().signal.size())) {
    return invalid_input("reference: expected " + (entries_.empty() ? std::string("at least one") : std::to_string(entries_.front().signal.size())) +
                         " channels, found " + std::to_string(signal.size()));
  }
  const auto place = std::ranges::lower_bound(entries_, time_s, {}, &Entry::time_s);
  if (place != entries_.end() && place->time_s == time_s) place->signal = std::move(signal);
  else entries_.insert(place, {time_s, std::move(signal)});
  return {};
}

bool ReferenceSeries::at(double time_s, Eigen::Ref<Spectrum> out) const {
  if (entries_.empty() || out.size() != entries_.front().signal.size()) return false;
  const auto after = std::ranges::lower_bound(entries_, time_s, {}, &Entry::time_s);
  if (after == entries_.begin()) out = after->signal;
  else if (after == entries_.end()) out = entries_.back().signal;
  else {
    const Entry& before = *(after - 1);
    const double w = (time_s - before.time_s) / (after->time_s - before.time_s);
    for (Eigen::Index i = 0; i < out.size(); ++i) {
      const double a = before.signal[i], b = after->signal[i];
      out[i] = std::isnan(a) ? b : std::isnan(b) ? a : a * (1 - w) + b * w;
    }
  }
  return true;
}

std::optional<double> ReferenceSeries::age_s(double time_s) const {
  if (entries_.empty()) return std::nullopt;
  const auto after = std::ranges::lower_bound(entries_, time_s, {}, &Entry::time_s);
  double age = std::numeric_limits<double>::infinity();
  if (after != entries_.end()) age = after->time_s - time_s;
  if (after != entries_.begin()) age = std::min(age, time_s - (after - 1)->time_s);
  return age;
}

void reflectance(Eigen::Ref<const Spectrum> signal, Eigen::Ref<const Spectrum> white, Eigen::Ref<const Spectrum> dark,
                 double least_white_share, Eigen::Ref<Spectrum> out) {
  double sum = 0;
  Eigen::Index lit = 0;
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    const double net = white[i] - dark[i];
    if (!std::isnan(net)) sum += net, ++lit;
  }
  const double least = lit > 0 ? std::max(0.0, least_white_share * sum / static_cast<double>(lit)) : 0;
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    const double net = white[i] - dark[i];
    out[i] = net > least ? (signal[i] - dark[i]) / net : kMissing;
  }
}

std::vector<bool> saturated(Eigen::Ref<const Spectrum> counts, double full_scale) {
  std::vector<bool> out(static_cast<std::size_t>(counts.size()), false);
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    out[static_cast<std::size_t>(i)] = full_scale > 0 && counts[i] >= kFullScaleShare * full_scale;
  }
  return out;
}

std::vector<bool> dead_channels(const Spectra& rows, double most_missing) {
  const auto n = rows.rows(), p = rows.cols();
  std::vector<bool> dead(static_cast<std::size_t>(p), false);
  Eigen::VectorXd roughness = Eigen::VectorXd::Zero(p);
  std::vector<double> work;
  for (Eigen::Index j = 0; j < p; ++j) {
    Eigen::Index missing = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    work.clear();
    for (Eigen::Index i = 0; i < n; ++i) {
      const double v = rows(i, j);
      if (std::isnan(v)) {
        ++missing;
        continue;
      }
      low = std::min(low, v), high = std::max(high, v);
      if (j > 0 && j + 1 < p) {
        const double bend = v - (rows(i, j - 1) + rows(i, j + 1)) / 2;
        if (!std::isnan(bend)) work.push_back(std::abs(bend));
      }
    }
    roughness[j] = median(work);
    dead[static_cast<std::size_t>(j)] =
        static_cast<double>(missing) > most_missing * static_cast<double>(n) || (n > 1 && !(high > low));
  }
  for (Eigen::Index j = 1; j + 1 < p; ++j) {
    work.clear();
    for (Eigen::Index k = std::max<Eigen::Index>(1, j - kNeighbours); k <= std::min(p - 2, j + kNeighbours); ++k) {
      if (k != j && !dead[static_cast<std::size_t>(k)]) work.push_back(roughness[k]);
    }
    const double usual = median(work);
    // A bad channel makes its neighbours' bend half as great: the greatest of three is the bad one.
    const bool greatest = roughness[j] >= roughness[j - 1] && roughness[j] >= roughness[j + 1];
    if (usual > 0 && roughness[j] > kNoisier * usual && greatest) dead[static_cast<std::size_t>(j)] = true;
  }
  return dead;
}

}  // namespace beltwarden::spectra
