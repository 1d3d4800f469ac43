// Moving a calibration to another instrument: spectra of the second made to look like those of the first.
#pragma once

#include <Eigen/Core>
#include <string>

#include "base/result.h"
#include "science/spectra/axis.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

/// out = offset + band of neighbours + low-rank part; whichever parts are there.
class SpectralMap {
 public:
  SpectralMap() = default;         ///< leaves spectra as they are

  bool identity() const { return offset_.size() == 0; }
  Eigen::Index points() const { return offset_.size(); }
  /// Missing points stay missing, and make missing what is reckoned from them.
  void apply(Eigen::Ref<const Eigen::VectorXd> in, Eigen::Ref<Eigen::VectorXd> out) const;
  Spectra applied(const Spectra& in) const;

  void write(ModelWriter& to) const;
  static SpectralMap read(ModelReader& from);

  // Of `from`, rows of spectra of one instrument, to `to`, the same rows on the other where they are paired.

  /// Piecewise direct standardisation: each point from the `half` neighbours each side, by PLS of `components` (Wang, Veltkamp
  /// and Kowalski, Anal. Chem. 63 (1991) 2750-2756).
  static Result<SpectralMap> piecewise(const Spectra& from, const Spectra& to, int half, int components);
  /// Direct standardisation by regression on the first `components` principal components of `from` (the same paper).
  static Result<SpectralMap> direct(const Spectra& from, const Spectra& to, int components);
  /// Standard-free: mean and spread of each point (the spread smoothed over `half` neighbours) made those of `to`. Rows need not be paired.
  static Result<SpectralMap> of_moments(const Spectra& from, const Spectra& to, int half);

 private:
  Eigen::VectorXd offset_;
  Eigen::MatrixXd band_;           ///< points x odd width, or empty
  Eigen::MatrixXd left_, right_;   ///< points x rank each, or empty
};

struct SlopeBias {
  double slope = 1, bias = 0;      ///< value = slope * predicted + bias
};
/// Least squares of `reference` on `predicted`; the slope kept at 1 where `with_slope` is false or fewer than 5 rows.
SlopeBias slope_bias(const Eigen::VectorXd& predicted, const Eigen::VectorXd& reference, bool with_slope);

}  // namespace beltwarden::spectra
