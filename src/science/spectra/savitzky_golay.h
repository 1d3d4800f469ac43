// Local polynomials over a moving window.
#pragma once

#include <Eigen/Core>

namespace beltwarden::spectra {

/// Least-squares polynomial of `order` through `window` points (odd), its value or derivative at each position (Savitzky
/// and Golay, Anal. Chem. 36 (1964) 1627-1639). Derivatives are per point.
class SavitzkyGolay {
 public:
  SavitzkyGolay() = default;
  SavitzkyGolay(int window, int order, int derivative);

  /// Filters `count` >= window values; the ends are read off the outermost polynomial. `out` must not overlap `in`.
  void apply(const double* in, Eigen::Index count, double* out) const;

 private:
  Eigen::MatrixXd at_;       ///< window x window: column p makes the value at position p of the window
  Eigen::VectorXd middle_;
  bool odd_ = false;         ///< the middle row: an odd derivative
};

}  // namespace beltwarden::spectra
