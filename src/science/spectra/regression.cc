#include "science/spectra/regression.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kRegressionKind = "REGR";
constexpr std::uint32_t kRegressionVersion = 1;
constexpr std::uint32_t kMaxResponses = 64;
constexpr Eigen::Index kFewestToCalibrate = 8;
constexpr double kWorthChanging = 0.97;   // of the summed relative RMSECV

struct Rows {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
  std::vector<std::uint32_t> groups;
};

Rows known_rows(const TreatedSet& treated, const TrainingSet& set, Eigen::Index response) {
  std::vector<Eigen::Index> keep;
  Rows out;
  for (std::size_t k = 0; k < treated.row.size(); ++k) {
    if (!std::isfinite(set.values(treated.row[k], response))) continue;
    keep.push_back(static_cast<Eigen::Index>(k));
    out.groups.push_back(set.groups[static_cast<std::size_t>(treated.row[k])]);
  }
  out.x = treated.x(keep, Eigen::all);
  out.y.resize(static_cast<Eigen::Index>(keep.size()));
  for (std::size_t k = 0; k < keep.size(); ++k) {
    out.y[static_cast<Eigen::Index>(k)] = set.values(treated.row[static_cast<std::size_t>(keep[k])], response);
  }
  return out;
}

// Splits the variance of cross-validated errors into what scans of one slice share and what they do not
// (one-way analysis of variance).
void split_variance(const Eigen::VectorXd& error, const std::vector<std::uint32_t>& groups, RegressionModel::Response& r) {
  struct Sums {
    double n = 0, sum = 0, squares = 0;
  };
  std::map<std::uint32_t, Sums> of;
  for (Eigen::Index i = 0; i < error.size(); ++i) {
    auto& s = of[groups[static_cast<std::size_t>(i)]];
    s.n += 1, s.sum += error[i], s.squares += error[i] * error[i];
  }
  double within = 0, within_dof = 0;
  for (const auto& [group, s] : of) within += s.squares - s.sum * s.sum / s.n, within_dof += s.n - 1;
  const double total = error.squaredNorm() / static_cast<double>(error.size());
  r.rmsecv = std::sqrt(total);
  r.scan_variance = within_dof > 0 ? std::min(total, within / within_dof) : 0;
  // Never below a tenth of the whole: a model is not exact because many scans agree.
  r.slice_variance = std::max(total - r.scan_variance, 0.1 * total);
}

// A limit from held-out distances: of theory, or of what was seen where real spectra have longer tails.
double limit_of(std::vector<double>& seen, double confidence, double least) {
  if (seen.size() < 2) return least;
  std::ranges::sort(seen);
  return std::max({least, q_limit_box(confidence, seen), sorted_quantile(seen, confidence)});
}

// Distances of rows, and of the means of their groups, from models that have not seen them.
void hold_out_limits(const Rows& rows, const std::vector<int>& fold, const std::vector<Pls>& without, double confidence,
                     RegressionModel::Response& r) {
  std::vector<double> t2, q, mean_t2, mean_q, sizes;
  Eigen::VectorXd scores, rest;
  for (std::size_t f = 0; f < without.size(); ++f) {
    if (without[f].components() == 0) continue;
    const Pls pls = truncated(without[f], r.pls.components());
    std::map<std::uint32_t, std::pair<Eigen::VectorXd, double>> groups;
    for (std::size_t i = 0; i < fold.size(); ++i) {
      if (fold[i] != static_cast<int>(f)) continue;
      const Eigen::VectorXd x = rows.x.row(static_cast<Eigen::Index>(i)).transpose();
      const auto d = pls.distance(x, scores, rest);
      t2.push_back(d.t2);
      q.push_back(d.q);
      auto& [sum, n] = groups[rows.groups[i]];
      if (n++ == 0) sum = Eigen::VectorXd::Zero(x.size());
      sum += x;
    }
    for (const auto& [group, mean] : groups) {
      const auto d = pls.distance(mean.first / mean.second, scores, rest);
      mean_t2.push_back(d.t2);
      mean_q.push_back(d.q);
      sizes.push_back(mean.second);
    }
  }
  const double in_theory = t2_limit(confidence, r.pls.components(), r.pls.rows);
  r.t2_limit = limit_of(t2, confidence, in_theory);
  r.q_limit = limit_of(q, confidence, 0);
  std::ranges::sort(sizes);
  r.mean_scans = sizes.empty() ? 1 : sorted_quantile(sizes, 0.5);
  r.mean_t2_limit = limit_of(mean_t2, confidence, in_theory);
  r.mean_q_limit = limit_of(mean_q, confidence, 0);
}

