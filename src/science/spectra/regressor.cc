#include "science/spectra/regressor.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kRegressorKind = "RGSR";
constexpr std::uint32_t kRegressorVersion = 5;
constexpr std::uint32_t kMaxParts = 64;

std::string describe(const std::string& method, const Treatment& treatment, bool autoscaled) {
  return method + " on " + to_string(treatment.steps()) + (autoscaled ? ", each point scaled" : "");
}

}  // namespace

std::vector<std::pair<std::string, double>> Regressor::members() const {
  std::vector<std::pair<std::string, double>> out;
  for (const auto& m : members_) {
    std::string method = "Gaussian process";
    if (const auto* linear = std::get_if<LinearMember>(&m.model)) method = linear->components == LinearMember::kRidge ? std::string("ridge that leans on the other classes") : "PLS " + std::to_string(linear->components);
    if (const auto* local = std::get_if<LocalPls>(&m.model)) {
      method = "local PLS " + std::to_string(local->options().components) + " of " + std::to_string(local->options().neighbours) + " neighbours";
    }
    const auto& stage = stages_[m.stage];
    const bool autoscaled = stage.latent.directions() > 0 && (stage.latent.scale.array() != 1).any();
    out.emplace_back(describe(method, stage.treatment, autoscaled), m.weight);
  }
  return out;
}

double grown(double growth, double off) { return growth == 0 ? 1 : std::clamp(1 + growth * off, 1.0 / 3, 3.0); }

bool Regressor::fill(Eigen::VectorXd& spectrum) const {
  if (!filler_.active() || !filler_.has_gaps(spectrum)) return true;
  auto filled = filler_.fill_smoothly(spectrum);
  if (filled.valid) spectrum = std::move(filled.spectrum);
  return filled.valid;
}

Prediction Regressor::predict(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s) const {
  if (!filler_.active() || !filler_.has_gaps(spectrum)) return predict_whole(spectrum, s);
  const auto filled = filler_.fill_smoothly(spectrum);
  if (!filled.valid) return {};
  auto p = predict_whole(filled.spectrum, s);
  if (p.verdict == FitVerdict::kInvalid) return p;
  double doubt = 0;
  for (Eigen::Index k = 0; k < filled.doubts.cols(); ++k) {
    const auto moved = predict_whole(filled.spectrum + filled.doubts.col(k), s);
    if (moved.verdict != FitVerdict::kInvalid) doubt += (moved.value - p.value) * (moved.value - p.value);
  }
  p.std_error = std::sqrt(p.std_error * p.std_error + doubt);
  return p;
}

Prediction Regressor::predict_whole(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s) const {
  Prediction p;
  s.treated.resize(stages_.size());
  s.scores.resize(stages_.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    s.treated[i].resize(stages_[i].treatment.outputs());
    if (!stages_[i].treatment.apply(spectrum, s.treatment, s.treated[i])) return p;
    if (stages_[i].latent.directions() > 0) stages_[i].latent.scores(s.treated[i], s.rest, s.scores[i]);
  }
  double gp_variance = 0, gp_weight = 0;
  for (const auto& m : members_) {
    if (const auto* linear = std::get_if<LinearMember>(&m.model)) {
      p.value += m.weight * (linear->constant + linear->coefficients.dot(s.treated[m.stage]));
    } else if (const auto* local = std::get_if<LocalPls>(&m.model)) {
      p.value += m.weight * local->predict(s.scores[m.stage]);
    } else {
      const auto a = std::get<GaussianProcess>(m.model).predict(s.scores[m.stage], s.work);
      p.value += m.weight * a.value;
      gp_variance += m.weight * a.variance;
      gp_weight += m.weight;
    }
  }
  const auto d = plane_.distance(s.treated[0], s.pls_scores);
  p.t2 = d.t2, p.t2_limit = t2_limit_;
  p.q = d.q, p.q_limit = q_limit_;
  double shape = 0;
  if (errors_.shape > 0 && gp_weight > 0) {
    shape = std::sqrt(gp_variance / gp_weight / errors_.shape);
  } else {
    // Leverage relative to that of a mean training row, for which the cross-validated error stands.
    const double n = domain_.rows;
    shape = std::sqrt((1 + 1 / n + d.t2 / (n - 1)) / (1 + (domain_.components() + 1) / n));
  }
  shape = std::pow(shape, errors_.power) * grown(errors_.growth, p.value - errors_.mean_predicted);
  p.value = slope_ * p.value + bias_;
  p.std_error = std::abs(slope_) * errors_.scale * shape;
  if (!std::isfinite(p.value) || !std::isfinite(p.std_error)) return {};
  p.verdict = d.t2 > p.t2_limit || d.q > p.q_limit ? FitVerdict::kOutsideCalibration : FitVerdict::kOk;
  return p;
}

Regressor Regressor::corrected(double slope, double bias) const {
  Regressor out = *this;
  out.slope_ = slope * slope_;
  out.bias_ = slope * bias_ + bias;
  return out;
}

Regressor Regressor::with_errors_at_least(double rmse) const {
  Regressor out = *this;
  out.errors_.scale = std::max(errors_.scale, rmse / std::abs(slope_));
  out.rmsecv_ = std::max(rmsecv_, rmse);
  return out;
}

