// Means along the belt with an uncertainty that does not pretend.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>

namespace beltwarden::inspect {

/// Mass-weighted mean of slice values over the last `window_t` tonnes, or over everything (window 0). Slices of a lot share what the
/// model gets wrong about the lot: that share of their variance does not fall by averaging.
class RunningMean {
 public:
  explicit RunningMean(double window_t = 0) : window_t_(window_t) {}

  /// `common`: share (0 ... 1) of the square of `std_error` that all slices of the lot have in common, of the model that gave the value.
  /// `from_t`: where the slice begins, where that is asked for.
  void add(double value, double std_error, double common, double mass_t, double from_t = 0) {
    if (!(mass_t > 0)) return;
    const Part part{value, std_error * std::sqrt(common), std_error * std_error * (1 - common), mass_t, from_t};
    if (!(sums_.mass > 0)) from_t_ = from_t;
    if (window_t_ <= 0) {
      sums_.add(part);
      return;
    }
    parts_.push_back(part);
    double mass = 0;
    for (const auto& p : parts_) mass += p.mass_t;
    while (parts_.size() > 1 && mass - parts_.front().mass_t >= window_t_) {
      mass -= parts_.front().mass_t;
      parts_.pop_front();
    }
    sums_ = {};
    for (const auto& p : parts_) sums_.add(p);
    from_t_ = parts_.front().from_t;
  }

  /// Where the oldest slice of the mean begins: slices need not lie side by side.
  double from() const { return from_t_; }

  double mass() const { return sums_.mass; }
  double mean() const { return sums_.mass > 0 ? sums_.value / sums_.mass : 0; }
  double std_error() const { return sums_.mass > 0 ? std::sqrt(sums_.common * sums_.common + sums_.own) / sums_.mass : 0; }
  /// Number of equal slices that the mean is worth; 0 when it is empty.
  double effective() const { return sums_.mass > 0 ? sums_.mass * sums_.mass / sums_.mass_squares : 0; }

  /// What the mean of `slices` slices has of the uncertainty of one.
  static double gain(double slices, double common) { return std::sqrt((1 - common) / std::max(1.0, slices) + common); }

 private:
  struct Part {
    double value, common_error, own_variance, mass_t, from_t;
  };
  struct Sums {
    double mass = 0, value = 0, common = 0, own = 0, mass_squares = 0;
    void add(const Part& p) {
      mass += p.mass_t;
      value += p.mass_t * p.value;
      common += p.mass_t * p.common_error;
      own += p.mass_t * p.mass_t * p.own_variance;
      mass_squares += p.mass_t * p.mass_t;
    }
  };
  double window_t_;
  double from_t_ = 0;
  std::deque<Part> parts_;
  Sums sums_;
};

}  // namespace beltwarden::inspect
