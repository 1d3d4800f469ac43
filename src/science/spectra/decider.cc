#include "science/spectra/decider.h"

#include <algorithm>
#include <cmath>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {

StandardScores StandardScores::fit(const Eigen::MatrixXd& x) {
  StandardScores s;
  const double n = static_cast<double>(std::max<Eigen::Index>(x.rows() - 1, 1));
  s.mean = x.colwise().mean().transpose();
  Eigen::MatrixXd off = x.rowwise() - s.mean.transpose();
  s.scale = (off.colwise().squaredNorm().transpose() / n).cwiseSqrt();
  const double least = 1e-9 * s.scale.maxCoeff() + 1e-300;
  s.scale = s.scale.cwiseMax(least);
  off = off.array().rowwise() / s.scale.transpose().array();
  s.columns = static_cast<double>(x.cols());
  const Eigen::Index most = std::min({StandardScores::kMost, x.cols(), x.rows() - 1});
  // The smaller of the two products has the same eigenvalues.
  if (x.cols() <= x.rows()) {
    const SymmetricEigen eigen(off.transpose() * off);
    s.rotation = eigen.vectors.rightCols(most).rowwise().reverse();
  } else {
    const SymmetricEigen eigen(off * off.transpose());
    s.rotation = off.transpose() * eigen.vectors.rightCols(most).rowwise().reverse();
    for (Eigen::Index k = 0; k < most; ++k) s.rotation.col(k) /= std::max(s.rotation.col(k).norm(), 1e-300);
  }
  return s;
}

Eigen::MatrixXd StandardScores::apply(const Eigen::MatrixXd& x) const {
  return ((x.rowwise() - mean.transpose()).array().rowwise() / scale.transpose().array()).matrix() * rotation;
}

void StandardScores::write(ModelWriter& to) const {
  to.vector(mean);
  to.vector(scale);
  to.matrix(rotation);
  to.f64(columns);
}

StandardScores StandardScores::read(ModelReader& from) {
  StandardScores s;
  s.mean = from.vector();
  s.scale = from.vector();
  s.rotation = from.matrix();
  s.columns = from.f64();
  if (from.ok() && (s.scale.size() != s.mean.size() || s.rotation.rows() != s.mean.size() || s.mean.size() == 0 || !(s.scale.minCoeff() > 0) ||
                    !(s.columns >= 1))) {
    from.fail("standardised scores do not fit each other");
  }
  return s;
}

Result<Decider> Decider::fit(const Eigen::MatrixXd& scores, double columns, const std::vector<int>& label, int classes,
                             const DeciderOptions& options) {
  Decider d;
  d.options_ = options;
  if (options.method == DeciderOptions::Method::kSupportVectors) {
    // Gamma is a share of 1 / columns, whatever number of scores the columns came down to.
    SvmOptions svm = options.svm;
    svm.gamma *= static_cast<double>(scores.cols()) / columns;
    auto fitted = Svm::fit(scores, label, classes, svm);
    if (!fitted) return fitted.error();
    d.svm_ = std::move(*fitted);
    return d;
  }
  const auto a = scores.cols();
  Eigen::MatrixXd centres = Eigen::MatrixXd::Zero(classes, a);
  Eigen::VectorXd count = Eigen::VectorXd::Zero(classes);
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    centres.row(label[static_cast<std::size_t>(i)]) += scores.row(i);
    count[label[static_cast<std::size_t>(i)]] += 1;
  }
  for (int c = 0; c < classes; ++c) centres.row(c) /= std::max(count[c], 1.0);
  Eigen::MatrixXd off = scores;
  for (Eigen::Index i = 0; i < scores.rows(); ++i) off.row(i) -= centres.row(label[static_cast<std::size_t>(i)]);
  Eigen::MatrixXd covariance = off.transpose() * off / std::max<double>(1, static_cast<double>(scores.rows() - classes));
  const double mean = covariance.trace() / columns;
  covariance *= 1 - options.shrinkage;
  covariance.diagonal().array() += options.shrinkage * mean + 1e-12;
  d.whitening_ = Cholesky(covariance).whitening();
  d.centres_ = centres * d.whitening_.transpose();
  // A class that no row of the fold belongs to is never the nearest.
  for (int c = 0; c < classes; ++c) {
    if (count[c] == 0) d.centres_.row(c).setConstant(1e6);
  }
  return d;
}

void Decider::values(const Eigen::VectorXd& scores, Eigen::VectorXd& work, Eigen::VectorXd& out) const {
  if (options_.method == DeciderOptions::Method::kSupportVectors) return svm_.scores(scores, work, out);
  work.resize(whitening_.rows());
  work.noalias() = whitening_ * scores;
  out.resize(centres_.rows());
  for (Eigen::Index c = 0; c < centres_.rows(); ++c) out[c] = (centres_.row(c).transpose() - work).squaredNorm() / -2;
}

// -|w - c|^2 / 2 = w.c - |c|^2 / 2 and what is the same for all classes.
Decider::Linear Decider::linear() const {
  if (options_.method != DeciderOptions::Method::kDiscriminant) return {};
  return {whitening_.transpose() * centres_.transpose(), centres_.rowwise().squaredNorm() / -2};
}

bool Decider::fits(Eigen::Index scores, Eigen::Index classes) const {
  if (options_.method == DeciderOptions::Method::kSupportVectors) return svm_.features() == scores && svm_.classes() == classes;
  return whitening_.cols() == scores && centres_.rows() == classes;
}

void Decider::write(ModelWriter& to) const {
  to.u32(static_cast<std::uint32_t>(options_.method));
  to.f64(options_.shrinkage);
  to.f64(options_.svm.c);
  to.f64(options_.svm.gamma);
  if (options_.method == DeciderOptions::Method::kSupportVectors) {
    svm_.write(to);
  } else {
    to.matrix(centres_);
    to.matrix(whitening_);
  }
}

Decider Decider::read(ModelReader& from) {
  Decider d;
  d.options_.method = static_cast<DeciderOptions::Method>(from.u32(2));
  d.options_.shrinkage = from.f64();
  d.options_.svm.c = from.f64();
  d.options_.svm.gamma = from.f64();
  if (d.options_.method == DeciderOptions::Method::kSupportVectors) {
    d.svm_ = Svm::read(from);
  } else {
    d.centres_ = from.matrix();
    d.whitening_ = from.matrix();
    if (from.ok() && (d.whitening_.rows() != d.whitening_.cols() || d.centres_.cols() != d.whitening_.rows() || d.centres_.rows() < 2)) {
      from.fail("discriminants do not fit each other");
    }
  }
  return d;
}

Eigen::VectorXd posterior(const Eigen::VectorXd& values, double sharpness) {
  const Eigen::VectorXd p = (sharpness * (values.array() - values.maxCoeff())).exp();
  return p / p.sum();
}

double calibrate_sharpness(const std::vector<Eigen::VectorXd>& values, const std::vector<int>& label) {
  double best = 1, least = 1e300;
  for (double sharpness = 1.0 / 64; sharpness <= 512; sharpness *= 1.4142135623730951) {
    double entropy = 0;
    for (std::size_t i = 0; i < values.size(); ++i) entropy -= std::log(std::max(posterior(values[i], sharpness)[label[i]], 1e-9));
    if (entropy < least) least = entropy, best = sharpness;
  }
  return best;
}

}  // namespace beltwarden::spectra
