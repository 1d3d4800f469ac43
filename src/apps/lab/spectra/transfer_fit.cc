#include "apps/lab/spectra/transfer_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "apps/lab/spectra/transfer_standards.h"
#include "base/workers.h"
#include "science/spectra/training_bytes.h"

namespace beltwarden::lab {
namespace {

using spectra::Regressor;
using spectra::SpectralMap;
using spectra::Spectra;

constexpr int kFolds = 10;
constexpr std::uint64_t kSeed = 1;
constexpr int kMostTransferComponents = 20;
constexpr Eigen::Index kFewestToRefit = 8;

std::string shown(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

// Values of one response; NaN where a spectrum is invalid.
Eigen::VectorXd values_of(const RegressionModels& models, std::size_t k, const Spectra& x, const std::vector<std::string>& classes) {
  Eigen::VectorXd out(x.rows());
  Regressor::Scratch scratch;
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const auto p = model_for(models, k, classes[static_cast<std::size_t>(i)]).predict(x.row(i).transpose(), scratch);
    out[i] = p.verdict == spectra::FitVerdict::kInvalid ? std::nan("") : p.value;
  }
  return out;
}

// A way to make spectra of B look like those of A.
struct MapRecipe {
  std::string name;
  std::function<Result<SpectralMap>(const Spectra& from, const Spectra& to)> make;
};

std::vector<MapRecipe> map_recipes() {
  std::vector<MapRecipe> out;
  out.push_back({"spectra as they are", [](const Spectra&, const Spectra&) -> Result<SpectralMap> { return SpectralMap(); }});
  out.push_back({"mean and spread of each point (no pairing needed)",
                 [](const Spectra& f, const Spectra& t) { return SpectralMap::of_moments(f, t, 5); }});
  for (const auto& [half, components] : {std::pair{0, 1}, {2, 1}, {2, 2}, {4, 2}, {4, 3}, {8, 3}}) {
    out.push_back({"PDS, " + std::to_string(half) + " neighbours each side, " + std::to_string(components) + " components",
                   [half, components](const Spectra& f, const Spectra& t) { return SpectralMap::piecewise(f, t, half, components); }});
  }
  for (int components : {4, 8, 14}) {
    out.push_back({"DS, " + std::to_string(components) + " components",
                   [components](const Spectra& f, const Spectra& t) { return SpectralMap::direct(f, t, components); }});
  }
  return out;
}

struct Trial {
  std::string name;
  Eigen::VectorXd predicted;                     // of each standard's B spectrum, by what was made without it
  double rmse = 1e300;
  // How to make it from all standards: a map with slope and bias, or a new fit.
  std::size_t map = 0;
  int post = 0;                                  // 0 nothing, 1 bias, 2 slope and bias
  bool refit = false;
  std::vector<spectra::Step> steps;
  int components = 0;
  int augment = 0;
};

double rmse(const Eigen::VectorXd& a, const Eigen::VectorXd& b) { return std::sqrt((a - b).squaredNorm() / static_cast<double>(a.size())); }

Spectra rows_of(const Spectra& x, const std::vector<Eigen::Index>& rows) { return Spectra(x(rows, Eigen::all)); }

struct Split {
  std::vector<Eigen::Index> in, out;
};

std::vector<Split> splits_of(Eigen::Index n) {
  std::vector<std::uint32_t> each(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < each.size(); ++i) each[i] = static_cast<std::uint32_t>(i);
  const int folds = static_cast<int>(std::min<Eigen::Index>(kFolds, n));
  const auto fold = spectra::deal_folds(each, folds, kSeed);
  std::vector<Split> out(static_cast<std::size_t>(folds));
  for (std::size_t i = 0; i < fold.size(); ++i) {
    for (int f = 0; f < folds; ++f) (fold[i] == f ? out[static_cast<std::size_t>(f)].out : out[static_cast<std::size_t>(f)].in).push_back(static_cast<Eigen::Index>(i));
  }
  return out;
}

// Maps in front of the model as it is, with and without slope and bias behind it.
void try_maps(const RegressionModels& models, std::size_t k, const Standards& s, const Eigen::VectorXd& reference,
              const std::vector<Split>& splits, std::vector<Trial>& trials) {
  const auto recipes = map_recipes();
  std::vector<std::vector<Trial>> found(recipes.size());
  workers()(recipes.size(), [&](std::size_t r) {
    std::vector<Trial> three(3);
    for (int post = 0; post < 3; ++post) {
      auto& t = three[static_cast<std::size_t>(post)];
      t.name = recipes[r].name + (post == 0 ? "" : post == 1 ? ", bias" : ", slope and bias");
      t.map = r, t.post = post;
      t.predicted = Eigen::VectorXd::Constant(reference.size(), std::nan(""));
    }
    for (const auto& split : splits) {
      auto map = recipes[r].make(rows_of(s.b, split.in), rows_of(s.a, split.in));
      if (!map) return;
      const auto values = values_of(models, k, map->applied(s.b), s.classes);
      for (int post = 0; post < 3; ++post) {
        const auto fix = post == 0 ? spectra::SlopeBias{} : spectra::slope_bias(values(split.in), reference(split.in), post == 2);
        for (auto i : split.out) three[static_cast<std::size_t>(post)].predicted[i] = fix.slope * values[i] + fix.bias;
      }
    }
    for (auto& t : three) {
      t.rmse = rmse(t.predicted, reference);
      if (std::isfinite(t.rmse)) found[r].push_back(std::move(t));
    }
  });
  for (auto& f : found) std::ranges::move(f, std::back_inserter(trials));
}

// The calibration rows as instrument B would have seen them, and the standards as it did see them.
struct Augmented {
  spectra::TrainingSet set;
};

constexpr const char* kAugment[] = {"calibration moved by PDS and the standards", "calibration moved by mean spectrum and the standards",
                                    "calibration moved by DS and the standards", "the standards alone"};

Result<Spectra> moved_calibration(const Spectra& calibration, const Spectra& a, const Spectra& b, int how) {
  if (how == 3) return Spectra(0, calibration.cols());
  auto map = how == 0 ? SpectralMap::piecewise(a, b, 4, 2) : how == 1 ? SpectralMap::of_moments(a, b, 10000) : SpectralMap::direct(a, b, 8);
  if (!map) return map.error();
  return map->applied(calibration);
}

// A new fit for B. Rows of one sample (a standard and its row of the calibration) share a group.
class Refit {
 public:
  Refit(spectra::TrainingSet calibration, const Standards& s, Eigen::VectorXd reference)
      : calibration_(std::move(calibration)), standards_(s), reference_(std::move(reference)) {
    const double tolerance = 1e-5 * std::max(calibration_.spectra.cwiseAbs().maxCoeff(), 1e-12);
    for (Eigen::Index i = 0; i < s.a.rows(); ++i) {
      int twin = -1;
      for (Eigen::Index c = 0; c < calibration_.rows() && twin < 0; ++c) {
        if ((calibration_.spectra.row(c) - s.a.row(i)).cwiseAbs().maxCoeff() < tolerance) twin = static_cast<int>(c);
      }
      twin_.push_back(twin);
    }
  }

