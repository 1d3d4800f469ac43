// How Regressor::fit looks for treatments, and PLS on them.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "science/spectra/regressor_search.h"
#include "science/spectra/variable_selection.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kFewestRows = 8;
constexpr Eigen::Index kFewestForMore = 40;     // rows from which more than PLS is tried
constexpr std::size_t kTreatmentsTuned = 4;

}  // namespace

Result<Regressor> RegressorSearch::run(FitStory* story) {
  if (auto ok = take_rows(); !ok) return ok.error();
  if (auto ok = prepare(); !ok) return ok.error();
  try_pls();
  if (options_.components == 0 && y_.size() >= kFewestForMore) {
    try_selection();
    try_gps();
    try_local();
  }
  choose();
  auto model = build();
  if (model && story != nullptr) tell(*model, *story);
  return model;
}

// Rows with a response, usable under every treatment alike.
Result<void> RegressorSearch::take_rows() {
  if (auto ok = complete(set_); !ok) return ok.error();
  if (set_.responses.size() != 1) return invalid_input("regressor: expected one response, found " + std::to_string(set_.responses.size()));
  used_ = points_present(set_.spectra);
  if (std::ranges::count(used_, true) < static_cast<std::ptrdiff_t>(used_.size()) * 3 / 4) used_ = mostly_present();
  auto plain = Treatment::make(set_.axis_nm, {}, used_);
  if (!plain) return plain.error();
  // Rows that any treatment refuses (gaps, flat) are left out of all.
  auto strict = Treatment::make(set_.axis_nm, {{Step::Kind::kSnv}}, used_);
  if (!strict) return strict.error();
  const auto treated = treat(*strict, set_);
  for (auto r : treated.row) {
    if (std::isfinite(set_.values(r, 0))) rows_.push_back(r);
  }
  if (static_cast<Eigen::Index>(rows_.size()) < kFewestRows) {
    return invalid_input("response '" + set_.responses[0] + "' is known for " + std::to_string(rows_.size()) +
                         " usable spectra, expected at least 8");
  }
  y_ = set_.values.col(0)(rows_);
  if (!options_.slices.empty() && options_.slices.size() != set_.groups.size()) return invalid_input("regressor: expected a slice for each row");
  for (auto r : rows_) {
    groups_.push_back(set_.groups[static_cast<std::size_t>(r)]);
    slices_.push_back(options_.slices.empty() ? groups_.back() : options_.slices[static_cast<std::size_t>(r)]);
  }
  set_.spectra = Spectra(set_.spectra(rows_, Eigen::all));
  set_.values = Eigen::MatrixXd(y_);
  set_.groups = groups_;
  if (!set_.classes.empty()) {
    std::vector<std::string> classes;
    for (auto r : rows_) classes.push_back(set_.classes[static_cast<std::size_t>(r)]);
    set_.classes = std::move(classes);
  }
  std::map<std::uint32_t, int> distinct;
  for (auto g : groups_) ++distinct[g];
  folds_ = std::clamp(options_.folds, 2, static_cast<int>(std::max<std::size_t>(distinct.size(), 2)));
  if (distinct.size() < 3) return invalid_input("response '" + set_.responses[0] + "': expected at least 3 slices or groups, found " + std::to_string(distinct.size()));
  fold_ = deal_folds(groups_, folds_, options_.seed);
  return {};
}

// Points missing in at most a twentieth of the rows; rows with more gaps than that are refused by the treatment.
std::vector<bool> RegressorSearch::mostly_present() const {
  std::vector<bool> out(static_cast<std::size_t>(set_.spectra.cols()));
  for (Eigen::Index j = 0; j < set_.spectra.cols(); ++j) {
    Eigen::Index missing = 0;
    for (Eigen::Index i = 0; i < set_.rows(); ++i) missing += std::isnan(set_.spectra(i, j));
    out[static_cast<std::size_t>(j)] = missing * 20 <= set_.rows();
  }
  return out;
}

Result<void> RegressorSearch::prepare() {
  const auto treatments = options_.treatments.empty() ? auto_treatments(set_) : options_.treatments;
  std::vector<std::optional<Prepared>> found(treatments.size());
  std::vector<std::string> refused(treatments.size());
  options_.executor(treatments.size(), [&](std::size_t i) {
    auto treatment = Treatment::make(set_.axis_nm, treatments[i], used_);
    if (!treatment) {
      refused[i] = treatment.error().message;
      return;
    }
    if (auto learnt = treatment->fit(set_.spectra, set_.groups); !learnt) {
      refused[i] = learnt.error().message;
      return;
    }
    // MSC's reference and the like are learnt from all rows: they know nothing of the response.
    if (auto ok = treatment->fit(set_.spectra, set_.groups); !ok) {
      refused[i] = ok.error().message;
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
    auto cross = cross_fit(p.treated.x, y_, fold_, folds_, std::max(1, std::min(wanted, inside)));
    if (!cross) {
      refused[i] = cross.error().message;
      return;
    }
    p.cross = std::move(*cross);
    p.components = options_.components > 0 ? static_cast<int>(p.cross.predicted.cols())
                                           : components_by_one_standard_error(p.cross.predicted, y_, groups_);
    p.rmsecv = root_mean_square(p.cross.predicted.col(p.components - 1) - y_);
    found[i] = std::move(p);
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

// The few treatments that PLS does best on.
std::vector<std::size_t> RegressorSearch::best_treatments() const {
  std::vector<std::size_t> order(prepared_.size());
  std::iota(order.begin(), order.end(), 0);
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

Result<Regressor> Regressor::fit(TrainingSet set, const RegressorOptions& options, FitStory* story) {
  return RegressorSearch(std::move(set), options).run(story);
}

}  // namespace beltwarden::spectra
