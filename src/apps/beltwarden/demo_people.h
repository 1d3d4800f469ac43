// Accounts that exist in the demo alone.
#pragma once

#include <vector>

#include "apps/beltwarden/scripted_officers.h"
#include "base/result.h"
#include "control/control.h"
#include "material/observation.h"

namespace beltwarden::app {

/// An officer, a second officer who is supervisor, the terminal, an administrator, and an importer for each consignee.
std::vector<DemoUser> demo_people(const std::vector<material::LotPlan>& plans);

/// Adds those that are not there yet.
Result<void> add_people(control::Control& control, const std::vector<DemoUser>& people);

}  // namespace beltwarden::app
