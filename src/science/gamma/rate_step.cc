#include "science/gamma/rate_step.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace beltwarden::gamma {
namespace {
using Eigen::ArrayXd;
using Eigen::Index;

constexpr double kWindow_s = 2.4;
constexpr double kLeastStep = 0.13;        // of the rate: one detector of seven
constexpr double kDeviations = 8;          // of the rate
constexpr double kPartDeviations = 4;      // of the surroundings with all parts free
constexpr double kOreChange = 0.4;         // standard deviation of what an ore's amounts may change by at once
constexpr double kStepKnown = 0.05;            // relative uncertainty of what is expected
constexpr double kLeastStepCounts = 100;       // of either window
}  // namespace

std::optional<RateStep::Step> RateStep::observe(double time, std::span<const double> counts, std::span<const double> expected,
                                                std::span<const double> parts, double expected_sd) {
  if (!(expected_sd < kStepKnown)) {
    recent_.clear();
    return {};
  }
  recent_.push_back({time, std::accumulate(counts.begin(), counts.end(), 0.0), std::accumulate(expected.begin(), expected.end(), 0.0),
                     {counts.begin(), counts.end()}, {parts.begin(), parts.end()}});
  while (recent_.front().time_s < time - 2 * kWindow_s) recent_.pop_front();
  Recent early, late, newest;
  double from = time;
  for (const Recent& r : recent_) {
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
  if (std::abs(change) < kLeastStep ||
      std::abs(after - before) < kDeviations * std::hypot(std::sqrt(1 / early.expected + 1 / late.expected), expected_sd)) {
    return {};
  }
  // Clear of the step when the newer half of the late window agrees with all of it.
  if (std::abs(newest.observed / std::max(newest.expected, 1.0) - after) > 3 * std::sqrt(1 / std::max(newest.expected, 1.0)) + 0.01)
    return {};
  const auto bins = static_cast<Index>(counts.size());
  ArrayXd y = ArrayXd::Zero(bins);
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(bins, kParts);
  for (const Recent& r : recent_) {
    if (!(r.time_s > time - kWindow_s)) continue;
    y += Eigen::Map<const ArrayXd>(r.counts.data(), bins);
    columns += Eigen::Map<const Eigen::MatrixXd>(r.parts.data(), bins, kParts);
  }
  const Eigen::VectorXd weight = columns.rowwise().sum().array().max(0.5).inverse();
  Eigen::Matrix4d normal = columns.transpose() * weight.asDiagonal() * columns;
  Eigen::Vector4d right = columns.transpose() * (weight.array() * y).matrix();
  for (Index i = 1; i < normal.rows(); ++i) {
    normal(i, i) += 1 / (kOreChange * kOreChange);
    right[i] += before / (kOreChange * kOreChange);
  }
  normal(0, 0) += 1e-9;
  const Eigen::Matrix4d inverse = normal.inverse();
  const double around = (inverse * right)[0], error = std::sqrt(std::max(inverse(0, 0), 0.0));
  const double moved = around - before;
  if (moved * change < 0 || std::abs(moved) < kLeastStep * before || std::abs(moved) < kPartDeviations * error) return {};
  recent_.clear();
  return Step{1 + change, from};
}

}  // namespace beltwarden::gamma
