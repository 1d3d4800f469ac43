#include "instruments/plc/order_desk.h"

namespace beltwarden::instruments::plc {
namespace {

constexpr std::size_t kMostWaiting = 16;

constexpr double kNone = 0, kDone = 1;   // cut_result and stop_result; 2 = not cut, refused

std::uint16_t after(std::uint16_t number) { return number == 65535 ? 1 : static_cast<std::uint16_t>(number + 1); }

bool answered(const Image& image, Field answer, Field result, std::uint16_t number) {
  return image[answer] && image[result] && *image[answer] == number && *image[result] != kNone;
}

}  // namespace

Result<void> OrderDesk::add(const Order& order, Duration now) {
  std::lock_guard lock(mutex_);
  const bool cut = std::holds_alternative<CutOrder>(order);
  Lane& lane = cut ? cuts_ : stops_;
  const std::string what = cut ? "cut order" : "stop request";
  if (!lane.number) return unavailable(what + " not sent: the PLC is not connected or has no register for it");
  if (lane.waiting.size() >= kMostWaiting) {
    return unavailable(what + " not sent: " + std::to_string(kMostWaiting) + " wait already for the PLC's answer");
  }
  lane.waiting.push_back({order, now});
  return {};
}

void OrderDesk::numbers(std::optional<std::uint16_t> cut, std::optional<std::uint16_t> stop) {
  std::lock_guard lock(mutex_);
  cuts_.number = cut;
  stops_.number = stop;
}

std::optional<OrderDesk::Command> OrderDesk::next(Duration now) {
  std::lock_guard lock(mutex_);
  for (Lane* lane : {&stops_, &cuts_}) {      // a stop is more urgent than a cut
    if (lane->under_way || lane->waiting.empty() || !lane->number) continue;
    lane->under_way = std::move(lane->waiting.front().order);
    lane->waiting.pop_front();
    lane->number = after(*lane->number);
    lane->since = now;
    Command command;
    command.number = *lane->number;
    if (const auto* cut = std::get_if<CutOrder>(&*lane->under_way)) {
      command.cut = true;
      command.increment = static_cast<std::uint16_t>(cut->increment);
    }
    return command;
  }
  return std::nullopt;
}

material::Payload OrderDesk::unanswered(const Order& order, const std::string& why) {
  if (const auto* cut = std::get_if<CutOrder>(&order)) return material::CutterReading{cut->increment, false, 0, cut->command_id, why};
  return material::StopAnswerReading{std::get<StopOrder>(order).command_id, false, why};
}

material::Payload OrderDesk::refused(const Command& command, const std::string& why) {
  std::lock_guard lock(mutex_);
  Lane& lane = command.cut ? cuts_ : stops_;
  const Order order = std::move(*lane.under_way);
  lane.under_way.reset();
  return unanswered(order, why);
}

OrderDesk::Answers OrderDesk::answers(const Image& image) {
  std::lock_guard lock(mutex_);
  Answers out;
  if (cuts_.under_way && cuts_.number && answered(image, Field::kCutAnswer, Field::kCutResult, *cuts_.number)) {
    const auto& order = std::get<CutOrder>(*cuts_.under_way);
    const auto increment = image[Field::kCutIncrement];
    bool confirmed = *image[Field::kCutResult] == kDone;
    if (confirmed && increment && *increment != static_cast<std::uint16_t>(order.increment)) {
      out.faults.push_back("cut answer names increment " + std::to_string(static_cast<int>(*increment)) + ", expected " +
                           std::to_string(order.increment));
      confirmed = false;
    }
    const double mass_kg = confirmed ? image[Field::kCutMass].value_or(0) : 0;
    out.payloads.push_back(material::CutterReading{order.increment, confirmed, mass_kg, order.command_id});
    cuts_.under_way.reset();
  }
  if (stops_.under_way && stops_.number && answered(image, Field::kStopAnswer, Field::kStopResult, *stops_.number)) {
    const bool accepted = *image[Field::kStopResult] == kDone;
    out.payloads.push_back(material::StopAnswerReading{std::get<StopOrder>(*stops_.under_way).command_id, accepted,
                                                       accepted ? "accepted by the terminal" : "refused by the terminal"});
    stops_.under_way.reset();
  }
  return out;
}

OrderDesk::Answers OrderDesk::overdue(Duration now) {
  std::lock_guard lock(mutex_);
  Answers out;
  for (Lane* lane : {&cuts_, &stops_}) {
    const std::string what = lane == &cuts_ ? "cut command" : "stop request";
    if (lane->under_way && now - lane->since >= answer_timeout_) {
      out.faults.push_back(what + " was not answered in time");
      out.payloads.push_back(unanswered(*lane->under_way, "the PLC did not answer in time"));
      lane->under_way.reset();
    }
    while (!lane->waiting.empty() && now - lane->waiting.front().since >= answer_timeout_) {
      out.faults.push_back(what + " waited too long for the PLC");
      out.payloads.push_back(unanswered(lane->waiting.front().order, "the PLC could not be asked in time"));
      lane->waiting.pop_front();
    }
  }
  return out;
}

}  // namespace beltwarden::instruments::plc
