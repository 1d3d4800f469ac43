#include "science/gamma/belt_tracker.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "science/gamma/energy_grid.h"

namespace beltwarden::gamma {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Vector = Eigen::Matrix<double, kDirections, 1>;
using Matrix = Eigen::Matrix<double, kDirections, kDirections>;
using Columns = Eigen::Matrix<double, Eigen::Dynamic, kDirections>;

constexpr double kTrackerLoadUnit = 100;              // kg/m
constexpr double kLoadFloor = 0.5;             // kg/m, of a scale's noise
constexpr double kRestretch = 3e-4;            // change of gain after which shapes are stretched anew
constexpr double kMoveFactors = 3e-3;          // change of gain after which the bins' own factors move along
constexpr double kScan_s = 6, kScanWidth = 0.10, kScanStep = 0.01;
constexpr double kOwnDrift = 0.005;            // of a faulty detector's own spectrum, relative, for one second
constexpr double kCommonSd = 0.35, kEachSd = 0.03, kOtherGainSd = 0.005;   // when other detectors count: of everything at once, of each part, of the scale
constexpr double kGuessed = 0.25, kNothing = 1e9;  // share of a bin beyond the learnt range; variance of one that tells nothing
enum Direction : Index { kAmbient, kAmbientK, kAmbientU, kAmbientTh, kOreK, kOreU, kOreTh, kGain };

}  // namespace

struct BeltTracker::State {
  const BackgroundModel& model;
  DriftModel drift;
  Index bins;
  double ambient_cps = 1;                      // of the model, all bins
  Vector x, first;
  Matrix p, first_p;
  double gain = 1;                             // that the shapes are stretched to
  std::uint64_t version = 0;
  Columns shapes;                              // at this gain; the last column is not used
  ArrayXd ambient_slope, ore_slope[3];         // change with the gain
  ArrayXd energy;
  BinFactors factors;
  double factors_gain = 1;                     // that they belong to
  mutable ArrayXd ambient_part, ore_part;      // scratch: counts by the learnt shapes alone
  struct Own {
    ArrayXd cps, variance;                     // that a faulty detector adds; empty where none does
  };
  std::array<Own, kOwnCauses> owns;
  ArrayXd scan_counts;
  double scan_s = 0, scan_load = 0;
  bool scanned = false;
  double ore_seen_s = 0;
  Prediction scratch;

  State(const BackgroundModel& m, const DriftModel& d)
      : model(m), drift(d), bins(static_cast<Index>(m.ambient_cps.size())), factors(m.ambient_cps.size(), d.bins) {
    for (const double cps : m.ambient_cps) ambient_cps += cps;
    energy.resize(bins);
    for (Index b = 0; b < bins; ++b) {
      const auto i = static_cast<std::size_t>(b);
      energy[b] = std::sqrt(std::max(m.edges_kev[i], 1.0) * m.edges_kev[i + 1]);
    }
    first << 1, 0, 0, 0, m.ore_mean[0], m.ore_mean[1], m.ore_mean[2], 0;
    Vector sd;
    const double part = 0.05 * ambient_cps;
    sd << 0.1, part, part, part, 0, 0, 0, 0.02;
    for (std::size_t o = 0; o < kOreSeriesCount; ++o)
      sd[kOreK + static_cast<Index>(o)] = 3 * (m.ore_mean[o] + m.ore_sd[o]) + 0.1 * ambient_cps;
    first_p = sd.cwiseAbs2().asDiagonal();
    reset();
  }

  void reset() {
    x = first;
    p = first_p;
    factors.forget();
    owns = {};
    ore_seen_s = 0;
    scan_counts = ArrayXd::Zero(bins);
    scan_s = scan_load = 0;
    scanned = false;
    gain = factors_gain = 1;
    stretch();
  }

  ArrayXd at(const std::vector<double>& shape, double g) const {
    const auto moved = stretched(shape, model.edges_kev, g);
    return Eigen::Map<const ArrayXd>(moved.data(), bins);
  }

