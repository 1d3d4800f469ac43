// Where the files that belong to the binary are.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace beltwarden::app {

/// `name` ("scenarios/demo.toml", "ui/dist", "packs/iron-ore") under $BELTWARDEN_HOME, beside or above the binary, or
/// under /usr/share/beltwarden. The error names the places that were looked at.
Result<std::filesystem::path> find_resource(const std::string& name);

/// The folder of reference data: $BELTWARDEN_DATA, else ../shared/data as seen from the working folder or from the
/// source tree; empty when there is none.
std::string find_reference_data();

}  // namespace beltwarden::app
