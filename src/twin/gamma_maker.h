// What the gamma monitor counts while the belt passes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "material/reading.h"
#include "twin/belt_plan.h"
#include "twin/reference_data.h"
#include "twin/scenario.h"

namespace beltwarden::twin {

class GammaMaker {
 public:
  static Result<GammaMaker> make(const Scenario& scenario, const ReferenceData& reference, const BeltPlan& plan);

  /// The reading of one period. `travel_m(share)`: belt travel at a share (0 ... 1) of the period. `detectors`, when
  /// not null: the channels of each detector, which the reading sums.
  material::GammaReading reading(std::uint64_t index, double time_s, const std::function<double(double)>& travel_m,
                                 const BeltPlan& plan, std::vector<std::vector<std::uint32_t>>* detectors) const;

  /// Expected counts a second over an ore of these activities at this load, per channel.
  void expected_cps(double load_kg_per_m, double k_bq_per_kg, double u_bq_per_kg, double th_bq_per_kg,
                    double ambient_factor, std::vector<double>& out) const;

  const std::array<double, 3>& calibration_kev() const { return calibration_kev_; }

 private:
  struct Source {
    double coordinate_m = 0;
    std::vector<double> cps;  // at the closest approach
  };
  std::array<double, 3> calibration_kev_{};
  std::vector<double> ambient_, shadow_, k_, u_, th_;  // cps; shadow: ore attenuation, cm2/g; cps per Bq/kg at 100 kg/m
  std::vector<Source> sources_;
  std::vector<std::vector<std::uint32_t>> frozen_;     // by fault: what a stuck detector repeats; empty for others
  const Scenario* scenario_ = nullptr;
};

}  // namespace beltwarden::twin
