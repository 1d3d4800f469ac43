#include "science/gamma/rate_step.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace beltwarden::gamma {
namespace {
using Eigen::ArrayXd;
using Eigen::Index;

constexpr std::array<double, 3> kLooks_s = {2.4, 5, 10};
constexpr double kLeastStep = 0.12;        // of the rate: one detector of eight
constexpr double kDeviations = 8;          // of the rate
constexpr double kBetter = 14;             // of chi-squared, that one explanation fits better by
constexpr double kWorstFit = 2;            // of chi-squared a bin: what fits worse is neither
constexpr double kOreChange = 0.5;         // standard deviation of what an ore's amounts may change by at once
constexpr double kAroundSd = 0.01;         // of the surroundings, which an ore leaves as they are
constexpr double kStepKnown = 0.06;        // relative uncertainty of what is expected
constexpr double kLeastStepCounts = 100;   // of either window
constexpr double kSharper = 10;            // of chi-squared, that a step at once fits better by than one that passes
constexpr double kSharpReach_s = 2;        // to either side of a step, over which it is looked at
constexpr double kStepBetter = 25;         // of chi-squared, that a step explains better than a passage
constexpr double kLeastOfStep = 0.06;      // of the rate, that a step is
constexpr std::size_t kLeastSide = 3;      // intervals to either side of it
constexpr double kSteady = 0.1;            // change of what is expected meanwhile, above which that is no evidence
}  // namespace

RateStep::Cause RateStep::cause_of(double from_s, double before, double& factor) const {
  Index bins = 0;
  for (const Recent& r : recent_) bins = static_cast<Index>(r.counts.size());
  ArrayXd y = ArrayXd::Zero(bins);
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(bins, kParts);
  for (const Recent& r : recent_) {
    if (!(r.time_s >= from_s)) continue;
    y += Eigen::Map<const ArrayXd>(r.counts.data(), bins);
    columns += Eigen::Map<const Eigen::MatrixXd>(r.parts.data(), bins, kParts);
  }
  const ArrayXd all = columns.rowwise().sum().array();
  factor = y.sum() / std::max(all.sum(), 1e-9);
  // Weights of what is counted, from the smooth expectation at that level.
  const Eigen::VectorXd weight = (factor * all).max(0.5).inverse();
  const double detector = (weight.array() * (y - factor * all).square()).sum();
  // The ore by itself, from where it was; the surroundings held.
  Eigen::Matrix4d normal = columns.transpose() * weight.asDiagonal() * columns;
  Eigen::Vector4d right = columns.transpose() * (weight.array() * (y - before * all)).matrix();
  const double prior = 1 / (kOreChange * kOreChange);
  normal(0, 0) += 1 / (kAroundSd * kAroundSd);
  for (Index i = 1; i < normal.rows(); ++i) normal(i, i) += prior;
  const Eigen::Vector4d moved = normal.ldlt().solve(right);
  const ArrayXd there = before * all + (columns * moved).array();
  const double ore = (weight.array() * (y - there).square()).sum() + moved.tail<3>().squaredNorm() * prior +
                     std::pow(moved[0] / kAroundSd, 2);
  if (detector + kBetter < ore && detector < kWorstFit * static_cast<double>(bins)) return Cause::kDetector;
  return ore + kBetter < detector ? Cause::kOre : Cause::kUnclear;
}

// Another ore needs as long to come as any edge on the belt takes to pass a detector; one that fails does so at once. The load may
// not change meanwhile: a load that is wrong comes as fast as it is read.
bool RateStep::sharp(double from_s, double passage_s) const {
  std::vector<const Recent*> near;
  for (const Recent& r : recent_) {
    if (std::abs(r.time_s - from_s) <= kSharpReach_s) near.push_back(&r);
  }
  if (near.size() < 10) return false;
  const double step_s = (near.back()->time_s - near.front()->time_s) / static_cast<double>(near.size() - 1);
  const double least_width_s = passage_s / 1.5328;   // an edge's own, of a point source's half maximum
  if (!(step_s > 0) || step_s > least_width_s) return false;   // too slow an instrument to tell
  double least = 1e300, most = 0;
  for (const Recent* r : near) least = std::min(least, r->expected), most = std::max(most, r->expected);
  if (most > (1 + kSteady) * least) return false;
  // From one ratio to another: chi-squared of the best two, at the best moment.
  const auto chi_squared = [&](double width_s) {
    double best = 1e300;
    for (double at = from_s - kSharpReach_s / 2; at <= from_s + kSharpReach_s / 2; at += step_s / 4) {
      Eigen::Matrix2d normal = 1e-9 * Eigen::Matrix2d::Identity();
      Eigen::Vector2d right = Eigen::Vector2d::Zero();
      double square = 0;
      for (const Recent* r : near) {
        const double t = r->time_s + step_s / 2 - at;
        const double done = width_s > 0 ? 0.5 * (1 + t / std::hypot(t, width_s)) : std::clamp(t / step_s + 0.5, 0.0, 1.0);
        const Eigen::Vector2d h(1 - done, done);
        normal += r->expected * h * h.transpose();
        right += r->observed * h;
        square += r->observed * r->observed / r->expected;
      }
      const Eigen::Vector2d ratios = normal.ldlt().solve(right);
      best = std::min(best, (square - right.dot(ratios)) / std::max(ratios.mean(), 1e-3));
    }
    return best;
  };
  double passing = 1e300;
  for (double width_s = least_width_s; width_s < kSharpReach_s; width_s *= 2) passing = std::min(passing, chi_squared(width_s));
  return chi_squared(0) + kSharper < passing;
}

