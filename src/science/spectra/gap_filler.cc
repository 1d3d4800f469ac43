#include "science/spectra/gap_filler.h"

#include <algorithm>
#include <cmath>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr int kFillRounds = 25;

}  // namespace

bool GapFiller::has_gaps(Eigen::Ref<const Eigen::VectorXd> spectrum) const {
  return std::ranges::any_of(points_, [&](Eigen::Index p) { return std::isnan(spectrum[p]); });
}

GapFiller::Filled GapFiller::fill_smoothly(Eigen::Ref<const Eigen::VectorXd> spectrum) const {
  Filled out;
  std::vector<Eigen::Index> known, gaps;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (points_[i] >= spectrum.size()) return out;
    (std::isnan(spectrum[points_[i]]) ? gaps : known).push_back(static_cast<Eigen::Index>(i));
  }
  if (4 * known.size() < points_.size()) return out;
  const Eigen::MatrixXd seen = loadings_(known, Eigen::all);
  Eigen::VectorXd off(static_cast<Eigen::Index>(known.size()));
  for (std::size_t i = 0; i < known.size(); ++i) off[static_cast<Eigen::Index>(i)] = spectrum[points_[static_cast<std::size_t>(known[i])]] - mean_[known[i]];
  Eigen::MatrixXd normal = seen.transpose() * seen;
  normal.diagonal() += noise_ * variances_.cwiseInverse();
  const Cholesky solved(normal);
  const Eigen::VectorXd scores = solved.solve(Eigen::VectorXd(seen.transpose() * off));
  const Eigen::VectorXd left = off - seen * scores;
  // The scores' covariance given what is there is noise times the inverse of `normal`: its square root is the inverse of the factor, turned.
  const Eigen::MatrixXd root = std::sqrt(noise_) * solved.whitening().transpose();
  out.spectrum = spectrum;
  out.doubts = Eigen::MatrixXd::Zero(spectrum.size(), loadings_.cols());
  for (auto g : gaps) {
    const auto after = std::ranges::lower_bound(known, g) - known.begin();
    double sum = 0, weight = 0, nearest = 1e300;
    for (auto k : {after - 1, after}) {
      if (k < 0 || k >= static_cast<std::ptrdiff_t>(known.size())) continue;
      const double apart = std::abs(static_cast<double>(known[static_cast<std::size_t>(k)] - g));
      sum += left[k] / apart, weight += 1 / apart;
      nearest = std::min(nearest, apart);
    }
    const double carried = sum / weight * std::exp(-(nearest - 1) / kFade);
    const auto at = points_[static_cast<std::size_t>(g)];
    out.spectrum[at] = mean_[g] + loadings_.row(g).dot(scores) + carried;
    out.doubts.row(at) = loadings_.row(g) * root;
  }
  out.valid = true;
  return out;
}

bool GapFiller::fill(Eigen::Ref<Eigen::VectorXd> spectrum) const {
  std::vector<Eigen::Index> known, gaps;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (points_[i] >= spectrum.size()) return false;
    (std::isnan(spectrum[points_[i]]) ? gaps : known).push_back(static_cast<Eigen::Index>(i));
  }
  if (gaps.empty()) return true;
  if (4 * known.size() < points_.size()) return false;
  const Eigen::MatrixXd seen = loadings_(known, Eigen::all);
  Eigen::VectorXd off(static_cast<Eigen::Index>(known.size()));
  for (std::size_t i = 0; i < known.size(); ++i) off[static_cast<Eigen::Index>(i)] = spectrum[points_[static_cast<std::size_t>(known[i])]] - mean_[known[i]];
  Eigen::MatrixXd normal = seen.transpose() * seen;
  normal.diagonal() += noise_ * variances_.cwiseInverse();
  const Eigen::VectorXd scores = Cholesky(normal).solve(Eigen::VectorXd(seen.transpose() * off));
  for (auto g : gaps) spectrum[points_[static_cast<std::size_t>(g)]] = mean_[g] + loadings_.row(g).dot(scores);
  return true;
}

void fill_rows(const GapFiller& filler, Spectra& rows) {
  for (Eigen::Index i = 0; filler.active() && i < rows.rows(); ++i) {
    if (!filler.has_gaps(rows.row(i).transpose())) continue;
    if (const auto filled = filler.fill_smoothly(rows.row(i).transpose()); filled.valid) rows.row(i) = filled.spectrum.transpose();
  }
}

