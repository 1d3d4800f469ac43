// How far a spectrum lies from a latent-variable model, on the belt: Pls::distance and Pca::distance to some 1e-6 of the numbers,
// from columns kept as float and laid out for one reading, without allocation.
#pragma once

#include "science/spectra/lanes.h"
#include "science/spectra/pls.h"

namespace beltwarden::spectra {

class Plane {
 public:
  Plane() = default;
  explicit Plane(const Pls& pls);
  explicit Plane(const Pca& pca);

  Eigen::Index points() const { return mean_.size(); }
  Eigen::Index components() const { return variance_.size(); }
  /// `x` has `points()` values; `scores` is set to `components()`.
  Distance distance(const Eigen::VectorXd& x, Eigen::VectorXd& scores) const;

 private:
  Eigen::VectorXd mean_, variance_;
  lanes::Packed<float> rotations_, loadings_;
};

}  // namespace beltwarden::spectra
