#include "science/spectra/savitzky_golay.h"

#include <cmath>

#include "science/spectra/lanes.h"
#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
SavitzkyGolay::SavitzkyGolay(int window, int order, int derivative) {
  const int half = window / 2;
  Eigen::MatrixXd vandermonde(window, order + 1);
  for (int i = 0; i < window; ++i) {
    double power = 1;
    for (int k = 0; k <= order; ++k, power *= i - half) vandermonde(i, k) = power;
  }
  // (order + 1) x window: the polynomial's coefficients, of the data.
  const Eigen::MatrixXd fit = pseudo_inverse(vandermonde).matrix;
  at_ = Eigen::MatrixXd::Zero(window, window);
  for (int at = 0; at < window; ++at) {
    for (int k = derivative; k <= order; ++k) {
      double factor = std::pow(at - half, k - derivative);
      for (int j = 0; j < derivative; ++j) factor *= k - j;
      at_.col(at) += factor * fit.row(k).transpose();
    }
  }
  middle_ = at_.col(half);
  odd_ = derivative % 2 == 1;
}

void SavitzkyGolay::apply(const double* in, Eigen::Index count, double* out) const {
  const Eigen::Index window = middle_.size(), half = window / 2;
  const Eigen::Map<const Eigen::VectorXd> first(in, window), last(in + count - window, window);
  for (Eigen::Index i = 0; i < half; ++i) {
    out[i] = at_.col(i).dot(first);
    out[count - 1 - i] = at_.col(window - 1 - i).dot(last);
  }
  const Eigen::Index inner = count - 2 * half;
  lanes::filter(middle_.data(), half, odd_, in + half, inner, out + half);
}

}  // namespace beltwarden::spectra
