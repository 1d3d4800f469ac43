#include "science/spectra/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace beltwarden::spectra {

std::vector<double> regular_axis(double from_nm, double to_nm, double step_nm) {
  std::vector<double> axis;
  for (std::size_t i = 0;; ++i) {
    const double nm = from_nm + static_cast<double>(i) * step_nm;
    if (nm > to_nm + step_nm * 1e-6 || i >= kMaxPoints) return axis;
    axis.push_back(nm);
  }
}

std::vector<double> demo_axis() { return regular_axis(350, 2500, 10); }

Result<void> check_axis(std::span<const double> axis_nm) {
  if (axis_nm.size() < 3 || axis_nm.size() > kMaxPoints) {
    return invalid_input("wavelength axis: expected 3 to " + std::to_string(kMaxPoints) + " points, found " +
                         std::to_string(axis_nm.size()));
  }
  for (std::size_t i = 0; i < axis_nm.size(); ++i) {
    if (!std::isfinite(axis_nm[i]) || (i > 0 && axis_nm[i] <= axis_nm[i - 1])) {
      return invalid_input("wavelength axis: expected strictly increasing nm, found " + std::to_string(axis_nm[i]) +
                           " at point " + std::to_string(i + 1));
    }
  }
  return {};
}

Result<Resampler> Resampler::make(std::span<const double> from_nm, std::span<const double> to_nm) {
  if (auto ok = check_axis(from_nm); !ok) return ok.error().within("source");
  if (auto ok = check_axis(to_nm); !ok) return ok.error().within("target");
  Resampler r;
  r.source_points_ = static_cast<Eigen::Index>(from_nm.size());
  r.identity_ = std::ranges::equal(from_nm, to_nm);
  const auto n = to_nm.size();
  r.targets_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double left = i > 0 ? (to_nm[i - 1] + to_nm[i]) / 2 : to_nm[0] - (to_nm[1] - to_nm[0]) / 2;
    const double right = i + 1 < n ? (to_nm[i] + to_nm[i + 1]) / 2 : to_nm[n - 1] + (to_nm[n - 1] - to_nm[n - 2]) / 2;
    const auto first = std::ranges::lower_bound(from_nm, left) - from_nm.begin();
    const auto last = std::ranges::lower_bound(from_nm, right) - from_nm.begin();
    Target& t = r.targets_[i];
    if (last - first >= 2) {
      t = {first, last - first, -1};
      continue;
    }
    const auto after = std::ranges::lower_bound(from_nm, to_nm[i]) - from_nm.begin();
    if (after == static_cast<std::ptrdiff_t>(from_nm.size())) {
      t.first = -1;
    } else if (from_nm[after] == to_nm[i]) {
      t = {after, 1, -1};
    } else if (after == 0) {
      t.first = -1;
    } else {
      t = {after - 1, 2, (to_nm[i] - from_nm[after - 1]) / (from_nm[after] - from_nm[after - 1])};
    }
  }
  return r;
}

void Resampler::apply(Eigen::Ref<const Eigen::VectorXd> in, Eigen::Ref<Eigen::VectorXd> out) const {
  if (identity_) {
    out = in;
    return;
  }
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const Target& t = targets_[i];
    double value = std::numeric_limits<double>::quiet_NaN();
    if (t.first >= 0 && t.right >= 0) {
      value = in[t.first] * (1 - t.right) + in[t.first + 1] * t.right;
    } else if (t.first >= 0) {
      double sum = 0;
      int seen = 0;
      for (Eigen::Index k = t.first; k < t.first + t.count; ++k) {
        if (std::isnan(in[k])) continue;
        sum += in[k];
        ++seen;
      }
      if (seen > 0) value = sum / seen;
    }
    out[static_cast<Eigen::Index>(i)] = value;
  }
}

}  // namespace beltwarden::spectra
