// How Regressor::fit looks for treatments, and PLS on them.
#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>

#include "science/spectra/borrowed_ridge.h"
#include "science/spectra/regressor_search.h"
#include "science/spectra/simpls.h"
#include "science/spectra/variable_selection.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kFewestToSearch = 8;
constexpr std::size_t kFewestHeld = 5;         // treatments kept in memory, however large
constexpr Eigen::Index kFewestForMore = 40;     // rows from which more than PLS is tried
constexpr Eigen::Index kMostForLocal = 4000;    // unasked: the effort grows with the square of the rows
constexpr std::size_t kTreatmentsTuned = 4;
constexpr std::size_t kTreatmentsForIntervals = 2;
constexpr double kSeldom = 0.05;                // of the rows: a point missing in so few is filled in those
constexpr double kMostFilled = 0.4;             // where that leaves less than three quarters of the axis, as in identity

}  // namespace

Result<Regressor> RegressorSearch::run(FitStory* story) {
  if (auto ok = take_rows(); !ok) return ok.error();
  if (y_.minCoeff() == y_.maxCoeff()) {
    return invalid_input("expected values that differ from row to row, found the same in all " + std::to_string(y_.size()) + " rows");
  }
  if (checks_errors()) searched_ = 0.5;
  if (auto ok = prepare(); !ok) return ok.error();
  try_pls();
  if (options_.components == 0 && y_.size() >= kFewestForMore) {
    const bool everything = !options_.quick;
    if (everything && wanted(RegressorMethod::kPls)) try_selection(), try_intervals();
    if (everything && wanted(RegressorMethod::kGaussianProcess)) try_gps();
    if (options_.method == RegressorMethod::kLocal || (everything && wanted(RegressorMethod::kLocal) && y_.size() <= kMostForLocal)) try_local();
    if (options_.method == RegressorMethod::kAuto) try_borrowed();
  }
  for (auto together : {RegressorMethod::kPls2, RegressorMethod::kSimpls}) {
    if (wanted(together)) try_together(together);
  }
  if (options_.method != RegressorMethod::kAuto) {
    if (auto ok = keep_only(options_.method); !ok) return ok.error();
  }
  if (checks_errors()) check_errors();
  choose();
  auto model = build();
  if (model && story != nullptr) tell(*model, *story);
  return model;
}

Result<void> RegressorSearch::keep_only(RegressorMethod method) {
  using M = Candidate::Method;
  const auto of = method == RegressorMethod::kPls2 ? M::kPls2 : method == RegressorMethod::kSimpls ? M::kSimpls : method == RegressorMethod::kLocal ? M::kLocal : method == RegressorMethod::kPls ? M::kPls : M::kGp;
  std::erase_if(candidates_, [&](const Candidate& c) { return c.method != of; });
  if (!candidates_.empty()) return {};
  return invalid_input(method == RegressorMethod::kPls2
                           ? "PLS2 needs several responses, known for the same rows"
                           : "the method asked for could not be fitted: expected at least 40 rows and a treatment that learns nothing from them (as msc, emsc "
                             "and epo do), found " + std::to_string(y_.size()) + " rows");
}

