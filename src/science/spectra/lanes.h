// Sums over the points of a spectrum, in an order that no instruction set changes.
//
// A sum is kept as four partial sums (points 0, 4, 8 ... of each block in the first, and so on), joined at the end in one order, without
// fused multiply-adds. A CPU with AVX2 adds the four at once, one without adds them two by two: the same bits either way, so findings
// replay alike on both (lanes_test.cc).
#pragma once

#include <Eigen/Core>

namespace beltwarden::spectra::lanes {

enum class Path { kBaseline, kAvx2 };
/// What this CPU can do.
Path best_path();

/// Of the `n` values from `x`.
double sum(const double* x, Eigen::Index n, Path path = best_path());
/// Of (x - mean)^2.
double squares_about(const double* x, Eigen::Index n, double mean, Path path = best_path());
/// x = (x - offset) * factor.
void shift_and_scale(double* x, Eigen::Index n, double offset, double factor, Path path = best_path());

/// Vectors that many spectra are multiplied by, laid out as `products` and `rest` read them. T is what they are kept as: reading float
/// takes half the time where there are so many that the memory is what is waited for; sums are double all the same.
template <class T>
class Packed {
 public:
  Packed() = default;
  explicit Packed(const Eigen::MatrixXd& columns);
  Eigen::Index points() const { return points_; }
  Eigen::Index columns() const { return columns_; }

  /// out[c] = sum over points of (x - mean) * column c. `x` and `mean` have `points()`, `out` `columns()` values.
  void products(const double* x, const double* mean, double* out, Path path = best_path()) const;
  /// Squared length of x - mean - sum over c of amounts[c] * column c.
  double rest(const double* x, const double* mean, const double* amounts, Path path = best_path()) const;

 private:
  Eigen::Index points_ = 0, columns_ = 0;
  Eigen::Matrix<T, Eigen::Dynamic, 1> values_;   ///< groups of columns; in a group blocks of 4 points; in a block column by column
};

/// Savitzky-Golay's inner points: out[i] = sum over k of c[half + k] * in[i + k], the window odd or even about its middle.
void filter(const double* c, Eigen::Index half, bool odd, const double* in, Eigen::Index count, double* out, Path path = best_path());

}  // namespace beltwarden::spectra::lanes
