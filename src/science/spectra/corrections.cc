#include "science/spectra/corrections.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kJointPoints = 10;

// The least-squares line through points first ... last - 1, at `nm_at`.
double line_at(const double* x, const Eigen::VectorXd& nm, Eigen::Index first, Eigen::Index last, double nm_at) {
  const auto n = static_cast<double>(last - first);
  double mean_nm = 0, mean_x = 0;
  for (Eigen::Index i = first; i < last; ++i) mean_nm += nm[i] / n, mean_x += x[i] / n;
  double cross = 0, square = 0;
  for (Eigen::Index i = first; i < last; ++i) {
    cross += (nm[i] - mean_nm) * (x[i] - mean_x);
    square += (nm[i] - mean_nm) * (nm[i] - mean_nm);
  }
  return mean_x + (square > 0 ? cross / square : 0) * (nm_at - mean_nm);
}

}  // namespace

bool fill_gaps(double* x, const PointBlocks& blocks) {
  for (const auto& [first, count] : blocks) {
    Eigen::Index last_seen = -1;
    for (Eigen::Index i = first; i < first + count; ++i) {
      if (std::isnan(x[i])) continue;
      if (last_seen < 0) {
        for (Eigen::Index k = first; k < i; ++k) x[k] = x[i];
      } else {
        for (Eigen::Index k = last_seen + 1; k < i; ++k) {
          const double w = static_cast<double>(k - last_seen) / static_cast<double>(i - last_seen);
          x[k] = x[last_seen] * (1 - w) + x[i] * w;
        }
      }
      last_seen = i;
    }
    if (last_seen < 0) return false;
    for (Eigen::Index k = last_seen + 1; k < first + count; ++k) x[k] = x[last_seen];
  }
  return true;
}

bool remove_continuum(double* x, const Eigen::VectorXd& nm, std::vector<Eigen::Index>& hull) {
  hull.clear();
  for (Eigen::Index i = 0; i < nm.size(); ++i) {
    // Drop corners that lie on or below the line from the one before them to this point (Andrew's monotone chain).
    while (hull.size() >= 2) {
      const auto a = hull[hull.size() - 2], b = hull.back();
      if ((x[b] - x[a]) * (nm[i] - nm[a]) > (x[i] - x[a]) * (nm[b] - nm[a])) break;
      hull.pop_back();
    }
    hull.push_back(i);
  }
  for (const auto corner : hull) {
    if (!(x[corner] > 0)) return false;
  }
  for (std::size_t h = 0; h + 1 < hull.size(); ++h) {
    const auto a = hull[h], b = hull[h + 1];
    const double from = x[a], slope = (x[b] - from) / (nm[b] - nm[a]);
    for (Eigen::Index i = a + 1; i < b; ++i) x[i] /= from + slope * (nm[i] - nm[a]);
  }
  for (const auto corner : hull) x[corner] = 1;
  return true;
}

void join_detectors(double* x, const Eigen::VectorXd& nm, std::span<const double> at_nm) {
  const auto n = nm.size();
  const auto start_of = [&](std::size_t segment) -> Eigen::Index {   // of segment 0 ... joints
    if (segment == 0) return 0;
    if (segment > at_nm.size()) return n;
    return std::upper_bound(nm.data(), nm.data() + n, at_nm[segment - 1]) - nm.data();
  };
  const auto join = [&](std::size_t joint, bool left_moves) {
    const auto left = start_of(joint), middle = start_of(joint + 1), right = start_of(joint + 2);
    if (middle - left < 2 || right - middle < 2) return;
    const double nm_at = (nm[middle - 1] + nm[middle]) / 2;
    const double from_left = line_at(x, nm, std::max(left, middle - kJointPoints), middle, nm_at);
    const double from_right = line_at(x, nm, middle, std::min(right, middle + kJointPoints), nm_at);
    if (left_moves) {
      for (Eigen::Index i = left; i < middle; ++i) x[i] += from_right - from_left;
    } else {
      for (Eigen::Index i = middle; i < right; ++i) x[i] += from_left - from_right;
    }
  };
  const std::size_t stays = at_nm.size() / 2;   // of joints + 1 segments
  for (std::size_t joint = stays; joint-- > 0;) join(joint, true);
  for (std::size_t joint = stays; joint < at_nm.size(); ++joint) join(joint, false);
}

void shift_bands(const double* x, const Eigen::VectorXd& nm, const PointBlocks& blocks, double shift_nm, double* out) {
  for (const auto& [first, count] : blocks) {
    const Eigen::Index end = first + count;
    Eigen::Index left = first;
    for (Eigen::Index i = first; i < end; ++i) {
      const double at = std::clamp(nm[i] - shift_nm, nm[first], nm[end - 1]);
      while (left + 2 < end && nm[left + 1] <= at) ++left;
      if (count < 4) {
        const double w = count < 2 ? 0 : (at - nm[left]) / (nm[left + 1] - nm[left]);
        out[i] = count < 2 ? x[left] : x[left] * (1 - w) + x[left + 1] * w;
        continue;
      }
      const Eigen::Index from = std::clamp<Eigen::Index>(left - 1, first, end - 4);   // Lagrange through four neighbours
      double sum = 0;
      for (Eigen::Index k = from; k < from + 4; ++k) {
        double weight = x[k];
        for (Eigen::Index j = from; j < from + 4; ++j) {
          if (j != k) weight *= (at - nm[j]) / (nm[k] - nm[j]);
        }
        sum += weight;
      }
      out[i] = sum;
    }
  }
}

void slope(const double* x, const Eigen::VectorXd& nm, const PointBlocks& blocks, double* out) {
  for (const auto& [first, count] : blocks) {
    const Eigen::Index last = first + count - 1;
    for (Eigen::Index i = first; i <= last; ++i) {
      const Eigen::Index a = std::max(first, i - 1), b = std::min(last, i + 1);
      out[i] = b > a ? (x[b] - x[a]) / (nm[b] - nm[a]) : 0;
    }
  }
}

}  // namespace beltwarden::spectra