  void stretch() {
    shapes.resize(bins, kDirections);
    shapes.col(kAmbient) = at(model.ambient_cps, gain);
    ambient_slope = (at(model.ambient_cps, gain * 1.002) - at(model.ambient_cps, gain * 0.998)) / 0.004;
    for (std::size_t o = 0; o < kOreSeriesCount; ++o) {
      const auto i = static_cast<Index>(o);
      shapes.col(kAmbientK + i) = shapes.col(kOreK + i) = at(model.ore[o], gain);
      ore_slope[o] = (at(model.ore[o], gain * 1.002) - at(model.ore[o], gain * 0.998)) / 0.004;
    }
    shapes.col(kGain).setZero();
    ++version;
  }

  // The shadow belongs to true energies; a few per cent of gain move it little.
  ArrayXd left(double load) const {
    ArrayXd result(bins);
    const Shadow& s = model.shadow;
    for (Index b = 0; b < bins; ++b) result[b] = 1 - s.most * (1 - std::exp(-mu[b] * load));
    return result;
  }
  ArrayXd mu;

  static std::span<const double> span(const ArrayXd& a) { return {a.data(), static_cast<std::size_t>(a.size())}; }

  void predict(double load, double live, Prediction& out, double load_sd = 0) {
    if (mu.size() != bins) {
      mu.resize(bins);
      for (Index b = 0; b < bins; ++b) {
        mu[b] = model.shadow.per_kg_per_m *
                (std::pow(std::max(energy[b], 10.0) / 1000, -0.43) +
                 model.shadow.photo * std::pow(std::max(energy[b], 10.0) / 100, -2.8));
      }
    }
    load = std::max(load, 0.0);
    out.state = amounts();
    out.counts.resize(static_cast<std::size_t>(bins));
    out.directions.resize(static_cast<std::size_t>(bins * kDirections));
    out.load_direction.resize(static_cast<std::size_t>(bins));
    Eigen::Map<ArrayXd> counts(out.counts.data(), bins), load_direction(out.load_direction.data(), bins);
    Eigen::Map<Columns> h(out.directions.data(), bins, kDirections);
    const ArrayXd shadowed = (mu * -load).exp();
    const ArrayXd seen_through = (1 - model.shadow.most * (1 - shadowed)) * live;
    const double mass = load / kTrackerLoadUnit * live;
    const Eigen::Map<const ArrayXd> own_ambient(factors.ambient().data(), bins), own_ore(factors.ore().data(), bins);
    const ArrayXd ambient_scale = seen_through * own_ambient, ore_scale = own_ore * mass;
    for (Index i = 0; i < 4; ++i) h.col(i) = shapes.col(i).array() * ambient_scale;
    for (Index i = 4; i < 7; ++i) h.col(i) = shapes.col(i).array() * ore_scale;
    ArrayXd slope = ambient_slope * x[kAmbient] * ambient_scale;
    for (Index o = 0; o < 3; ++o) slope += ore_slope[o] * (ore_scale * x[kOreK + o] + ambient_scale * x[kAmbientK + o]);
    h.col(kGain) = slope;
    ambient_part = (shapes.leftCols<4>() * x.head<4>()).array().max(0.02 * shapes.col(kAmbient).array()) * seen_through;
    ore_part = (shapes.middleCols<3>(4) * x.segment<3>(4)).array().max(0.0) * mass;
    counts = (ambient_part * own_ambient + ore_part * own_ore).max(1e-6);
    out.bin_variance.resize(static_cast<std::size_t>(bins));
    factors.variance(span(ambient_part), span(ore_part), out.bin_variance);
    for (std::size_t cause = 0; cause < kOwnCauses; ++cause) {
      out.own[cause].clear();
      const Own& own = owns[cause];
      if (own.cps.size() != bins) continue;
      out.own[cause].resize(out.counts.size());
      // Where little is added the estimate scatters round nought: cut off here and not where it is learnt, or it would creep up.
      Eigen::Map<ArrayXd>(out.own[cause].data(), bins) = own.cps.max(0.0) * live;
      counts += own.cps.max(0.0) * live;
      Eigen::Map<ArrayXd>(out.bin_variance.data(), bins) += own.variance * live * live;
    }
    // What the energy scale has moved in from beyond the learnt range is a guess: it decides nothing.
    const double lowest = model.edges_kev.front() * gain, highest = model.edges_kev.back() * gain;
    for (std::size_t b = 0; b < out.counts.size(); ++b) {
      const double low = model.edges_kev[b], high = model.edges_kev[b + 1], most = kGuessed * (high - low);
      if (lowest - low > most || high - highest > most) out.bin_variance[b] = kNothing;
    }
    // d/dload of everything, times the load's uncertainty.
    const double off = std::hypot(std::max(model.load_noise * load, kLoadFloor), load_sd);
    load_direction = (h.leftCols<4>() * x.head<4>()).array() / (1 - model.shadow.most * (1 - shadowed)) *
                     (-model.shadow.most * mu * shadowed);
    if (load > 0) load_direction += (h.middleCols<3>(4) * x.segment<3>(4)).array() / load;
    load_direction *= off;
  }

