#include <algorithm>

#include "instruments/common/health_keeper.h"
#include "instruments/common/worker.h"
#include "instruments/plc/heartbeat_guard.h"
#include "instruments/plc/modbus_link.h"
#include "instruments/plc/order_desk.h"
#include "instruments/plc/plc.h"
#include "instruments/plc/register_map.h"

namespace beltwarden::instruments {
namespace {

using material::HealthReading;
using plc::Field;

constexpr Duration kFirstPause = milliseconds(250);

struct Settings {
  std::string host;
  std::uint16_t port = 502;
  int unit = 1;
  Duration period, timeout, stale, longest_pause, answer;
  InstrumentId sampler;
  plc::RegisterMap registers;
};

Result<Settings> read_settings(const Config& config) {
  Settings s;
  auto host = config.text("host");
  if (!host) return host.error();
  s.host = *host;
  auto port = config.integer("port", 1, 65535, 502);
  if (!port) return port.error();
  s.port = static_cast<std::uint16_t>(*port);
  auto unit = config.integer("unit", 0, 247, 1);
  if (!unit) return unit.error();
  s.unit = static_cast<int>(*unit);
  // Three time-outs (a poll and a command in two parts) must end before stop() has to return.
  struct Time {
    const char* key;
    double low_s, high_s, fallback_s;
    Duration* value;
  };
  for (const Time& t : {Time{"period_s", 0.01, 60, 0.1, &s.period}, Time{"timeout_s", 0.02, 0.6, 0.5, &s.timeout},
                        Time{"stale_s", 0.1, 600, 2, &s.stale}, Time{"longest_pause_s", 0.25, 600, 15, &s.longest_pause},
                        Time{"answer_s", 1, 600, 30, &s.answer}}) {
    auto value = config.number(t.key, t.low_s, t.high_s, t.fallback_s);
    if (!value) return value.error();
    *t.value = seconds(*value);
  }
  auto sampler = config.text("sampler", "");
  if (!sampler) return sampler.error();
  s.sampler = InstrumentId{*sampler};
  auto registers = plc::RegisterMap::read(config);
  if (!registers) return registers.error();
  s.registers = std::move(*registers);
  return s;
}

class ModbusPlc final : public Driver {
 public:
  ModbusPlc(Settings settings, DriverContext context)
      : settings_(std::move(settings)),
        context_(context),
        health_(context),
        sampler_health_(of_sampler(context, settings_.sampler)),
        desk_(settings_.answer),
        heartbeat_(settings_.stale),
        link_(settings_.host, settings_.port, settings_.unit, settings_.timeout) {}
  ~ModbusPlc() override { stop(); }

  Result<void> start(Sink sink) override {
    return worker_.start([this, sink = std::move(sink)] { run(sink); });
  }
  void stop() override { worker_.stop(); }
  Result<void> order(const Order& order) override { return desk_.add(order, context_.clock.monotonic()); }
  HealthReading health() const override { return health_.reading(); }

 private:
  static DriverContext of_sampler(DriverContext context, const InstrumentId& sampler) {
    context.instrument = sampler;
    return context;
  }

  void run(const Sink& sink) {
    Duration pause = kFirstPause;
    Duration due = context_.clock.monotonic();
    while (!worker_.stopping()) {
      if (!link_.connected()) {
        if (connect()) {
          pause = kFirstPause;
          due = context_.clock.monotonic();
        } else {
          if (!say_overdue(sink) || !send_health(sink) || !worker_.wait(pause)) return;
          pause = std::min(pause + pause, settings_.longest_pause);
          continue;
        }
      }
      if (!poll(sink) || !say_overdue(sink) || !send_commands(sink) || !send_health(sink)) return;
      const Duration now = context_.clock.monotonic();
      due = due + settings_.period;
      if (now - due > settings_.period) {
        const auto skipped = static_cast<std::uint64_t>((now - due).ns / settings_.period.ns);
        health_.dropped("poll skipped", "the PLC or the site was too slow for a poll every " +
                                            std::to_string(settings_.period.milliseconds()) + " ms", skipped);
        due = now;
      } else if (due > now && !worker_.wait(due - now)) {
        return;
      }
    }
  }

