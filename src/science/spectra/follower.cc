#include "science/spectra/follower.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "science/spectra/linear_algebra.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::size_t kFewestValues = 20;
constexpr double kTailDof = 4;        // of the Student law the scales are fitted with: grade changes are no Gaussian's
constexpr double kPull = 0.02;        // of each logarithm of a scale towards where it began: few values say little of some
constexpr double kConfidence = 0.999; // of the limits of T2 and Q
constexpr int kSweeps = 12;
constexpr double kMostMissing = 0.05; // of the rows: a band missing more often is not used

std::vector<bool> points_mostly_present(const Spectra& x) {
  std::vector<bool> out;
  for (Eigen::Index c = 0; c < x.cols(); ++c) out.push_back(static_cast<double>(x.col(c).array().isNaN().count()) <= kMostMissing * static_cast<double>(x.rows()));
  return out;
}

// Raw, SNV, SG(11,2,1), SNV+SG(15,2,1), SG(15,3,2), SNV+SG(21,3,2).
std::vector<std::vector<Step>> usual_treatments() {
  std::vector<std::vector<Step>> out;
  for (const char* text : {"raw", "snv", "sg(11,2,1)", "snv,sg(15,2,1)", "sg(15,3,2)", "snv,sg(21,3,2)"}) {
    out.push_back(parse_steps(text).value());
  }
  return out;
}

TrainingSet newest_rows(const TrainingSet& set, Eigen::Index dropped) {
  TrainingSet out = set;
  const auto kept = set.rows() - dropped;
  out.spectra = Spectra(set.spectra.bottomRows(kept));
  out.values = Eigen::MatrixXd(set.values.bottomRows(kept));
  out.groups.erase(out.groups.begin(), out.groups.begin() + dropped);
  if (!out.classes.empty()) out.classes.erase(out.classes.begin(), out.classes.begin() + dropped);
  return out;
}

double covariance(const FollowScales& s, double spread, const FollowPoint& a, const FollowPoint& b) {
  const double n = static_cast<double>(a.scores.size());
  const double apart = std::abs(a.time - b.time);
  const double squared = (a.scores - b.scores).squaredNorm() / n;
  const double near = std::exp(-squared / (2 * s.radius * s.radius));
  double k = spread + s.linear * a.scores.dot(b.scores) / n + s.curved * near + s.changing * near * std::exp(-apart / s.changing_values);
  if (a.grade == b.grade) k += s.grade + s.wander * std::exp(-apart / s.wander_values);
  if (a.run == b.run) k += s.run * std::exp(-apart / s.run_values);
  return k;
}

Eigen::MatrixXd covariances(const FollowScales& s, double spread, const std::vector<FollowPoint>& points) {
  const auto n = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd k(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) k(i, j) = covariance(s, spread, points[static_cast<std::size_t>(i)], points[static_cast<std::size_t>(j)]);
    k(i, i) += s.noise;
  }
  return k;   // lower triangle
}

struct Sequence {
  Eigen::VectorXd surprise, sd;   // of each value given those before it
};

// The factor's diagonal holds the standard deviations of each value given the earlier ones, the forward solution the surprises in them.
Sequence predict_in_order(const FollowScales& s, double spread, double mean, const std::vector<FollowPoint>& points) {
  const Cholesky llt(covariances(s, spread, points));
  Eigen::VectorXd y(static_cast<Eigen::Index>(points.size()));
  for (Eigen::Index i = 0; i < y.size(); ++i) y[i] = points[static_cast<std::size_t>(i)].value - mean;
  Sequence out;
  if (!llt.positive_definite()) return out;
  out.sd = llt.factor().diagonal();
  out.surprise = llt.whiten(y).cwiseProduct(out.sd);
  return out;
}

