// What both spectrometer drivers do with a raw spectrum: order, clock, references, health, and on to the site.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "instruments/common/health_keeper.h"
#include "instruments/common/order_guard.h"
#include "instruments/spectrometer/references.h"

namespace beltwarden::instruments {

struct SpectrumGateSettings {
  double max_reference_age_s =
      4 * 3600;                  ///< an older white is reported as degraded; spectra still pass, with their age
  double min_white_level = 0.5;  ///< a white below this share of the lamp's first one is reported as degraded
  double max_lamp_hours = 0;     ///< a lamp that has burnt longer is reported as degraded; 0 = no limit
  Duration max_clock_difference = seconds(5);

  static Result<SpectrumGateSettings> read(const Config& settings);
};

class SpectrumGate {
 public:
  SpectrumGate(SpectrumGateSettings settings, DriverContext context, HealthKeeper& health)
      : settings_(settings), context_(std::move(context)), health_(health), clock_(settings.max_clock_difference) {}

  /// Takes one raw spectrum of any kind. `live` = its time may be held against the site's clock; false for files that
  /// lay there before. False when the sink says that the site is closing.
  bool take(const SpectrumFrame& frame, bool live, const Sink& sink);

  /// Takes a spectrum that is reflectance already.
  bool take_reflectance(material::SpectrumReading spectrum, std::uint64_t sequence, Time time, bool live,
                        const Sink& sink);

 private:
  bool in_order(std::uint64_t sequence, Time time, const std::vector<float>& values, bool is_sample);
  bool send(material::SpectrumReading spectrum, std::uint64_t sequence, Time time, Time received, bool live,
            const Sink& sink);
  void report(const material::SpectrumReading& spectrum);

  SpectrumGateSettings settings_;
  DriverContext context_;
  HealthKeeper& health_;
  References references_;
  OrderGuard order_;
  ClockGuard clock_;
  std::uint64_t missing_reported_ = 0;
};

}  // namespace beltwarden::instruments