  /// The cutter has no connection of its own: it is as the PLC says, and away when the PLC is.
  bool send_health(const Sink& sink) {
    if (!health_.send_if_due(sink)) return false;
    if (settings_.sampler.empty()) return true;
    if (!link_.connected()) {
      sampler_health_.state(HealthReading::State::kDisconnected, "the PLC that works the cutter does not answer");
    } else if (sampler_fault_) {
      const bool fault = *sampler_fault_;
      sampler_health_.state(fault ? HealthReading::State::kFaulty : HealthReading::State::kWorking,
                            fault ? "the PLC reports a fault of the sampler" : "worked by the PLC");
    }
    return sampler_health_.send_if_due(sink);
  }

  bool connect() {
    if (auto error = link_.connect()) {
      health_.state(HealthReading::State::kDisconnected, error->message);
      return false;
    }
    heartbeat_.forget();
    const auto cut = read_number(settings_.registers.cut_command());
    const auto stop = link_.connected() ? read_number(settings_.registers.stop_command()) : std::nullopt;
    if (!link_.connected()) return false;
    desk_.numbers(cut, stop);
    return true;
  }

  /// What stands in a command register; nothing when the PLC has none.
  std::optional<std::uint16_t> read_number(std::uint16_t address) {
    std::vector<std::uint16_t> value;
    auto error = link_.read(true, address, 1, value);
    if (!error) return value[0];
    health_.dropped(error->cause, error->message);
    if (!error->connection_usable) health_.state(HealthReading::State::kDisconnected, error->message);
    return std::nullopt;
  }

  /// False when the sink says that the site is shutting down.
  bool poll(const Sink& sink) {
    std::vector<std::uint16_t> registers;
    const Time asked = context_.clock.now();
    for (const auto& block : settings_.registers.blocks()) {
      if (auto error = link_.read(settings_.registers.read_holding(), block.start, block.count, registers)) {
        failed(*error);
        return true;
      }
    }
    const Time received = context_.clock.now();
    auto image = settings_.registers.decode(registers);
    if (!image) {
      health_.dropped("value out of range", image.error().message);
      health_.state(HealthReading::State::kDegraded, image.error().message);
      return true;
    }
    if (!fresh(*image)) return true;
    tell_state(*image);
    health_.accepted();
    const Time measured{asked.ns + (received.ns - asked.ns) / 2};
    if (!sink(reading(context_.instrument, ++polls_, measured, received, belt(*image)))) return false;

    return say_answers(sink, desk_.answers(*image), measured, received);
  }

  bool say_overdue(const Sink& sink) {
    const Time now = context_.clock.now();
    return say_answers(sink, desk_.overdue(context_.clock.monotonic()), now, now);
  }

  bool say_answers(const Sink& sink, plc::OrderDesk::Answers answers, Time measured, Time received) {
    for (const auto& fault : answers.faults) health_.dropped("order not answered as expected", fault);
    for (auto& payload : answers.payloads) {
      if (!say(sink, std::move(payload), measured, received)) return false;
    }
    return true;
  }

  void failed(const plc::LinkError& error) {
    health_.dropped(error.cause, error.message);
    if (error.connection_usable) {
      health_.state(HealthReading::State::kFaulty, error.message);
    } else {
      health_.state(HealthReading::State::kDisconnected, error.message);
      desk_.numbers(std::nullopt, std::nullopt);
    }
  }

  bool fresh(const plc::Image& image) {
    if (!image[Field::kHeartbeat]) return true;
    using Verdict = plc::HeartbeatGuard::Verdict;
    switch (heartbeat_.judge(static_cast<std::uint16_t>(*image[Field::kHeartbeat]), context_.clock.monotonic())) {
      case Verdict::kFresh: return true;
      case Verdict::kRestarted:
        context_.log.warning(context_.instrument.str() + ": the PLC has started anew: its heartbeat began again");
        return true;
      case Verdict::kSameCycle:
        health_.dropped("same PLC cycle", "the heartbeat has not moved since the last poll: nothing new");
        return false;
      case Verdict::kOlder:
        health_.dropped("answer out of order", "the heartbeat is behind the one read before");
        return false;
      case Verdict::kStopped:
        health_.dropped("PLC stopped", "the heartbeat stands still: the PLC's program has stopped");
        health_.state(HealthReading::State::kFaulty, "the heartbeat stands still: the PLC's program has stopped");
        return false;
    }
    return true;
  }