double loss(const Eigen::VectorXd& logs, const Eigen::VectorXd& begin, double spread, double mean, const std::vector<FollowPoint>& points) {
  const auto seq = predict_in_order(FollowScales::from_logs(logs), spread, mean, points);
  if (seq.sd.size() == 0 || !seq.surprise.allFinite()) return std::numeric_limits<double>::infinity();
  double sum = kPull * (logs - begin).squaredNorm();
  for (Eigen::Index i = 0; i < seq.sd.size(); ++i) {
    const double z = seq.surprise[i] / seq.sd[i];
    sum += std::log(seq.sd[i]) + (kTailDof + 1) / 2 * std::log1p(z * z / kTailDof);
  }
  return sum;
}

struct Fitted {
  Eigen::VectorXd logs;
  double loss = std::numeric_limits<double>::infinity();
};

// Pattern search along the logarithms of the scales, steps halving (Hooke and Jeeves, J. ACM 8 (1961) 212-229).
Fitted search(const Eigen::VectorXd& begin, double spread, double mean, const std::vector<FollowPoint>& points) {
  Fitted best{begin, loss(begin, begin, spread, mean, points)};
  double step = 1.5;
  for (int sweep = 0; sweep < kSweeps && step > 0.1; ++sweep) {
    const auto before = best;
    for (Eigen::Index k = 0; k < begin.size(); ++k) {
      for (double sign : {1.0, -1.0}) {
        auto logs = best.logs;
        logs[k] = std::clamp(logs[k] + sign * step, -12.0, 12.0);
        if (const double l = loss(logs, begin, spread, mean, points); l < best.loss) {
          best = {logs, l};
          break;
        }
      }
    }
    if (before.loss - best.loss < 0.05) {
      step /= 2;
      continue;
    }
    const Eigen::VectorXd on = (2 * best.logs - before.logs).cwiseMax(-12).cwiseMin(12);
    if (const double l = loss(on, begin, spread, mean, points); l < best.loss) best = {on, l};
  }
  return best;
}

}  // namespace

Eigen::VectorXd FollowScales::logs() const {
  Eigen::VectorXd v(kCount);
  v << grade, wander, linear, curved, changing, run, noise, wander_values, changing_values, run_values, radius;
  return v.cwiseMax(1e-12).array().log();
}

FollowScales FollowScales::from_logs(const Eigen::VectorXd& logs) {
  const Eigen::VectorXd v = logs.array().exp();
  FollowScales s;
  s.grade = v[0], s.wander = v[1], s.linear = v[2], s.curved = v[3], s.changing = v[4], s.run = v[5], s.noise = v[6];
  s.wander_values = v[7], s.changing_values = v[8], s.run_values = v[9], s.radius = v[10];
  return s;
}

