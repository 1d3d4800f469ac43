#include "twin/berth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "twin/berth_core.h"
#include "twin/declarations.h"

namespace beltwarden::twin {
namespace {

constexpr double kReceiveSeconds = 0.002;  // from the instrument to the driver

/// Everything is planned in advance but the stops that the site asks for.
class PlannedBerth final : public Berth {
 public:
  explicit PlannedBerth(std::unique_ptr<BerthCore> core) : core_(std::move(core)), now_(core_->scenario().start) {
    settle();
  }

  material::LineLayout layout() const override { return core_->layout(); }
  std::string declarations_json() const override { return declarations_as_json(core_->scenario()); }
  std::vector<material::LotPlan> lot_plans() const override { return plans_of(core_->scenario()); }
  std::optional<instruments::Output> next() override;
  Time now() const override { return now_; }
  void skip_to(const std::vector<std::pair<InstrumentId, std::uint64_t>>& last_sequences) override;
  void order(const instruments::Order& order) override;
  std::vector<PlantedFault> truth() const override { return core_->truth(); }
  std::vector<LotId> ended_lots() const override {
    return core_->ended_lots((now_ - core_->scenario().start).seconds());
  }
  std::vector<Provenance> provenance() const override { return core_->reference().provenance(); }
  std::vector<std::pair<std::string, double>> rates() const override { return core_->rates(); }

 private:
  Time time_at(double wall_s) const { return core_->scenario().start + seconds(wall_s); }
  void settle() {
    for (std::size_t s = 0; s < kSources; ++s) due_[s] = core_->due(static_cast<Source>(s), next_index_[s]);
  }
  instruments::Output make(Source source, std::uint64_t index) const;
  instruments::Output health(std::size_t instrument, double wall_s) const;

  struct Answer {
    double due_s = 0;
    material::Reading reading;
  };

