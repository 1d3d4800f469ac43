#include "instruments/camera/camera.h"
#include "instruments/driver.h"
#include "instruments/gamma/gamma.h"
#include "instruments/plc/plc.h"
#include "instruments/spectrometer/spectrometer.h"

namespace beltwarden::instruments {

const std::map<std::string, DriverFactory, std::less<>>& driver_registry() {
  static const std::map<std::string, DriverFactory, std::less<>> registry{
      {"gamma_folder", &make_gamma_folder},
      {"gamma_stream", &make_gamma_stream},
      {"gige_camera", &make_gige_camera},
      {"modbus_plc", &make_modbus_plc},
      {"spectrometer_folder", &make_spectrometer_folder},
      {"spectrometer_stream", &make_spectrometer_stream},
  };
  return registry;
}

}  // namespace beltwarden::instruments
