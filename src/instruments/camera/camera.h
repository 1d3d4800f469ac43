// Driver "gige_camera": frames from a GigE Vision camera. docs/instruments.md, "Camera".
#pragma once

#include <memory>

#include "instruments/driver.h"

namespace beltwarden::instruments {

Result<std::unique_ptr<Driver>> make_gige_camera(const Config& settings, DriverContext context);

}  // namespace beltwarden::instruments