  std::unique_ptr<BerthCore> core_;
  Time now_;
  std::array<std::uint64_t, kSources> next_index_{};
  std::array<double, kSources> due_{};
  std::uint64_t next_health_ = 0;
  std::deque<Answer> answers_;  // in order: all take equally long
};

instruments::Output PlannedBerth::make(Source source, std::uint64_t index) const {
  const double wall = core_->due(source, index);
  if (source == Source::kCamera) {
    instruments::RawFrame frame;
    frame.instrument = InstrumentId("camera");
    frame.time = time_at(wall);
    frame.received = time_at(wall + kReceiveSeconds);
    core_->frame(index, frame);
    return frame;
  }
  material::Reading r;
  r.instrument = InstrumentId(kInstrumentNames[static_cast<std::size_t>(source)]);
  r.device_sequence = index + 1;
  r.time = time_at(wall);
  r.received = time_at(wall + kReceiveSeconds);
  if (source == Source::kPlc) {
    r.payload = core_->belt(index, wall);
  } else if (source == Source::kSpectrometer) {
    r.exposure_s = core_->scenario().spectrometer.exposure_s;
    r.payload = core_->spectrum(index);
  } else {
    r.exposure_s = core_->scenario().gamma.period_s;
    r.time = time_at(wall - r.exposure_s / 2);
    r.payload = core_->gamma(index, nullptr);
  }
  return r;
}

instruments::Output PlannedBerth::health(std::size_t instrument, double wall_s) const {
  material::HealthReading h;
  h.state = material::HealthReading::State::kWorking;
  h.accepted = instrument < kSources ? next_index_[instrument] : 0;
  material::Reading r;
  r.instrument = InstrumentId(kInstrumentNames[instrument]);
  r.time = r.received = time_at(wall_s);
  r.payload = std::move(h);
  return r;
}

std::optional<instruments::Output> PlannedBerth::next() {
  std::size_t first = kSources;
  double when = core_->wall_end();
  for (std::size_t s = 0; s < kSources; ++s) {
    if (due_[s] < when) when = due_[s], first = s;
  }
  const double health_due =
      static_cast<double>(next_health_ / std::size(kInstrumentNames)) * core_->scenario().health_period_s;
  // What the terminal owes is said even after the last picture.
  const bool at_end = first == kSources && health_due >= when;
  if (!answers_.empty() && (at_end || answers_.front().due_s <= std::min(when, health_due))) {
    auto reading = std::move(answers_.front().reading);
    answers_.pop_front();
    now_ = std::max(now_, reading.received);
    return reading;
  }
  if (health_due < when) {
    auto reading = health(next_health_++ % std::size(kInstrumentNames), health_due);
    now_ = std::max(now_, time_at(health_due));
    return reading;
  }
  if (first == kSources) return std::nullopt;
  now_ = std::max(now_, time_at(when));
  const auto source = static_cast<Source>(first);
  const std::uint64_t index = next_index_[first]++;
  due_[first] = core_->due(source, index + 1);
  return make(source, index);
}

void PlannedBerth::skip_to(const std::vector<std::pair<InstrumentId, std::uint64_t>>& last_sequences) {
  for (const auto& [instrument, sequence] : last_sequences) {
    for (std::size_t s = 0; s < kSources; ++s) {
      if (instrument.str() == kInstrumentNames[s]) next_index_[s] = std::max(next_index_[s], sequence);
    }
  }
  // Stops ordered before are found again from how far the belt is behind the clock: each began at a picture and took
  // the same time.
  const auto& scenario = core_->scenario();
  const auto pictures = static_cast<double>(next_index_[static_cast<std::size_t>(Source::kCamera)]);
  const auto polls = static_cast<double>(next_index_[static_cast<std::size_t>(Source::kPlc)]);
  if (const auto& trigger = scenario.camera.trigger; trigger.every_m > 0 && pictures > 0 && polls > 0) {
    const double last = core_->plan().time_of_travel(pictures * trigger.every_m);
    const double coming = core_->plan().time_of_travel((pictures + 1) * trigger.every_m);
    const double behind = (polls - 2) * scenario.plc_period_s - coming;
    core_->assume_stops(behind > 0 ? static_cast<std::size_t>(std::ceil(behind / kStopSeconds)) : 0, last);
  }
  settle();
  double wall = 0;
  for (std::size_t s = 0; s < kSources; ++s) {
    if (next_index_[s] > 0) wall = std::max(wall, core_->due(static_cast<Source>(s), next_index_[s] - 1));
  }
  now_ = time_at(wall);
  next_health_ = static_cast<std::uint64_t>(wall / scenario.health_period_s) * std::size(kInstrumentNames);
}

void PlannedBerth::order(const instruments::Order& order) {
  const double wall = (now_ - core_->scenario().start).seconds();
  material::Reading r;
  r.received = time_at(wall + kAnswerSeconds + kReceiveSeconds);
  if (const auto* cut = std::get_if<instruments::CutOrder>(&order)) {
    r.instrument = InstrumentId("sampler");
    // The cutter crosses at once; its answer takes a moment. An order that comes late because the ship's clock runs
    // fast is answered for when its tonnes were there.
    const double crossed = cut->due.ns > 0 ? std::min(wall, (cut->due - core_->scenario().start).seconds()) : wall;
    r.time = time_at(crossed);
    const double mass_kg = core_->cut_kg(crossed, cut->increment);
    r.payload = material::CutterReading{cut->increment, mass_kg > 0, mass_kg, cut->command_id};
  } else {
    r.instrument = InstrumentId("plc");
    r.time = time_at(wall + kAnswerSeconds);
    r.payload = material::StopAnswerReading{std::get<instruments::StopOrder>(order).command_id, true,
                                            "the terminal stops the belt for a minute"};
    core_->stop_belt(wall);
    settle();
  }
  answers_.push_back({wall + kAnswerSeconds, std::move(r)});
}

}  // namespace

Result<std::unique_ptr<Berth>> Berth::create(const Config& scenario, const std::string& data_folder) {
  auto core = BerthCore::make(scenario, data_folder);
  if (!core) return core.error();
  return std::unique_ptr<Berth>(std::make_unique<PlannedBerth>(std::move(*core)));
}

}  // namespace beltwarden::twin
