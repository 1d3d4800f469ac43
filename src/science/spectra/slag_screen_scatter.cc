// Limits of the slag screen: for the means that were seen, and for means made of single scans.

#include "science/spectra/linear_algebra.h"
#include "science/spectra/slag_screen.h"
#include "science/spectra/slag_screen_parts.h"

namespace beltwarden::spectra {
using namespace slag_parts;
namespace {

// Of what averaging seems to take away, the part that limits rely on: eigenvalues of a covariance from few scans spread, and cutting
// them off at one would have means too quiet.
constexpr double kTrusted = 0.85;

}  // namespace

SlagScreen::Level SlagScreen::level_of(double scans, double slices, const std::vector<Eigen::VectorXd>& white, const std::vector<double>& like, const std::vector<double>& strange) const {
  Level l;
  l.scans = scans;
  l.count = slices;
  l.strange_mean = mean_of(strange);
  l.strange_sd = sd_of(strange);
  l.strange_limit = limit_of(strange, slices, knows_slag() ? false_alarms_ * (1 - slag_share_of_alarms_) : false_alarms_);
  if (knows_slag()) {
    l.like_mean = mean_of(like);
    l.like_sd = sd_of(like);
    l.like_limit = limit_of(like, slices, false_alarms_ * slag_share_of_alarms_);
    // Spectra that the whitening was not learnt from scatter more than one standard deviation; never less is reckoned with.
    Eigen::VectorXd centre = Eigen::VectorXd::Zero(bins_);
    for (const auto& z : white) centre += z / static_cast<double>(white.size());
    const Eigen::MatrixXd directions = trials_.rowwise().normalized();
    double squares = 0;
    for (const auto& z : white) squares += (directions * (z - centre)).squaredNorm() / static_cast<double>(directions.rows());
    l.along_sd = std::max(1.0, std::sqrt(squares / static_cast<double>(white.size() - 1)));
  }
  return l;
}

bool SlagScreen::learn_scan_scatter(const Spectra& reflectance, std::span<const std::uint32_t> groups) {
  if (held_out_.rows() < kFewestRows || static_cast<Eigen::Index>(groups.size()) != reflectance.rows()) return false;
  Groups slices;
  for (std::size_t i = 0; i < groups.size(); ++i) slices[groups[i]].push_back(static_cast<Eigen::Index>(i));
  struct Repeats {
    Eigen::MatrixXd off;      ///< scans minus their mean, whitened
    double scatter = 0;
  };
  std::vector<Repeats> clean;
  Scratch s;
  std::vector<std::size_t> sizes;
  for (const auto& [g, rows] : slices) {
    if (rows.size() < 3) continue;
    if (const auto j = judge(reflectance(rows, Eigen::all).colwise().mean().transpose(), 1, s); !j.valid || j.suspect()) continue;
    Repeats r{Eigen::MatrixXd(static_cast<Eigen::Index>(rows.size()), bins_), 0};
    Eigen::Index kept = 0;
    for (auto row : rows) {
      if (whiten(reflectance.row(row).transpose(), s)) r.off.row(kept++) = s.white.transpose();
    }
    if (kept < 3) continue;
    r.off.conservativeResize(kept, Eigen::NoChange);
    r.off.rowwise() -= Eigen::RowVectorXd(r.off.colwise().mean());
    r.scatter = r.off.squaredNorm() / static_cast<double>(kept - 1);
    sizes.push_back(static_cast<std::size_t>(kept));
    clean.push_back(std::move(r));
  }
  std::ranges::stable_sort(clean, {}, &Repeats::scatter);
  clean.resize(clean.size() - clean.size() / 4);
  if (clean.size() < 8) return false;
  Eigen::MatrixXd scatter = Eigen::MatrixXd::Zero(bins_, bins_);
  double freedom = 0;
  for (const auto& r : clean) {
    scatter.noalias() += r.off.transpose() * r.off;
    freedom += static_cast<double>(r.off.rows() - 1);
  }
  scatter /= freedom;
  // Single scans z have covariance E; means of n should have E - (1 - 1/n) S. B = E^1/2 (1 - (1 - 1/n) M)^1/2 E^-1/2 does it to each z,
  // M = E^-1/2 S E^-1/2, with its eigenvalues drawn together because S is known from few scans, and none above one.
  const SymmetricEigen whole(covariance_of(held_out_));
  const Eigen::VectorXd root = whole.values.cwiseMax(1e-6 * whole.values.maxCoeff()).cwiseSqrt();
  const Eigen::MatrixXd up = whole.vectors * root.asDiagonal() * whole.vectors.transpose();
  const Eigen::MatrixXd down = whole.vectors * root.cwiseInverse().asDiagonal() * whole.vectors.transpose();
  const SymmetricEigen part(down * scatter * down);
  const double middle = part.values.mean();
  std::ranges::sort(sizes);
  const std::size_t usual = sizes[sizes.size() / 2];
  std::vector<std::size_t> counts;
  for (std::size_t n = 2; n < usual; n *= 2) counts.push_back(n);
  counts.push_back(usual);
  const Eigen::RowVectorXd centre = held_out_.colwise().mean();
  const Eigen::MatrixXd off = held_out_.rowwise() - centre;
  for (std::size_t n : counts) {
    Eigen::VectorXd shrink(bins_);
    for (Eigen::Index k = 0; k < bins_; ++k) {
      const double share = kTrusted * std::clamp(0.7 * part.values[k] + 0.3 * middle, 0.0, 1.0);
      shrink[k] = std::sqrt(1 - (1 - 1 / static_cast<double>(n)) * share);
    }
    const Eigen::MatrixXd b = up * part.vectors * shrink.asDiagonal() * part.vectors.transpose() * down;
    const Eigen::MatrixXd means = (off * b.transpose()).rowwise() + centre;
    std::vector<double> like, strange;
    std::vector<Eigen::VectorXd> white;
    for (Eigen::Index i = 0; i < means.rows(); ++i) {
      white.push_back(means.row(i).transpose());
      strange.push_back(std::log(std::max(white.back().squaredNorm(), 1e-12)));
      if (knows_slag()) like.push_back(likeness(white.back(), s.gains));
    }
    levels_.push_back(level_of(static_cast<double>(n), static_cast<double>(clean.size()), white, like, strange));
  }
  held_out_.resize(0, bins_);
  return true;
}

}  // namespace beltwarden::spectra
