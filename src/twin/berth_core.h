// Everything a berth knows: the plan of the belt, what the instruments make of it, and the clock. The berth in process
// and the one over real protocols both speak from here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "instruments/driver.h"
#include "material/line_tracker.h"
#include "twin/belt_plan.h"
#include "twin/berth.h"
#include "twin/frame_maker.h"
#include "twin/gamma_maker.h"
#include "twin/reference_data.h"
#include "twin/scenario.h"
#include "twin/spectrum_maker.h"

namespace beltwarden::twin {

/// Instruments that speak by themselves, in the order of `kInstrumentNames`.
enum class Source : std::size_t { kPlc, kSpectrometer, kCamera, kGamma };
inline constexpr std::size_t kSources = 4;
inline constexpr const char* kInstrumentNames[] = {"plc", "spectrometer", "camera", "gamma", "sampler"};

/// How long the terminal stops the belt when it is asked to, and how long it takes to answer.
inline constexpr double kStopSeconds = 60, kAnswerSeconds = 3;

/// Times are wall seconds since the scenario's start: planned seconds plus the stops that the site has ordered so far.
/// Not thread-safe where something changes the stops meanwhile.
class BerthCore {
 public:
  static Result<std::unique_ptr<BerthCore>> make(const Config& scenario, const std::string& data_folder);

  const Scenario& scenario() const { return scenario_; }
  const BeltPlan& plan() const { return plan_; }
  const ReferenceData& reference() const { return reference_; }
  const GammaMaker& gamma() const { return gamma_; }
  const FrameMaker& frames() const { return frames_; }

  double wall_of(double planned_s) const;
  double planned_of(double wall_s) const;
  double wall_end() const { return wall_of(plan_.duration_s()); }
  double travel_m(double wall_s) const { return plan_.travel_m(planned_of(wall_s)); }

  /// When reading `index` (from 0) of a source is there; after wall_end() = never.
  double due(Source source, std::uint64_t index) const;

  material::BeltReading belt(std::uint64_t index, double wall_s) const;
  material::SpectrumReading spectrum(std::uint64_t index) const;
  void frame(std::uint64_t index, instruments::RawFrame& frame) const;
  /// `detectors`: also what each detector counted; may be null.
  material::GammaReading gamma(std::uint64_t index, std::vector<std::vector<std::uint32_t>>* detectors) const;
  /// What the cutter takes when it crosses the stream at this time; nothing to take = 0.
  double cut_kg(double wall_s, std::uint32_t increment) const;

  /// The terminal stops the belt for kStopSeconds from its next picture on.
  void stop_belt(double wall_s);
  /// Forgets the ordered stops and assumes `count` of them, all at one planned moment.
  void assume_stops(std::size_t count, double planned_s) { stops_.assign(count, planned_s); }

  material::LineLayout layout() const;
  std::vector<PlantedFault> truth() const;
  std::vector<LotId> ended_lots(double wall_s) const;
  std::vector<std::pair<std::string, double>> rates() const;

 private:
  BerthCore(Scenario scenario, ReferenceData reference);

  Scenario scenario_;
  ReferenceData reference_;
  BeltPlan plan_;
  FrameMaker frames_;
  SpectrumMaker spectra_;
  GammaMaker gamma_;
  std::vector<double> stops_;  // planned seconds, ascending
};

}  // namespace beltwarden::twin
