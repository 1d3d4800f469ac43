// What both gamma drivers do with a document: measurements to readings, order, clock, health, and on to the site.
#pragma once

#include <string>
#include <string_view>

#include "base/config.h"
#include "formats/n42.h"
#include "instruments/common/health_keeper.h"
#include "instruments/common/order_guard.h"

namespace beltwarden::instruments {

struct GammaGateSettings {
  Duration max_clock_difference = seconds(5);
  bool occupied_unless_told =
      true;  ///< a belt monitor without an occupancy signal sees a loaded belt: the careful reading

  static Result<GammaGateSettings> read(const Config& settings);
};

class GammaGate {
 public:
  GammaGate(GammaGateSettings settings, DriverContext context, HealthKeeper& health)
      : settings_(settings), context_(std::move(context)), health_(health), clock_(settings.max_clock_difference) {}

  /// Passes on every measurement of `text`. An error says why the text is no document; measurements that do not fit
  /// are counted and skipped. `kUnavailable` = the sink says that the site is closing. `live` = times may be held
  /// against the site's clock; false for files that lay there before.
  Result<void> take(std::string_view text, bool live, const Sink& sink);

 private:
  bool send(const formats::N42File& file, const formats::RadMeasurement& measurement, bool live, const Sink& sink);

  GammaGateSettings settings_;
  DriverContext context_;
  HealthKeeper& health_;
  OrderGuard order_;
  ClockGuard clock_;
  std::uint64_t missing_reported_ = 0;
};

}  // namespace beltwarden::instruments