std::string Regressor::to_bytes() const {
  ModelWriter to;
  to.u32(static_cast<std::uint32_t>(stages_.size()));
  for (const auto& s : stages_) {
    s.treatment.write(to);
    to.u32(s.latent.directions() > 0);
    if (s.latent.directions() > 0) s.latent.write(to);
  }
  to.u32(static_cast<std::uint32_t>(members_.size()));
  for (const auto& m : members_) {
    to.u32(m.stage);
    to.f64(m.weight);
    to.u32(static_cast<std::uint32_t>(m.model.index()));
    if (const auto* linear = std::get_if<LinearMember>(&m.model)) {
      to.u32(static_cast<std::uint32_t>(linear->components));
      to.f64(linear->constant);
      to.vector(linear->coefficients);
    } else if (const auto* local = std::get_if<LocalPls>(&m.model)) {
      local->write(to);
    } else {
      std::get<GaussianProcess>(m.model).write(to);
    }
  }
  domain_.write(to);
  const auto& e = errors_;
  for (double v : {t2_limit_, q_limit_, e.scale, e.shape, e.mean_predicted, e.mean_measured, e.variance_predicted, e.covariance,
                   e.square, e.scans.squares, e.scans.dof, slope_, bias_, rmsecv_, e.growth, e.of_slices, e.common, e.power}) to.f64(v);
  filler_.write(to);
  to.text(why_);
  return to.finish(kRegressorKind, kRegressorVersion);
}

Result<Regressor> Regressor::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kRegressorKind, kRegressorVersion);
  if (!from) return from.error();
  Regressor r;
  const auto stages = from->u32(kMaxParts);
  for (std::uint32_t i = 0; i < stages && from->ok(); ++i) {
    Stage s;
    s.treatment = Treatment::read(*from);
    if (from->u32(1) == 1) s.latent = Latent::read(*from);
    if (from->ok() && s.latent.directions() > 0 && s.latent.mean.size() != s.treatment.outputs()) from->fail("directions do not fit a treatment");
    r.stages_.push_back(std::move(s));
  }
  const auto members = from->u32(kMaxParts);
  for (std::uint32_t i = 0; i < members && from->ok(); ++i) {
    Member m;
    m.stage = from->u32(kMaxParts);
    m.weight = from->f64();
    const auto which = from->u32(2);
    if (!from->ok()) break;
    if (m.stage >= r.stages_.size()) {
      from->fail("a member names a stage that is not there");
      break;
    }
    const auto& stage = r.stages_[m.stage];
    if (which == 0) {
      LinearMember linear;
      linear.components = static_cast<int>(from->u32(1u << 20));
      linear.constant = from->f64();
      linear.coefficients = from->vector();
      if (linear.coefficients.size() != stage.treatment.outputs()) from->fail("coefficients do not fit a treatment");
      m.model = std::move(linear);
    } else if (which == 1) {
      auto local = LocalPls::read(*from);
      if (from->ok() && local.directions() > stage.latent.directions()) from->fail("local PLS does not fit its directions");
      m.model = std::move(local);
    } else {
      auto gp = GaussianProcess::read(*from);
      if (from->ok() && gp.directions() > stage.latent.directions()) from->fail("a Gaussian process does not fit its directions");
      m.model = std::move(gp);
    }
    r.members_.push_back(std::move(m));
  }
  r.domain_ = Pls::read(*from);
  auto& e = r.errors_;
  for (double* v : {&r.t2_limit_, &r.q_limit_, &e.scale, &e.shape, &e.mean_predicted, &e.mean_measured, &e.variance_predicted,
                    &e.covariance, &e.square, &e.scans.squares, &e.scans.dof, &r.slope_, &r.bias_, &r.rmsecv_}) {
    *v = from->f64();
  }
  if (from->version() >= 2) e.growth = from->f64();
  if (from->version() >= 4) e.of_slices = from->f64(), e.common = from->f64();
  e.power = from->version() >= 5 ? from->f64() : 1;
  if (from->version() >= 3) r.filler_ = GapFiller::read(*from);
  if (from->ok() && !r.stages_.empty() && r.filler_.reach() > r.stages_[0].treatment.inputs()) from->fail("gaps beyond the axis");
  if (!std::isfinite(e.growth) || !(e.power >= 0 && e.power <= 1)) from->fail("an error that grows without measure");
  if (!(e.of_slices > 0) || !std::isfinite(e.of_slices) || !(e.common >= 0 && e.common <= 1)) from->fail("errors of slices without measure");
  r.why_ = from->text();
  if (from->ok() && (r.stages_.empty() || r.members_.empty() || r.domain_.mean_x.size() != r.stages_[0].treatment.outputs() ||
                     r.domain_.mean_y.size() != 1 || !(e.square > 0) || r.slope_ == 0)) {
    from->fail("the parts of a regressor do not fit each other");
  }
  if (from->ok()) {
    for (const auto& s : r.stages_) {
      if (s.treatment.axis_nm() != r.stages_[0].treatment.axis_nm()) from->fail("treatments on different axes");
    }
  }
  if (auto ok = from->done(); !ok) return ok.error();
  r.plane_ = Plane(r.domain_);
  return r;
}

}  // namespace beltwarden::spectra