// Rows with a response, usable under every treatment alike.
Result<void> RegressorSearch::take_rows() {
  if (auto ok = complete(set_); !ok) return ok.error();
  if (set_.responses.size() != 1) return invalid_input("regressor: expected one response, found " + std::to_string(set_.responses.size()));
  used_ = points_missing_at_most(kSeldom);
  if (std::ranges::count(used_, true) < static_cast<std::ptrdiff_t>(used_.size()) * 3 / 4) used_ = points_missing_at_most(kMostFilled);
  filler_ = GapFiller::fit(set_.spectra, used_, true);
  fill_rows(filler_, set_.spectra);
  auto plain = Treatment::make(set_.axis_nm, {}, used_);
  if (!plain) return plain.error();
  // Rows that any treatment refuses (too many gaps, flat) are left out of all.
  auto strict = Treatment::make(set_.axis_nm, {{Step::Kind::kSnv}}, used_);
  if (!strict) return strict.error();
  const auto treated = treat(*strict, set_);
  for (auto r : treated.row) {
    if (std::isfinite(set_.values(r, 0))) rows_.push_back(r);
  }
  if (static_cast<Eigen::Index>(rows_.size()) < kFewestToSearch) {
    return invalid_input("response '" + set_.responses[0] + "' is known for " + std::to_string(rows_.size()) +
                         " usable spectra, expected at least 8");
  }
  y_ = set_.values.col(0)(rows_);
  const Eigen::Index set_rows = set_.rows();
  if (!options_.slices.empty() && options_.slices.size() != set_.groups.size()) return invalid_input("regressor: expected a slice for each row");
  for (auto r : rows_) {
    groups_.push_back(set_.groups[static_cast<std::size_t>(r)]);
    slices_.push_back(options_.slices.empty() ? groups_.back() : options_.slices[static_cast<std::size_t>(r)]);
  }
  set_.spectra = Spectra(set_.spectra(rows_, Eigen::all));
  set_.values = Eigen::MatrixXd(y_);
  set_.groups = groups_;
  set_.lots.clear();
  if (!set_.classes.empty()) {
    std::vector<std::string> classes;
    for (auto r : rows_) classes.push_back(set_.classes[static_cast<std::size_t>(r)]);
    set_.classes = std::move(classes);
  }
  if (options_.companions.rows() > 0 && options_.companions.rows() != set_rows) return invalid_input("regressor: expected companions for each row");
  if (options_.companions.cols() > 0) {
    const Eigen::MatrixXd others = options_.companions(rows_, Eigen::all);
    if (others.allFinite()) {
      all_y_.resize(y_.size(), others.cols() + 1);
      all_y_ << y_, others;
      const Eigen::RowVectorXd mean = all_y_.colwise().mean();
      for (Eigen::Index k = 0; k < all_y_.cols(); ++k) {
        const double sd = std::max(root_mean_square(all_y_.col(k).array() - mean[k]), 1e-12);
        if (k == 0) scale_y_ = sd;
        all_y_.col(k) /= sd;
      }
    }
  }
  std::map<std::uint32_t, int> distinct;
  for (auto g : groups_) ++distinct[g];
  folds_ = std::clamp(options_.folds, 2, static_cast<int>(std::max<std::size_t>(distinct.size(), 2)));
  if (distinct.size() < 3) return invalid_input("response '" + set_.responses[0] + "': expected at least 3 slices or groups, found " + std::to_string(distinct.size()));
  fold_ = deal_folds(groups_, folds_, options_.seed);
  return {};
}

// Points that so many rows have that they tell what goes there in the others.
std::vector<bool> RegressorSearch::points_missing_at_most(double share) const {
  std::vector<bool> out(static_cast<std::size_t>(set_.spectra.cols()));
  for (Eigen::Index j = 0; j < set_.spectra.cols(); ++j) {
    Eigen::Index missing = 0;
    for (Eigen::Index i = 0; i < set_.rows(); ++i) missing += std::isnan(set_.spectra(i, j));
    out[static_cast<std::size_t>(j)] = static_cast<double>(missing) <= share * static_cast<double>(set_.rows());
  }
  return out;
}

