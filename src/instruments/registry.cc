#include "instruments/driver.h"
#include "instruments/gamma/gamma.h"
#include "instruments/spectrometer/spectrometer.h"

namespace beltwarden::instruments {

const std::map<std::string, DriverFactory, std::less<>>& driver_registry() {
  static const std::map<std::string, DriverFactory, std::less<>> registry{
      // One line a driver: {"modbus_plc", &make_modbus_plc},
      {"gamma_folder", &make_gamma_folder},
      {"gamma_stream", &make_gamma_stream},
      {"spectrometer_folder", &make_spectrometer_folder},
      {"spectrometer_stream", &make_spectrometer_stream},
  };
  return registry;
}

}  // namespace beltwarden::instruments
