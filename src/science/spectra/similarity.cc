#include "science/spectra/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace beltwarden::spectra {
namespace {

// Cosine of the two vectors after taking `ma`, `mb` off.
double cosine(const Eigen::VectorXd& a, const Eigen::VectorXd& b, double ma, double mb) {
  double ab = 0, aa = 0, bb = 0;
  int n = 0;
  for (Eigen::Index i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
    ++n;
  }
  if (n < 2 || aa == 0 || bb == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0);
}

}  // namespace

double spectral_angle(const Eigen::VectorXd& a, const Eigen::VectorXd& b) { return std::acos(cosine(a, b, 0, 0)); }

double correlation(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  double ma = 0, mb = 0;
  int n = 0;
  for (Eigen::Index i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    ma += a[i];
    mb += b[i];
    ++n;
  }
  return n < 2 ? std::numeric_limits<double>::quiet_NaN() : cosine(a, b, ma / n, mb / n);
}

}  // namespace beltwarden::spectra
