#include "science/spectra/cusum.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr int kStates = 100;

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

}  // namespace

double cusum_run_length(double shift, double k, double h) {
  // States: the middles of cells of width w, the first one around zero taking all that falls below.
  const double w = 2 * h / (2 * kStates - 1);
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(kStates, kStates);
  for (int i = 0; i < kStates; ++i) {
    const double from = i * w;
    for (int j = 0; j < kStates; ++j) {
      const double upper = normal_cdf((j + 0.5) * w - from + k - shift);
      const double lower = j == 0 ? 0 : normal_cdf((j - 0.5) * w - from + k - shift);
      a(i, j) -= upper - lower;
    }
  }
  return solve_square(a, Eigen::VectorXd::Ones(kStates))[0];
}

double cusum_threshold(double k, double values_between_false_alarms) {
  const double wanted = std::clamp(values_between_false_alarms, 2.0, 1e7);
  double low = 1e-3, high = 1;
  while (cusum_run_length(0, k, high) < wanted && high < 1e3) low = high, high *= 2;
  while (high - low > 1e-3) {
    const double mid = (low + high) / 2;
    (cusum_run_length(0, k, mid) < wanted ? low : high) = mid;
  }
  return high;
}

Cusum::Cusum(const CusumOptions& options) : options_(options) {
  // Where the shift is many standard deviations, k = half of it would leave h at nothing: one value is enough then anyway.
  k_ = std::clamp(std::abs(options.shift) / options.sd / 2, 0.05, 3.0);
  state_.threshold = cusum_threshold(k_, options.values_between_false_alarms);
  state_.mean_since = options.target;
}

Result<Cusum> Cusum::make(const CusumOptions& o) {
  if (!std::isfinite(o.target) || !std::isfinite(o.shift) || o.shift == 0 || !(o.sd > 0) || !std::isfinite(o.sd) ||
      !(o.values_between_false_alarms >= 2 && o.values_between_false_alarms <= 1e7)) {
    return invalid_input("CUSUM: expected a finite target, a shift other than 0, a standard deviation above 0 and 2 to 1e7 values "
                         "between false alarms, found shift " + std::to_string(o.shift) + ", standard deviation " +
                         std::to_string(o.sd) + ", " + std::to_string(o.values_between_false_alarms) + " values");
  }
  return Cusum(o);
}

const Cusum::State& Cusum::step(double value, double std_error) {
  if (!std::isfinite(value)) return state_;
  const double sign = options_.shift > 0 ? 1 : -1;
  const double sd = std::isfinite(std_error) ? std::max(options_.sd, std_error) : options_.sd;
  const double z = sign * (value - options_.target) / sd;
  state_.sum = std::max(0.0, state_.sum + z - k_);
  state_.run = state_.sum > 0 ? state_.run + 1 : 0;
  state_.alarm = state_.sum > state_.threshold;
  state_.mean_since = options_.target;
  if (state_.run > 0) {
    state_.mean_since += sign * options_.sd * (k_ + state_.sum / static_cast<double>(state_.run));
  }
  return state_;
}

void Cusum::reset() {
  const double threshold = state_.threshold;
  state_ = {};
  state_.threshold = threshold;
  state_.mean_since = options_.target;
}

Result<Cusum> guarded_cusum(double limit, double std_error, double guard_k, bool high, double values_between_false_alarms) {
  if (!(guard_k > 0)) return invalid_input("guard band: expected a factor above 0, found " + std::to_string(guard_k));
  const double band = guard_k * std_error;
  return Cusum::make({.target = high ? limit - band : limit + band, .shift = high ? band : -band, .sd = std_error,
                      .values_between_false_alarms = values_between_false_alarms});
}

}  // namespace beltwarden::spectra
