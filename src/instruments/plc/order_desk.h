// Orders to the PLC: one cut and one stop request under way at a time, each with a number that the PLC answers.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "instruments/driver.h"
#include "instruments/plc/register_map.h"

namespace beltwarden::instruments::plc {

/// Takes orders from any thread; everything else is called by the driver's thread.
class OrderDesk {
 public:
  explicit OrderDesk(Duration answer_timeout) : answer_timeout_(answer_timeout) {}

  /// An error when too many wait already, or the PLC takes no such orders.
  Result<void> add(const Order& order, Duration now);

  /// The numbers that stand in the PLC's command registers: the next orders get the ones after. Nothing = the PLC has no such
  /// register, or is not connected.
  void numbers(std::optional<std::uint16_t> cut, std::optional<std::uint16_t> stop);

  /// What to write now.
  struct Command {
    bool cut = false;                      ///< else a stop request
    std::uint16_t number = 0, increment = 0;
  };
  std::optional<Command> next(Duration now);

  /// The command could not be written: it is answered so. Returns what to say.
  material::Payload refused(const Command& command, const std::string& why);

  struct Answers {
    std::vector<material::Payload> payloads;
    std::vector<std::string> faults;       ///< answers that do not fit or did not come, for counting
  };
  /// What the PLC has answered since.
  Answers answers(const Image& image);
  /// Orders that were not answered in time, and those that waited too long to be given: what lies at the cutter by then is
  /// other material. To be asked also while the PLC is away.
  Answers overdue(Duration now);

 private:
  struct Waiting {
    Order order;
    Duration since{};
  };
  struct Lane {
    std::deque<Waiting> waiting;
    std::optional<Order> under_way;
    std::optional<std::uint16_t> number;   ///< of the newest command in the PLC
    Duration since{};
  };
  static material::Payload unanswered(const Order& order, const std::string& why);

  const Duration answer_timeout_;
  std::mutex mutex_;
  Lane cuts_, stops_;
};

}  // namespace beltwarden::instruments::plc
