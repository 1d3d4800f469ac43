#include "science/spectra/identity_search.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra::identity_search {
namespace {

constexpr Eigen::Index kFewRows = 400;              // cross-validation of fewer is repeated: a row counts for much
constexpr Eigen::Index kMostRowsForKernels = 4000;  // kernels of more rows take minutes and gigabytes
constexpr Eigen::Index kRowsForEveryKernel = 1000;  // beyond, support vectors are tried on the most promising treatments only
constexpr std::size_t kTreatmentsForKernels = 2;
constexpr double kShrinkages[] = {0.003, 0.01, 0.03, 0.1, 0.3};
constexpr double kGammas[] = {0.1, 0.3, 1.0};
constexpr double kCosts[] = {10.0, 100.0, 1000.0};

template <class T>
std::vector<T> pick(const std::vector<T>& from, const std::vector<int>& rows) {
  std::vector<T> out;
  for (int r : rows) out.push_back(from[static_cast<std::size_t>(r)]);
  return out;
}

std::pair<std::vector<int>, std::vector<int>> split(const std::vector<int>& fold, int f) {
  std::pair<std::vector<int>, std::vector<int>> out;   // inside, outside
  for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? out.second : out.first).push_back(static_cast<int>(i));
  return out;
}

}  // namespace

Discriminants discriminate(const Eigen::MatrixXd& scores, const std::vector<int>& label, int classes) {
  const auto a = scores.cols();
  Discriminants d{Eigen::MatrixXd::Zero(classes, a), {}};
  Eigen::VectorXd count = Eigen::VectorXd::Zero(classes);
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    d.centres.row(label[static_cast<std::size_t>(i)]) += scores.row(i);
    count[label[static_cast<std::size_t>(i)]] += 1;
  }
  for (int c = 0; c < classes; ++c) d.centres.row(c) /= std::max(count[c], 1.0);
  Eigen::MatrixXd off = scores;
  for (Eigen::Index i = 0; i < scores.rows(); ++i) off.row(i) -= d.centres.row(label[static_cast<std::size_t>(i)]);
  Eigen::MatrixXd covariance =
      off.transpose() * off / std::max<double>(1, static_cast<double>(scores.rows() - classes));
  // A ridge far below the noise keeps nearly dependent scores from blowing up.
  covariance.diagonal().array() += 1e-9 * covariance.diagonal().maxCoeff() + 1e-300;
  d.whitening = Cholesky(covariance).whitening();
  return d;
}

Eigen::MatrixXd memberships(const std::vector<int>& label, int classes) {
  Eigen::MatrixXd y = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(label.size()), classes);
  for (std::size_t i = 0; i < label.size(); ++i) y(static_cast<Eigen::Index>(i), label[i]) = 1;
  return y;
}

Labelled labelled(const Treatment& treatment, const TrainingSet& set, const std::vector<std::string>& classes) {
  auto treated = treat(treatment, set);
  Labelled out{std::move(treated.x), {}, {}};
  for (auto r : treated.row) {
    const auto i = static_cast<std::size_t>(r);
    out.groups.push_back(set.groups[i]);
    out.label.push_back(static_cast<int>(std::ranges::find(classes, set.classes[i]) - classes.begin()));
  }
  return out;
}

