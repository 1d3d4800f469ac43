#include "science/gamma/source_tests.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

namespace beltwarden::gamma {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Vector = Eigen::Matrix<double, kDirections, 1>;
using Matrix = Eigen::Matrix<double, kDirections, kDirections>;
using Columns = Eigen::Matrix<double, Eigen::Dynamic, kDirections>;
using PerCandidate = Eigen::Matrix<double, Eigen::Dynamic, kDirections>;

constexpr double kRestretchTests = 1e-3;
constexpr double kCoherent_s = 1.2;
constexpr double kLeastScatter = 0.5;   // of the counts, beside frozen detectors
constexpr double kDesignCps = 120;   // that a source adds on the mean of its passage: what tests are best for
constexpr std::size_t kBands = 10;
// More or less of what is there, a gain that jumps, and electronic noise at the lowest energies.
constexpr std::array<const char*, 6> kBackgroundShapes = {"all", "surroundings", "ore", "gain", "noise", "wide noise"};
constexpr double kTestNoiseKev = 12, kWideNoiseKev = 30;

// Sums over bins that windows are made of.
struct Moments {
  double live_s = 0;
  double mean = 1;                 // counts expected in all bins,
  Vector mean_slope;               // and for one unit of each direction
  Vector amounts;
  ArrayXd score, information;      // of each candidate
  ArrayXd true_information;        // its test's shape against its own
  ArrayXd third;                   // third cumulant of the score
  PerCandidate cross;              // candidate against direction
  Vector direction_score;
  Matrix direction_information;
};

// A score `z` of skewness `skew` as a normal deviate: a score so skewed is like a Poisson count of mean 1/skew^2, and
// the signed root of its deviance is nearly normal (McCullagh and Nelder, Generalized Linear Models, 2.4.3).
double normal_deviate(double z, double skew) {
  if (!(z > 0) || !(skew > 1e-3)) return z;
  const double mean = 1 / (skew * skew), over = 1 + z * skew;
  return std::sqrt(std::max(0.0, 2 * mean * (over * std::log(over) - over + 1)));
}

}  // namespace

struct SourceTests::State {
  const BackgroundModel& model;
  const TemplateLibrary& library;
  double anchor;
  std::vector<Candidate> candidates;
  std::vector<const SourceTemplate*> sources;   // of the candidates, null for others
  Index bins = 0, source_count = 0;
  double stretched_to = 0;
  MatrixXd shapes;                              // bins x candidates, each sums to 1
  MatrixXd weighted;                            // as they are tested for, see add()
  std::vector<std::size_t> band_of;             // of a bin
  std::array<Moments, kHeld> ring;
  std::size_t next = 0, held = 0;

  void stretch(double gain) {
    stretched_to = gain;
    for (Index c = 0; c < source_count; ++c) {
      const auto shape = library.shape(*sources[static_cast<std::size_t>(c)], model.edges_kev, gain * anchor);
      if (shape.empty()) {
        shapes.col(c).setConstant(1.0 / static_cast<double>(bins));
      } else {
        shapes.col(c) = Eigen::Map<const Eigen::VectorXd>(shape.data(), bins);
      }
    }
  }
};

SourceTests::SourceTests(const BackgroundModel& model, const TemplateLibrary& library, double anchor_gain)
    : state_(new State{.model = model, .library = library, .anchor = anchor_gain}) {
  State& s = *state_;
  s.bins = static_cast<Index>(model.ambient_cps.size());
  for (const auto& source : library.templates) {
    const double share = alarm_share(source.nuclide);
    if (!(share > 0) || library.shape(source, model.edges_kev).empty()) continue;
    // Bare alone for what is rarely met: each shape more costs time and false alarms.
    if (!shows_lines(library, source)) continue;
    if (share < 1 && source.shielding != "Unshielded" && source.shielding != "Bulk") continue;
    s.candidates.push_back({Candidate::Role::kSource, source.nuclide, source.shielding});
    s.sources.push_back(&source);
  }
  s.source_count = static_cast<Index>(s.candidates.size());
  for (const char* name : kBackgroundShapes) s.candidates.push_back({Candidate::Role::kBackground, name, ""});
  for (std::size_t b = 0; b < kBands; ++b) s.candidates.push_back({Candidate::Role::kBand, "band", ""});
  s.shapes = MatrixXd::Zero(s.bins, static_cast<Index>(s.candidates.size()));
  // Bands of equal counts on the empty belt.
  double all = 0, sum = 0;
  for (const double cps : model.ambient_cps) all += cps;
  for (const double cps : model.ambient_cps) {
    s.band_of.push_back(std::min(kBands - 1, static_cast<std::size_t>(sum / std::max(all, 1e-9) * kBands)));
    sum += cps;
  }
  for (Index b = 0; b < s.bins; ++b) {
    const auto i = static_cast<std::size_t>(b);
    const double above = model.edges_kev[i] - model.edges_kev[0], width = model.edges_kev[i + 1] - model.edges_kev[i];
    s.shapes(b, s.source_count + 4) = width * std::exp(-above / kTestNoiseKev);
    s.shapes(b, s.source_count + 5) = width * std::exp(-above / kWideNoiseKev);
  }
  for (Index c = s.source_count + 4; c < s.source_count + 6; ++c) s.shapes.col(c) /= s.shapes.col(c).sum();
  s.stretch(1);
}

