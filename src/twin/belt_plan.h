// What the unloaders put on the belt and how the belt moved, second by second, known in advance so that any reading
// can be made without those before it.
#pragma once

#include <cstdint>
#include <vector>

#include "twin/scenario.h"

namespace beltwarden::twin {

/// Time here is planned seconds: since the start, without the stops that the site orders later.
///
/// A piece of material has a coordinate, metres: how far the belt had travelled when that piece passed the datum.
/// At travel s the piece of coordinate c is c - s metres upstream of the datum.
class BeltPlan {
 public:
  explicit BeltPlan(const Scenario& scenario);

  /// When the last tonne has passed the last instrument, and a little.
  double duration_s() const { return static_cast<double>(travel_m_.size() - 1); }
  double travel_m(double time_s) const;
  double speed_mps(double time_s) const;
  /// The first moment at which the belt has travelled so far; duration_s() when it never does.
  double time_of_travel(double travel_m) const;

  struct Spot {
    int lot = -1;       ///< index into the scenario's lots; -1 = nothing on the belt
    double mark_t = 0;  ///< true tonnes of the lot before it
    double load_kg_per_m = 0;
  };
  Spot spot(double coordinate_m) const;
  double coordinate_of(std::size_t lot, double mark_t) const;

  /// What the scale has counted when the belt has travelled so far, t, its drift included.
  double measured_t(double travel_m) const;
  /// The mark that the drifting scale gives to a true mark of a lot.
  double measured_mark_t(std::size_t lot, double mark_t) const;
  /// What the PLC says of the lot being fed; 0 = none.
  int feed_number(double time_s) const;
  /// When the lot's last tonne was fed.
  double fed_until_s(std::size_t lot) const { return fed_until_s_[lot]; }
  double lot_mass_t(std::size_t lot) const { return lot_mass_t_[lot]; }

 private:
  struct Second {             // what was fed during one second
    double coordinate_m = 0;  // of its beginning
    double fed_t = 0, measured_t = 0;
    double mark_t = 0, measured_mark_t = 0;  // of its lot, at its beginning
    double measured_total_t = 0;
    std::int16_t lot = -1, feed_number = 0;
  };
  std::size_t second_at(double coordinate_m) const;
  void step(double metres, int lot, double tonnes, double gain, int feed_number);

  double feed_offset_m_;
  std::vector<double> travel_m_;  // at each whole second
  std::vector<Second> seconds_;
  std::vector<double> lot_mass_t_, lot_measured_t_, fed_until_s_;
  double measured_total_t_ = 0;
};

}  // namespace beltwarden::twin