namespace {

// Held-out errors and distances for each number of components at once.
Result<PlsTrial> try_pls(const Labelled& rows, int classes, const IdentityOptions& options, int repeats) {
  const int most = options.components > 0 ? options.components : options.most_components;
  std::vector<double> wrong(static_cast<std::size_t>(most), 0);
  std::vector<std::vector<double>> distances(static_cast<std::size_t>(most)), rests(static_cast<std::size_t>(most));
  int reached = most;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto fold = deal_folds(rows.groups, options.folds, options.seed + static_cast<std::uint64_t>(repeat));
    for (int f = 0; f < options.folds; ++f) {
      const auto [inside, outside] = split(fold, f);
      if (outside.empty()) continue;
      const auto inside_label = pick(rows.label, inside);
      const auto pls = fit_pls(rows.x(inside, Eigen::all), memberships(inside_label, classes), most);
      if (!pls) return pls.error();
      reached = std::min(reached, pls->components());
      const Eigen::MatrixXd in_scores = (rows.x(inside, Eigen::all).rowwise() - pls->mean_x) * pls->rotations;
      const Eigen::MatrixXd off = rows.x(outside, Eigen::all).rowwise() - pls->mean_x;
      const Eigen::MatrixXd out_scores = off * pls->rotations;
      Eigen::MatrixXd rest = off;
      for (int a = 1; a <= reached; ++a) {
        rest -= out_scores.col(a - 1) * pls->loadings.col(a - 1).transpose();
        const auto d = discriminate(in_scores.leftCols(a), inside_label, classes);
        const Eigen::MatrixXd centres = d.centres * d.whitening.transpose();
        const Eigen::MatrixXd scores = out_scores.leftCols(a) * d.whitening.transpose();
        for (std::size_t k = 0; k < outside.size(); ++k) {
          const auto row = static_cast<Eigen::Index>(k);
          Eigen::Index nearest = 0;
          const double distance = (centres.rowwise() - scores.row(row)).rowwise().squaredNorm().minCoeff(&nearest);
          wrong[static_cast<std::size_t>(a - 1)] += nearest != rows.label[static_cast<std::size_t>(outside[k])];
          distances[static_cast<std::size_t>(a - 1)].push_back(distance);
          rests[static_cast<std::size_t>(a - 1)].push_back(rest.row(row).squaredNorm());
        }
      }
    }
  }
  PlsTrial trial;
  trial.components = reached;
  if (options.components == 0) {
    const double best = *std::min_element(wrong.begin(), wrong.begin() + reached);
    // One row more or less is no difference: the fewest components that come that near.
    for (int a = reached; a >= 1; --a) {
      if (wrong[static_cast<std::size_t>(a - 1)] <= best + repeats) trial.components = a;
    }
  }
  const auto at = static_cast<std::size_t>(trial.components - 1);
  trial.wrong = wrong[at] / repeats;
  trial.distances = std::move(distances[at]);
  trial.rests = std::move(rests[at]);
  return trial;
}

std::vector<int> folds_of(const Labelled& rows, const IdentityOptions& options, int repeat) {
  return deal_folds(rows.groups, options.folds, options.seed + static_cast<std::uint64_t>(repeat));
}

void count(DeciderTrial& trial, Eigen::VectorXd values, int label) {
  Eigen::Index best = 0;
  values.maxCoeff(&best);
  trial.wrong += best != label;
  trial.values.push_back(std::move(values));
  trial.label.push_back(label);
}

// Standardised by all rows, which knows nothing of their classes; fitted without those held out.
std::vector<DeciderTrial> try_discriminants(const Labelled& rows, int classes, const IdentityOptions& options, int repeats) {
  const auto standard = StandardScores::fit(rows.x);
  const Eigen::MatrixXd scores = standard.apply(rows.x);
  std::vector<DeciderTrial> out;
  for (double shrinkage : kShrinkages) out.push_back({{DeciderOptions::Method::kDiscriminant, shrinkage, {}}, 0, {}, {}});
  Eigen::VectorXd values, work;
  for (auto& trial : out) {
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const auto fold = folds_of(rows, options, repeat);
      for (int f = 0; f < options.folds; ++f) {
        const auto [inside, outside] = split(fold, f);
        if (outside.empty()) continue;
        const auto decider = Decider::fit(scores(inside, Eigen::all), standard.columns, pick(rows.label, inside), classes, trial.options);
        if (!decider.ok()) continue;
        for (int k : outside) {
          decider->values(scores.row(k).transpose(), work, values);
          count(trial, values, rows.label[static_cast<std::size_t>(k)]);
        }
      }
    }
    trial.wrong /= repeats;
  }
  return out;
}

std::vector<DeciderTrial> try_support_vectors(const Labelled& rows, int classes, const IdentityOptions& options, int repeats, double gamma) {
  const auto standard = StandardScores::fit(rows.x);
  const Eigen::MatrixXd scores = standard.apply(rows.x);
  // Gamma is a share of 1 / columns, whatever number of scores the columns came down to.
  const Eigen::MatrixXd kernel = gaussian_kernel(scores, scores, gamma * static_cast<double>(scores.cols()) / standard.columns);
  std::vector<DeciderTrial> out;
  for (double c : kCosts) {
    DeciderTrial trial{{DeciderOptions::Method::kSupportVectors, 0, {c, gamma}}, 0, {}, {}};
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const Eigen::MatrixXd values = cross_svm(kernel, rows.label, classes, folds_of(rows, options, repeat), options.folds, c);
      for (Eigen::Index i = 0; i < values.rows(); ++i) count(trial, values.row(i).transpose(), rows.label[static_cast<std::size_t>(i)]);
    }
    trial.wrong /= repeats;
    out.push_back(std::move(trial));
  }
  return out;
}

// What one treatment came to.
struct Tried {
  std::optional<Treatment> treatment;
  std::optional<Error> refused;
  bool too_few = false;
  std::string name;
  Eigen::Index rows = 0;
  PlsTrial pls;
  std::vector<DeciderTrial> deciders;
  double least() const {
    double out = pls.wrong;
    for (const auto& d : deciders) out = std::min(out, d.wrong);
    return out;
  }
};

