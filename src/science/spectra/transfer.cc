#include "science/spectra/transfer.h"

#include <algorithm>
#include <cmath>

#include "science/spectra/latent.h"
#include "science/spectra/pls.h"

namespace beltwarden::spectra {
namespace {

Result<void> check_standards(const Spectra& from, const Spectra& to, bool paired) {
  if (from.rows() < 3 || to.rows() < 3 || from.cols() != to.cols() || (paired && from.rows() != to.rows())) {
    return invalid_input("transfer: expected at least 3 spectra of each instrument on one axis, found " + std::to_string(from.rows()) +
                         " and " + std::to_string(to.rows()));
  }
  if (!from.allFinite() || !to.allFinite()) return invalid_input("transfer: the standards have missing points");
  return {};
}

}  // namespace

void SpectralMap::apply(Eigen::Ref<const Eigen::VectorXd> in, Eigen::Ref<Eigen::VectorXd> out) const {
  if (identity()) {
    out = in;
    return;
  }
  Eigen::VectorXd result = offset_;
  if (band_.size() > 0) {
    const auto half = band_.cols() / 2, p = offset_.size();
    for (Eigen::Index j = 0; j < p; ++j) {
      const auto first = std::max<Eigen::Index>(j - half, 0), last = std::min<Eigen::Index>(j + half, p - 1);
      for (auto k = first; k <= last; ++k) result[j] += band_(j, k - j + half) * in[k];
    }
  }
  if (left_.size() > 0) result += left_ * (right_.transpose() * in);
  out = result;
}

Spectra SpectralMap::applied(const Spectra& in) const {
  if (identity()) return in;
  Spectra out(in.rows(), in.cols());
  Eigen::VectorXd row(in.cols());
  for (Eigen::Index i = 0; i < in.rows(); ++i) {
    apply(in.row(i).transpose(), row);
    out.row(i) = row.transpose();
  }
  return out;
}

Result<SpectralMap> SpectralMap::piecewise(const Spectra& from, const Spectra& to, int half, int components) {
  if (auto ok = check_standards(from, to, true); !ok) return ok.error();
  SpectralMap m;
  const auto p = from.cols();
  m.offset_.resize(p);
  m.band_ = Eigen::MatrixXd::Zero(p, 2 * half + 1);
  for (Eigen::Index j = 0; j < p; ++j) {
    const auto first = std::max<Eigen::Index>(j - half, 0), last = std::min<Eigen::Index>(j + half, p - 1);
    const Eigen::MatrixXd x = from.middleCols(first, last - first + 1);
    const Eigen::MatrixXd y = to.col(j);
    m.offset_[j] = y.mean();
    auto pls = fit_pls(x, y, std::min<int>(components, static_cast<int>(x.cols())));
    if (!pls) continue;            // a point that does not vary: its mean
    const Eigen::VectorXd b = pls->coefficients(pls->components()).col(0);
    m.band_.row(j).segment(first - j + half, b.size()) = b.transpose();
    m.offset_[j] -= pls->mean_x.dot(b);
  }
  return m;
}

Result<SpectralMap> SpectralMap::direct(const Spectra& from, const Spectra& to, int components) {
  if (auto ok = check_standards(from, to, true); !ok) return ok.error();
  const auto latent = fit_latent(from, std::min<int>(components, static_cast<int>(from.rows()) - 2), false);
  const Eigen::MatrixXd scores = latent.scores(from);
  const Eigen::RowVectorXd mean = to.colwise().mean();
  SpectralMap m;
  m.right_ = latent.loadings;
  const double dof = static_cast<double>(from.rows() - 1);
  m.left_ = (scores.transpose() * (to.rowwise() - mean)).transpose() * (latent.variance * dof).cwiseInverse().asDiagonal();
  m.offset_ = mean.transpose() - m.left_ * (m.right_.transpose() * latent.mean.transpose());
  return m;
}

Result<SpectralMap> SpectralMap::of_moments(const Spectra& from, const Spectra& to, int half) {
  if (auto ok = check_standards(from, to, false); !ok) return ok.error();
  const auto spread = [&](const Spectra& x) {
    const Eigen::RowVectorXd mean = x.colwise().mean();
    const Eigen::VectorXd variance = ((x.rowwise() - mean).colwise().squaredNorm() / static_cast<double>(x.rows() - 1)).transpose();
    Eigen::VectorXd out(variance.size());
    for (Eigen::Index j = 0; j < out.size(); ++j) {
      const auto first = std::max<Eigen::Index>(j - half, 0), last = std::min<Eigen::Index>(j + half, out.size() - 1);
      out[j] = std::sqrt(variance.segment(first, last - first + 1).mean());
    }
    return out;
  };
  const Eigen::VectorXd a = spread(from), b = spread(to);
  SpectralMap m;
  m.band_.resize(from.cols(), 1);
  for (Eigen::Index j = 0; j < from.cols(); ++j) m.band_(j, 0) = a[j] > 0 ? b[j] / a[j] : 1;
  m.offset_ = to.colwise().mean().transpose() - m.band_.col(0).cwiseProduct(from.colwise().mean().transpose());
  return m;
}

void SpectralMap::write(ModelWriter& to) const {
  to.vector(offset_);
  to.matrix(band_);
  to.matrix(left_);
  to.matrix(right_);
}

SpectralMap SpectralMap::read(ModelReader& from) {
  SpectralMap m;
  m.offset_ = from.vector();
  m.band_ = from.matrix();
  m.left_ = from.matrix();
  m.right_ = from.matrix();
  const auto p = m.offset_.size();
  if ((m.band_.size() > 0 && (m.band_.rows() != p || m.band_.cols() % 2 == 0)) ||
      (m.left_.size() > 0 && (m.left_.rows() != p || m.right_.rows() != p || m.left_.cols() != m.right_.cols()))) {
    from.fail("the parts of a spectral map do not fit each other");
    return {};
  }
  return m;
}

SlopeBias slope_bias(const Eigen::VectorXd& predicted, const Eigen::VectorXd& reference, bool with_slope) {
  const double p = predicted.mean(), r = reference.mean();
  const double spread = (predicted.array() - p).square().sum();
  SlopeBias s;
  if (with_slope && predicted.size() >= 5 && spread > 0) s.slope = ((predicted.array() - p) * (reference.array() - r)).sum() / spread;
  s.bias = r - s.slope * p;
  return s;
}

}  // namespace beltwarden::spectra
