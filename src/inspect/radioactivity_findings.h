// What the radioactivity watch says: events of the monitor as findings.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "science/gamma/belt_monitor.h"
#include "science/gamma/natural_watch.h"
#include "wire/finding.h"

namespace beltwarden::inspect {

inline constexpr double kGammaRate = 10;       ///< steps per cps of every rate said

/// What has been read of the belt around an event.
struct EventPlace {
  material::LotInterval where;
  Time time;                           ///< of the strongest moment
  double position_t = 0, position_error_t = 0;   ///< tonne mark of the source
  double observed_cps = 0, expected_cps = 0, live_s = 0;   ///< of the strongest reading
};

inline constexpr std::size_t kEnergyGroups = 16;         ///< of a waterfall

/// A moment of a waterfall: counts by group of energies, and what lay under the detector.
struct WaterfallRow {
  double second = 0;                   ///< of its middle, after the strongest moment
  double live_s = 0;
  double load_kg_per_m = 0;
  std::array<double, kEnergyGroups> counts{};
};

/// Counts in bins as counts in groups of neighbouring bins, each as many bins or one more.
std::array<double, kEnergyGroups> energy_groups(const std::vector<double>& bins);

/// A source as a finding with its spectrum and the waterfall round it (in order of time; neighbours are added up where there
/// are more than sixty). `edges_kev`: of the model's bins.
wire::Finding source_finding(const gamma::BeltEvent& event, const EventPlace& place, double threshold,
                             const std::vector<double>& edges_kev, const std::vector<WaterfallRow>& waterfall);

/// What a lot's ore may count without being raised: four times what lots usually count, and how far that wanders.
gamma::NaturalReference usual_ore(const gamma::BackgroundModel& background);

/// The ore's own activity, raised for minutes over the `usual` cps: "natural_radioactivity_high" (high), named by its series.
wire::Finding raised_finding(const gamma::Raised& raised, double usual, material::LotInterval where, Time time);

/// So much is counted that the detectors are dead most of the time: "overload" (critical), as of an artificial source.
wire::Finding overload_finding(material::LotInterval where, Time time);

/// An instrument's fault.
wire::Finding fault_finding(const std::string& what, material::LotInterval where, Time time);

}  // namespace beltwarden::inspect
