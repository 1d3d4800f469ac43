// How Regressor::fit chooses among what was tried, and puts the model together.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

#include "science/spectra/regressor_search.h"
#include "science/spectra/simpls.h"
#include "science/spectra/statistics.h"
#include "science/spectra/variable_selection.h"

namespace beltwarden::spectra {
namespace {

constexpr int kPicks = 6;

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

}  // namespace

std::string RegressorSearch::describe(const Candidate& c) {
  switch (c.method) {
    case Candidate::Method::kBorrowed: return "ridge that leans on the other classes";
    case Candidate::Method::kPls2: return "PLS2 " + std::to_string(c.components);
    case Candidate::Method::kSimpls: return "SIMPLS " + std::to_string(c.components);
    case Candidate::Method::kPls:
      if (c.intervals) return "interval PLS " + std::to_string(c.components);
      return "PLS " + std::to_string(c.components) + (c.least_vip > 0 ? " of the points with VIP over " + number(c.least_vip) : "");
    case Candidate::Method::kLocal:
      return "local PLS " + std::to_string(c.components) + " of " + std::to_string(c.local.neighbours) + " neighbours";
    case Candidate::Method::kGp: break;
  }
  return std::string(c.kernel.smooth > 0 ? "Gaussian process" : "ridge") + (c.autoscale ? " (points scaled)" : "") + ", " +
         std::to_string(c.kernel.directions) + " directions" + (c.subset.empty() ? "" : ", " + std::to_string(c.subset.size()) + " of the rows");
}

void RegressorSearch::choose() {
  std::ranges::stable_sort(candidates_, {}, &Candidate::rmsecv);
  Eigen::MatrixXd predicted(y_.size(), static_cast<Eigen::Index>(candidates_.size()));
  for (std::size_t i = 0; i < candidates_.size(); ++i) predicted.col(static_cast<Eigen::Index>(i)) = candidates_[i].predicted;
  const bool searched = options_.components == 0;
  const auto is_plain = [&](const Candidate& c) { return c.method == Candidate::Method::kPls && c.least_vip == 0 && !c.intervals && c.prepared == best_pls_; };
  // From simple to involved: the best PLS, the best single method, the average of a few.
  auto pls = std::ranges::find_if(candidates_, is_plain);
  const bool plain_tried = pls != candidates_.end();
  if (!plain_tried) pls = candidates_.begin();   // another method was asked for
  const int pls_at = static_cast<int>(pls - candidates_.begin());
  Combination simple{{{pls_at, 1.0}}, pls->predicted, pls->rmsecv};
  combination_ = simple;
  why_ = describe(*pls) + " on " + to_string(prepared_[pls->prepared].treatment.steps()) + " has an RMSECV of " + number(pls->rmsecv);
  if (!searched || candidates_.size() == 1) return;
  std::vector<Combination> options{simple, combine(predicted, y_, fold_, folds_, 1), average_of_best(predicted, y_, fold_, folds_, 5),
                                   combine(predicted, y_, fold_, folds_, kPicks)};
  const char* names[] = {plain_tried ? "the best PLS" : "the best as it is", "the best single method", "the average of the best five", "a weighted average of those that help each other"};
  std::size_t best = 0;
  for (std::size_t i = 1; i < options.size(); ++i) {
    if (options[i].rmse < options[best].rmse) best = i;
  }
  std::size_t chosen = best;
  for (std::size_t i = 0; i < best; ++i) {
    if (excess_in_standard_errors(options[i].predicted - y_, options[best].predicted - y_, groups_) <= 1) {
      chosen = i;
      break;
    }
  }
  combination_ = options[chosen];
  why_ += "; ";
  for (std::size_t i = 1; i < options.size(); ++i) why_ += std::string(names[i]) + " " + number(options[i].rmse) + (i + 1 < options.size() ? ", " : "");
  why_ += std::string(". Chosen: ") + names[chosen] +
          (best == 0 ? ", the simplest and the least"
           : chosen == best ? ", as the simpler are worse by more than one standard error of the difference"
                            : ", the simplest within one standard error of the least") + ". Of " + std::to_string(candidates_.size()) + " candidates in " +
          std::to_string(folds_) + " folds";
  if (understated_ > 1) why_ += ". Rows held out of the whole search err by " + number(understated_) + " times what it states, which is put on the standard error";
  if (!unchecked_.empty()) why_ += ". How far it understates its errors is not known: " + unchecked_;
}

Result<Regressor> RegressorSearch::build() {
  Regressor model;
  model.why_ = why_;
  model.filler_ = filler_;
  model.rmsecv_ = combination_.rmse;
  std::map<std::pair<std::size_t, int>, std::uint32_t> stage_of;     // prepared, 0 plain / 1 latent / 2 autoscaled
  const auto stage = [&](std::size_t prepared, int kind) {
    const auto [at, is_new] = stage_of.emplace(std::pair{prepared, kind}, static_cast<std::uint32_t>(model.stages_.size()));
    if (is_new) model.stages_.push_back({prepared_[prepared].treatment, kind > 0 ? space(prepared, kind == 2).latent : Latent{}});
    return at->second;
  };
  const auto& first = prepared_[best_pls_];
  stage(best_pls_, 0);
  auto domain = fit_pls(first.treated.x, y_, first.components);
  if (!domain) return domain.error();
  model.domain_ = std::move(*domain);
  model.plane_ = Plane(model.domain_);
  limits(first, model);
  for (const auto& [at, weight] : combination_.weights) {
    const auto& c = candidates_[static_cast<std::size_t>(at)];
    const auto& p = prepared_[c.prepared];
    Regressor::Member m;
    m.weight = weight;
    if (c.method == Candidate::Method::kBorrowed) {
      m.stage = stage(c.prepared, 0);
      m.model = c.borrowed;
    } else if (c.method == Candidate::Method::kPls || c.method == Candidate::Method::kPls2 || c.method == Candidate::Method::kSimpls) {
      m.stage = stage(c.prepared, 0);
      auto linear = c.method != Candidate::Method::kPls ? together_member(p, c)
                    : c.intervals                       ? interval_member(p)
                    : c.least_vip > 0                   ? selected_member(p, c)
                                                        : linear_member(p, c);
      if (!linear) return linear.error();
      m.model = std::move(*linear);
    } else {
      m.stage = stage(c.prepared, c.autoscale ? 2 : 1);
      const auto& s = space(c.prepared, c.autoscale);
      if (c.method == Candidate::Method::kLocal) {
        auto local = LocalPls::fit(s.scores, s.latent.variance, y_, c.local);
        if (!local) return local.error();
        m.model = std::move(*local);
      } else {
        auto gp = c.subset.empty() ? GaussianProcess::fit(s.scores, s.latent.variance, y_, c.kernel)
                                   : GaussianProcess::fit(s.scores(c.subset, Eigen::all), s.latent.variance, y_(c.subset), c.kernel);
        if (!gp) return gp.error();
        m.model = std::move(*gp);
      }
    }
    model.members_.push_back(std::move(m));
  }
  errors(model);
  errors_of_lots(model);
  report(1);
  return model;
}

Result<LinearMember> RegressorSearch::linear_member(const Prepared& p, const Candidate& c) const {
  auto pls = fit_pls(p.treated.x, y_, c.components);
  if (!pls) return pls.error();
  LinearMember linear;
  linear.components = pls->components();
  linear.coefficients = pls->coefficients(pls->components()).col(0);
  linear.constant = pls->mean_y[0] - pls->mean_x.dot(linear.coefficients);
  return linear;
}

namespace {

// A PLS on some points, as coefficients on all.
LinearMember spread(const SelectedPls& selected, Eigen::Index points) {
  const auto& pls = selected.pls;
  const Eigen::VectorXd b = pls.coefficients(pls.components()).col(0);
  LinearMember linear;
  linear.components = pls.components();
  linear.coefficients = Eigen::VectorXd::Zero(points);
  linear.coefficients(selected.points) = b;
  linear.constant = pls.mean_y[0] - pls.mean_x.dot(b);
  return linear;
}

}  // namespace

Result<LinearMember> RegressorSearch::selected_member(const Prepared& p, const Candidate& c) const {
  auto whole = fit_pls(p.treated.x, y_, p.components);
  if (!whole) return whole.error();
  auto selected = fit_selected(p.treated.x, y_, *whole, p.components, c.least_vip, c.components);
  if (!selected) return selected.error();
  return spread(*selected, p.treated.x.cols());
}

Result<LinearMember> RegressorSearch::interval_member(const Prepared& p) const {
  auto selected = fit_intervals(p.treated.x, y_, fold_, folds_, kMostForIntervals);
  if (!selected) return selected.error();
  return spread(*selected, p.treated.x.cols());
}

Result<LinearMember> RegressorSearch::together_member(const Prepared& p, const Candidate& c) const {
  auto pls = c.method == Candidate::Method::kSimpls ? fit_simpls(p.treated.x, all_y_, c.components) : fit_pls(p.treated.x, all_y_, c.components);
  if (!pls) return pls.error();
  LinearMember linear;
  linear.components = pls->components();
  linear.coefficients = scale_y_ * pls->coefficients(pls->components()).col(0);
  linear.constant = scale_y_ * pls->mean_y[0] - pls->mean_x.dot(linear.coefficients);
  return linear;
}

// T2 and Q beyond which a spectrum is foreign: of theory, or of what rows not seen in fitting have shown.
void RegressorSearch::limits(const Prepared& p, Regressor& model) {
  t2_.resize(y_.size());
  q_.resize(y_.size());
  Eigen::VectorXd scores, rest;
  std::vector<double> t2, q;
  for (Eigen::Index i = 0; i < y_.size(); ++i) {
    const auto& without = p.cross.without[static_cast<std::size_t>(fold_[static_cast<std::size_t>(i)])];
    if (without.components() == 0) continue;
    const Eigen::MatrixXd& unseen = p.learns() ? p.unseen : p.treated.x;
    const auto d = truncated(without, model.domain_.components()).distance(unseen.row(i).transpose(), scores, rest);
    t2.push_back(t2_[i] = d.t2);
    q.push_back(q_[i] = d.q);
  }
  std::ranges::sort(t2);
  std::ranges::sort(q);
  const double c = options_.confidence;
  const double in_theory = model.domain_.rows > model.domain_.components() ? t2_limit(c, model.domain_.components(), model.domain_.rows) : 0;
  model.t2_limit_ = std::max(in_theory, t2.empty() ? 0 : sorted_quantile(t2, c));
  model.q_limit_ = q.size() < 2 ? 0 : std::max(q_limit_box(c, q), sorted_quantile(q, c));
}

void RegressorSearch::tell(const Regressor& model, FitStory& story) const {
  story.why = why_;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto& c = candidates_[i];
    double weight = 0;
    for (const auto& [at, w] : combination_.weights) weight += at == static_cast<int>(i) ? w : 0;
    story.candidates.push_back({to_string(prepared_[c.prepared].treatment.steps()), describe(c), c.rmsecv, weight});
  }
  story.measured = y_;
  story.predicted = combination_.predicted;
  story.row = rows_;
  const auto& p = prepared_[best_pls_];
  story.rmsecv_by_components = ((p.cross.predicted.colwise() - y_).colwise().squaredNorm() / static_cast<double>(y_.size())).cwiseSqrt().transpose();
  story.components = p.components;
  story.coefficients = model.domain_.coefficients(model.domain_.components()).col(0);
  for (std::size_t j = 0; j < used_.size(); ++j) {
    if (used_[j]) story.axis_nm.push_back(set_.axis_nm[j]);
  }
  story.scores = (p.treated.x.rowwise() - model.domain_.mean_x) * model.domain_.rotations;
  story.t2 = t2_;
  story.q = q_;
  story.t2_limit = model.t2_limit_;
  story.q_limit = model.q_limit_;
  story.rmsecv = combination_.rmse;
  story.bias = (combination_.predicted - y_).mean();
  story.r2 = 1 - (combination_.predicted - y_).squaredNorm() / std::max((y_.array() - y_.mean()).square().sum(), 1e-300);
}

}  // namespace beltwarden::spectra