Result<void> RegressorSearch::prepare() {
  auto treatments = options_.treatments.empty() ? auto_treatments(set_) : options_.treatments;
  if (options_.treatments.empty()) std::ranges::move(epo_treatments(set_, slices_), std::back_inserter(treatments));
  std::vector<std::optional<Prepared>> found(treatments.size());
  std::vector<std::string> refused(treatments.size());
  const double bytes = 8.0 * static_cast<double>(set_.spectra.size());
  const auto held = static_cast<std::size_t>(std::max(static_cast<double>(kFewestHeld), static_cast<double>(options_.most_bytes) / std::max(bytes, 1.0)));
  std::mutex mutex;
  options_.executor(treatments.size(), [&](std::size_t i) {
    auto treatment = Treatment::make(set_.axis_nm, treatments[i], used_);
    if (!treatment) {
      refused[i] = treatment.error().message;
      return;
    }
    const bool learns = !treatment->fitted();
    if (auto learnt = treatment->fit(set_.spectra, slices_); !learnt) {
      refused[i] = learnt.error().message;
      return;
    }
    Prepared p;
    p.treatment = std::move(*treatment);
    p.treated = treat(p.treatment, set_);
    if (p.treated.invalid > 0 || !p.treated.x.allFinite()) {
      refused[i] = to_string(treatments[i]) + ": some spectra cannot be treated so";
      return;
    }
    const int inside = static_cast<int>(y_.size()) - 1 - static_cast<int>(std::ranges::count(fold_, 0));
    const int wanted = options_.components > 0 ? options_.components : options_.most_components;
    const int most = std::max(1, std::min(wanted, inside));
    auto cross = learns ? cross_learning(p, treatments[i], most) : cross_fit(p.treated.x, y_, fold_, folds_, most);
    if (!cross) {
      refused[i] = cross.error().message;
      return;
    }
    p.cross = std::move(*cross);
    if (p.cross.predicted.cols() < options_.components) {
      refused[i] = "PLS: asked for " + std::to_string(options_.components) + " components, but folds of these " + std::to_string(y_.size()) + " rows carry " +
                   std::to_string(p.cross.predicted.cols()) + " at most";
      return;
    }
    p.components = options_.components > 0 ? static_cast<int>(p.cross.predicted.cols())
                                           : components_by_one_standard_error(p.cross.predicted, y_, groups_);
    p.rmsecv = root_mean_square(p.cross.predicted.col(p.components - 1) - y_);
    const std::scoped_lock lock(mutex);
    found[i] = std::move(p);
    drop_worst(found, held);
  });
  report(0.25);
  for (auto& p : found) {
    if (p) prepared_.push_back(std::move(*p));
  }
  if (!prepared_.empty()) return {};
  for (const auto& why : refused) {
    if (!why.empty()) return invalid_input("no treatment could be used: " + why);
  }
  return invalid_input("no treatment could be used");
}

// Of many rows only the best few treatments' spectra are kept in memory. Whichever comes last, the same remain: the least errors of all.
void RegressorSearch::drop_worst(std::vector<std::optional<Prepared>>& found, std::size_t held) {
  while (static_cast<std::size_t>(std::ranges::count_if(found, [](const auto& p) { return p.has_value(); })) > held) {
    std::optional<Prepared>* worst = nullptr;
    for (auto& p : found) {
      if (p && (worst == nullptr || p->rmsecv >= (*worst)->rmsecv)) worst = &p;
    }
    worst->reset();
  }
}

// What a treatment learns (MSC's mean, EPO's directions) is learnt anew without each fold, like the PLS behind it.
Result<CrossFit> RegressorSearch::cross_learning(Prepared& p, const std::vector<Step>& steps, int most) const {
  CrossFit out{std::vector<Pls>(static_cast<std::size_t>(folds_)), Eigen::MatrixXd::Zero(y_.size(), most)};
  p.unseen.resize(y_.size(), p.treated.x.cols());
  for (int f = 0; f < folds_; ++f) {
    std::vector<int> inside, outside;
    for (std::size_t i = 0; i < fold_.size(); ++i) (fold_[i] == f ? outside : inside).push_back(static_cast<int>(i));
    if (outside.empty()) continue;
    auto treatment = Treatment::make(set_.axis_nm, steps, used_);
    if (!treatment) return treatment.error();
    std::vector<std::uint32_t> slices;
    for (int i : inside) slices.push_back(slices_[static_cast<std::size_t>(i)]);
    if (auto ok = treatment->fit(Spectra(set_.spectra(inside, Eigen::all)), slices); !ok) return ok.error();
    const auto treated = treat(*treatment, set_);
    if (treated.invalid > 0 || !treated.x.allFinite()) return invalid_input(to_string(steps) + ": some spectra cannot be treated so");
    auto pls = fit_pls(treated.x(inside, Eigen::all), y_(inside), most);
    if (!pls) return pls.error();
    const Eigen::MatrixXd scores = (treated.x(outside, Eigen::all).rowwise() - pls->mean_x) * pls->rotations;
    for (std::size_t k = 0; k < outside.size(); ++k) {
      double value = pls->mean_y[0];
      for (int a = 0; a < most; ++a) {
        if (a < pls->components()) value += scores(static_cast<Eigen::Index>(k), a) * pls->y_loadings(0, a);
        out.predicted(outside[k], a) = value;
      }
      p.unseen.row(outside[k]) = treated.x.row(outside[k]);
    }
    out.without[static_cast<std::size_t>(f)] = std::move(*pls);
  }
  return out;
}

