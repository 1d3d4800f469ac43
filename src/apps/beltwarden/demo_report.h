// R.json: what was planted, what was found, what was not, and how long things took.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "control/control.h"
#include "record/record.h"
#include "twin/berth.h"

namespace beltwarden::app {

struct DemoFigures {
  std::string scenario;
  double hours_last_tonne_to_release = 0;      ///< ship's time; of the lot that took longest
  std::uint64_t officer_actions = 0;
  std::uint64_t observations = 0, lost = 0, refused = 0;
  double wall_s = 0, ship_s = 0;
};

/// Matches findings with the truth. A fault counts as found when an alarm has a finding of a code that tells its kind and
/// that lies at it (within a slice). An alarm is false when it has a finding that no planted fault explains.
Result<std::string> demo_report(const twin::Berth& berth, const control::Control& control, const record::Record& record,
                                const DemoFigures& figures);

}  // namespace beltwarden::app
