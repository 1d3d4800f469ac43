#include "science/spectra/plane.h"

namespace beltwarden::spectra {

Plane::Plane(const Pls& pls)
    : mean_(pls.mean_x.transpose()), variance_(pls.score_variance), rotations_(pls.rotations), loadings_(pls.loadings) {}

Plane::Plane(const Pca& pca) : mean_(pca.mean), variance_(pca.variance), rotations_(pca.loadings), loadings_(pca.loadings) {}

Distance Plane::distance(const Eigen::VectorXd& x, Eigen::VectorXd& scores) const {
  scores.resize(components());
  rotations_.products(x.data(), mean_.data(), scores.data());
  Distance d;
  for (Eigen::Index a = 0; a < scores.size(); ++a) d.t2 += scores[a] * scores[a] / variance_[a];
  d.q = loadings_.rest(x.data(), mean_.data(), scores.data());
  return d;
}

}  // namespace beltwarden::spectra