std::optional<RateStep::Step> RateStep::observe(double time, std::span<const double> counts, std::span<const double> expected,
                                                std::span<const double> parts, double expected_sd, double passage_s) {
  if (!(expected_sd < kStepKnown)) {
    clear();
    return {};
  }
  recent_.push_back({time, std::accumulate(counts.begin(), counts.end(), 0.0), std::accumulate(expected.begin(), expected.end(), 0.0),
                     {counts.begin(), counts.end()}, {parts.begin(), parts.end()}});
  while (recent_.front().time_s < time - kLooks_s.back() - kLooks_s.front()) recent_.pop_front();
  double factor = 1;
  if (pending_) {
    if (time - pending_->from_s < kLooks_s[pending_->looks]) return {};
    const Pending now = *pending_;
    const Cause cause = cause_of(now.from_s, now.before, factor);
    const double change = factor / now.before - 1;
    if (cause == Cause::kDetector && change * now.change > 0 && std::abs(change) > kLeastStep) {
      clear();
      return Step{1 + change, now.from_s};
    }
    // Gone again, another ore, or nobody knows.
    if (cause != Cause::kUnclear || std::abs(change) < kLeastStep || ++pending_->looks == kLooks_s.size()) clear();
    return {};
  }
  constexpr double kWindow_s = kLooks_s.front();
  Recent early, late, newest;
  double from = time;
  for (const Recent& r : recent_) {
    if (r.time_s < time - 2 * kWindow_s) continue;
    Recent& to = r.time_s > time - kWindow_s ? late : early;
    to.observed += r.observed, to.expected += r.expected;
    if (&to == &late) from = std::min(from, r.time_s);
    if (r.time_s > time - kWindow_s / 2) newest.observed += r.observed, newest.expected += r.expected;
  }
  if (!(early.expected > kLeastStepCounts) || !(late.expected > kLeastStepCounts)) return {};
  const double after = late.observed / late.expected;
  // A source that has passed is no fall.
  double before = early.observed / early.expected;
  if (after < before) before = std::min(before, 1.0);
  const double change = after / std::max(before, 1e-3) - 1;
  const double scatter = std::sqrt(1 / early.expected + 1 / late.expected);
  if (std::abs(change) < kLeastStep || std::abs(after - before) < kDeviations * scatter) return {};
  // Clear of the step when the newer half of the late window agrees with all of it.
  if (std::abs(newest.observed / std::max(newest.expected, 1.0) - after) > 3 * std::sqrt(1 / std::max(newest.expected, 1.0)) + 0.01)
    return {};
  Cause cause = cause_of(from, before, factor);
  if (cause == Cause::kUnclear && change < 0 && sharp(from, passage_s)) cause = Cause::kDetector;
  // What is not known of the ore wanders, but not from one interval to the next.
  else if (std::abs(after - before) < kDeviations * std::hypot(scatter, expected_sd)) return {};
  switch (cause) {
    case Cause::kDetector: clear(); return Step{1 + change, from};
    case Cause::kOre: recent_.clear(); return {};
    case Cause::kUnclear: break;
  }
  // What rises may be a source: that is not waited for.
  if (change < 0) pending_ = Pending{from, before, change};
  return {};
}

std::optional<std::size_t> step_rather_than_passage(std::span<const double> counted, std::span<const double> expected,
                                                    std::span<const double> passing) {
  const std::size_t n = counted.size();
  const ArrayXd y = Eigen::Map<const ArrayXd>(counted.data(), static_cast<Index>(n));
  const ArrayXd mean = Eigen::Map<const ArrayXd>(expected.data(), static_cast<Index>(n)).max(1e-3);
  // Chi-squared beside the best factor on all and the best amount of `beside`, which is returned as well.
  const auto fit = [&](const ArrayXd& beside) {
    Eigen::Matrix2d normal;
    const double cross = beside.sum();
    normal << mean.sum(), cross, cross, (beside.square() / mean).sum() + 1e-9;
    const Eigen::Vector2d right(y.sum(), (beside * y / mean).sum()), amounts = normal.ldlt().solve(right);
    return std::pair{(y.square() / mean).sum() - right.dot(amounts), amounts[1]};
  };
  double best = fit(Eigen::Map<const ArrayXd>(passing.data(), static_cast<Index>(n))).first - kStepBetter;
  std::optional<std::size_t> found;
  for (std::size_t at = kLeastSide; at + kLeastSide <= n; ++at) {
    const auto left = static_cast<Index>(n - at);
    ArrayXd later = ArrayXd::Zero(static_cast<Index>(n));
    later.tail(left) = mean.tail(left);
    const auto [chi_squared, change] = fit(later);
    if (chi_squared < best && std::abs(change) > kLeastOfStep) best = chi_squared, found = at;
  }
  return found;
}

}  // namespace beltwarden::gamma
