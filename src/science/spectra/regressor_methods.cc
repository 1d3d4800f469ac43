// What Regressor::fit tries beside PLS: Gaussian processes and local PLS.
#include <algorithm>
#include <cmath>

#include "science/spectra/regressor_search.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kMostForGp = 1500;       // rows a Gaussian process is fitted on; of more a subset, even over the folds
constexpr int kMethodDirections = 120;
constexpr std::size_t kGpsTuned = 8;
constexpr std::size_t kGpsOfMany = 3;           // where each takes seconds
constexpr Eigen::Index kMostForNested = 120;    // rows up to which a search of five numbers would fit the folds it is judged by

// Cross-validation that searches the kernel anew in each fold.
Result<GpCross> nested_gp(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                          const std::vector<int>& fold, int folds, const GpKernel& tuned) {
  GpCross out{y, Eigen::VectorXd::Zero(y.size()), 0};
  Eigen::VectorXd work;
  for (int f = 0; f < folds; ++f) {
    std::vector<int> inside, outside, inside_fold;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? outside : inside).push_back(static_cast<int>(i));
    for (int i : inside) inside_fold.push_back(fold[static_cast<std::size_t>(i)]);
    const Eigen::MatrixXd x = scores(inside, Eigen::all);
    const Eigen::VectorXd known = y(inside);
    double least = 0;
    const GpKernel start{tuned.whitening, tuned.directions, 1.5, 1, 1, 0.1};
    const auto gp = GaussianProcess::fit(x, variance, known, tune_gp(x, variance, known, inside_fold, folds, start, 450, 3, &least));
    if (!gp) return gp.error();
    for (int i : outside) {
      const auto a = gp->predict(scores.row(i).transpose(), work);
      out.predicted[i] = a.value;
      out.variance[i] = a.variance;
    }
  }
  out.mean_square = (out.predicted - y).squaredNorm() / static_cast<double>(y.size());
  return out;
}

// Cross-validation of a process fitted on `subset`: exact for its rows, and the others of a fold by a fit without that fold.
Result<GpCross> subset_gp(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y, const std::vector<int>& fold,
                          int folds, const GpKernel& kernel, const std::vector<int>& subset) {
  GpCross out{y, Eigen::VectorXd::Zero(y.size()), 0};
  Eigen::VectorXd work;
  for (int f = 0; f < folds; ++f) {
    std::vector<int> inside;
    for (int i : subset) {
      if (fold[static_cast<std::size_t>(i)] != f) inside.push_back(i);
    }
    const auto gp = GaussianProcess::fit(scores(inside, Eigen::all), variance, y(inside), kernel);
    if (!gp) return gp.error();
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      if (fold[static_cast<std::size_t>(i)] != f) continue;
      const auto a = gp->predict(scores.row(i).transpose(), work);
      out.predicted[i] = a.value;
      out.variance[i] = a.variance;
    }
  }
  out.mean_square = (out.predicted - y).squaredNorm() / static_cast<double>(y.size());
  return out;
}

// At most `most` rows, each fold keeping its share; empty where all are few enough.
std::vector<int> even_subset(const std::vector<int>& fold, int folds, Eigen::Index most) {
  const auto n = static_cast<Eigen::Index>(fold.size());
  std::vector<int> out;
  if (n <= most) return out;
  std::vector<double> due(static_cast<std::size_t>(folds), 0.0);
  for (std::size_t i = 0; i < fold.size(); ++i) {
    auto& d = due[static_cast<std::size_t>(fold[i])];
    d += static_cast<double>(most) / static_cast<double>(n);
    if (d < 1) continue;
    d -= 1;
    out.push_back(static_cast<int>(i));
  }
  return out;
}

struct GpTrial {
  std::size_t prepared = 0;
  bool autoscale = false;
  GpKernel kernel;
  double quick = 0;
  GpCross cross;
};

}  // namespace

void RegressorSearch::make_spaces(const std::vector<std::pair<std::size_t, bool>>& wanted) {
  std::vector<std::pair<std::size_t, bool>> missing;
  for (const auto& w : wanted) {
    if (!spaces_.contains(w) && std::ranges::find(missing, w) == missing.end()) missing.push_back(w);
  }
  std::vector<std::unique_ptr<Space>> made(missing.size());
  options_.executor(missing.size(), [&](std::size_t i) {
    const auto& x = prepared_[missing[i].first].treated.x;
    made[i] = std::make_unique<Space>();
    made[i]->latent = fit_latent(x, kMethodDirections, missing[i].second);
    made[i]->scores = made[i]->latent.scores(x);
  });
  for (std::size_t i = 0; i < missing.size(); ++i) spaces_[missing[i]] = std::move(made[i]);
}

