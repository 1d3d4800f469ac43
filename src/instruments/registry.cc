#include "instruments/driver.h"

namespace beltwarden::instruments {

const std::map<std::string, DriverFactory, std::less<>>& driver_registry() {
  static const std::map<std::string, DriverFactory, std::less<>> registry{
      // One line a driver: {"modbus_plc", &make_modbus_plc},
  };
  return registry;
}

}  // namespace beltwarden::instruments
