#include "instruments/common/health_keeper.h"

#include "base/text.h"

namespace beltwarden::instruments {
namespace {

constexpr Duration kLongestSilence = seconds(60);
constexpr std::size_t kMaxCauses = 64, kMaxCauseBytes = 200, kMaxMessageBytes = 1000;

}  // namespace

void HealthKeeper::accepted(std::uint64_t n) {
  std::lock_guard lock(mutex_);
  accepted_ += n;
}

void HealthKeeper::dropped(std::string_view cause, std::string_view message, std::uint64_t n) {
  {
    std::lock_guard lock(mutex_);
    auto found = dropped_.find(cause);
    if (found == dropped_.end()) {
      due_ = true;
      found = dropped_.emplace(dropped_.size() < kMaxCauses ? clipped_utf8(cause, kMaxCauseBytes) : "other", 0).first;
    }
    found->second += n;
  }
  const std::string& instrument = context_.instrument.str();
  context_.log.warn_once(instrument + "/" + std::string(cause), instrument + ": " + clipped_utf8(message, kMaxMessageBytes));
}

void HealthKeeper::state(material::HealthReading::State state, std::string message) {
  message = clipped_utf8(message, kMaxMessageBytes);   // much of it comes from the device
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    changed = state != state_;
    due_ |= changed || message != message_;
    state_ = state;
    message_ = message;
  }
  if (changed) context_.log.info(context_.instrument.str() + ": " + message);
}

material::HealthReading HealthKeeper::reading() const {
  std::lock_guard lock(mutex_);
  material::HealthReading reading{state_, message_, accepted_, {}};
  for (const auto& [cause, count] : dropped_) reading.dropped.push_back({cause, count});
  return reading;
}

bool HealthKeeper::send_if_due(const Sink& sink) {
  const Duration now = context_.clock.monotonic();
  {
    std::lock_guard lock(mutex_);
    if (!due_ && now - last_sent_ < kLongestSilence) return true;
    due_ = false;
    last_sent_ = now;
  }
  material::Reading message;
  message.instrument = context_.instrument;
  message.time = message.received = context_.clock.now();
  message.payload = reading();
  return sink(std::move(message));
}

}  // namespace beltwarden::instruments
