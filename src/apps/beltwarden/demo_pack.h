// The demo's pack: fitted once into its data folder, from generated material that the demo's ship does not carry.
#pragma once

#include <filesystem>
#include <string>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "pack/pack.h"

namespace beltwarden::app {

/// Loads the pack of `folder`; when there is none, fits it for the scenario's instruments and signs it with a key made for
/// this folder first (about half a minute).
Result<pack::Pack> load_demo_pack(const std::filesystem::path& folder, const Config& scenario, const std::string& reference_data,
                                  Log& log);

}  // namespace beltwarden::app