SourceTests::~SourceTests() = default;
SourceTests::SourceTests(SourceTests&&) noexcept = default;

const std::vector<Candidate>& SourceTests::candidates() const { return state_->candidates; }
std::size_t SourceTests::held() const { return state_->held; }
void SourceTests::clear() { state_->held = 0; }

void SourceTests::add(std::span<const double> counts, double live_s, const Prediction& prediction, double gain) {
  State& s = *state_;
  if (std::abs(gain / s.stretched_to - 1) > kRestretchTests) s.stretch(gain);
  const Index n = s.bins;
  const Eigen::Map<const ArrayXd> y(counts.data(), n), mean(prediction.counts.data(), n),
      load(prediction.load_direction.data(), n);
  const Eigen::Map<const Columns> h(prediction.directions.data(), n, kDirections);
  // Shapes that come from the background itself.
  const Index c = s.source_count;
  const ArrayXd total = mean / std::max(mean.sum(), 1e-9);
  s.shapes.col(c) = total;
  const ArrayXd around = h.col(0).array();
  s.shapes.col(c + 1) = around / std::max(around.sum(), 1e-9);
  const ArrayXd ore = (mean - around).max(1e-3 * mean);
  s.shapes.col(c + 2) = ore / std::max(ore.sum(), 1e-9);
  s.shapes.col(c + 3) = h.col(kDirections - 1) / std::max(mean.sum(), 1e-9);
  for (Index b = 0; b < n; ++b) {
    for (std::size_t k = 0; k < kBands; ++k)
      s.shapes(b, c + static_cast<Index>(kBackgroundShapes.size() + k)) = s.band_of[static_cast<std::size_t>(b)] == k ? total[b] : 0;
  }
  // What is not known of a bin is wrong in all intervals of a window alike: it counts for as many as a source lasts.
  const Eigen::Map<const ArrayXd> unknown(prediction.bin_variance.data(), n);
  // What a frozen detector repeats does not scatter.
  ArrayXd scatter = mean;
  if (const auto& frozen = prediction.own[kFrozenOwn]; frozen.size() == prediction.counts.size())
    scatter = (mean - Eigen::Map<const ArrayXd>(frozen.data(), n)).max(kLeastScatter * mean);
  const ArrayXd weight = (scatter + kCoherent_s / std::max(live_s, 1e-3) * unknown).inverse();
  const ArrayXd pull = weight * (y - mean);
  const Columns weighed = h.array().colwise() * weight;
  Moments& m = s.ring[s.next];
  s.next = (s.next + 1) % kHeld;
  s.held = std::min(s.held + 1, kHeld);
  // The best test for a source of `a` cps weighs counts by log(1 + a s / mean), not by s / mean: a strong line over few
  // counts decides less. (Likelihood ratio of two Poisson means: Lehmann and Romano, Testing Statistical Hypotheses,
  // 3.2.) Put as another shape; the logarithm by its Pade approximant x (6 + x) / (6 + 4 x).
  s.weighted = s.shapes;
  const ArrayXd per_mean = kDesignCps * live_s / mean;
  for (Index k = 0; k < s.source_count; ++k) {
    const ArrayXd x = s.shapes.col(k).array() * per_mean;
    s.weighted.col(k).array() *= (6 + x) / (6 + 4 * x);
  }
  m.live_s = live_s;
  m.mean = std::max(mean.sum(), 1e-9);
  m.mean_slope = h.colwise().sum().transpose();
  m.amounts = Eigen::Map<const Vector>(prediction.state.data());
  m.score = s.weighted.transpose() * pull.matrix();
  m.cross = s.weighted.transpose() * weighed;
  m.information = s.weighted.array().square().matrix().transpose() * weight.matrix();
  m.true_information = (s.weighted.array() * s.shapes.array()).matrix().transpose() * weight.matrix();
  m.third = s.weighted.array().cube().matrix().transpose() * (weight.cube() * scatter).matrix();
  m.direction_score = h.transpose() * pull.matrix();
  m.direction_information = weighed.transpose() * h;
  // The load's own error in this interval, taken out of everything.
  const ArrayXd load_weighed = load * weight;
  const Vector with_directions = h.transpose() * load_weighed.matrix();
  const Eigen::VectorXd with_candidates = s.weighted.transpose() * load_weighed.matrix();
  const double part = 1 / (1 + (load * load_weighed).sum()), with_counts = (load * pull).sum();
  m.score -= with_candidates.array() * (part * with_counts);
  m.cross -= part * with_candidates * with_directions.transpose();
  m.information -= part * with_candidates.array().square();
  m.direction_score -= with_directions * (part * with_counts);
  m.direction_information -= part * with_directions * with_directions.transpose();
}