void RegressorSearch::try_pls() {
  for (std::size_t i = 0; i < prepared_.size(); ++i) {
    Candidate c;
    c.prepared = i;
    c.components = prepared_[i].components;
    c.predicted = prepared_[i].cross.predicted.col(c.components - 1);
    c.rmsecv = prepared_[i].rmsecv;
    candidates_.push_back(std::move(c));
  }
  best_pls_ = 0;
  // An earlier, simpler treatment stays unless a later one is better by 2 %.
  for (std::size_t i = 1; i < prepared_.size(); ++i) {
    if (prepared_[i].rmsecv < 0.98 * prepared_[best_pls_].rmsecv) best_pls_ = i;
  }
}

// The few treatments that PLS does best on, of those that learn nothing: for the others every fold has spectra of its own.
std::vector<std::size_t> RegressorSearch::best_treatments() const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < prepared_.size(); ++i) {
    if (!prepared_[i].learns()) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return prepared_[i].rmsecv; });
  order.resize(std::min(order.size(), kTreatmentsTuned));
  return order;
}

// PLS on the points that matter, on the best treatments.
void RegressorSearch::try_selection() {
  const auto order = best_treatments();
  std::vector<Candidate> trials;
  for (auto i : order) {
    for (double least : {0.8, 1.2}) {
      Candidate c;
      c.prepared = i;
      c.least_vip = least;
      trials.push_back(std::move(c));
    }
  }
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& c = trials[i];
    const auto& p = prepared_[c.prepared];
    auto predicted = cross_selected(p.treated.x, y_, fold_, p.cross.without, p.components, c.least_vip, static_cast<int>(p.cross.predicted.cols()));
    if (!predicted) return;
    c.components = components_by_one_standard_error(*predicted, y_, groups_);
    c.predicted = predicted->col(c.components - 1);
    c.rmsecv = root_mean_square(c.predicted - y_);
  });
  for (auto& c : trials) {
    if (c.components > 0 && std::isfinite(c.rmsecv)) candidates_.push_back(std::move(c));
  }
}

// PLS on the intervals of the axis that matter.
void RegressorSearch::try_intervals() {
  auto order = best_treatments();
  order.resize(std::min(order.size(), kTreatmentsForIntervals));
  std::vector<Candidate> trials(order.size());
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& c = trials[i];
    c.prepared = order[i];
    c.intervals = true;
    const auto& x = prepared_[order[i]].treated.x;
    auto predicted = cross_intervals(x, y_, fold_, folds_, kMostForIntervals);
    const auto whole = fit_intervals(x, y_, fold_, folds_, kMostForIntervals);
    if (!predicted || !whole) return;
    c.components = whole->pls.components();
    c.predicted = std::move(*predicted);
    c.rmsecv = root_mean_square(c.predicted - y_);
  });
  for (auto& c : trials) {
    if (c.components > 0 && std::isfinite(c.rmsecv)) candidates_.push_back(std::move(c));
  }
}