// One response under one treatment.
struct Trial {
  Rows rows;
  std::vector<int> fold;
  CrossFit cross;
  int components = 1;
};

struct Candidate {
  Treatment treatment;
  std::vector<Trial> trials;
  double score = 0;                       // sum of RMSECV / sd over responses
};

Result<Candidate> try_treatment(Treatment treatment, const TrainingSet& set, const RegressionOptions& options) {
  const auto treated = treat(treatment, set);
  Candidate out{std::move(treatment), {}, 0};
  for (std::size_t k = 0; k < set.responses.size(); ++k) {
    Trial t;
    t.rows = known_rows(treated, set, static_cast<Eigen::Index>(k));
    if (t.rows.y.size() < kFewestToCalibrate) {
      return invalid_input("regression: response '" + set.responses[k] + "' is known for " + std::to_string(t.rows.y.size()) +
                           " usable spectra, expected at least 8");
    }
    t.fold = deal_folds(t.rows.groups, options.folds, options.seed);
    const int inside = static_cast<int>(t.rows.y.size()) - 1 - static_cast<int>(std::ranges::count(t.fold, 0));
    const int wanted = options.components > 0 ? options.components : options.most_components;
    const int most = std::max(1, std::min(wanted, inside));
    auto cross = cross_fit(t.rows.x, t.rows.y, t.fold, options.folds, most);
    if (!cross) return cross.error().within("response '" + set.responses[k] + "'");
    t.cross = std::move(*cross);
    t.components = options.components > 0 ? most : choose_components(t.cross.predicted, t.rows.y);
    const double rmsecv = std::sqrt((t.cross.predicted.col(t.components - 1) - t.rows.y).squaredNorm() / static_cast<double>(t.rows.y.size()));
    const double sd = std::sqrt((t.rows.y.array() - t.rows.y.mean()).square().mean());
    out.score += rmsecv / std::max(sd, 1e-12);
    out.trials.push_back(std::move(t));
  }
  return out;
}

}  // namespace

std::vector<std::vector<Step>> usual_treatments() {
  std::vector<std::vector<Step>> out;
  for (const char* text : {"raw", "snv", "sg(11,2,1)", "snv,sg(15,2,1)", "sg(15,3,2)", "snv,sg(21,3,2)"}) {
    out.push_back(parse_steps(text).value());
  }
  return out;
}

std::vector<bool> points_present(const Spectra& spectra) {
  std::vector<bool> used(static_cast<std::size_t>(spectra.cols()));
  for (Eigen::Index j = 0; j < spectra.cols(); ++j) used[static_cast<std::size_t>(j)] = spectra.col(j).allFinite();
  return used;
}

Result<RegressionModel> RegressionModel::fit(TrainingSet set, const RegressionOptions& options) {
  if (auto ok = complete(set); !ok) return ok.error();
  if (set.responses.empty() || set.responses.size() > kMaxResponses) {
    return invalid_input("regression: expected 1 to 64 responses, found " + std::to_string(set.responses.size()));
  }
  if (options.folds < 2 || options.treatments.empty()) return invalid_input("regression: expected 2 folds and a treatment");
  const auto used = options.used.empty() ? points_present(set.spectra) : options.used;

  std::optional<Candidate> best;
  Error first_error = invalid_input("regression: no treatment could be fitted");
  for (const auto& steps : options.treatments) {
    auto treatment = Treatment::make(set.axis_nm, steps, used);
    auto learnt = treatment ? treatment->fit(set.spectra, set.groups) : Result<void>(treatment.error());
    if (!learnt) {
      first_error = learnt.error();
      continue;   // a window too long for a block of bands: another treatment may do
    }
    auto candidate = try_treatment(std::move(*treatment), set, options);
    if (!candidate) return candidate.error();
    if (!best || candidate->score < best->score * kWorthChanging) best = std::move(*candidate);
  }
  if (!best) return first_error;
  RegressionModel model;
  model.treatment_ = std::move(best->treatment);
  for (std::size_t k = 0; k < best->trials.size(); ++k) {
    const Trial& trial = best->trials[k];
    auto pls = fit_pls(trial.rows.x, trial.rows.y, trial.components);
    if (!pls) return pls.error().within("response '" + set.responses[k] + "'");
    Response r;
    r.name = set.responses[k];
    r.pls = std::move(*pls);
    r.plane = Plane(r.pls);
    r.low = trial.rows.y.minCoeff();
    r.high = trial.rows.y.maxCoeff();
    split_variance(trial.cross.predicted.col(trial.components - 1) - trial.rows.y, trial.rows.groups, r);
    hold_out_limits(trial.rows, trial.fold, trial.cross.without, options.confidence, r);
    model.responses_.push_back(std::move(r));
  }
  return model;
}

