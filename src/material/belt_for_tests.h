// A belt whose truth is known, for the tests of this folder and the benchmark: it moves, is loaded, weighs and is looked at.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "material/line_tracker.h"

namespace beltwarden::material {

/// Material lands 20 m before the scale and is looked at by instruments of the layout. Everything it says goes to `say`.
class BeltForTests {
 public:
  explicit BeltForTests(LineLayout layout, Time start = Time{1'795'444'266'000'000'000}) : layout_(std::move(layout)), time_(start) {
    due_.resize(layout_.instruments.size());
    sequence_.resize(layout_.instruments.size());
    loads_.push_back({-std::numeric_limits<double>::infinity(), 0, 0});
  }

  std::function<void(Reading)> say = [](Reading) {};
  double speed_mps = 3;                     ///< of the belt; negative reverses it
  double instrument_period_s = 0.05;
  double poll_period_s = 0.1;
  std::uint64_t totaliser_start = 0, encoder_start = 0;
  bool with_encoder = true, with_rate = true;
  bool counts_down = true;                  ///< what this scale does when the belt goes back; else it counts up again forward
  bool polling = true, looking = true;
  double reported_speed_error_mps = 0;

  /// From now on `load_t_per_m` of `feed_number`'s material lands on the belt.
  void feed(int feed_number, double load_t_per_m) {
    feed_number_ = feed_number;
    loads_.push_back({high_ + 20, load_t_per_m, feed_number});
  }

  void run(double duration_s) {
    const double step_s = 0.01;
    for (double left = duration_s; left > step_s / 2; left -= step_s) {
      time_ = time_ + seconds(step_s);
      move(speed_mps * step_s);
      if (polling && (since_poll_ += step_s) >= poll_period_s - 1e-9) {
        since_poll_ = 0;
        poll();
      }
      for (std::size_t i = 0; looking && i < due_.size(); ++i) {
        if ((due_[i] += step_s) < instrument_period_s - 1e-9) continue;
        due_[i] = 0;
        look(i);
      }
    }
  }

  void poll() {
    BeltReading belt;
    belt.speed_mps = speed_mps + reported_speed_error_mps;
    if (with_encoder) {
      belt.encoder_ticks = counter(encoder_start, position_ / layout_.encoder_tick.value, layout_.encoder_modulus);
    }
    belt.totaliser_ticks = counter(totaliser_start, counted_t_ / layout_.tick.value, layout_.totaliser_modulus);
    const double at_scale = load_at(position_);
    if (with_rate) belt.rate_tph = std::max(0.0, at_scale * speed_mps * 3600);
    belt.running = speed_mps != 0;
    belt.empty_belt = at_scale == 0;
    belt.feed_lot = feed_number_;
    Reading reading;
    reading.instrument = layout_.plc;
    reading.device_sequence = ++polls_;
    reading.time = reading.received = time_;
    reading.payload = belt;
    say(std::move(reading));
  }

  void look(std::size_t i) {
    Reading reading;
    reading.instrument = layout_.instruments[i].instrument;
    reading.device_sequence = ++sequence_[i];
    reading.time = reading.received = time_;
    GammaReading gamma;
    gamma.live_s = position_ - layout_.instruments[i].distance.value;   // the truth: belt coordinate under the instrument
    reading.payload = std::move(gamma);
    say(std::move(reading));
  }

  /// The true mark of `feed_number` at belt coordinate `b_m`, tonnes.
  double lot_mass(int feed_number, double b_m) const {
    double mass = 0;
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      if (loads_[i].lot != feed_number || std::isinf(loads_[i].from_m)) continue;
      const double end = i + 1 < loads_.size() ? std::min(b_m, loads_[i + 1].from_m) : b_m;
      if (end > loads_[i].from_m) mass += (end - loads_[i].from_m) * loads_[i].t_per_m;
    }
    return mass;
  }
  double passed_t(int feed_number) const { return lot_mass(feed_number, high_); }
  double load_at(double b_m) const {
    double load = 0;
    for (const Load& l : loads_) {
      if (l.from_m <= b_m) load = l.t_per_m;
    }
    return load;
  }
  /// All mass that has passed the scale, tonnes.
  double weighed_t() const { return weighed_t_; }
  double counted_t() const { return counted_t_; }
  double position_m() const { return position_; }
  Time now() const { return time_; }
  void zero_scale() {
    counted_t_ = 0;
    totaliser_start = 0;
  }
  void set_clock_back(double by_s) { time_ = time_ - seconds(by_s); }

 private:
  struct Load {
    double from_m, t_per_m;
    int lot;
  };

  static std::uint32_t counter(std::uint64_t start, double count, std::uint64_t modulus) {
    const auto whole = static_cast<std::int64_t>(std::floor(count + 1e-6));
    const auto m = static_cast<std::int64_t>(modulus);
    return static_cast<std::uint32_t>(((static_cast<std::int64_t>(start) + whole) % m + m) % m);
  }

  void move(double dx) {
    const double before = position_;
    position_ += dx;
    const double mass = load_at((before + position_) / 2) * dx;
    if (dx > 0 || counts_down) counted_t_ += mass;
    if (position_ > high_) {
      weighed_t_ += load_at((before + position_) / 2) * (position_ - high_);
      high_ = position_;
    }
  }

  LineLayout layout_;
  Time time_;
  std::vector<Load> loads_;
  std::vector<double> due_;
  std::vector<std::uint64_t> sequence_;
  std::uint64_t polls_ = 0;
  double position_ = 0, high_ = 0, weighed_t_ = 0, counted_t_ = 0, since_poll_ = 0;
  int feed_number_ = 0;
};

}  // namespace beltwarden::material