// What other classes have taught, on the best treatments.
void RegressorSearch::try_borrowed() {
  const auto& related = options_.related;
  if (related.rows() == 0 || related.axis_nm != set_.axis_nm || related.values.cols() != 1 || related.classes.size() != static_cast<std::size_t>(related.rows())) return;
  auto order = best_treatments();
  if (options_.quick) order.resize(std::min<std::size_t>(order.size(), 1));
  const auto names = classes_of(related);
  std::vector<Candidate> trials(order.size());
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& c = trials[i];
    c.method = Candidate::Method::kBorrowed;
    c.prepared = order[i];
    const auto& p = prepared_[order[i]];
    const auto treated = treat(p.treatment, related);
    std::vector<Eigen::Index> kept;
    RelatedRows rows;
    for (std::size_t k = 0; k < treated.row.size(); ++k) {
      const auto r = treated.row[k];
      if (!std::isfinite(related.values(r, 0)) || !treated.x.row(static_cast<Eigen::Index>(k)).allFinite()) continue;
      kept.push_back(static_cast<Eigen::Index>(k));
      rows.label.push_back(static_cast<int>(std::ranges::find(names, related.classes[static_cast<std::size_t>(r)]) - names.begin()));
    }
    rows.x = treated.x(kept, Eigen::all);
    rows.y.resize(static_cast<Eigen::Index>(kept.size()));
    for (std::size_t k = 0; k < kept.size(); ++k) rows.y[static_cast<Eigen::Index>(k)] = related.values(treated.row[static_cast<std::size_t>(kept[k])], 0);
    auto fitted = fit_borrowed(p.treated.x, y_, fold_, folds_, rows);
    if (!fitted) return;
    c.borrowed = {LinearMember::kRidge, fitted->constant, std::move(fitted->coefficients)};
    c.predicted = std::move(fitted->predicted);
    c.rmsecv = root_mean_square(c.predicted - y_);
  });
  for (auto& c : trials) {
    if (c.borrowed.coefficients.size() > 0 && std::isfinite(c.rmsecv)) candidates_.push_back(std::move(c));
  }
}

// One model for this response and its companions, on the best treatments. Of one response SIMPLS is PLS: it is tried where it is asked for.
void RegressorSearch::try_together(RegressorMethod method) {
  const bool simpls = method == RegressorMethod::kSimpls;
  if (all_y_.cols() < 2 && !(simpls && options_.method == method)) return;
  if (all_y_.cols() == 0) all_y_ = y_;
  const auto order = best_treatments();
  std::vector<Candidate> trials(order.size());
  options_.executor(trials.size(), [&](std::size_t i) {
    auto& c = trials[i];
    c.method = simpls ? Candidate::Method::kSimpls : Candidate::Method::kPls2;
    c.prepared = order[i];
    const auto& p = prepared_[order[i]];
    const int most = static_cast<int>(p.cross.predicted.cols());
    Eigen::MatrixXd predicted(y_.size(), most);
    for (int f = 0; f < folds_; ++f) {
      std::vector<int> inside, outside;
      for (std::size_t r = 0; r < fold_.size(); ++r) (fold_[r] == f ? outside : inside).push_back(static_cast<int>(r));
      if (outside.empty()) continue;
      const Eigen::MatrixXd x = p.treated.x(inside, Eigen::all), y = all_y_(inside, Eigen::all);
      const auto pls = simpls ? fit_simpls(x, y, most) : fit_pls(x, y, most);
      if (!pls) return;
      const Eigen::MatrixXd scores = (p.treated.x(outside, Eigen::all).rowwise() - pls->mean_x) * pls->rotations;
      Eigen::VectorXd value = Eigen::VectorXd::Constant(scores.rows(), pls->mean_y[0]);
      for (int a = 0; a < most; ++a) {
        if (a < pls->components()) value += scores.col(a) * pls->y_loadings(0, a);
        predicted.col(a)(outside) = scale_y_ * value;
      }
    }
    c.components = options_.components > 0 ? most : components_by_one_standard_error(predicted, y_, groups_);
    c.predicted = predicted.col(c.components - 1);
    c.rmsecv = root_mean_square(c.predicted - y_);
  });
  for (auto& c : trials) {
    if (c.components > 0 && std::isfinite(c.rmsecv)) candidates_.push_back(std::move(c));
  }
}

Result<Regressor> Regressor::fit(TrainingSet set, const RegressorOptions& options, FitStory* story) {
  return RegressorSearch(std::move(set), options).run(story);
}

}  // namespace beltwarden::spectra