void RegressorSearch::try_gps() {
  const auto subset = even_subset(fold_, folds_, kMostForGp);
  std::vector<std::pair<std::size_t, bool>> spaces;
  for (std::size_t i = 0; i < prepared_.size(); ++i) {
    if (prepared_[i].learns()) continue;
    spaces.push_back({i, false});
    spaces.push_back({i, true});
  }
  make_spaces(spaces);
  report(0.4);
  // Quick looks on few rows, one a kind of coordinates; the best are tuned on all.
  struct Coordinates {
    double whitening;
    int directions;
  };
  constexpr Coordinates kCoordinates[] = {{0, 120}, {0.5, 60}, {1, 12}, {1, 25}};
  std::vector<GpTrial> trials;
  for (const auto& [prepared, autoscale] : spaces) {
    for (const auto& c : kCoordinates) {
      GpTrial t{prepared, autoscale, {}, 0, {}};
      t.kernel = {c.whitening, c.directions, 1.5, 1, 1, 0.1};
      trials.push_back(t);
    }
  }
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& t = trials[i];
    const auto& s = space(t.prepared, t.autoscale);
    t.kernel = tune_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel, 200, 2, &t.quick);
  });
  report(0.6);
  std::ranges::stable_sort(trials, {}, &GpTrial::quick);
  // The best coordinates of each treatment: different treatments err differently, which averaging needs.
  std::vector<GpTrial> distinct;
  for (auto& t : trials) {
    const bool known = std::ranges::any_of(distinct, [&](const GpTrial& d) { return d.prepared == t.prepared && d.autoscale == t.autoscale; });
    if (!known) distinct.push_back(std::move(t));
  }
  trials = std::move(distinct);
  const std::size_t tuned = subset.empty() ? kGpsTuned : kGpsOfMany;
  if (trials.size() > tuned) trials.resize(tuned);
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& t = trials[i];
    const auto& s = space(t.prepared, t.autoscale);
    t.kernel = tune_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel, 450, 3, &t.quick);
    auto cross = !subset.empty()             ? subset_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel, subset)
                 : y_.size() <= kMostForNested ? nested_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel)
                                             : cross_gp(s.scores, s.latent.variance, y_, fold_, folds_, t.kernel);
    if (cross) t.cross = std::move(*cross);
  });
  report(0.9);
  for (auto& t : trials) {
    if (t.cross.predicted.size() == 0) continue;
    Candidate c;
    c.method = Candidate::Method::kGp;
    c.prepared = t.prepared;
    c.autoscale = t.autoscale;
    c.kernel = t.kernel;
    c.subset = subset;
    c.predicted = std::move(t.cross.predicted);
    c.variance = std::move(t.cross.variance);
    c.rmsecv = root_mean_square(c.predicted - y_);
    candidates_.push_back(std::move(c));
  }
}

void RegressorSearch::try_local() {
  const auto order = best_treatments();
  std::vector<std::pair<std::size_t, bool>> spaces;
  for (auto i : order) spaces.push_back({i, false});
  make_spaces(spaces);
  std::vector<Candidate> trials;
  const auto fewest_inside = static_cast<int>(y_.size()) * (folds_ - 1) / folds_ - 1;
  for (auto i : order) {
    for (int neighbours : {60, 120, 240}) {
      if (neighbours * 3 / 2 > fewest_inside) continue;
      Candidate c;
      c.method = Candidate::Method::kLocal;
      c.prepared = i;
      c.local = {neighbours, std::min(14, neighbours / 4), 12, 60};
      trials.push_back(std::move(c));
    }
  }
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& c = trials[i];
    const auto& s = space(c.prepared, false);
    const auto predicted = cross_local(s.scores, s.latent.variance, y_, fold_, c.local);
    c.components = components_by_one_standard_error(predicted, y_, groups_);
    c.local.components = c.components;
    c.predicted = predicted.col(c.components - 1);
    c.rmsecv = root_mean_square(c.predicted - y_);
  });
  std::ranges::move(trials, std::back_inserter(candidates_));
  report(0.95);
}

}  // namespace beltwarden::spectra
