#include "science/spectra/identity.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "science/spectra/regression.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kKind = "IDEN";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kMaxClasses = 256;
constexpr Eigen::Index kFewRows = 400;              // cross-validation of fewer is repeated: a row counts for much
constexpr Eigen::Index kMostRowsForKernels = 4000;  // kernels of more rows take minutes and gigabytes

struct Discriminants {
  Eigen::MatrixXd centres, whitening;
};

// Class means and pooled covariance of scores; `label` in 0 ... classes-1.
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
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  d.whitening = llt.matrixL().solve(Eigen::MatrixXd::Identity(a, a));
  return d;
}

Eigen::MatrixXd memberships(const std::vector<int>& label, int classes) {
  Eigen::MatrixXd y = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(label.size()), classes);
  for (std::size_t i = 0; i < label.size(); ++i) y(static_cast<Eigen::Index>(i), label[i]) = 1;
  return y;
}

template <class T>
std::vector<T> pick(const std::vector<T>& from, const std::vector<int>& rows) {
  std::vector<T> out;
  for (int r : rows) out.push_back(from[static_cast<std::size_t>(r)]);
  return out;
}

struct Labelled {
  Eigen::MatrixXd x;
  std::vector<int> label;
  std::vector<std::uint32_t> groups;
};

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

std::pair<std::vector<int>, std::vector<int>> split(const std::vector<int>& fold, int f) {
  std::pair<std::vector<int>, std::vector<int>> out;   // inside, outside
  for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? out.second : out.first).push_back(static_cast<int>(i));
  return out;
}

struct PlsTrial {
  int components = 0;
  double wrong = 0;                          ///< rows, mean over the repeats
  std::vector<double> distances, rests;      ///< of rows held out, with that many components
};

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

struct DeciderTrial {
  DeciderOptions options;
  double wrong = 0;                          ///< rows, mean over the repeats
  std::vector<Eigen::VectorXd> values;       ///< of rows held out
  std::vector<int> label;
};

std::vector<DeciderOptions> deciders(Eigen::Index rows) {
  std::vector<DeciderOptions> out;
  for (double shrinkage : {0.003, 0.01, 0.03, 0.1, 0.3}) out.push_back({.method = DeciderOptions::Method::kDiscriminant, .shrinkage = shrinkage, .svm = {}});
  if (rows > kMostRowsForKernels) return out;
  for (double c : {10.0, 100.0, 1000.0}) {
    for (double gamma : {0.1, 0.3, 1.0}) out.push_back({.method = DeciderOptions::Method::kSupportVectors, .shrinkage = 0, .svm = {c, gamma}});
  }
  return out;
}

// Standardised by all rows, which knows nothing of their classes; fitted without those held out.
std::vector<DeciderTrial> try_deciders(const Labelled& rows, int classes, const IdentityOptions& options, int repeats) {
  const auto standard = StandardScores::fit(rows.x);
  const Eigen::MatrixXd scores = standard.apply(rows.x);
  std::vector<DeciderTrial> out;
  for (const auto& o : deciders(rows.x.rows())) {
    DeciderTrial trial{o, 0, {}, {}};
    bool ok = true;
    for (int repeat = 0; repeat < repeats && ok; ++repeat) {
      const auto fold = deal_folds(rows.groups, options.folds, options.seed + static_cast<std::uint64_t>(repeat));
      for (int f = 0; f < options.folds && ok; ++f) {
        const auto [inside, outside] = split(fold, f);
        if (outside.empty()) continue;
        const auto decider = Decider::fit(scores(inside, Eigen::all), standard.columns, pick(rows.label, inside), classes, o);
        ok = decider.ok();
        if (!ok) break;
        for (int k : outside) {
          Eigen::VectorXd values;
          decider->values(scores.row(k).transpose(), values);
          Eigen::Index best = 0;
          values.maxCoeff(&best);
          const int label = rows.label[static_cast<std::size_t>(k)];
          trial.wrong += best != label;
          trial.values.push_back(std::move(values));
          trial.label.push_back(label);
        }
      }
    }
    trial.wrong /= repeats;
    if (ok) out.push_back(std::move(trial));
  }
  return out;
}

std::string describe(const DeciderOptions& o) {
  char text[80];
  if (o.method == DeciderOptions::Method::kDiscriminant) std::snprintf(text, sizeof text, "regularised discriminants, shrinkage %g", o.shrinkage);
  else std::snprintf(text, sizeof text, "support vectors, C %g, gamma %g", o.svm.c, o.svm.gamma);
  return text;
}

}  // namespace

