// The paper that comes with the ship: declarations, plans, and what the truth says of a fault.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "material/observation.h"
#include "twin/belt_plan.h"
#include "twin/scenario.h"
#include "twin/spectrum_maker.h"

namespace beltwarden::twin {

/// Fills what the scenario leaves open: declared masses as fed, declared composition as a mine's laboratory would say.
Result<void> declare(Scenario& scenario, const SpectrumMaker& spectra, const BeltPlan& plan);

std::string declarations_as_json(const Scenario& scenario);
std::vector<material::LotPlan> plans_of(const Scenario& scenario);

/// For people: what exactly was planted.
std::string fault_detail(const Fault& fault);

}  // namespace beltwarden::twin
