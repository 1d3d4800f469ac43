// A small berth for tests: 6,000 t in two lots, as scenarios/quick.toml.
#pragma once

#include <string>

namespace beltwarden::twin {

inline std::string quick_scenario(int seed, const std::string& more = "") {
  return R"(
name = "quick"
site = "haiqing"
line = "B1"
ship = "MV Quick Errand"
call = "HQ-2026-0099"
start = "2026-04-02T06:00:00Z"
seed = )" +
         std::to_string(seed) + R"(

[belt]
speed_mps = 4.5
feed_distance_m = -20

[spectrometer]
distance_m = 6
every_m = 20

[camera]
distance_m = 18
every_m = 8
width_px = 96
height_px = 400
mm_per_px = 20

[gamma]
distance_m = 30
period_s = 1

[[lot]]
lot = "L1"
feed_number = 1
consignment = "C1"
brand = "Karstad fines"
hs_code = "2601112000"
origin = "NO"
consignee = "Haiqing Steel"

[[lot]]
lot = "L2"
feed_number = 2
consignment = "C2"
brand = "Serra Alta sinter feed"
hs_code = "2601112000"
origin = "BR"
consignee = "Longmen"

[[feed]]
lot = 1
tonnes = 2000
gap_s = 0

[[feed]]
lot = 1
with_lot = 2
alternate_t = 250
tonnes = 2000

[[feed]]
lot = 2
tonnes = 2000

[[stop]]
at_t = 1500
seconds = 120
)" + more;
}

}  // namespace beltwarden::twin