Result<Identity> Identity::fit(TrainingSet set, const IdentityOptions& options) {
  if (auto ok = complete(set); !ok) return ok.error();
  Identity model;
  model.classes_ = classes_of(set);
  const int classes = static_cast<int>(model.classes_.size());
  if (classes < 2 || model.classes_.size() > kMaxClasses || options.folds < 2) {
    return invalid_input("identity: expected 2 to 256 classes and at least 2 folds, found " + std::to_string(classes) + " classes");
  }
  const auto used = options.used.empty() ? points_present(set.spectra) : options.used;
  if (options.fill_gaps) {
    model.filler_ = GapFiller::fit(set.spectra, used);
    if (model.filler_.active()) {
      Eigen::VectorXd row;
      for (Eigen::Index i = 0; i < set.rows(); ++i) {
        row = set.spectra.row(i).transpose();
        if (model.filler_.fill(row)) set.spectra.row(i) = row.transpose();
      }
    }
  }
  const bool search = !options.treatments.empty();
  const auto candidates = search ? options.treatments : std::vector<std::vector<Step>>{options.steps};
  std::optional<Error> refused;
  std::optional<Treatment> best_treatment;
  std::optional<PlsTrial> best_pls;
  std::optional<DeciderTrial> best_decider;
  double best_wrong = 1e300;
  double tried = 0;
  std::optional<Error> too_few;
  for (const auto& steps : candidates) {
    if (options.progress) options.progress(tried++ / static_cast<double>(candidates.size()));
    auto treatment = Treatment::make(set.axis_nm, steps, used);
    if (!treatment) {
      refused = treatment.error();
      continue;
    }
    if (auto learnt = treatment->fit(set.spectra, set.groups); !learnt) {
      refused = learnt.error();
      continue;
    }
    const auto rows = labelled(*treatment, set, model.classes_);
    if (rows.x.rows() < 4 * options.folds) {
      too_few = invalid_input("identity: expected at least " + std::to_string(4 * options.folds) + " usable spectra, found " +
                              std::to_string(rows.x.rows()));
      continue;
    }
    const int repeats = search && rows.x.rows() < kFewRows ? 3 : 1;
    auto pls = try_pls(rows, classes, options, repeats);
    if (!pls) return pls.error().within("identity");
    const double n = static_cast<double>(rows.x.rows());
    model.trials_.push_back({to_string(steps), "PLS discriminants, " + std::to_string(pls->components) + " components", pls->wrong / n});
    std::optional<DeciderTrial> decider;
    if (search) {
      for (auto& trial : try_deciders(rows, classes, options, repeats)) {
        model.trials_.push_back({to_string(steps), describe(trial.options), trial.wrong / n});
        if (!decider || trial.wrong < decider->wrong) decider = std::move(trial);
      }
    }
    const double wrong = decider ? std::min(decider->wrong, pls->wrong) : pls->wrong;
    if (wrong < best_wrong) {
      best_wrong = wrong;
      best_treatment = std::move(*treatment);
      best_decider.reset();
      if (decider && decider->wrong < pls->wrong) best_decider = std::move(decider);
      best_pls = std::move(*pls);
    }
  }
  if (!best_treatment) return too_few ? *too_few : refused ? *refused : invalid_input("identity: no treatment to try");
  std::ranges::stable_sort(model.trials_, {}, &IdentityTrial::wrong);
  model.treatment_ = std::move(*best_treatment);
  const auto rows = labelled(model.treatment_, set, model.classes_);
  auto pls = fit_pls(rows.x, memberships(rows.label, classes), best_pls->components);
  if (!pls) return pls.error().within("identity");
  model.pls_ = std::move(*pls);
  const auto d = discriminate((rows.x.rowwise() - model.pls_.mean_x) * model.pls_.rotations, rows.label, classes);
  model.centres_ = d.centres;
  model.whitening_ = d.whitening;
  auto& distance = best_pls->distances;
  auto& rest = best_pls->rests;
  model.q_limit_ = q_limit_box(1 - options.rejection, rest);
  model.distance_limit_ = q_limit_box(1 - options.rejection, distance);   // a scaled chi-squared fits both
  std::ranges::sort(distance);
  std::ranges::sort(rest);
  model.distance_limit_ = std::max(model.distance_limit_, sorted_quantile(distance, 1 - options.rejection));
  model.q_limit_ = std::max(model.q_limit_, sorted_quantile(rest, 1 - options.rejection));
  if (best_decider) {
    model.standard_ = StandardScores::fit(rows.x);
    auto decider = Decider::fit(model.standard_.apply(rows.x), model.standard_.columns, rows.label, classes, best_decider->options);
    if (!decider) return decider.error().within("identity");
    model.decider_ = std::move(*decider);
    model.sharpness_ = calibrate_sharpness(best_decider->values, best_decider->label);
  }
  return model;
}

