// What a fitted screen says of a spectrum: how far it lies from clean ore, how much slag that would be, and whose.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "science/spectra/slag_screen.h"
#include "science/spectra/slag_screen_parts.h"
#include "science/spectra/slag_templates.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
using namespace slag_parts;
namespace {

// ln of the mean over rows d of exp(d.z - |d|^2 / 2): likelihood ratio of Gaussians of unit covariance.
double mean_log_ratio(const Eigen::MatrixXd& changes, const Eigen::VectorXd& half_norms, const Eigen::VectorXd& white,
                      Eigen::VectorXd& gains) {
  gains.noalias() = changes * white;
  gains -= half_norms;
  const double most = gains.maxCoeff();
  return most + std::log((gains.array() - most).exp().mean());
}

Eigen::VectorXd half_squared_norms(const Eigen::MatrixXd& rows) { return rows.rowwise().squaredNorm() / 2; }

// The point of a path (from nothing through its steps) nearest to `white`.
NearestOnPath nearest_on(const Eigen::MatrixXd& paths, Eigen::Index path, const Eigen::VectorXd& white) {
  NearestOnPath best{0, white.squaredNorm(), 1};
  Eigen::VectorXd from = Eigen::VectorXd::Zero(white.size());
  double share = 0;
  for (int k = 0; k < kSlagSteps; ++k) {
    const Eigen::VectorXd along = paths.row(path * kSlagSteps + k).transpose() - from;
    const double length = std::max(along.squaredNorm(), 1e-12);
    const double t = std::clamp(along.dot(white - from) / length, 0.0, 1.0);
    const double squared = (white - from - t * along).squaredNorm();
    const double step = kSlagShares[k] - share;
    if (k == 0) best.per_share = std::sqrt(length) / step;
    if (squared < best.squared) best = {share + t * step, squared, std::sqrt(length) / step};
    from += along;
    share = kSlagShares[k];
  }
  return best;
}

}  // namespace

void SlagScreen::settle() { half_norms_ = half_squared_norms(paths_); }

bool SlagScreen::whiten(Eigen::Ref<const Eigen::VectorXd> reflectance, Scratch& s) const {
  s.treated.resize(treatment_.outputs());
  if (!treatment_.apply(reflectance, s.treatment, s.treated)) return false;
  s.binned = bin(s.treated.transpose(), bins_).transpose() - mean_;
  s.white.noalias() = whitening_ * s.binned;
  return true;
}

double SlagScreen::likeness(const Eigen::VectorXd& white, Eigen::VectorXd& gains) const {
  return mean_log_ratio(paths_, half_norms_, white, gains);
}

// The most scans that were calibrated and are not more than there are: a mean of more is quieter still.
const SlagScreen::Level& SlagScreen::level_for(double scans) const {
  std::size_t at = 0;
  while (at + 1 < levels_.size() && levels_[at + 1].scans <= scans) ++at;
  return levels_[at];
}

std::vector<NearestOnPath> SlagScreen::nearest(const Eigen::VectorXd& white) const {
  std::vector<NearestOnPath> near;
  for (Eigen::Index k = 0; k < paths_.rows() / kSlagSteps; ++k) near.push_back(nearest_on(paths_, k, white));
  return near;
}

double SlagScreen::weigh(const std::vector<NearestOnPath>& near, double& fraction, double& std) const {
  double least = std::numeric_limits<double>::infinity(), per_share = 1;
  for (const auto& n : near) {
    if (n.squared < least) least = n.squared, per_share = n.per_share;
  }
  double sum = 0, mean = 0, square = 0;
  for (const auto& n : near) {
    const double w = std::exp((least - n.squared) / (2 * softness_));
    sum += w, mean += w * n.share, square += w * n.share * n.share;
  }
  mean /= sum;
  const double between = std::max(0.0, square / sum - mean * mean);
  const double noise = 1 / std::max(per_share, 1e-9);
  const double grains = grains_ * (mean * (1 - mean) + kLeastUnsure);
  fraction = mean;
  std = std::sqrt(spread_ * spread_ * (between + noise * noise) + grains * grains);
  return (spread_ * spread_ * between + grains * grains) / std::max(std * std, 1e-300);
}

SlagScreen::Judgement SlagScreen::judge(Eigen::Ref<const Eigen::VectorXd> reflectance, double scans, Scratch& s) const {
  Judgement j;
  j.slag_fraction = j.slag_fraction_std = std::numeric_limits<double>::quiet_NaN();
  if (!whiten(reflectance, s)) return j;
  const auto& l = level_for(scans);
  j.valid = true;
  j.strangeness = (std::log(std::max(s.white.squaredNorm(), 1e-12)) - l.strange_mean) / l.strange_sd;
  if (!knows_slag()) {
    j.distance = std::max(0.0, j.strangeness);
    j.limit = l.strange_limit;
    return j;
  }
  j.likeness = (likeness(s.white, s.gains) - l.like_mean) / l.like_sd;
  j.limit = l.like_limit;
  j.distance = std::max({0.0, j.likeness, j.strangeness * l.like_limit / l.strange_limit});
  j.slag_fraction_common = weigh(nearest(s.white), j.slag_fraction, j.slag_fraction_std);
  return j;
}

std::vector<LibraryMatch> SlagScreen::match(Eigen::Ref<const Eigen::VectorXd> reflectance, std::size_t most, Scratch& s) const {
  std::vector<LibraryMatch> out;
  if (!knows_slag() || !whiten(reflectance, s)) return out;
  std::vector<double> squared;
  std::map<std::string, double> kinds;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < member_names_.size(); ++k) {
    const auto near = nearest_on(members_, static_cast<Eigen::Index>(k), s.white);
    squared.push_back(near.squared);
    least = std::min(least, near.squared);
    // The direction of the member's change: its step nearest to the share found.
    int step = 0;
    while (step + 1 < kSlagSteps && kSlagShares[step] < near.share) ++step;
    const Eigen::VectorXd change = members_.row(static_cast<Eigen::Index>(k) * kSlagSteps + step).transpose();
    const double cosine = change.dot(s.white) / std::max(change.norm() * s.white.norm(), 1e-300);
    out.push_back({member_names_[k], member_kinds_[k], 0, std::acos(std::clamp(cosine, -1.0, 1.0)), cosine});
  }
  double sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    auto& best = kinds[out[k].kind];
    best = std::max(best, std::exp((least - squared[k]) / (2 * softness_)));
  }
  for (const auto& [kind, w] : kinds) sum += w;
  std::vector<std::size_t> order(out.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return squared[k]; });
  std::vector<LibraryMatch> sorted;
  for (std::size_t k = 0; k < std::min(most, order.size()); ++k) {
    sorted.push_back(out[order[k]]);
    sorted.back().confidence = kinds[sorted.back().kind] / sum;
  }
  return sorted;
}

double SlagScreen::detection_limit(double scans) const {
  if (trials_.rows() == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto& l = level_for(scans);
  const double limit = l.like_mean + l.like_limit * l.like_sd, z = normal_quantile(kFound) * l.along_sd;
  Eigen::MatrixXd margin(trials_.rows() / kSlagSteps, kSlagSteps);
  Eigen::VectorXd gains;
  for (Eigen::Index i = 0; i < trials_.rows(); ++i) {
    const Eigen::VectorXd change = trials_.row(i).transpose();
    // The statistic scatters as clean spectra do along the change: by its length.
    margin(i / kSlagSteps, i % kSlagSteps) = likeness(change, gains) - z * change.norm();
  }
  return least_share(margin, 0, limit);
}

}  // namespace beltwarden::spectra