  Result<spectra::TrainingSet> rows(const std::vector<Eigen::Index>& standards, const std::vector<Eigen::Index>& left_out, int how) const {
    auto moved = moved_calibration(calibration_.spectra, rows_of(standards_.a, standards), rows_of(standards_.b, standards), how);
    if (!moved) return moved.error();
    std::vector<bool> drop(static_cast<std::size_t>(calibration_.rows()), how == 3);
    for (auto i : left_out) {
      if (twin_[static_cast<std::size_t>(i)] >= 0) drop[static_cast<std::size_t>(twin_[static_cast<std::size_t>(i)])] = true;
    }
    std::vector<Eigen::Index> kept;
    for (Eigen::Index c = 0; c < calibration_.rows(); ++c) {
      if (!drop[static_cast<std::size_t>(c)] && std::isfinite(calibration_.values(c, 0))) kept.push_back(c);
    }
    spectra::TrainingSet out;
    out.axis_nm = calibration_.axis_nm;
    out.responses = calibration_.responses;
    const auto n = static_cast<Eigen::Index>(kept.size()), m = static_cast<Eigen::Index>(standards.size());
    out.spectra.resize(n + m, calibration_.spectra.cols());
    out.values.resize(n + m, 1);
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto c = kept[static_cast<std::size_t>(i)];
      out.spectra.row(i) = moved->row(c);
      out.values(i, 0) = calibration_.values(c, 0);
      out.groups.push_back(static_cast<std::uint32_t>(c));
    }
    for (Eigen::Index i = 0; i < m; ++i) {
      const auto from = standards[static_cast<std::size_t>(i)];
      const int twin = twin_[static_cast<std::size_t>(from)];
      out.spectra.row(n + i) = standards_.b.row(from);
      out.values(n + i, 0) = reference_[from];
      out.groups.push_back(twin >= 0 ? static_cast<std::uint32_t>(twin) : static_cast<std::uint32_t>(calibration_.rows() + from));
    }
    return out;
  }

