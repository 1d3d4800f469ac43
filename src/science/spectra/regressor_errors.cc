// How sure a regression is: what cross-validation shows, and how much more rows err that the whole search has not seen.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "science/spectra/regressor_search.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kFewestChecked = 121, kMostChecked = 1500;   // fewer are searched anew in every fold; more hardly let a search fit its folds
constexpr int kParts = 3;
constexpr double kNormalDensity975 = 0.0584451;   // of the standard normal at its quantile 0.975
constexpr std::size_t kTreatmentsChecked = 6;   // those of the candidates that came closest

}  // namespace

bool RegressorSearch::checks_errors() const {
  return options_.check_errors && !options_.quick && options_.method == RegressorMethod::kAuto && options_.components == 0 &&
         y_.size() >= kFewestChecked && y_.size() <= kMostChecked;
}

std::vector<std::vector<Step>> RegressorSearch::closest_treatments() const {
  std::vector<double> least(prepared_.size(), std::numeric_limits<double>::infinity());
  for (const auto& c : candidates_) least[c.prepared] = std::min(least[c.prepared], c.rmsecv);
  std::vector<std::size_t> order(prepared_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return least[i]; });
  order.resize(std::min(order.size(), kTreatmentsChecked));
  std::ranges::sort(order);   // as they were tried, from simple to involved
  std::vector<std::vector<Step>> out;
  for (auto i : order) out.push_back(prepared_[i].treatment.steps());
  return out;
}

// The folds that judge what a search chooses have also tuned it and been chosen by, so that it states its errors too small. How much, searches on
// two thirds of the rows tell, of which each states its own errors and is asked for the other third (nested cross-validation: Varma and Simon, BMC
// Bioinformatics 7 (2006) 91). It is the ratio that is kept: that errors are larger with fewer rows cancels. Only the treatments that came close
// are searched again: the others would hardly be chosen.
void RegressorSearch::check_errors() {
  const auto treatments = closest_treatments();
  const auto part = deal_folds(groups_, kParts, options_.seed + 1);
  std::vector<double> relative;
  for (int f = 0; f < kParts; ++f) {
    std::vector<Eigen::Index> inside, outside;
    for (std::size_t i = 0; i < part.size(); ++i) (part[i] == f ? outside : inside).push_back(static_cast<Eigen::Index>(i));
    TrainingSet set;
    set.axis_nm = set_.axis_nm;
    set.responses = set_.responses;
    set.spectra = set_.spectra(inside, Eigen::all);
    set.values = set_.values(inside, Eigen::all);
    RegressorOptions o = options_;
    o.check_errors = false;
    o.progress = {};
    o.treatments = treatments;
    o.most_bytes /= 2;   // this search holds its own
    o.slices.clear();
    std::vector<Eigen::Index> of_companions;
    for (auto i : inside) {
      set.groups.push_back(groups_[static_cast<std::size_t>(i)]);
      o.slices.push_back(slices_[static_cast<std::size_t>(i)]);
      if (!set_.classes.empty()) set.classes.push_back(set_.classes[static_cast<std::size_t>(i)]);
      of_companions.push_back(rows_[static_cast<std::size_t>(i)]);
    }
    if (o.companions.rows() > 0) o.companions = Eigen::MatrixXd(options_.companions(of_companions, Eigen::all));
    const auto model = Regressor::fit(std::move(set), o);
    if (!model) {   // too few rows that any treatment takes: what is stated stays unchecked
      unchecked_ = model.error().message;
      searched_ = 1;
      report(1);
      return;
    }
    Regressor::Scratch scratch;
    for (auto i : outside) {
      const auto p = model->predict(set_.spectra.row(i).transpose(), scratch);
      const double ratio = std::abs(p.value - y_[i]) / p.std_error;
      if (p.verdict != FitVerdict::kInvalid && std::isfinite(ratio)) relative.push_back(ratio);
    }
    searched_ = 0.5 + 0.5 * (f + 1) / kParts;
    report(1);
  }
  if (static_cast<Eigen::Index>(relative.size()) < kFewestChecked / 2) {
    unchecked_ = "of the rows kept out only " + std::to_string(relative.size()) + " could be predicted";
    return;
  }
  // What few rows need beyond that is in what each search states already.
  std::ranges::sort(relative);
  const double n = static_cast<double>(relative.size()), trust = n / (n + 50);
  double square = 0;
  for (double z : relative) square += z * z / n;
  const double excess = trust * sorted_quantile(relative, 0.95) / normal_quantile(0.975) + (1 - trust) * std::sqrt(square) - 1;
  // Drawn to none as far as chance may have made it (the non-negative garrote: Breiman, Technometrics 37 (1995) 373): the quantile of |z| has the variance 0.95 x 0.05 / n over the square of
  // the density there, which is twice the normal's.
  const double by_chance = std::sqrt(0.95 * 0.05 / n) / (2 * kNormalDensity975 * normal_quantile(0.975));
  understated_ = excess > by_chance ? 1 + excess * (1 - by_chance * by_chance / (excess * excess)) : 1;
}