Result<Follower> Follower::fit(TrainingSet history, const FollowOptions& options) {
  if (auto ok = complete(history); !ok) return ok.error().within("follow");
  if (history.values.cols() != 1) return invalid_input("follow: expected one response, found " + std::to_string(history.values.cols()));
  const Eigen::Index dropped = std::max<Eigen::Index>(history.rows() - kMostRows, 0);
  if (dropped > 0) history = newest_rows(history, dropped);
  if (history.classes.empty()) history.classes.assign(static_cast<std::size_t>(history.rows()), "");
  std::vector<double> values;
  for (double v : history.values.reshaped()) {
    if (std::isfinite(v)) values.push_back(v);
  }
  if (values.size() < kFewestValues) {
    return invalid_input("follow: expected at least 20 laboratory values in the history, found " + std::to_string(values.size()));
  }
  double mean = 0, variance = 0;
  for (double v : values) mean += v / static_cast<double>(values.size());
  for (double v : values) variance += (v - mean) * (v - mean) / static_cast<double>(values.size() - 1);
  variance = std::max(variance, 1e-12);
  const FollowScales begin{.grade = variance / 2, .wander = variance / 30, .linear = variance / 10, .curved = variance / 10, .changing = variance / 30,
                           .run = variance / 30, .noise = variance / 100, .wander_values = 30, .changing_values = 30, .run_values = 5, .radius = 1};
  const auto used = options.used.empty() ? points_mostly_present(history.spectra) : options.used;
  const auto filler = GapFiller::fit(history.spectra, used, true);
  fill_rows(filler, history.spectra);
  double tried = 0;
  const auto treatments = options.treatments.empty() ? usual_treatments() : options.treatments;
  std::optional<Follower> best;
  double best_loss = std::numeric_limits<double>::infinity();
  std::optional<Error> refused;
  for (const auto& steps : treatments) {
    auto treatment = Treatment::make(history.axis_nm, steps, used);
    if (!treatment) {
      refused = treatment.error();
      continue;
    }
    if (auto learnt = treatment->fit(history.spectra, history.groups); !learnt) {
      refused = learnt.error();
      continue;
    }
    const auto treated = treat(*treatment, history);
    for (int components : options.components) {
      if (treated.x.rows() < components + 10) continue;
      auto pca = fit_pca(treated.x, components);
      if (!pca) return pca.error().within("follow");
      Follower f;
      f.treatment_ = *treatment;
      f.pca_ = std::move(*pca);
      f.filler_ = filler;
      f.mean_ = mean;
      f.memory_ = options.memory;
      std::vector<double> t2, q;
      Eigen::VectorXd scores, rest;
      std::vector<FollowPoint> known;
      double time = 0;
      int run = 0, last = -1;
      for (std::size_t i = 0; i < treated.row.size(); ++i) {
        const auto d = f.pca_.distance(treated.x.row(static_cast<Eigen::Index>(i)).transpose(), scores, rest);
        t2.push_back(d.t2);
        q.push_back(d.q);
        const auto& name = history.classes[static_cast<std::size_t>(treated.row[i])];
        const auto it = std::ranges::find(f.grades_, name);
        const int grade = static_cast<int>(it - f.grades_.begin());
        if (it == f.grades_.end()) f.grades_.push_back(name);
        run += grade != last;
        last = grade;
        const double value = history.values(treated.row[i], 0);
        if (!std::isfinite(value)) continue;
        known.push_back({scores.cwiseQuotient(f.pca_.variance.cwiseMax(1e-300).cwiseSqrt()), grade, run, time, value, dropped + treated.row[i]});
        time += 1;
      }
      if (known.size() < kFewestValues) continue;
      const std::vector<FollowPoint> newest(known.end() - static_cast<std::ptrdiff_t>(std::min(known.size(), std::max(options.tuned_on, kFewestValues))), known.end());
      const auto fitted = search(begin.logs(), variance, mean, newest);
      if (options.progress) options.progress(++tried / static_cast<double>(treatments.size() * options.components.size()));
      if (!(fitted.loss < best_loss)) continue;
      best_loss = fitted.loss;
      f.scales_ = FollowScales::from_logs(fitted.logs);
      const auto seq = predict_in_order(f.scales_, variance, mean, newest);
      const Eigen::Index from = seq.sd.size() / 4, count = seq.sd.size() - from;
      f.history_rmse_ = std::sqrt(seq.surprise.tail(count).squaredNorm() / static_cast<double>(count));
      f.widen_ = std::clamp(std::sqrt(seq.surprise.tail(count).cwiseQuotient(seq.sd.tail(count)).squaredNorm() / static_cast<double>(count)), 0.7, 3.0);
      f.t2_limit_ = std::max(t2_limit(kConfidence, components, static_cast<int>(treated.x.rows())), *std::ranges::max_element(t2));
      f.q_limit_ = std::max(q_limit_box(kConfidence, q), *std::ranges::max_element(q));
      f.spread_ = variance;
      f.known_ = std::move(known);
      f.time_ = time;
      f.run_ = run;
      f.last_grade_ = last;
      best = std::move(f);
    }
  }
  if (!best) return refused ? *refused : invalid_input("follow: expected at least 20 usable rows with laboratory values");
  for (double shift : {1.0, -1.0}) {
    auto cusum = Cusum::make({.target = 0, .shift = shift, .sd = 1, .values_between_false_alarms = 2 * options.false_alarms_every});
    if (!cusum) return cusum.error();
    best->surprise_.push_back(std::move(*cusum));
  }
  best->refresh();
  return std::move(*best);
}