  std::array<double, kDirections> amounts() const {
    std::array<double, kDirections> all{};
    Eigen::Map<Vector>(all.data()) = x;
    all[kGain] = std::log(gain) + x[kGain];
    return all;
  }

  void pass(double seconds) {
    Vector q;
    const double radon = drift.radon * ambient_cps;
    q << drift.ambient, radon / 2, radon, radon / 2, 0, 0, 0, drift.gain;
    for (Index o = kOreK; o <= kOreTh; ++o) q[o] = drift.ore * std::max(std::abs(x[o]), 0.002 * ambient_cps);
    p.diagonal() += q.cwiseAbs2() * std::clamp(seconds, 0.0, 3600.0);
    for (Index i = 0; i < kDirections; ++i) {
      const double most = 4 * first_p(i, i);
      if (p(i, i) > most && q[i] > 0) {
        const double shrink = std::sqrt(most / p(i, i));
        p.row(i) *= shrink;
        p.col(i) *= shrink;
      }
    }
  }

  void learn(double load, double live, const ArrayXd& y) {
    predict(load, live, scratch);
    const Eigen::Map<const ArrayXd> mean(scratch.counts.data(), bins), load_h(scratch.load_direction.data(), bins);
    const Eigen::Map<const Columns> h(scratch.directions.data(), bins, kDirections);
    const Eigen::Map<const ArrayXd> unknown(scratch.bin_variance.data(), bins);
    const ArrayXd weight = (mean + unknown).inverse();
    const ArrayXd residual = y - mean;
    const Columns weighed = h.array().colwise() * weight;
    Matrix information = weighed.transpose() * h;
    Vector score = weighed.transpose() * residual.matrix();
    // The load's own error is met once an interval and taken out (Sherman and Morrison, 1950).
    const Vector cross = weighed.transpose() * load_h.matrix();
    const double met = (load_h.square() * weight).sum(), part = 1 / (1 + met);
    score -= cross * (part * (load_h * weight * residual).sum());
    information -= part * cross * cross.transpose();
    const Matrix eye = Matrix::Identity();
    const Matrix updated = (eye + p * information).partialPivLu().solve(p);
    p = 0.5 * (updated + updated.transpose());
    const Vector change = p * score;
    x += change;
    const ArrayXd left_over = residual - (h * change).array();
    // A Kalman filter a bin, with what is not known of the others as noise to each.
    ArrayXd spread = mean;
    for (const Own& own : owns) {
      if (own.cps.size() == bins) spread += own.variance * live * live;
    }
    factors.learn(span(ambient_part), span(ore_part), span(spread), span(left_over));
    for (Own& own : owns) {
      if (own.cps.size() != bins) continue;
      const ArrayXd gain_of = own.variance * live / (mean + unknown);
      own.cps += gain_of * left_over;
      own.variance *= 1 - gain_of * live;
    }
    if (std::abs(x[kGain]) > kRestretch) {
      gain = std::clamp(gain * (1 + std::clamp(x[kGain], -0.03, 0.03)), 0.7, 1.4);
      x[kGain] = 0;
      stretch();
      if (std::abs(gain / factors_gain - 1) > kMoveFactors) {
        factors.stretch(model.edges_kev, gain / factors_gain);
        factors_gain = gain;
      }
    }
  }

