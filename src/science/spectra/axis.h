// Wavelength axes and moving a spectrum from one to another.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "base/result.h"

namespace beltwarden::spectra {

using Spectrum = Eigen::VectorXd;   ///< one value a wavelength; NaN = missing
using Spectra = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;  ///< one spectrum a row

/// Most points an axis may have: the widest field instruments give 2,151.
inline constexpr std::size_t kMaxPoints = 16384;

/// `from`, `from + step`, ... up to `to` (inclusive), nm.
std::vector<double> regular_axis(double from_nm, double to_nm, double step_nm);

/// The axis of generated spectra and of the packs fitted on them: 350-2500 nm by 10 nm, 216 points.
std::vector<double> demo_axis();

/// Checks that an axis is finite, strictly increasing and of 3 ... kMaxPoints points.
Result<void> check_axis(std::span<const double> axis_nm);

/// Moves spectra from one axis to another: mean of the points that fall into a target's bin where the source is
/// finer, else linear between neighbours. Targets outside the source, or touching a missing value only, are NaN.
class Resampler {
 public:
  Resampler() = default;
  static Result<Resampler> make(std::span<const double> from_nm, std::span<const double> to_nm);

  bool identity() const { return identity_; }
  Eigen::Index source_points() const { return source_points_; }
  Eigen::Index target_points() const { return static_cast<Eigen::Index>(targets_.size()); }

  /// `out` has target_points() values; `in` source_points(). No allocation.
  void apply(Eigen::Ref<const Eigen::VectorXd> in, Eigen::Ref<Eigen::VectorXd> out) const;

 private:
  struct Target {
    Eigen::Index first = 0;   ///< first source point; < 0: outside
    Eigen::Index count = 0;   ///< points averaged; 2 with `right` weight when interpolated
    double right = -1;        ///< weight of the right neighbour; < 0: plain mean
  };
  std::vector<Target> targets_;
  Eigen::Index source_points_ = 0;
  bool identity_ = false;
};

}  // namespace beltwarden::spectra