std::span<const double> SourceTests::shape(std::size_t candidate) const {
  return {state_->shapes.col(static_cast<Index>(candidate)).data(), static_cast<std::size_t>(state_->bins)};
}

void SourceTests::score(std::span<const double> profile, std::size_t ends_before,
                        const std::array<double, kDirections>& amounts,
                        std::span<const double, kDirections * kDirections> covariance, WindowScores& scores) const {
  const State& s = *state_;
  const auto count = static_cast<Index>(s.candidates.size());
  scores.z.assign(s.candidates.size(), 0);
  scores.significance.assign(s.candidates.size(), 0);
  scores.cps.assign(s.candidates.size(), 0);
  if (s.held < profile.size() + ends_before) return;
  ArrayXd score = ArrayXd::Zero(count), information = score, true_information = score, third = score;
  PerCandidate cross = PerCandidate::Zero(count, kDirections);
  const Vector now = Eigen::Map<const Vector>(amounts.data());
  Vector direction_score = Vector::Zero();
  Matrix direction_information = Matrix::Zero();
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const std::size_t back = ends_before + profile.size() - i;  // 1 is the newest
    const Moments& m = s.ring[(s.next + 2 * kHeld - back) % kHeld];
    const double added = profile[i] * m.live_s;                 // counts for 1 cps at the peak
    // What was expected by an older state is brought to the newest: an ore learnt meanwhile is no source.
    const Vector moved = m.amounts - now;
    // Counts scatter by what they are now known to come from: an ore that has turned out ten times as hot by ten times as much. Less is
    // left as it is, which costs a little of the tests for some seconds.
    const double precise = m.mean / std::max(m.mean - m.mean_slope.dot(moved), m.mean);
    score += precise * added * (m.score + (m.cross * moved).array());
    information += precise * added * added * m.information;
    true_information += precise * added * added * m.true_information;
    third += precise * precise * added * added * added * m.third;
    cross += precise * added * m.cross;
    direction_score += precise * (m.direction_score + m.direction_information * moved);
    direction_information += precise * m.direction_information;
  }
  // (P^-1 + B)^-1 = (I + P B)^-1 P
  const Eigen::Map<const Matrix> p(covariance.data());
  const Matrix posterior = (Matrix::Identity() + p * direction_information).partialPivLu().solve(p);
  const PerCandidate explained = cross * posterior;
  for (Index c = 0; c < count; ++c) {
    const double left = information[c] - explained.row(c).dot(cross.row(c));
    if (!(left > 1e-12 * information[c]) || !(left > 0)) continue;
    const double net = score[c] - explained.row(c).dot(direction_score);
    scores.z[static_cast<std::size_t>(c)] = net / std::sqrt(left);
    scores.significance[static_cast<std::size_t>(c)] = normal_deviate(net / std::sqrt(left), third[c] / std::pow(information[c], 1.5));
    scores.cps[static_cast<std::size_t>(c)] = net / left * information[c] / std::max(true_information[c], 1e-12);
  }
}

}  // namespace beltwarden::gamma