  // Which gain fits the first seconds best, with the amounts free: a start for the filter.
  void scan() {
    scanned = true;
    double best = 1e300, best_gain = 1;
    const double load = scan_load / std::max(scan_s, 1e-9);
    if (mu.size() != bins) predict(load, scan_s, scratch);
    const ArrayXd through = left(load);
    for (double g = 1 - kScanWidth; g <= 1 + kScanWidth + 1e-9; g += kScanStep) {
      Eigen::MatrixXd columns(bins, 4);
      columns.col(0) = at(model.ambient_cps, g) * through;
      for (Index o = 0; o < 3; ++o) columns.col(1 + o) = at(model.ore[static_cast<std::size_t>(o)], g) * ambient_cps;
      const Eigen::VectorXd weight = scan_counts.max(1.0).inverse();
      Eigen::Matrix4d normal = columns.transpose() * weight.asDiagonal() * columns;
      // A weak pull to a little of the ore's shapes keeps amounts from running away.
      const double pull = normal(0, 0);
      for (Index i = 1; i < 4; ++i) normal(i, i) += 0.3 * pull;
      const Eigen::Vector4d right = columns.transpose() * (weight.array() * scan_counts).matrix();
      const double left_over = -right.dot(normal.ldlt().solve(right));
      if (left_over < best) best = left_over, best_gain = g;
    }
    if (best_gain == 1) return;
    gain = factors_gain = best_gain;
    x[kGain] = 0;
    stretch();
  }
};

BeltTracker::BeltTracker(const BackgroundModel& model, const DriftModel& drift)
    : state_(std::make_unique<State>(model, drift)) {}
BeltTracker::~BeltTracker() = default;
BeltTracker::BeltTracker(BeltTracker&&) noexcept = default;

void BeltTracker::predict(double load, double live_s, Prediction& prediction, double load_sd) const {
  state_->predict(load, live_s, prediction, load_sd);
}

double BeltTracker::ore_seen_s() const { return state_->ore_seen_s; }

std::array<double, kDirections> BeltTracker::amounts() const { return state_->amounts(); }

void BeltTracker::covariance(double ahead_s, std::span<double, kDirections * kDirections> result) const {
  Matrix later = state_->p;
  const Matrix held = state_->p;
  state_->pass(ahead_s);
  later = state_->p;
  state_->p = held;
  Eigen::Map<Matrix>(result.data()) = later;
}

void BeltTracker::learn(double load, double live_s, double seconds, std::span<const double> bins, bool trust) {
  State& s = *state_;
  s.pass(seconds);
  s.factors.pass(seconds);
  for (auto& own : s.owns) own.variance += own.cps.square() * (kOwnDrift * kOwnDrift * std::clamp(seconds, 0.0, 60.0));
  if (!trust || !(live_s > 0)) return;
  const Eigen::Map<const ArrayXd> y(bins.data(), s.bins);
  if (!s.scanned) {
    s.scan_counts += y;
    s.scan_s += live_s;
    s.scan_load += load * live_s;
    if (s.scan_s >= kScan_s) s.scan();
    if (!s.scanned) return;
  }
  s.learn(load, live_s, y);
  s.ore_seen_s += live_s * std::min(1.0, load / kTrackerLoadUnit);
}

void BeltTracker::rescale(double factor) {
  State& s = *state_;
  s.x.head<7>() *= factor;
  for (Index i = 0; i < 7; ++i) s.p(i, i) += std::pow(0.03 * s.x[i], 2);
}

void BeltTracker::unsettle_around(double share) { state_->p(kAmbient, kAmbient) += std::pow(share * state_->x[kAmbient], 2); }