  void try_all(const std::vector<Split>& splits, std::vector<Trial>& trials) const {
    auto treatments = spectra::auto_treatments(calibration_);
    std::erase_if(treatments, [](const auto& t) { return !t.empty() && t.front().kind == spectra::Step::Kind::kAbsorbance; });
    const auto used = spectra::points_present(calibration_.spectra);
    const std::size_t ways = std::size(kAugment);
    std::vector<std::optional<Trial>> found(treatments.size() * ways);
    std::vector<std::vector<spectra::TrainingSet>> sets(ways);
    for (std::size_t how = 0; how < ways; ++how) {
      for (const auto& split : splits) {
        auto set = rows(split.in, split.out, static_cast<int>(how));
        if (!set || set->rows() < kFewestToRefit) break;
        sets[how].push_back(std::move(*set));
      }
    }
    workers()(found.size(), [&](std::size_t at) {
      const std::size_t how = at % ways;
      if (sets[how].size() != splits.size()) return;
      auto treatment = spectra::Treatment::make(calibration_.axis_nm, treatments[at / ways], used);
      if (!treatment || !treatment->fit(calibration_.spectra)) return;
      Eigen::MatrixXd predicted(reference_.size(), kMostTransferComponents);
      for (std::size_t f = 0; f < splits.size(); ++f) {
        const auto treated = spectra::treat(*treatment, sets[how][f]);
        const Eigen::VectorXd y = sets[how][f].values.col(0)(treated.row);
        const int most = std::min<int>(kMostTransferComponents, static_cast<int>(y.size()) - 2);
        auto pls = most > 0 ? spectra::fit_pls(treated.x, y, most) : Result<spectra::Pls>(invalid_input(""));
        if (!pls) return;
        spectra::TrainingSet held;
        held.axis_nm = calibration_.axis_nm;
        held.spectra = rows_of(standards_.b, splits[f].out);
        const auto x = spectra::treat(*treatment, held);
        if (x.invalid > 0) return;
        for (int a = 1; a <= kMostTransferComponents; ++a) {
          const Eigen::VectorXd values = ((x.x.rowwise() - pls->mean_x) * pls->coefficients(a)).col(0).array() + pls->mean_y[0];
          predicted.col(a - 1)(splits[f].out) = values;
        }
      }
      Trial t;
      t.refit = true;
      t.augment = static_cast<int>(how);
      t.steps = treatments[at / ways];
      // Few standards: their standard error is wide, and asks for too little.
      t.components = spectra::choose_components(predicted, reference_, 0.03);
      t.predicted = predicted.col(t.components - 1);
      t.rmse = rmse(t.predicted, reference_);
      t.name = "a new PLS " + std::to_string(t.components) + " on " + to_string(t.steps) + " of " + kAugment[how];
      if (std::isfinite(t.rmse)) found[at] = std::move(t);
    });
    for (auto& f : found) {
      if (f) trials.push_back(std::move(*f));
    }
  }

  Result<Regressor> make(const Trial& t) const {
    std::vector<Eigen::Index> all;
    for (Eigen::Index i = 0; i < reference_.size(); ++i) all.push_back(i);
    auto set = rows(all, {}, t.augment);
    if (!set) return set.error();
    spectra::RegressorOptions o;
    o.treatments = {t.steps};
    o.components = t.components;
    return Regressor::fit(std::move(*set), o);
  }

