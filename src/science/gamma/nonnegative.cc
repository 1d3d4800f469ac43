#include "science/gamma/nonnegative.h"

namespace beltwarden::gamma {

void nonnegative(const Eigen::MatrixXd& normal, const Eigen::VectorXd& right, Eigen::VectorXd& x) {
  const Eigen::VectorXd plain = normal.ldlt().solve(right);
  if (plain.allFinite() && plain.minCoeff() >= 0) {
    x = plain;
    return;
  }
  if (plain.allFinite()) x = plain.cwiseMax(0.0);
  for (int sweep = 0; sweep < 60; ++sweep) {
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      if (!(normal(i, i) > 0)) continue;
      x[i] = std::max(0.0, x[i] + (right[i] - normal.row(i).dot(x)) / normal(i, i));
    }
  }
}

}  // namespace beltwarden::gamma