GapFiller GapFiller::fit(const Spectra& rows, const std::vector<bool>& used, bool foreseeing) {
  GapFiller f;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) f.points_.push_back(static_cast<Eigen::Index>(i));
  }
  std::vector<Eigen::Index> taken;
  const Eigen::Index step = foreseeing ? (rows.rows() + kMostRows - 1) / kMostRows : 1;
  for (Eigen::Index i = 0; i < rows.rows(); i += std::max<Eigen::Index>(step, 1)) taken.push_back(i);
  const Eigen::MatrixXd all = rows(taken, f.points_);
  std::vector<Eigen::Index> whole;
  bool gaps = false;
  for (Eigen::Index i = 0; i < all.rows(); ++i) {
    const auto missing = all.row(i).array().isNaN().count();
    gaps |= missing > 0;
    if (2 * missing <= all.cols()) whole.push_back(i);
  }
  if ((!gaps && !foreseeing) || whole.size() < 10) return f;
  const Eigen::MatrixXd known = all(whole, Eigen::all);
  f.mean_.resize(known.cols());
  for (Eigen::Index c = 0; c < known.cols(); ++c) {
    double sum = 0, n = 0;
    for (double v : known.col(c)) {
      if (!std::isnan(v)) sum += v, n += 1;
    }
    f.mean_[c] = n > 0 ? sum / n : 0;
  }
  Eigen::MatrixXd filled = known;
  for (Eigen::Index i = 0; i < filled.rows(); ++i) {
    for (Eigen::Index c = 0; c < filled.cols(); ++c) {
      if (std::isnan(filled(i, c))) filled(i, c) = f.mean_[c];
    }
  }
  const auto n = filled.rows();
  const auto components = std::min<Eigen::Index>({foreseeing ? kMostComponents : kComponents, foreseeing ? n / 5 : n / 3, known.cols()});
  for (int round = 0; round < kFillRounds; ++round) {
    f.mean_ = filled.colwise().mean().transpose();
    const Eigen::MatrixXd off = filled.rowwise() - f.mean_.transpose();
    const auto svd = right_singular(off);
    const Eigen::VectorXd variances = svd.values.array().square() / static_cast<double>(n - 1);
    f.loadings_ = svd.vectors.leftCols(components);
    f.variances_ = variances.head(components).cwiseMax(1e-12 * variances[0] + 1e-300);
    f.noise_ = std::max((variances.sum() - variances.head(components).sum()) / static_cast<double>(std::max<Eigen::Index>(1, off.cols() - components)),
                        1e-9 * variances[0]);
    double change = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      Eigen::VectorXd row = Eigen::VectorXd::Constant(rows.cols(), std::nan(""));
      for (Eigen::Index c = 0; c < known.cols(); ++c) row[f.points_[static_cast<std::size_t>(c)]] = known(i, c);
      if (!row(f.points_).array().isNaN().any()) continue;
      f.fill(row);
      const Eigen::VectorXd fresh = row(f.points_);
      change = std::max(change, (fresh.transpose() - filled.row(i)).cwiseAbs().maxCoeff());
      filled.row(i) = fresh.transpose();
    }
    if (change < 1e-4 * std::sqrt(f.variances_[0])) break;
  }
  return f;
}

void GapFiller::write(ModelWriter& to) const {
  std::vector<double> points(points_.begin(), points_.end());
  to.numbers(points);
  to.vector(mean_);
  to.vector(variances_);
  to.matrix(loadings_);
  to.f64(noise_);
}

GapFiller GapFiller::read(ModelReader& from) {
  GapFiller f;
  for (double p : from.numbers()) {
    if (!(p >= 0 && p < static_cast<double>(kMaxPoints))) {
      from.fail("a point of the gap filler is out of range");
      break;
    }
    f.points_.push_back(static_cast<Eigen::Index>(p));
    if (f.points_.size() > 1 && f.points_.back() <= f.points_[f.points_.size() - 2]) {
      from.fail("points of the gap filler do not increase");
      break;
    }
  }
  f.mean_ = from.vector();
  f.variances_ = from.vector();
  f.loadings_ = from.matrix();
  f.noise_ = from.f64();
  const auto p = static_cast<Eigen::Index>(f.points_.size());
  if (from.ok() && f.loadings_.cols() > 0 &&
      (f.mean_.size() != p || f.loadings_.rows() != p || f.variances_.size() != f.loadings_.cols() || !(f.variances_.minCoeff() > 0) || !(f.noise_ >= 0))) {
    from.fail("parts of the gap filler do not fit each other");
  }
  return f;
}

}  // namespace beltwarden::spectra
