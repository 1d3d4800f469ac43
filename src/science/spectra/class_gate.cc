#include "science/spectra/class_gate.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "science/spectra/latent.h"
#include "science/spectra/linear_algebra.h"
#include "science/spectra/pls.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kMostDirections = 12;
constexpr Eigen::Index kFewestToGate = 10;
constexpr double kToleranceConfidence = 0.95;

// A limit found on few rows held out is as likely too narrow as too wide; it must hold all the same. Its logarithm is moved away from the
// mean logarithm by the factor that tolerance limits of a normal law have over its quantile.
double tolerant(double limit, const std::vector<double>& distances, double p, double independent) {
  double mean = 0;
  for (double d : distances) mean += std::log(std::max(d, 1e-300)) / static_cast<double>(distances.size());
  const double stretch = tolerance_factor(p, kToleranceConfidence, std::max(independent, 8.0)) / normal_quantile(p);
  return limit > 0 ? std::exp(mean + stretch * (std::log(limit) - mean)) : limit;
}

}  // namespace

double tolerance_factor(double p, double confidence, double n) {
  const double z = normal_quantile(p), c = normal_quantile(confidence);
  const double a = 1 - c * c / (2 * (n - 1)), b = z * z - c * c / n;
  if (!(n > 1) || a <= 0) return std::numeric_limits<double>::infinity();
  return (z + std::sqrt(std::max(z * z - a * b, 0.0))) / a;
}

ClassGate::Shape ClassGate::shape_of(const Eigen::MatrixXd& x, const std::vector<int>& label, int classes) {
  Shape s;
  s.means = Eigen::MatrixXd::Zero(x.cols(), classes);
  std::vector<std::vector<int>> of(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < label.size(); ++i) of[static_cast<std::size_t>(label[i])].push_back(static_cast<int>(i));
  Eigen::MatrixXd off = x;
  Eigen::Index fewest = x.rows();
  for (int c = 0; c < classes; ++c) {
    const auto& rows = of[static_cast<std::size_t>(c)];
    if (rows.empty()) continue;
    fewest = std::min(fewest, static_cast<Eigen::Index>(rows.size()));
    s.means.col(c) = x(rows, Eigen::all).colwise().mean().transpose();
    for (int i : rows) off.row(i) -= s.means.col(c).transpose();
  }
  const double freedom = std::max<double>(1, static_cast<double>(x.rows() - classes));
  const auto latent = fit_latent(off, static_cast<int>(std::clamp<Eigen::Index>(fewest / 4, 2, kMostDirections)), false);
  s.directions = latent.loadings;
  const Eigen::MatrixXd scores = off * s.directions;
  s.rest = std::max((off.squaredNorm() - scores.squaredNorm()) / freedom, 1e-300);
  const auto k = scores.cols();
  const Eigen::MatrixXd pooled = scores.transpose() * scores / freedom;
  for (const auto& rows : of) {
    Eigen::MatrixXd covariance = pooled;
    if (static_cast<Eigen::Index>(rows.size()) >= 3 * k) {
      const Eigen::MatrixXd own = scores(rows, Eigen::all);
      covariance = (pooled + own.transpose() * own / static_cast<double>(rows.size() - 1)) / 2;
    }
    covariance.diagonal().array() += 1e-9 * covariance.diagonal().maxCoeff() + 1e-300;
    s.whitening.push_back(Cholesky(covariance).whitening());
  }
  return s;
}

ClassGate::Answer ClassGate::Shape::judge(const Eigen::VectorXd& treated, Scratch& s) const {
  Answer best;
  s.off.resize(treated.size());
  s.scores.resize(directions.cols());
  s.white.resize(directions.cols());
  for (Eigen::Index c = 0; c < means.cols(); ++c) {
    s.off = treated - means.col(c);
    s.scores.noalias() = directions.transpose() * s.off;
    s.white.noalias() = whitening[static_cast<std::size_t>(c)] * s.scores;
    const double distance = s.white.squaredNorm();
    if (best.valid && distance >= best.distance) continue;
    best = {true, distance, std::max(s.off.squaredNorm() - s.scores.squaredNorm(), 0.0) / rest};
  }
  return best;
}

