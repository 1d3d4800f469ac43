// How alike two spectra are.
#pragma once

#include <Eigen/Core>

namespace beltwarden::spectra {

/// Angle between two spectra as vectors, radians, 0 ... pi (Kruse et al., Remote Sens. Environ. 44 (1993) 145-163).
/// NaN points of either are left out; NaN when fewer than two remain or one is zero.
double spectral_angle(const Eigen::VectorXd& a, const Eigen::VectorXd& b);

/// Pearson's correlation, -1 ... 1, with the same treatment of gaps.
double correlation(const Eigen::VectorXd& a, const Eigen::VectorXd& b);

}  // namespace beltwarden::spectra
