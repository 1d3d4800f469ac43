// What the camera sees: a picture of the belt between two coordinates.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "instruments/driver.h"
#include "twin/belt_plan.h"
#include "twin/object_painter.h"
#include "twin/ore_texture.h"
#include "twin/reference_data.h"
#include "twin/scenario.h"

namespace beltwarden::twin {

class FrameMaker {
 public:
  static FrameMaker make(const Scenario& scenario, const ReferenceData& reference, const BeltPlan& plan);

  /// Picture `number` (from 1) taken when the belt had travelled so far; `time` is left to the caller. Material
  /// comes in at the top and leaves at the bottom: the bottom row shows what passes the camera first.
  void paint(std::uint64_t number, double travel_m, const BeltPlan& plan, instruments::RawFrame& frame) const;

  /// The coordinates that a picture at this travel covers: [from, to).
  std::pair<double, double> covered_m(double travel_m) const;

 private:
  struct Placed {
    double coordinate_m = 0;  // of its centre
    double reach_m = 0;
    PaintedObject object;  // centre_x set, centre_y by picture
  };
  struct RowState;
  RowState row_state(double coordinate_m, const BeltPlan& plan) const;
  const std::uint8_t* strip_row(const std::vector<Strip>& strips, std::int64_t row) const;

  const Scenario* scenario_ = nullptr;
  std::map<std::string, std::vector<Strip>> strips_;
  std::vector<const std::vector<Strip>*> lot_strips_;
  std::vector<Placed> objects_;
  std::vector<std::int8_t> noise_;
};

}  // namespace beltwarden::twin
