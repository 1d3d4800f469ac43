// Driver "modbus_plc": belt, scale, sampler and stop request over Modbus TCP. docs/instruments.md, "PLC".
#pragma once

#include <memory>

#include "instruments/driver.h"

namespace beltwarden::instruments {

Result<std::unique_ptr<Driver>> make_modbus_plc(const Config& settings, DriverContext context);

}  // namespace beltwarden::instruments
