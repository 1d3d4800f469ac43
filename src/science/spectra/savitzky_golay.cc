#include "science/spectra/savitzky_golay.h"

#include <Eigen/QR>
#include <cmath>

namespace beltwarden::spectra {

SavitzkyGolay::SavitzkyGolay(int window, int order, int derivative) {
  const int half = window / 2;
  Eigen::MatrixXd vandermonde(window, order + 1);
  for (int i = 0; i < window; ++i) {
    double power = 1;
    for (int k = 0; k <= order; ++k, power *= i - half) vandermonde(i, k) = power;
  }
  // (order + 1) x window: the polynomial's coefficients, of the data.
  const Eigen::MatrixXd fit = vandermonde.completeOrthogonalDecomposition().pseudoInverse();
  at_ = Eigen::MatrixXd::Zero(window, window);
  for (int at = 0; at < window; ++at) {
    for (int k = derivative; k <= order; ++k) {
      double factor = std::pow(at - half, k - derivative);
      for (int j = 0; j < derivative; ++j) factor *= k - j;
      at_.col(at) += factor * fit.row(k).transpose();
    }
  }
  middle_ = at_.col(half);
}

void SavitzkyGolay::apply(const double* in, Eigen::Index count, double* out) const {
  const Eigen::Index window = middle_.size(), half = window / 2;
  const Eigen::Map<const Eigen::VectorXd> first(in, window), last(in + count - window, window);
  for (Eigen::Index i = 0; i < half; ++i) {
    out[i] = at_.col(i).dot(first);
    out[count - 1 - i] = at_.col(window - 1 - i).dot(last);
  }
  // Many sums at a time, each over the window in order: the compiler keeps them in registers.
  constexpr Eigen::Index kLanes = 16;
  const double* c = middle_.data();
  const Eigen::Index inner = count - 2 * half;
  out += half;
  Eigen::Index i = 0;
  for (; i + kLanes <= inner; i += kLanes) {
    double sum[kLanes] = {};
    for (Eigen::Index k = 0; k < window; ++k) {
      for (Eigen::Index lane = 0; lane < kLanes; ++lane) sum[lane] += c[k] * in[i + k + lane];
    }
    for (Eigen::Index lane = 0; lane < kLanes; ++lane) out[i + lane] = sum[lane];
  }
  for (; i < inner; ++i) {
    double sum = 0;
    for (Eigen::Index k = 0; k < window; ++k) sum += c[k] * in[i + k];
    out[i] = sum;
  }
}

}  // namespace beltwarden::spectra
