// What a regression says of slices and lots rather than of scans, and how sure it is of that.
#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/regressor.h"
#include "science/spectra/regressor_search.h"
#include "science/spectra/statistics.h"
#include "science/spectra/variance_components.h"

namespace beltwarden::spectra {
namespace {

constexpr double kPriorDof = 10;         // of what is assumed of scans where few slices were seen
constexpr double kFewestLots = 8;

// Share of the mean square of `errors`, one a slice, that slices of a lot have in common; the mean of all counts as common.
std::optional<double> share_common(const std::vector<double>& errors, const std::vector<std::uint32_t>& lots) {
  const auto scatter = variance_components(errors, lots);
  if (!scatter || scatter->groups < kFewestLots || scatter->values < 2 * scatter->groups) return std::nullopt;
  double mean = 0;
  for (double e : errors) mean += e / static_cast<double>(errors.size());
  const double common = scatter->between + mean * mean, own = scatter->within;
  return common + own > 0 ? std::optional(common / (common + own)) : std::nullopt;
}

// The factor by which 95 % intervals of `sizes` (errors over what is stated) hold: the quantile that was seen (conformal: Lei et al., J. Am.
// Stat. Assoc. 113 (2018) 1094-1111), drawn towards the normal's, as if there were `prior` more of it.
double factor_that_holds(std::vector<double> sizes, double prior) {
  std::ranges::sort(sizes);
  const double n = static_cast<double>(sizes.size());
  double square = 0;
  for (double z : sizes) square += z * z / n;
  const double quantile = sorted_quantile(sizes, std::min(1.0, 0.95 * (n + 1) / n)) / normal_quantile(0.975), trust = n / (n + prior);
  return std::max(trust * quantile + (1 - trust) * std::sqrt(square), 1e-6);
}

}  // namespace

Prediction Regressor::of_slice(const Prediction& of_mean, double mean, double scans, const ScanSpread& seen) const {
  Prediction p = of_mean;
  if (p.verdict == FitVerdict::kInvalid || scans < 2 || !(errors_.variance_predicted > 0)) return p;
  const auto& e = errors_;
  // Of a calibration on single scans it is assumed, until scans of slices are seen, that all it leaves unexplained is
  // what one scan does not tell of its slice.
  const double explained = std::clamp(e.covariance / (e.covariance + e.square), 0.0, 1.0);
  const double assumed = e.variance_predicted * (1 - explained);
  const double known_dof = e.scans.dof + seen.dof;
  const double spread = (kPriorDof * assumed + e.scans.squares + seen.squares / (slope_ * slope_)) / (kPriorDof + known_dof);
  const double lost = std::min(spread, 0.85 * e.variance_predicted) * (1 - 1 / scans);
  const double left = e.variance_predicted - lost;
  const double factor = e.covariance / left;
  const double raw = (mean - bias_) / slope_;
  p.value = slope_ * (e.mean_measured + factor * (raw - e.mean_predicted)) + bias_;
  // var(y | mean of scans) = var(y) - cov^2 / var(mean of predictions); var(y) from what one scan leaves and explains.
  const double total = e.square + 2 * e.covariance - e.variance_predicted;
  const double least = std::max(e.square / scans, 0.05 * e.square);
  // What the calibration's own coefficients are wrong by stays, however many scans: a tenth, as learning curves of ore brands with some
  // 300 rows have it.
  const double remaining = std::min(std::clamp(total - e.covariance * factor, least, e.square) + 0.1 * e.square, e.square);
  p.std_error = of_mean.std_error * std::sqrt(remaining / e.square) * e.of_slices;
  return p;
}

Result<void> Regressor::calibrate_slices(const TrainingSet& held_out) {
  if (held_out.responses.size() != 1 || held_out.axis_nm != axis_nm() || held_out.lots.size() != static_cast<std::size_t>(held_out.rows()) ||
      held_out.groups.size() != held_out.lots.size()) {
    return invalid_input("regressor: expected slices and lots of the same response on the same axis");
  }
  struct Slice {
    Eigen::VectorXd sum;
    double scans = 0, truth = 0;
    std::uint32_t lot = 0;
  };
  std::map<std::uint32_t, Slice> slices;
  Scratch scratch;
  for (Eigen::Index i = 0; i < held_out.rows(); ++i) {
    const double truth = held_out.values(i, 0);
    if (!std::isfinite(truth) || !held_out.spectra.row(i).allFinite()) continue;
    auto& s = slices[held_out.groups[static_cast<std::size_t>(i)]];
    if (s.scans == 0) s.sum = Eigen::VectorXd::Zero(held_out.spectra.cols());
    s.sum += held_out.spectra.row(i).transpose();
    s.scans += 1, s.truth += truth;
    s.lot = held_out.lots[static_cast<std::size_t>(i)];
  }
  Regressor plain = *this;
  plain.errors_.of_slices = 1;
  std::vector<double> relative, size;
  std::vector<std::uint32_t> lots;
  for (const auto& [name, s] : slices) {
    const auto of_mean = plain.predict(s.sum / s.scans, scratch);
    const auto p = plain.of_slice(of_mean, of_mean.value, s.scans, {});
    if (p.verdict == FitVerdict::kInvalid) continue;
    relative.push_back((p.value - s.truth / s.scans) / p.std_error);
    size.push_back(std::abs(relative.back()));
    lots.push_back(s.lot);
  }
  if (!share_common(relative, lots)) return invalid_input("regressor: expected at least 8 lots of two slices or more that it was not fitted on");
  errors_.of_slices = factor_that_holds(size, 50);
  // What lots share: as much as makes intervals of their means hold. An error that is the same in every lot needs less of it than its square.
  std::map<std::uint32_t, std::pair<double, double>> of_lot;
  for (std::size_t i = 0; i < relative.size(); ++i) of_lot[lots[i]].first += relative[i] / errors_.of_slices, of_lot[lots[i]].second += 1;
  std::vector<double> means;
  double own = 0;
  for (const auto& [name, sum] : of_lot) {
    means.push_back(std::abs(sum.first / sum.second));
    own += 1 / sum.second / static_cast<double>(of_lot.size());
  }
  const double factor = factor_that_holds(means, 10);
  errors_.common = own < 1 ? std::clamp((factor * factor - own) / (1 - own), 0.0, 1.0) : 1.0;
  return {};
}

// Where the groups that folds keep together are lots of several slices, their errors in cross-validation say what slices share.
void RegressorSearch::errors_of_lots(Regressor& model) const {
  struct Slice {
    double sum = 0, n = 0;
    std::uint32_t lot = 0;
  };
  std::map<std::uint32_t, Slice> slices;
  for (Eigen::Index i = 0; i < y_.size(); ++i) {
    auto& s = slices[slices_[static_cast<std::size_t>(i)]];
    s.sum += combination_.predicted[i] - y_[i];
    s.n += 1;
    s.lot = groups_[static_cast<std::size_t>(i)];
  }
  std::vector<double> errors;
  std::vector<std::uint32_t> lots;
  for (const auto& [name, s] : slices) errors.push_back(s.sum / s.n), lots.push_back(s.lot);
  if (const auto common = share_common(errors, lots)) model.errors_.common = *common;
}

}  // namespace beltwarden::spectra
