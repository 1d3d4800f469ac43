// The ore's own activity along a lot: Bq/kg per slice, 500 t and lot against the pack's limits, and whether it is raised.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "inspect/expected_ore.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"
#include "science/gamma/belt_weighing.h"
#include "science/gamma/natural_watch.h"

namespace beltwarden::inspect {

/// Part of the radioactivity watch. `background` must outlive it.
class OreWeighing {
 public:
  OreWeighing(const gamma::BackgroundModel& background, std::unique_ptr<const gamma::BeltCalibration> calibration,
              std::vector<InspectorSources::Limit> limits);

  void plan(const LotId& lot, const std::string& brand);
  /// An officer says that these levels are the ore's own (ExpectedOre::explained). Limits stay what they are.
  void explained(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels);
  /// And takes it back (ExpectedOre::withdrawn): what is still raised is said again.
  void withdrawn(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels);
  void bare(double time_s, double live_s, std::span<const double> bins);
  /// A reading fit to be weighed, in the model's bins.
  void read(const material::LotInterval& where, Time time, double time_s, double live_s, double load_kg_per_m,
            std::span<const double> bins, double gain);
  /// A source that is not the ore's passed: what was read in these seconds is not weighed.
  void leave_out(double from_s, double to_s);

  /// Adds the slice's activities to its finding; says 500 t and lot, and what is exceeded or raised.
  void close_slice(const material::SliceClosed& slice, wire::Finding& finding, const FindingSink& say);
  /// After its last slice, whether anything was read there or not. What was said can still be explained (see ExpectedOre).
  void ended(const LotId& lot);

 private:
  struct Read {
    Tonnes from;
    Time time;
    double time_s = 0, load_kg_per_m = 0;
    gamma::WeighedStretch stretch;
  };
  struct Part {
    TonneInterval tonnes;
    gamma::WeighedStretch stretch;
  };
  static constexpr double kLongAgo_s = -1e9;
  struct Lot {
    explicit Lot(const gamma::NaturalReference& usual) : watch(usual) {}
    std::string brand;
    std::deque<Read> reads;
    std::deque<Part> window;               // the latest slices, 500 t
    double since_said_t = 0;
    gamma::WeighedStretch all;
    gamma::NaturalWatch watch;
    std::set<std::string> natural_exceeded, artificial_exceeded;   // quantities above their limits without a break
    double watched_s = 0, raised_at_s = kLongAgo_s;
  };
  Lot& lot_of(const LotId& lot);
  const InspectorSources::Limit* limit(const std::string& quantity, const std::string& brand) const;
  std::vector<wire::Measured> measured(const gamma::BeltActivity& activity, const std::string& prefix, const std::string& brand) const;
  wire::Evidence sources_of(const std::vector<wire::Measured>& beyond, const std::string& brand) const;
  void judge(const material::SliceClosed& slice, const gamma::BeltActivity& activity, const Part& part, double load, Time time,
             Lot& lot, const FindingSink& say);

  std::unique_ptr<const gamma::BeltCalibration> calibration_;
  gamma::BeltWeigher weigher_;
  std::vector<InspectorSources::Limit> limits_;
  ExpectedOre expected_;
  std::map<LotId, Lot> lots_;
};

}  // namespace beltwarden::inspect
