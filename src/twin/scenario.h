// A scenario file, read and checked: ship, belt, instruments and what goes wrong. docs/twin.md describes every field.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "base/time.h"

namespace beltwarden::twin {

struct ScenarioLot {
  std::string lot, consignment, brand, hs_code, origin, consignee;
  std::int32_t feed_number = 0;
  double declared_mass_t = 0;  ///< 0 in the file: what is really fed, rounded to 10 t
  double k_bq_per_kg = 0, u_bq_per_kg = 0, th_bq_per_kg = 0;
  std::map<std::string, double> declared;  ///< composition; empty in the file: the lot's own, rounded
};

/// One hatch's part of a lot, fed in this order.
struct Feed {
  std::size_t lot = 0;  ///< index into lots
  int hatch = 0;
  double tonnes = 0;
  double rate_tph = 0;
  double gap_s = 0;  ///< the belt runs without feed before it
};

/// The belt stops under load once this much has been fed in all.
struct BeltStop {
  double at_t = 0, seconds = 0;
};

/// The unloaders feed faster or slower for a while.
struct Surge {
  double from_t = 0, to_t = 0, factor = 1;  ///< of all tonnes fed
};

/// Something planted. Which fields count depends on `kind`; docs/twin.md has the table.
struct Fault {
  std::string kind;
  std::size_t lot = 0;
  double from_t = 0, to_t = 0;  ///< true tonnes of the lot
  std::string what;             ///< brand, slag kind or instrument
  double amount = 0;            ///< share, % moisture, MBq, Bq/kg, haze or relative gain
  double length_mm = 0, width_mm = 0, angle_deg = 0, offset_mm = 0;
  double buried = 0;           ///< share of an object that ore hides
  double cover_g_per_cm2 = 0;  ///< ore over a source
  bool is_object() const { return kind == "steel_plate" || kind == "wooden_beam" || kind == "rope"; }
};

/// How often an instrument speaks: every `every_m` of belt travel, or every `every_s`.
struct Trigger {
  double every_m = 0, every_s = 0;
};

struct CameraSetup {
  double distance_m = 18, mm_per_px = 20;
  std::uint32_t width_px = 96, height_px = 400;
  bool bayer = false;  ///< over GigE Vision: BayerRG8, else RGB8
  Trigger trigger;
  double length_m() const { return height_px * mm_per_px / 1000; }
};

struct SpectrometerSetup {
  double distance_m = 6, from_nm = 350, to_nm = 2500, step_nm = 10, exposure_s = 0.5, sampling_distance_t = 8;
  std::uint32_t spots = 3;  ///< spots of ore that one exposure sees
  Trigger trigger;
};

struct GammaSetup {
  double distance_m = 30, period_s = 1, ambient_cps = 1700, height_m = 0.8;
  std::uint32_t channels = 128, detectors = 4;
};

struct Scenario {
  std::string name, site, line, ship, call;
  std::uint64_t seed = 1;
  Time start;
  double speed_mps = 4.5, feed_distance_m = -20, slice_t = 50, plc_period_s = 1, health_period_s = 60;
  double sampler_distance_m = 45;
  std::vector<ScenarioLot> lots;
  std::vector<Feed> feeds;
  std::vector<BeltStop> stops;
  std::vector<Surge> surges;
  std::vector<Fault> faults;
  CameraSetup camera;
  SpectrometerSetup spectrometer;
  GammaSetup gamma;

  double lot_mass_t(std::size_t lot) const;
};

/// Reads and checks. An unknown key, a fault outside its lot or a brand without recipe is an error with file and line.
Result<Scenario> read_scenario(const Config& config);

}  // namespace beltwarden::twin