 private:
  spectra::TrainingSet calibration_;             // of one response
  const Standards& standards_;
  Eigen::VectorXd reference_;
  std::vector<int> twin_;                        // of a standard: its row of the calibration, or -1
};

std::optional<spectra::TrainingSet> calibration_of(const RegressionModels& models, std::size_t k) {
  if (models.calibration.empty() || !models.by.empty()) return {};
  auto set = spectra::training_from_bytes(models.calibration);
  if (!set || set->axis_nm != models.models[k].begin()->second.axis_nm()) return {};
  const auto at = std::ranges::find(set->responses, models.responses[k]);
  if (at == set->responses.end()) return {};
  set->values = Eigen::MatrixXd(set->values.col(at - set->responses.begin()));
  set->responses = {models.responses[k]};
  // Rows as the model itself would see them; what it cannot see teaches nothing.
  std::vector<Eigen::Index> kept;
  for (Eigen::Index i = 0; i < set->rows(); ++i) {
    Eigen::VectorXd row = set->spectra.row(i).transpose();
    if (!models.models[k].begin()->second.fill(row) || !row.allFinite()) continue;
    set->spectra.row(i) = row.transpose();
    kept.push_back(i);
  }
  spectra::TrainingSet out;
  out.axis_nm = set->axis_nm;
  out.responses = set->responses;
  out.spectra = Spectra(set->spectra(kept, Eigen::all));
  out.values = Eigen::MatrixXd(set->values(kept, Eigen::all));
  return out;
}

}  // namespace

Result<RegressionModels> transfer_models(const RegressionModels& models, const SpectralTable& a, const SpectralTable& b,
                                         const std::function<void(const std::string&)>& say, const std::function<void(double share)>& progress) {
  auto paired = pair_up(models, a, b, say);
  if (!paired) return paired.error();
  const auto splits = splits_of(paired->a.rows());
  say(std::to_string(paired->a.rows()) + " standards in both tables.");
  RegressionModels out = models;
  out.maps.assign(models.responses.size(), {});
  out.before_maps = paired->filler;
  for (std::size_t k = 0; k < models.responses.size(); ++k) {
    const auto& name = models.responses[k];
    Eigen::VectorXd reference = paired->values.col(static_cast<Eigen::Index>(k));
    const bool laboratory = reference.allFinite();
    const Eigen::VectorXd on_a = values_of(models, k, paired->a, paired->classes);
    for (Eigen::Index i = 0; i < reference.size(); ++i) {
      if (!std::isfinite(reference[i])) reference[i] = on_a[i];
    }
    if (!reference.allFinite()) return invalid_input(a.path + ": some standards have no valid spectrum and no laboratory value of '" + name + "'");
    const auto report = [&](double share) {
      if (progress) progress((static_cast<double>(k) + share) / static_cast<double>(models.responses.size()));
    };
    report(0.05);
    std::vector<Trial> trials;
    try_maps(models, k, *paired, reference, splits, trials);
    std::optional<Refit> refit;
    if (auto calibration = calibration_of(models, k)) {
      report(0.3);
      refit.emplace(std::move(*calibration), *paired, reference);
      refit->try_all(splits, trials);
    }
    if (trials.empty()) return invalid_input(b.path + ": no spectrum of the standards could be predicted");
    const double direct = trials.front().rmse;
    std::ranges::stable_sort(trials, {}, &Trial::rmse);
    const Trial& best = trials.front();
    say(name + ": standards left out in turn, compared with " + (laboratory ? "the laboratory" : "the model on the first instrument") +
        ": untreated " + shown(direct) + "; chosen: " + best.name + " " + shown(best.rmse) + ".");
    for (std::size_t i = 1; i < std::min<std::size_t>(trials.size(), 6); ++i) say("  next: " + trials[i].name + " " + shown(trials[i].rmse));
    if (best.refit) {
      auto model = refit->make(best);
      if (!model) return model.error().within(name);
      out.models[k].clear();
      out.models[k].emplace("", model->with_errors_at_least(best.rmse));
      continue;
    }
    auto map = map_recipes()[best.map].make(paired->b, paired->a);
    if (!map) return map.error();
    const auto values = values_of(models, k, map->applied(paired->b), paired->classes);
    const auto fix = best.post == 0 ? spectra::SlopeBias{} : spectra::slope_bias(values, reference, best.post == 2);
    out.maps[k] = std::move(*map);
    for (auto& [c, model] : out.models[k]) model = model.corrected(fix.slope, fix.bias).with_errors_at_least(best.rmse);
  }
  out.calibration.clear();         // it is of the first instrument
  out.ids.clear();
  out.dates.clear();
  return out;
}

}  // namespace beltwarden::lab