  void tell_state(const plc::Image& image) {
    sampler_fault_ = image[Field::kSamplerFault].value_or(0) != 0;
    if (image[Field::kScaleFault].value_or(0) != 0) {
      health_.state(HealthReading::State::kFaulty, "the belt scale reports a fault");
    } else if (*sampler_fault_) {
      health_.state(HealthReading::State::kDegraded, "the sampler reports a fault");
    } else {
      health_.state(HealthReading::State::kWorking, "polling " + settings_.host + ":" + std::to_string(settings_.port));
    }
  }

  static material::BeltReading belt(const plc::Image& image) {
    material::BeltReading belt;
    belt.speed_mps = image[Field::kSpeed].value_or(0);
    if (const auto ticks = image[Field::kEncoder]) belt.encoder_ticks = static_cast<std::uint32_t>(*ticks);
    belt.rate_tph = image[Field::kRate].value_or(0);
    belt.totaliser_ticks = static_cast<std::uint32_t>(image[Field::kTotaliser].value_or(0));
    belt.running = image[Field::kRunning] ? *image[Field::kRunning] != 0 : belt.speed_mps != 0;
    belt.empty_belt = image[Field::kEmptyBelt].value_or(0) != 0;
    belt.feed_lot = static_cast<std::int32_t>(image[Field::kFeedLot].value_or(0));
    return belt;
  }

  bool send_commands(const Sink& sink) {
    while (link_.connected() && !worker_.stopping()) {
      const auto command = desk_.next(context_.clock.monotonic());
      if (!command) return true;
      const plc::RegisterMap& map = settings_.registers;
      std::unique_ptr<plc::LinkError> error;
      if (!command->cut) {
        error = link_.write(map.stop_command(), {command->number});
      } else if (map.cut_command_increment() == map.cut_command() + 1) {
        error = link_.write(map.cut_command(), {command->number, command->increment});
      } else {
        error = link_.write(map.cut_command_increment(), {command->increment});
        if (!error) error = link_.write(map.cut_command(), {command->number});
      }
      if (!error) continue;
      failed(*error);
      const Time now = context_.clock.now();
      if (!say(sink, desk_.refused(*command, error->message), now, now)) return false;
    }
    return true;
  }

  bool say(const Sink& sink, material::Payload payload, Time time, Time received) {
    const bool cut = std::holds_alternative<material::CutterReading>(payload);
    if (cut) sampler_health_.accepted();
    const InstrumentId& who = cut && !settings_.sampler.empty() ? settings_.sampler : context_.instrument;
    return sink(reading(who, 0, time, received, std::move(payload)));
  }

  static material::Reading reading(const InstrumentId& who, std::uint64_t sequence, Time time, Time received,
                                   material::Payload payload) {
    material::Reading reading;
    reading.instrument = who;
    reading.device_sequence = sequence;
    reading.time = time;
    reading.received = received;
    reading.payload = std::move(payload);
    return reading;
  }

  const Settings settings_;
  DriverContext context_;
  HealthKeeper health_, sampler_health_;
  std::optional<bool> sampler_fault_;   ///< as last polled
  plc::OrderDesk desk_;
  plc::HeartbeatGuard heartbeat_;
  plc::ModbusLink link_;
  std::uint64_t polls_ = 0;
  Worker worker_;      // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Driver>> make_modbus_plc(const Config& settings, DriverContext context) {
  auto read = read_settings(settings);
  if (!read) return read.error();
  return std::unique_ptr<Driver>(std::make_unique<ModbusPlc>(std::move(*read), context));
}

}  // namespace beltwarden::instruments