std::string Identity::method() const {
  if (decider_) return describe(decider_->options());
  return "PLS discriminants, " + std::to_string(pls_.components()) + " components";
}

Identity::Judgement Identity::judge(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s, std::vector<double>* confidences) const {
  s.treated.resize(treatment_.outputs());
  if (filler_.active()) {
    s.filled = spectrum;
    if (!filler_.fill(s.filled) || !treatment_.apply(s.filled, s.treatment, s.treated)) return {};
  } else if (!treatment_.apply(spectrum, s.treatment, s.treated)) {
    return {};
  }
  return judge_treated(s.treated, s, confidences);
}

Identity::Judgement Identity::judge_treated(const Eigen::VectorXd& treated, Scratch& s, std::vector<double>* confidences) const {
  Judgement j;
  j.q = pls_.distance(treated, s.scores, s.rest).q;
  j.q_limit = q_limit_;
  j.valid = true;
  const auto classes = centres_.rows();
  s.distances.resize(classes);
  s.off.resize(s.scores.size());
  for (Eigen::Index c = 0; c < classes; ++c) {
    s.rest.head(s.scores.size()) = s.scores - centres_.row(c).transpose();
    s.off.noalias() = whitening_ * s.rest.head(s.scores.size());
    s.distances[c] = s.off.squaredNorm();
  }
  Eigen::Index nearest = 0;
  j.distance = s.distances.minCoeff(&nearest);
  j.distance_limit = distance_limit_;
  double sharpness = 0.5;
  s.values = -s.distances;
  if (decider_) {
    decider_->values(standard_.apply(treated.transpose()).transpose(), s.values);
    s.values.maxCoeff(&nearest);
    sharpness = sharpness_;
  }
  j.class_index = static_cast<int>(nearest);
  // Posteriors of equal priors, in place.
  const double most = s.values[nearest];
  s.values = (sharpness * (s.values.array() - most)).exp();
  s.values /= s.values.sum();
  j.confidence = s.values[nearest];
  if (confidences != nullptr) confidences->assign(s.values.begin(), s.values.end());
  j.known = j.distance <= distance_limit_ && j.q <= q_limit_;
  return j;
}

int Identity::index_of(std::string_view name) const {
  const auto it = std::ranges::find(classes_, name);
  return it == classes_.end() ? -1 : static_cast<int>(it - classes_.begin());
}

std::string Identity::to_bytes() const {
  ModelWriter to;
  treatment_.write(to);
  to.u32(static_cast<std::uint32_t>(classes_.size()));
  for (const auto& c : classes_) to.text(c);
  pls_.write(to);
  to.matrix(centres_);
  to.matrix(whitening_);
  to.f64(distance_limit_);
  to.f64(q_limit_);
  filler_.write(to);
  to.u32(decider_ ? 1 : 0);
  if (decider_) {
    standard_.write(to);
    decider_->write(to);
    to.f64(sharpness_);
  }
  return to.finish(kKind, kVersion);
}

Result<Identity> Identity::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kKind, kVersion);
  if (!from) return from.error();
  Identity m;
  m.treatment_ = Treatment::read(*from);
  m.classes_.resize(from->u32(kMaxClasses));
  for (auto& c : m.classes_) c = from->text();
  m.pls_ = Pls::read(*from);
  m.centres_ = from->matrix();
  m.whitening_ = from->matrix();
  m.distance_limit_ = from->f64();
  m.q_limit_ = from->f64();
  if (from->version() >= 2) {
    m.filler_ = GapFiller::read(*from);
    if (from->u32(1) == 1) {
      m.standard_ = StandardScores::read(*from);
      m.decider_ = Decider::read(*from);
      m.sharpness_ = from->f64();
      if (from->ok() && !m.decider_->fits(m.standard_.rotation.cols(), static_cast<Eigen::Index>(m.classes_.size()))) from->fail("the method does not fit the classes");
      if (from->ok() && m.standard_.mean.size() != m.treatment_.outputs()) from->fail("standardised scores do not fit the treatment");
    }
  }
  const auto a = m.pls_.rotations.cols();
  if (m.pls_.mean_x.size() != m.treatment_.outputs() || m.centres_.cols() != a || m.whitening_.rows() != a ||
      m.whitening_.cols() != a || m.centres_.rows() != static_cast<Eigen::Index>(m.classes_.size()) || m.classes_.empty() ||
      m.pls_.mean_x.size() < a) {
    from->fail("identity parts do not fit each other");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  return m;
}

}  // namespace beltwarden::spectra