Result<ClassGate> ClassGate::fit(const TrainingSet& set, const std::vector<std::string>& classes, const std::vector<Step>& steps,
                                 const std::vector<bool>& used, double rejection, int folds, std::uint64_t seed) {
  auto treatment = Treatment::make(set.axis_nm, steps, used);
  if (!treatment) return treatment.error();
  ClassGate gate;
  gate.treatment_ = std::move(*treatment);
  const auto rows = treat(gate.treatment_, set);
  std::vector<int> label;
  std::vector<std::uint32_t> groups;
  std::vector<Eigen::Index> count(classes.size(), 0);
  for (auto r : rows.row) {
    const auto at = std::ranges::find(classes, set.classes[static_cast<std::size_t>(r)]) - classes.begin();
    label.push_back(static_cast<int>(at));
    ++count[static_cast<std::size_t>(at)];
    groups.push_back(set.groups[static_cast<std::size_t>(r)]);
  }
  if (*std::ranges::min_element(count) < kFewestToGate) return invalid_input("class gate: expected at least 10 usable rows a class");
  std::vector<double> distances, rests;
  Scratch scratch;
  const auto fold = deal_folds(groups, folds, seed);
  for (int f = 0; f < folds; ++f) {
    std::vector<int> inside, outside, inside_label;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? outside : inside).push_back(static_cast<int>(i));
    if (outside.empty() || inside.empty()) continue;
    for (int i : inside) inside_label.push_back(label[static_cast<std::size_t>(i)]);
    const auto shape = shape_of(rows.x(inside, Eigen::all), inside_label, static_cast<int>(classes.size()));
    for (int i : outside) {
      const auto a = shape.judge(rows.x.row(i).transpose(), scratch);
      distances.push_back(a.distance);
      rests.push_back(a.q);
    }
  }
  gate.shape_ = shape_of(rows.x, label, static_cast<int>(classes.size()));
  gate.distance_limit_ = q_limit_box(1 - rejection, distances);
  gate.q_limit_ = q_limit_box(1 - rejection, rests);
  std::ranges::sort(distances);
  std::ranges::sort(rests);
  gate.distance_limit_ = std::max(gate.distance_limit_, sorted_quantile(distances, 1 - rejection));
  gate.q_limit_ = std::max(gate.q_limit_, sorted_quantile(rests, 1 - rejection));
  const auto independent = static_cast<double>(std::set<std::uint32_t>(groups.begin(), groups.end()).size());
  gate.distance_limit_ = tolerant(gate.distance_limit_, distances, 1 - rejection, independent);
  gate.q_limit_ = tolerant(gate.q_limit_, rests, 1 - rejection, independent);
  return gate;
}

ClassGate::Answer ClassGate::judge(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s) const {
  s.treated.resize(treatment_.outputs());
  if (!treatment_.apply(spectrum, s.treatment, s.treated)) return {};
  return shape_.judge(s.treated, s);
}

void ClassGate::write(ModelWriter& to) const {
  treatment_.write(to);
  to.matrix(shape_.means);
  to.matrix(shape_.directions);
  for (const auto& w : shape_.whitening) to.matrix(w);
  for (double v : {shape_.rest, distance_limit_, q_limit_}) to.f64(v);
}

ClassGate ClassGate::read(ModelReader& from) {
  ClassGate g;
  g.treatment_ = Treatment::read(from);
  g.shape_.means = from.matrix();
  g.shape_.directions = from.matrix();
  if (!from.ok()) return g;
  const auto p = g.treatment_.outputs(), k = g.shape_.directions.cols();
  if (g.shape_.means.rows() != p || g.shape_.directions.rows() != p || g.shape_.means.cols() < 1 || g.shape_.means.cols() > 256 || k < 1) {
    from.fail("a class gate does not fit its treatment");
    return g;
  }
  for (Eigen::Index c = 0; c < g.shape_.means.cols() && from.ok(); ++c) {
    g.shape_.whitening.push_back(from.matrix());
    if (from.ok() && (g.shape_.whitening.back().rows() != k || g.shape_.whitening.back().cols() != k)) from.fail("parts of a class gate do not fit each other");
  }
  for (double* v : {&g.shape_.rest, &g.distance_limit_, &g.q_limit_}) *v = from.f64();
  if (from.ok() && !(g.shape_.rest > 0)) from.fail("parts of a class gate do not fit each other");
  return g;
}

}  // namespace beltwarden::spectra