Tried try_treatment(const TrainingSet& set, const std::vector<std::string>& classes, const std::vector<bool>& used, const std::vector<Step>& steps,
                    const IdentityOptions& options, bool searching) {
  Tried out;
  out.name = to_string(steps);
  auto treatment = Treatment::make(set.axis_nm, steps, used);
  if (!treatment) {
    out.refused = treatment.error();
    return out;
  }
  if (auto learnt = treatment->fit(set.spectra, set.groups); !learnt) {
    out.refused = learnt.error();
    return out;
  }
  const auto rows = labelled(*treatment, set, classes);
  out.rows = rows.x.rows();
  if (out.rows < 4 * options.folds) {
    out.too_few = true;
    out.refused = invalid_input("identity: expected at least " + std::to_string(4 * options.folds) + " usable spectra, found " + std::to_string(out.rows));
    return out;
  }
  const int repeats = searching && out.rows < kFewRows ? 3 : 1;
  auto pls = try_pls(rows, static_cast<int>(classes.size()), options, repeats);
  if (!pls) {
    out.refused = pls.error().within("identity");
    return out;
  }
  out.pls = std::move(*pls);
  if (searching) out.deciders = try_discriminants(rows, static_cast<int>(classes.size()), options, repeats);
  out.treatment = std::move(*treatment);
  return out;
}

}  // namespace

Result<Found> search(const TrainingSet& set, const std::vector<std::string>& classes, const std::vector<bool>& used, const IdentityOptions& options) {
  const bool searching = (!options.treatments.empty() && !options.discriminants_only) || options.only;
  const auto candidates = !options.treatments.empty() ? options.treatments : std::vector<std::vector<Step>>{options.steps};
  const auto progress = [&](double share) {
    if (options.progress) options.progress(share);
  };
  progress(0);
  std::vector<Tried> tried(candidates.size());
  options.executor(candidates.size(), [&](std::size_t i) { tried[i] = try_treatment(set, classes, used, candidates[i], options, searching); });
  progress(0.3);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    if (tried[i].treatment) order.push_back(i);
  }
  if (order.empty()) {
    for (const auto& t : tried) {
      if (t.too_few) return *t.refused;
    }
    return tried.empty() ? invalid_input("identity: no treatment to try") : *tried.back().refused;
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return tried[i].least() / static_cast<double>(tried[i].rows); });
  const auto rows = tried[order.front()].rows;
  if (rows > kRowsForEveryKernel) order.resize(std::min(order.size(), kTreatmentsForKernels));
  if (searching && rows <= kMostRowsForKernels) {
    const std::size_t gammas = std::size(kGammas);
    std::vector<std::vector<DeciderTrial>> found(order.size() * gammas);
    options.executor(found.size(), [&](std::size_t at) {
      const auto& t = tried[order[at / gammas]];
      const int repeats = t.rows < kFewRows ? 3 : 1;
      found[at] = try_support_vectors(labelled(*t.treatment, set, classes), static_cast<int>(classes.size()), options, repeats, kGammas[at % gammas]);
    });
    for (std::size_t at = 0; at < found.size(); ++at) std::ranges::move(found[at], std::back_inserter(tried[order[at / gammas]].deciders));
  }
  progress(0.9);
  Found out;
  double best_wrong = 1e300;
  Tried* best = nullptr;
  for (auto& t : tried) {
    if (!t.treatment) continue;
    const double n = static_cast<double>(t.rows);
    out.trials.push_back({t.name, "PLS discriminants, " + std::to_string(t.pls.components) + " components", t.pls.wrong / n});
    for (const auto& d : t.deciders) out.trials.push_back({t.name, describe(d.options), d.wrong / n});
    if (t.least() < best_wrong) best_wrong = t.least(), best = &t;
  }
  std::ranges::stable_sort(out.trials, {}, &IdentityTrial::wrong);
  for (auto& d : best->deciders) {
    if (options.only && d.options.method != *options.only) continue;
    if ((options.only || d.wrong < best->pls.wrong) && (!out.decider || d.wrong < out.decider->wrong)) out.decider = std::move(d);
  }
  out.treatment = std::move(*best->treatment);
  out.pls = std::move(best->pls);
  return out;
}

std::string describe(const DeciderOptions& o) {
  char text[80];
  if (o.method == DeciderOptions::Method::kDiscriminant) std::snprintf(text, sizeof text, "regularised discriminants, shrinkage %g", o.shrinkage);
  else std::snprintf(text, sizeof text, "support vectors, C %g, gamma %g", o.svm.c, o.svm.gamma);
  return text;
}

}  // namespace beltwarden::spectra::identity_search
