#include "apps/beltwarden/fault_match.h"

#include <algorithm>
#include <map>
#include <set>

namespace beltwarden::app {
namespace {

// Readings speak for a slice: a finding may begin or end one slice beside the truth.
constexpr Tonnes kSlack{50};

struct Codes {
  std::set<std::string> finds;
  std::set<std::string> also;  ///< other codes of the same material that are no false alarms, each for a reason below
};

const Codes& codes_for(const std::string& kind) {
  static const std::map<std::string, Codes> codes{
      // Slag looks unlike the ore, is of no brand, and is poorer in iron than the limit allows.
      {"slag", {{"slag_suspect"}, {"visual_anomaly", "wrong_brand", "limit_exceeded"}}},
      // Another brand has its own colour and composition; both differ from what was declared.
      {"wrong_brand",
       {{"wrong_brand"}, {"visual_anomaly", "limit_exceeded", "declared_brand_differs", "declared_composition_differs"}}},
      // An object stands out from the ore to the appearance model too.
      {"steel_plate", {{"inclusion"}, {"visual_anomaly"}}},
      {"wooden_beam", {{"inclusion"}, {"visual_anomaly"}}},
      {"rope", {{"inclusion"}, {"visual_anomaly"}}},
      // A source whose nuclide is not told with certainty in every spectrum.
      {"cs137_source", {{"artificial_source"}, {"gamma_excess"}}},
      {"high_thorium", {{"natural_radioactivity_high"}, {"gamma_excess"}}},
      // Wet ore is darker.
      {"wet_stretch", {{"moisture_high"}, {"visual_anomaly"}}},
      {"dirty_window", {{"dirty_window", "camera_dusty", "camera_dark", "camera_dirty_window"}, {}}},
      {"stuck_detector", {{"detector_fault"}, {}}},
      {"scale_drift", {{"scale_drift", "mass_differs"}, {}}},
  };
  static const Codes kNone;
  const auto it = codes.find(kind);
  return it == codes.end() ? kNone : it->second;
}

bool near(const twin::PlantedFault& fault, const wire::Finding& finding) {
  return finding.where.lot == fault.measured.lot &&
         TonneInterval{fault.measured.tonnes.from - kSlack, fault.measured.tonnes.to + kSlack}.overlaps(finding.where.tonnes);
}

}  // namespace

bool finds(const twin::PlantedFault& fault, const wire::Finding& finding) {
  return near(fault, finding) && codes_for(fault.kind).finds.contains(finding.code);
}

bool explains(const twin::PlantedFault& fault, const wire::Finding& finding) {
  return finds(fault, finding) || (near(fault, finding) && codes_for(fault.kind).also.contains(finding.code));
}

bool explained(const std::vector<twin::PlantedFault>& faults, const wire::Finding& finding) {
  return std::any_of(faults.begin(), faults.end(), [&](const auto& fault) { return explains(fault, finding); });
}

}  // namespace beltwarden::app
