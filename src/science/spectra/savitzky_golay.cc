#include "science/spectra/savitzky_golay.h"

#include <Eigen/QR>
#include <cmath>

namespace beltwarden::spectra {
namespace {

// The middle row is even (derivatives 0, 2, ...) or odd about its centre: half the products. `c` and `in` point to it. Many sums
// at a time, each over the window in the same order: the compiler keeps them in registers.
template <bool kOdd>
void inner_sums(const double* c, Eigen::Index half, const double* in, Eigen::Index count, double* out) {
  constexpr Eigen::Index kLanes = 16;
  c += half;
  const auto pair = [](double left, double right) { return kOdd ? right - left : right + left; };
  Eigen::Index i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    double sum[kLanes];
    for (Eigen::Index lane = 0; lane < kLanes; ++lane) sum[lane] = kOdd ? 0 : c[0] * in[i + lane];
    for (Eigen::Index k = 1; k <= half; ++k) {
      for (Eigen::Index lane = 0; lane < kLanes; ++lane) sum[lane] += c[k] * pair(in[i + lane - k], in[i + lane + k]);
    }
    for (Eigen::Index lane = 0; lane < kLanes; ++lane) out[i + lane] = sum[lane];
  }
  for (; i < count; ++i) {
    double sum = kOdd ? 0 : c[0] * in[i];
    for (Eigen::Index k = 1; k <= half; ++k) sum += c[k] * pair(in[i - k], in[i + k]);
    out[i] = sum;
  }
}

}  // namespace

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
  if (odd_) inner_sums<true>(middle_.data(), half, in + half, inner, out + half);
  else inner_sums<false>(middle_.data(), half, in + half, inner, out + half);
}

}  // namespace beltwarden::spectra