namespace {

// How much the error grows with the value predicted, in parts of the mean error a unit: the slope of |error| / shape, as in normalised conformal
// prediction (Papadopoulos et al., Neural Networks 24 (2011) 842-851), drawn to none as far as chance may have made it (the non-negative garrote, as above).
double growth_of_error(const Eigen::VectorXd& error, const Eigen::VectorXd& shape, const Eigen::VectorXd& predicted) {
  const double n = static_cast<double>(error.size());
  if (n < 60) return 0;
  const Eigen::VectorXd size = error.cwiseAbs().cwiseQuotient(shape), off = predicted.array() - predicted.mean();
  const double mean = size.mean(), spread = off.squaredNorm();
  if (!(spread > 0) || !(mean > 0)) return 0;
  const double slope = off.dot(size) / spread;
  if (slope == 0) return 0;
  const double rest = ((size.array() - mean).matrix() - slope * off).squaredNorm() / (n - 2);
  return slope / mean * std::max(0.0, 1 - rest / spread / (slope * slope));
}

}  // namespace

void RegressorSearch::errors(Regressor& model) const {
  auto& e = model.errors_;
  const Eigen::VectorXd& p = combination_.predicted;
  const Eigen::VectorXd error = p - y_;
  const double n = static_cast<double>(y_.size());
  e.mean_predicted = p.mean();
  e.mean_measured = y_.mean();
  e.variance_predicted = (p.array() - e.mean_predicted).square().mean();
  e.covariance = ((p.array() - e.mean_predicted) * (y_.array() - e.mean_measured)).mean();
  e.square = std::max(error.squaredNorm() / n, 1e-24);
  std::map<std::uint32_t, std::vector<double>> slices;
  for (Eigen::Index i = 0; i < p.size(); ++i) slices[slices_[static_cast<std::size_t>(i)]].push_back(p[i]);
  for (const auto& [slice, values] : slices) {
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    for (double v : values) e.scans.squares += (v - mean) * (v - mean);
    e.scans.dof += static_cast<double>(values.size() - 1);
  }
  // Shape: the spread each row is believed to have; scale: what brings it to the errors seen.
  Eigen::VectorXd shape = Eigen::VectorXd::Zero(y_.size());
  double gp = 0;
  for (const auto& [at, weight] : combination_.weights) {
    const auto& c = candidates_[static_cast<std::size_t>(at)];
    if (c.method == Candidate::Method::kGp) shape += weight * c.variance, gp += weight;
  }
  if (gp > 0) {
    shape /= gp;
    e.shape = shape.mean();
    shape = (shape / e.shape).cwiseSqrt();
  } else {
    const int a = model.domain_.components();
    for (Eigen::Index i = 0; i < shape.size(); ++i) shape[i] = std::sqrt((1 + 1 / n + t2_[i] / (n - 1)) / (1 + (a + 1) / n));
  }
  shape = shape.array().pow(e.power);
  e.growth = growth_of_error(error, shape, p);
  for (Eigen::Index i = 0; i < shape.size(); ++i) shape[i] *= grown(e.growth, p[i] - e.mean_predicted);
  std::vector<double> relative;
  for (Eigen::Index i = 0; i < shape.size(); ++i) relative.push_back(std::abs(error[i]) / shape[i]);
  std::ranges::sort(relative);
  double square = 0;
  for (double r : relative) square += r * r;
  // Conformal for the 95 % interval (Lei et al., J. Am. Stat. Assoc. 113 (2018) 1094-1111: the quantile at (n+1) 0.95), drawn
  // towards the normal's where rows are few.
  const double quantile = sorted_quantile(relative, std::min(1.0, 0.95 * (n + 1) / n)) / normal_quantile(0.975);
  const double normal = std::sqrt(square / n) * t_quantile(0.975, std::max(n - 1, 1.0)) / normal_quantile(0.975);
  const double trust = n / (n + 50);
  e.scale = understated_ * std::max(trust * quantile + (1 - trust) * normal, 1e-12);
}

}  // namespace beltwarden::spectra