const RegressionModel::Response* RegressionModel::find(std::string_view name) const {
  for (const auto& r : responses_) {
    if (r.name == name) return &r;
  }
  return nullptr;
}

void RegressionModel::predict(Eigen::Ref<const Eigen::VectorXd> spectrum, double scans, Scratch& scratch,
                              std::vector<Prediction>& out) const {
  out.assign(responses_.size(), {});
  scratch.treated.resize(treatment_.outputs());
  if (!treatment_.apply(spectrum, scratch.treatment, scratch.treated)) return;
  for (std::size_t k = 0; k < responses_.size(); ++k) {
    const Response& r = responses_[k];
    Prediction& p = out[k];
    const auto d = r.plane.distance(scratch.treated, scratch.scores);
    p.value = r.pls.mean_y[0] + r.pls.y_loadings.row(0).dot(scratch.scores);
    const bool of_mean = r.mean_scans > 1 && scans >= r.mean_scans;
    p.t2 = d.t2, p.t2_limit = of_mean ? r.mean_t2_limit : r.t2_limit;
    p.q = d.q, p.q_limit = of_mean ? r.mean_q_limit : r.q_limit;
    // Leverage relative to that of a mean training row, for which the cross-validated error stands.
    const double n = r.pls.rows;
    const double leverage = 1 / n + d.t2 / (n - 1), usual = (r.pls.components() + 1) / n;
    p.std_error = std::sqrt((r.slice_variance + r.scan_variance / std::max(scans, 1.0)) * (1 + leverage) / (1 + usual));
    p.verdict = d.t2 > p.t2_limit || d.q > p.q_limit ? FitVerdict::kOutsideCalibration : FitVerdict::kOk;
  }
}

std::string RegressionModel::to_bytes() const {
  ModelWriter to;
  treatment_.write(to);
  to.u32(static_cast<std::uint32_t>(responses_.size()));
  for (const auto& r : responses_) {
    to.text(r.name);
    r.pls.write(to);
    for (double v : {r.rmsecv, r.slice_variance, r.scan_variance, r.t2_limit, r.q_limit, r.mean_scans, r.mean_t2_limit,
                     r.mean_q_limit, r.low, r.high}) to.f64(v);
  }
  return to.finish(kRegressionKind, kRegressionVersion);
}

Result<RegressionModel> RegressionModel::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kRegressionKind, kRegressionVersion);
  if (!from) return from.error();
  RegressionModel m;
  m.treatment_ = Treatment::read(*from);
  const auto n = from->u32(kMaxResponses);
  for (std::uint32_t k = 0; k < n && from->ok(); ++k) {
    Response r;
    r.name = from->text();
    r.pls = Pls::read(*from);
    for (double* v : {&r.rmsecv, &r.slice_variance, &r.scan_variance, &r.t2_limit, &r.q_limit, &r.mean_scans,
                      &r.mean_t2_limit, &r.mean_q_limit, &r.low, &r.high}) {
      *v = from->f64();
    }
    if (!from->ok()) break;
    if (r.pls.mean_x.size() != m.treatment_.outputs() || r.pls.mean_y.size() != 1) {
      from->fail("a response does not fit the treatment");
      break;
    }
    r.plane = Plane(r.pls);
    m.responses_.push_back(std::move(r));
  }
  if (auto ok = from->done(); !ok) return ok.error();
  return m;
}

}  // namespace beltwarden::spectra
