// Least squares with amounts of at least 0. Internal to this module: Eigen stays out of what others include.
#pragma once

#include <Eigen/Dense>

namespace beltwarden::gamma {

/// Solves normal x = right for x of at least 0: the plain solution where it is one, else by coordinates from there.
void nonnegative(const Eigen::MatrixXd& normal, const Eigen::VectorXd& right, Eigen::VectorXd& x);

}  // namespace beltwarden::gamma