void Follower::refresh() {
  if (known_.size() > memory_) known_.erase(known_.begin(), known_.end() - static_cast<std::ptrdiff_t>(memory_));
  Eigen::VectorXd y(static_cast<Eigen::Index>(known_.size()));
  for (Eigen::Index i = 0; i < y.size(); ++i) y[i] = known_[static_cast<std::size_t>(i)].value - mean_;
  const Cholesky llt(covariances(scales_, spread_, known_));
  factor_ = llt.factor();
  weights_ = llt.solve(y);
}

void Follower::forget_from(Eigen::Index row) {
  while (!known_.empty() && known_.back().row >= row) known_.pop_back();
  time_ = known_.empty() ? 0 : known_.back().time + 1;
  run_ = known_.empty() ? 0 : known_.back().run;
  last_grade_ = known_.empty() ? -1 : known_.back().grade;
  for (auto& c : surprise_) c.reset();
  refresh();
}

Follower::Prediction Follower::at(const FollowPoint& point) const {
  Prediction p;
  p.valid = true;
  p.value = mean_;
  double variance = covariance(scales_, spread_, point, point) + scales_.noise;
  if (!known_.empty()) {
    Eigen::VectorXd k(static_cast<Eigen::Index>(known_.size()));
    for (Eigen::Index i = 0; i < k.size(); ++i) k[i] = covariance(scales_, spread_, point, known_[static_cast<std::size_t>(i)]);
    p.value += k.dot(weights_);
    variance -= factor_.triangularView<Eigen::Lower>().solve(k).squaredNorm();
  }
  p.std_error = widen_ * std::sqrt(std::max(variance, scales_.noise / 2));
  return p;
}

Follower::Prediction Follower::predict(Eigen::Ref<const Eigen::VectorXd> spectrum, std::string_view grade) {
  const auto it = std::ranges::find(grades_, grade);
  now_.grade = static_cast<int>(it - grades_.begin());
  if (it == grades_.end()) grades_.emplace_back(grade);
  run_ += now_.grade != last_grade_;
  last_grade_ = now_.grade;
  now_.run = run_;
  now_.time = time_;
  Treatment::Scratch scratch;
  Eigen::VectorXd treated(treatment_.outputs()), scores, rest;
  last_ = {};
  Eigen::VectorXd whole;
  bool usable = spectrum.size() == treatment_.inputs();
  if (usable && filler_.active() && filler_.has_gaps(spectrum)) {
    auto filled = filler_.fill_smoothly(spectrum);
    usable = filled.valid;
    whole = std::move(filled.spectrum);
  } else {
    whole = spectrum;
  }
  if (usable && treatment_.apply(whole, scratch, treated)) {
    const auto d = pca_.distance(treated, scores, rest);
    now_.scores = scores.cwiseQuotient(pca_.variance.cwiseMax(1e-300).cwiseSqrt());
    last_ = at(now_);
    last_.outside = d.t2 > t2_limit_ || d.q > q_limit_;
  }
  last_.drift = 0;
  for (const auto& c : surprise_) last_.drift = std::max(last_.drift, c.state().sum / c.state().threshold);
  return last_;
}

void Follower::learn(double value) {
  if (!last_.valid || !std::isfinite(value)) return;
  // A surprise of ten standard deviations is a slip of the pen as likely as a change: it counts as one of four.
  const double z = std::clamp((value - last_.value) / last_.std_error, -4.0, 4.0);
  for (auto& c : surprise_) {
    if (c.state().alarm) c.reset();
    c.step(z);
  }
  now_.value = value;
  now_.row = std::numeric_limits<Eigen::Index>::max();
  known_.push_back(now_);
  time_ += 1;
  refresh();
}

}  // namespace beltwarden::spectra
