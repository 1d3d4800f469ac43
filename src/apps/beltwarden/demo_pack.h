// The demo's pack: fitted once into its data folder, from generated material that the demo's ship does not carry.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "inspect/inspector.h"
#include "material/observation.h"

namespace beltwarden::app {

struct DemoPack {
  std::vector<std::unique_ptr<inspect::Inspector>> inspectors;
  std::vector<std::string> required_models;
};

/// Loads the pack of `folder`; when there is none, fits, signs and installs it there first (about half a minute).
Result<DemoPack> load_demo_pack(const std::filesystem::path& folder, const std::string& reference_data, Log& log);

}  // namespace beltwarden::app
