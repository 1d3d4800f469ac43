// Instruments behind one door: a driver turns a device's protocol into readings, and a frame's pixels into a raw frame.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "material/reading.h"

namespace beltwarden::instruments {

/// A camera's picture as it came in, before the rim has measured it.
struct RawFrame {
  InstrumentId instrument;
  std::uint64_t frame_number = 0;              ///< the camera's own, from 1
  Time time;                                   ///< middle of the exposure, by arrival or by the camera's clock
  Time received;
  std::uint32_t width_px = 0, height_px = 0;
  double mm_per_px = 0;
  std::vector<std::uint8_t> bgr;               ///< 3 bytes a pixel, rows without padding
  std::optional<material::EncoderStamp> encoder{};   ///< of a camera that the belt's encoder triggers
};

using Output = std::variant<material::Reading, RawFrame>;

/// Takes what a driver has; may wait when the site is busy (a driver then counts what its device dropped).
/// False = shutting down.
using Sink = std::function<bool(Output)>;

/// What a driver may use.
struct DriverContext {
  InstrumentId instrument;
  Log& log;
  const Clock& clock;
};

/// A cut or a stop, for drivers that can act (the PLC). `due` is when the tonnes were at the cutter by the readings' clock:
/// a real cutter cuts when it hears the order; an accelerated twin, whose ship has moved on meanwhile, answers for that time.
struct CutOrder {
  std::string command_id;
  std::uint32_t increment = 0;
  Time due{};
};
struct StopOrder {
  std::string command_id;
  std::string reason;
};
using Order = std::variant<CutOrder, StopOrder>;

/// One instrument over one protocol. `start` returns at once and the driver works on threads of its own: it connects,
/// reconnects with growing pauses, stamps `received`, and sends a HealthReading on every change of state and at least
/// once a minute. What it cannot parse it counts by cause and logs once a cause; that never stops it. `stop` (and the
/// destructor) returns within two seconds, and the sink is not called after it.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual Result<void> start(Sink sink) = 0;
  virtual void stop() = 0;

  /// Asks the device to act. An error means it was not asked; the answer itself comes as a reading.
  virtual Result<void> order(const Order&) { return unsupported("this instrument takes no orders"); }

  /// The device's state as the last HealthReading said it; safe from any thread.
  virtual material::HealthReading health() const = 0;
};

/// Makes a driver from its `[[instrument]]` table, or says what in the table does not fit.
using DriverFactory = Result<std::unique_ptr<Driver>> (*)(const Config& settings, DriverContext context);

/// Every driver family by the name that `driver = "..."` uses.
const std::map<std::string, DriverFactory, std::less<>>& driver_registry();

}  // namespace beltwarden::instruments