void BeltTracker::unsettle_ore(double share) {
  State& s = *state_;
  for (Index i = kOreK; i <= kOreTh; ++i)
    s.p(i, i) = std::min(s.p(i, i) + std::pow(share * std::max(s.x[i], 0.02 * s.ambient_cps), 2), s.first_p(i, i));
}

void BeltTracker::unsettle_all() {
  State& s = *state_;
  const Vector common = kCommonSd * s.x;
  s.p.topLeftCorner<7, 7>() += common.head<7>() * common.head<7>().transpose();
  for (Index i = 0; i < 7; ++i) s.p(i, i) += std::pow(kEachSd * s.x[i], 2);
  s.p(kGain, kGain) += kOtherGainSd * kOtherGainSd;
  s.factors.unsettle(kEachSd);
}

void BeltTracker::KnownOre::unsettle() {
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) covariance[i * 3 + k] += kCommonSd * kCommonSd * amounts[i] * amounts[k];
  }
}

void BeltTracker::forget_ore() {
  State& s = *state_;
  for (Index i = kOreK; i <= kOreTh; ++i) {
    s.p.row(i).setZero();
    s.p.col(i).setZero();
    s.p(i, i) = s.first_p(i, i);
  }
  s.factors.forget_ore();
  s.ore_seen_s = 0;
}

BeltTracker::KnownOre BeltTracker::known_ore() const {
  const State& s = *state_;
  KnownOre ore;
  for (Index i = 0; i < 3; ++i) {
    ore.amounts[static_cast<std::size_t>(i)] = s.x[kOreK + i];
    for (Index k = 0; k < 3; ++k) ore.covariance[static_cast<std::size_t>(i * 3 + k)] = s.p(kOreK + i, kOreK + k);
  }
  ore.factors = s.factors.ore_known();
  ore.seen_s = s.ore_seen_s;
  return ore;
}

void BeltTracker::recall_ore(const KnownOre& ore, double seconds) {
  forget_ore();
  State& s = *state_;
  for (Index i = 0; i < 3; ++i) {
    s.x[kOreK + i] = ore.amounts[static_cast<std::size_t>(i)];
    for (Index k = 0; k < 3; ++k) s.p(kOreK + i, kOreK + k) = ore.covariance[static_cast<std::size_t>(i * 3 + k)];
    const double q = s.drift.ore * std::max(std::abs(s.x[kOreK + i]), 0.002 * s.ambient_cps);
    double& variance = s.p(kOreK + i, kOreK + i);
    variance = std::max(variance, std::min(variance + q * q * std::max(seconds, 0.0), s.first_p(kOreK + i, kOreK + i)));
  }
  s.factors.recall_ore(ore.factors, seconds);
  s.ore_seen_s = ore.seen_s;
}

void BeltTracker::begin_own(OwnCause cause, std::span<const double> cps, std::span<const double> sd) {
  const State& s = *state_;
  state_->owns[cause] = {Eigen::Map<const ArrayXd>(cps.data(), s.bins), Eigen::Map<const ArrayXd>(sd.data(), s.bins).square()};
}

void BeltTracker::end_own(OwnCause cause) { state_->owns[cause] = {}; }

void BeltTracker::unsettle_gain(double sd) { state_->p(kGain, kGain) += sd * sd; }

void BeltTracker::forget() { state_->reset(); }

GainState BeltTracker::gain() const {
  const State& s = *state_;
  GainState gain{s.gain * (1 + s.x[kGain]), std::sqrt(std::max(s.p(kGain, kGain), 0.0)), false};
  gain.good = s.scanned && gain.error < 0.005;
  return gain;
}

BeltTracker::Ore BeltTracker::ore(OreSeries series) const {
  const Index i = kOreK + static_cast<Index>(series);
  return {state_->x[i], std::sqrt(std::max(state_->p(i, i), 0.0))};
}

std::uint64_t BeltTracker::shape_version() const { return state_->version; }

}  // namespace beltwarden::gamma
