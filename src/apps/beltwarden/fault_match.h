// What planted faults find and explain: how R.json counts.
#pragma once

#include <string>
#include <vector>

#include "twin/berth.h"
#include "wire/finding.h"

namespace beltwarden::app {

/// The finding is of a code that tells this kind of fault, and lies at it, within a slice.
bool finds(const twin::PlantedFault& fault, const wire::Finding& finding);

/// It finds the fault, or is one of the few other things that this kind of fault truly makes of the same material.
bool explains(const twin::PlantedFault& fault, const wire::Finding& finding);
bool explained(const std::vector<twin::PlantedFault>& faults, const wire::Finding& finding);

}  // namespace beltwarden::app
