// Means along the belt with an uncertainty that does not pretend.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>

namespace beltwarden::inspect {

/// Mass-weighted mean of slice values over the last `window_t` tonnes, or over everything (window 0). Errors of neighbouring
/// slices share what the model gets wrong about the lot: kCommon of their variance does not fall by averaging.
class RunningMean {
 public:
  explicit RunningMean(double window_t = 0) : window_t_(window_t) {}

  void add(double value, double std_error, double mass_t) {
    if (!(mass_t > 0)) return;
    if (window_t_ <= 0) {
      sums_.add(value, std_error, mass_t);
      return;
    }
    parts_.push_back({value, std_error, mass_t});
    double mass = 0;
    for (const auto& p : parts_) mass += p.mass_t;
    while (parts_.size() > 1 && mass - parts_.front().mass_t >= window_t_) {
      mass -= parts_.front().mass_t;
      parts_.pop_front();
    }
    sums_ = {};
    for (const auto& p : parts_) sums_.add(p.value, p.std_error, p.mass_t);
  }

  double mass() const { return sums_.mass; }
  double mean() const { return sums_.mass > 0 ? sums_.value / sums_.mass : 0; }
  double std_error() const {
    if (!(sums_.mass > 0)) return 0;
    return std::sqrt(sums_.variance / sums_.mass) * gain(effective());
  }
  /// Number of equal slices that the mean is worth; 0 when it is empty.
  double effective() const { return sums_.mass > 0 ? sums_.mass * sums_.mass / sums_.mass_squares : 0; }

  /// What the mean of `slices` slices has of the uncertainty of one.
  static double gain(double slices) { return std::sqrt((1 - kCommon) / std::max(1.0, slices) + kCommon); }

  static constexpr double kCommon = 0.5;

 private:
  struct Part {
    double value, std_error, mass_t;
  };
  struct Sums {
    double mass = 0, value = 0, variance = 0, mass_squares = 0;
    void add(double v, double u, double m) {
      mass += m;
      value += m * v;
      variance += m * u * u;
      mass_squares += m * m;
    }
  };
  double window_t_;
  std::deque<Part> parts_;
  Sums sums_;
};

}  // namespace beltwarden::inspect
