#include "science/spectra/simpls.h"

#include <algorithm>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {

Result<Pls> fit_simpls(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y, int components) {
  if (x.rows() < 3 || x.rows() != y.rows() || x.cols() < 1 || y.cols() < 1 || components < 1 || !x.allFinite() || !y.allFinite()) {
    return invalid_input("SIMPLS: expected at least 3 complete spectra, as many responses and one component, found " +
                         std::to_string(x.rows()) + " and " + std::to_string(y.rows()));
  }
  const auto n = x.rows(), p = x.cols(), m = y.cols();
  const int most = static_cast<int>(std::min<Eigen::Index>({components, n - 1, p}));
  Pls out;
  out.rows = static_cast<int>(n);
  out.mean_x = x.colwise().mean();
  out.mean_y = y.colwise().mean();
  const Eigen::MatrixXd xc = x.rowwise() - out.mean_x, yc = y.rowwise() - out.mean_y;
  Eigen::MatrixXd s = xc.transpose() * yc;
  const double start = s.norm();
  Eigen::MatrixXd basis(p, most);                  // orthonormal, of the loadings
  out.rotations.resize(p, most);
  out.loadings.resize(p, most);
  out.y_loadings.resize(m, most);
  out.score_variance.resize(most);
  int a = 0;
  for (; a < most; ++a) {
    Eigen::VectorXd r = s.col(0);
    if (m > 1) {
      const SymmetricEigen eigen(s.transpose() * s);
      r = s * eigen.vectors.col(m - 1);
    }
    if (!(r.norm() > 1e-12 * start)) break;
    r.normalize();
    const Eigen::VectorXd t = xc * r;              // xc is centred, so t is
    const double tt = t.squaredNorm();
    if (!(tt > 0)) break;
    const Eigen::VectorXd loading = xc.transpose() * t / tt;
    Eigen::VectorXd v = loading;
    for (int pass = 0; pass < 2; ++pass) {         // twice is enough (Kahan): the basis stays orthogonal to rounding
      for (int j = 0; j < a; ++j) v -= basis.col(j).dot(v) * basis.col(j);
    }
    if (!(v.norm() > 0)) break;
    v.normalize();
    s -= v * (v.transpose() * s);
    basis.col(a) = v;
    out.rotations.col(a) = r;
    out.loadings.col(a) = loading;
    out.y_loadings.col(a) = yc.transpose() * t / tt;
    out.score_variance[a] = tt / static_cast<double>(n - 1);
  }
  if (a == 0) return invalid_input("SIMPLS: the responses do not vary with the spectra");
  out.rotations.conservativeResize(p, a);
  out.loadings.conservativeResize(p, a);
  out.y_loadings.conservativeResize(m, a);
  out.score_variance.conservativeResize(a);
  return out;
}

}  // namespace beltwarden::spectra
