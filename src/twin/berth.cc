#include "twin/berth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "twin/belt_plan.h"
#include "twin/declarations.h"
#include "twin/frame_maker.h"
#include "twin/gamma_maker.h"
#include "twin/reference_data.h"
#include "twin/scenario.h"
#include "twin/spectrum_maker.h"
#include "twin/streams.h"

namespace beltwarden::twin {
namespace {

constexpr double kStopSeconds = 60;           // how long the terminal stops the belt when asked
constexpr double kAnswerSeconds = 3;          // how long it takes to answer
constexpr double kReceiveSeconds = 0.002;     // from the instrument to the driver
constexpr double kAperture_m = 0.15, kCutterSpeed_mps = 0.6;

/// Everything is planned in advance but the stops that the site asks for. Wall time is planned time plus those.
class PlannedBerth final : public Berth {
 public:
  static Result<std::unique_ptr<Berth>> make(Scenario scenario, ReferenceData reference) {
    auto berth = std::unique_ptr<PlannedBerth>(new PlannedBerth(std::move(scenario), std::move(reference)));
    auto spectra = SpectrumMaker::make(berth->scenario_, berth->reference_);
    if (!spectra) return spectra.error();
    berth->spectra_ = std::move(*spectra);
    auto gamma = GammaMaker::make(berth->scenario_, berth->reference_, berth->plan_);
    if (!gamma) return gamma.error();
    berth->gamma_ = std::move(*gamma);
    if (auto ok = declare(berth->scenario_, berth->spectra_, berth->plan_); !ok) return ok.error();
    return std::unique_ptr<Berth>(std::move(berth));
  }

  material::LineLayout layout() const override;
  std::string declarations_json() const override { return declarations_as_json(scenario_); }
  std::vector<material::LotPlan> lot_plans() const override { return plans_of(scenario_); }
  std::optional<instruments::Output> next() override;
  Time now() const override { return now_; }
  void skip_to(const std::vector<std::pair<InstrumentId, std::uint64_t>>& last_sequences) override;
  void order(const instruments::Order& order) override;
  std::vector<PlantedFault> truth() const override;
  std::vector<LotId> ended_lots() const override;
  std::vector<Provenance> provenance() const override { return reference_.provenance(); }
  std::vector<std::pair<std::string, double>> rates() const override;

 private:
  enum Source : std::size_t { kPlc, kSpectrometer, kCamera, kGamma, kSources };

  PlannedBerth(Scenario scenario, ReferenceData reference)
      : scenario_(std::move(scenario)),
        reference_(std::move(reference)),
        plan_(scenario_),
        frames_(FrameMaker::make(scenario_, reference_, plan_)),
        now_(scenario_.start) {
    for (std::size_t s = 0; s < kSources; ++s) settle(static_cast<Source>(s));
  }

  Time time_at(double wall_s) const { return scenario_.start + seconds(wall_s); }
  double wall_of(double planned_s) const;
  double planned_of(double wall_s) const;
  double wall_end() const { return wall_of(plan_.duration_s()); }

  // When reading `index` (from 0) of a source is there, wall seconds; beyond the end = never.
  double due(Source source, std::uint64_t index) const;
  void settle(Source source) { due_[source] = due(source, next_index_[source]); }

  instruments::Output make_plc(std::uint64_t index) const;
  instruments::Output make_spectrum(std::uint64_t index) const;
  instruments::Output make_frame(std::uint64_t index) const;
  instruments::Output make_gamma(std::uint64_t index) const;
  material::Reading health(std::size_t instrument, double wall_s) const;

  Scenario scenario_;
  ReferenceData reference_;
  BeltPlan plan_;
  FrameMaker frames_;
  SpectrumMaker spectra_;
  GammaMaker gamma_;
  Time now_;
  std::array<std::uint64_t, kSources> next_index_{};
  std::array<double, kSources> due_{};
  std::uint64_t next_health_ = 0;
  std::vector<double> pauses_;                               // planned seconds at which the belt was stopped on request
  struct Answer {
    double due_s = 0;
    material::Reading reading;
  };
  std::deque<Answer> answers_;                               // by due time: delays are equal
};

const char* const kInstruments[] = {"plc", "spectrometer", "camera", "gamma", "sampler"};

double PlannedBerth::wall_of(double planned_s) const {
  double wall = planned_s;
  for (const double p : pauses_) wall += p < planned_s ? kStopSeconds : 0;
  return wall;
}

double PlannedBerth::planned_of(double wall_s) const {
  double planned = wall_s;
  for (const double p : pauses_) {                            // ascending
    if (planned <= p) break;
    planned = std::max(p, planned - kStopSeconds);
  }
  return planned;
}

double PlannedBerth::due(Source source, std::uint64_t index) const {
  const double n = static_cast<double>(index) + 1;
  const auto triggered = [&](const Trigger& trigger) {
    if (trigger.every_s > 0) return n * trigger.every_s;
    const double planned = plan_.time_of_travel(n * trigger.every_m);
    return planned >= plan_.duration_s() ? wall_end() + 1 : wall_of(planned);
  };
  switch (source) {
    case kPlc: return n * scenario_.plc_period_s;
    case kGamma: return n * scenario_.gamma.period_s;
    case kSpectrometer: return triggered(scenario_.spectrometer.trigger);
    case kCamera: return triggered(scenario_.camera.trigger);
    case kSources: break;
  }
  return wall_end() + 1;
}

instruments::Output PlannedBerth::make_plc(std::uint64_t index) const {
  const double wall = due(kPlc, index), planned = planned_of(wall), before = planned_of(wall - scenario_.plc_period_s);
  const double travel = plan_.travel_m(planned), travelled = travel - plan_.travel_m(before);
  const double passed = plan_.measured_t(travel) - plan_.measured_t(plan_.travel_m(before));
  Rng rng = stream_rng(scenario_.seed, Stream::kScale, index);
  material::BeltReading belt;
  const double speed = travelled / scenario_.plc_period_s;
  belt.speed_mps = speed * (1 + rng.normal(0, 0.001));
  belt.encoder_ticks = static_cast<std::uint32_t>(static_cast<std::uint64_t>(travel / 0.01 + 1e-6));
  belt.rate_tph = std::max(0.0, passed / scenario_.plc_period_s * 3600 * (1 + rng.normal(0, 0.004)));
  belt.totaliser_ticks = static_cast<std::uint32_t>(static_cast<std::uint64_t>(plan_.measured_t(travel) / 0.1 + 1e-6));
  belt.running = speed > 0.05;
  belt.empty_belt = plan_.spot(travel).load_kg_per_m < 5;
  belt.feed_lot = plan_.feed_number(planned);
  material::Reading r;
  r.instrument = InstrumentId("plc");
  r.device_sequence = index + 1;
  r.time = time_at(wall);
  r.received = time_at(wall + kReceiveSeconds);
  r.payload = belt;
  return r;
}

instruments::Output PlannedBerth::make_spectrum(std::uint64_t index) const {
  const double wall = due(kSpectrometer, index);
  const double travel = plan_.travel_m(planned_of(wall));
  material::Reading r;
  r.instrument = InstrumentId("spectrometer");
  r.device_sequence = index + 1;
  r.time = time_at(wall);
  r.received = time_at(wall + kReceiveSeconds);
  r.exposure_s = scenario_.spectrometer.exposure_s;
  r.payload = spectra_.reading(index, travel - scenario_.spectrometer.distance_m, plan_);
  return r;
}

instruments::Output PlannedBerth::make_frame(std::uint64_t index) const {
  const double wall = due(kCamera, index);
  instruments::RawFrame frame;
  frame.instrument = InstrumentId("camera");
  frame.time = time_at(wall);
  frame.received = time_at(wall + kReceiveSeconds);
  frames_.paint(index + 1, plan_.travel_m(planned_of(wall)), plan_, frame);
  return frame;
}

instruments::Output PlannedBerth::make_gamma(std::uint64_t index) const {
  const double end = due(kGamma, index), begin = end - scenario_.gamma.period_s;
  material::Reading r;
  r.instrument = InstrumentId("gamma");
  r.device_sequence = index + 1;
  r.time = time_at((begin + end) / 2);
  r.received = time_at(end + kReceiveSeconds);
  r.exposure_s = scenario_.gamma.period_s;
  const auto travel = [&](double share) { return plan_.travel_m(planned_of(begin + share * (end - begin))); };
  r.payload = gamma_.reading(index, begin, travel, plan_);
  return r;
}

material::Reading PlannedBerth::health(std::size_t instrument, double wall_s) const {
  material::HealthReading h;
  h.state = material::HealthReading::State::kWorking;
  h.accepted = instrument < kSources ? next_index_[instrument] : 0;
  material::Reading r;
  r.instrument = InstrumentId(kInstruments[instrument]);
  r.time = time_at(wall_s);
  r.received = r.time;
  r.payload = std::move(h);
  return r;
}

std::optional<instruments::Output> PlannedBerth::next() {
  const double end = wall_end();
  std::size_t first = kSources;
  double when = end;
  for (std::size_t s = 0; s < kSources; ++s) {
    if (due_[s] < when) {
      when = due_[s];
      first = s;
    }
  }
  const double health_due = static_cast<double>(next_health_ / std::size(kInstruments)) * scenario_.health_period_s;
  if (!answers_.empty() && answers_.front().due_s <= std::min(when, health_due)) {
    auto reading = std::move(answers_.front().reading);
    answers_.pop_front();
    now_ = std::max(now_, reading.received);
    return reading;
  }
  if (health_due < when) {
    auto reading = health(next_health_ % std::size(kInstruments), health_due);
    ++next_health_;
    now_ = std::max(now_, reading.received);
    return reading;
  }
  if (first == kSources) return std::nullopt;
  now_ = std::max(now_, time_at(when));
  const auto source = static_cast<Source>(first);
  const std::uint64_t index = next_index_[source]++;
  settle(source);
  switch (source) {
    case kPlc: return make_plc(index);
    case kSpectrometer: return make_spectrum(index);
    case kCamera: return make_frame(index);
    case kGamma: return make_gamma(index);
    case kSources: break;
  }
  return std::nullopt;
}

void PlannedBerth::skip_to(const std::vector<std::pair<InstrumentId, std::uint64_t>>& last_sequences) {
  for (const auto& [instrument, sequence] : last_sequences) {
    for (std::size_t s = 0; s < kSources; ++s) {
      if (instrument.str() == kInstruments[s]) next_index_[s] = std::max(next_index_[s], sequence);
    }
  }
  // Stops ordered before are found again from how far the belt is behind the clock: each began at a picture and took
  // the same time.
  const auto& trigger = scenario_.camera.trigger;
  if (trigger.every_m > 0 && next_index_[kCamera] > 0 && next_index_[kPlc] > 0) {
    const double wall = static_cast<double>(next_index_[kPlc]) * scenario_.plc_period_s;
    const double last = plan_.time_of_travel(static_cast<double>(next_index_[kCamera]) * trigger.every_m);
    const double coming = plan_.time_of_travel(static_cast<double>(next_index_[kCamera] + 1) * trigger.every_m);
    const double behind = wall - coming - 2 * scenario_.plc_period_s;
    pauses_.assign(behind > 0 ? static_cast<std::size_t>(std::ceil(behind / kStopSeconds)) : 0, last);
  }
  for (std::size_t s = 0; s < kSources; ++s) settle(static_cast<Source>(s));
  double wall = 0;
  for (std::size_t s = 0; s < kSources; ++s) {
    if (next_index_[s] > 0) wall = std::max(wall, due(static_cast<Source>(s), next_index_[s] - 1));
  }
  now_ = time_at(wall);
  next_health_ = static_cast<std::uint64_t>(wall / scenario_.health_period_s) * std::size(kInstruments);
}

void PlannedBerth::order(const instruments::Order& order) {
  const double wall = (now_ - scenario_.start).seconds(), planned = planned_of(wall);
  material::Reading r;
  r.time = time_at(wall + kAnswerSeconds);
  r.received = time_at(wall + kAnswerSeconds + kReceiveSeconds);
  if (const auto* cut = std::get_if<instruments::CutOrder>(&order)) {
    // The cutter crosses the stream at once; its answer takes a moment.
    r.instrument = InstrumentId("sampler");
    r.time = time_at(wall);
    const auto spot = plan_.spot(plan_.travel_m(planned) - scenario_.sampler_distance_m);
    const double flow_kg_per_s = spot.load_kg_per_m * plan_.speed_mps(planned);
    Rng rng = stream_rng(scenario_.seed, Stream::kCutter, cut->increment);
    const double mass = flow_kg_per_s * kAperture_m / kCutterSpeed_mps * (1 + rng.normal(0, 0.03));
    r.payload = material::CutterReading{cut->increment, mass > 1, mass > 1 ? mass : 0, cut->command_id};
  } else {
    const auto& stop = std::get<instruments::StopOrder>(order);
    r.instrument = InstrumentId("plc");
    r.payload = material::StopAnswerReading{stop.command_id, true, "the terminal stops the belt for a minute"};
    double begins = planned;
    if (const auto& t = scenario_.camera.trigger; t.every_m > 0) {
      // At the next picture, so that a resumed run finds the same moment again.
      begins = plan_.time_of_travel((std::floor(plan_.travel_m(planned) / t.every_m) + 1) * t.every_m);
    }
    if (pauses_.empty() || pauses_.back() < begins) {
      pauses_.push_back(begins);
      for (std::size_t s = 0; s < kSources; ++s) settle(static_cast<Source>(s));
    }
  }
  answers_.push_back({wall + kAnswerSeconds, std::move(r)});
}

material::LineLayout PlannedBerth::layout() const {
  material::LineLayout l;
  l.site = SiteId(scenario_.site);
  l.line = LineId(scenario_.line);
  l.plc = InstrumentId("plc");
  l.feed_distance = Metres{scenario_.feed_distance_m};
  l.tick = Tonnes{0.1};
  l.encoder_tick = Metres{0.01};
  l.slice = Tonnes{scenario_.slice_t};
  const double t_per_m = 4000 / 3.6 / scenario_.speed_mps / 1000;
  const double frame_m = scenario_.camera.length_m();
  l.instruments = {
      {InstrumentId("spectrometer"), Metres{scenario_.spectrometer.distance_m}, Metres{0.3},
       Tonnes{scenario_.spectrometer.sampling_distance_t}, "spectrometer"},
      {InstrumentId("camera"), Metres{scenario_.camera.distance_m}, Metres{frame_m}, Tonnes{frame_m * t_per_m * 1.5}, "camera"},
      {InstrumentId("gamma"), Metres{scenario_.gamma.distance_m}, Metres{2 * scenario_.gamma.height_m},
       Tonnes{3 * scenario_.speed_mps * scenario_.gamma.period_s * t_per_m}, "gamma"},
      {InstrumentId("sampler"), Metres{scenario_.sampler_distance_m}, Metres{kAperture_m}, Tonnes{0}, "sampler"}};
  return l;
}

std::vector<PlantedFault> PlannedBerth::truth() const {
  std::vector<PlantedFault> out;
  const double t_per_m = 4000 / 3.6 / scenario_.speed_mps / 1000;
  for (const auto& f : scenario_.faults) {
    double from = f.from_t, to = f.to_t;
    if (f.is_object()) {
      const double half = 0.5 * f.length_mm / 1000 * t_per_m;
      from = std::max(0.0, from - half), to += half;
    } else if (f.kind == "cs137_source") {
      from = std::max(0.0, from - scenario_.gamma.height_m * t_per_m), to += scenario_.gamma.height_m * t_per_m;
    }
    const LotId lot(scenario_.lots[f.lot].lot);
    PlantedFault p;
    p.kind = f.kind;
    p.where = {lot, {Tonnes{from}, Tonnes{to}}};
    p.measured = {lot, {Tonnes{plan_.measured_mark_t(f.lot, from)}, Tonnes{plan_.measured_mark_t(f.lot, to)}}};
    p.detail = fault_detail(f);
    out.push_back(std::move(p));
  }
  return out;
}

std::vector<LotId> PlannedBerth::ended_lots() const {
  const double planned = planned_of((now_ - scenario_.start).seconds());
  std::vector<std::pair<double, LotId>> ended;
  for (std::size_t i = 0; i < scenario_.lots.size(); ++i) {
    if (plan_.fed_until_s(i) + 1 <= planned) ended.emplace_back(plan_.fed_until_s(i), LotId(scenario_.lots[i].lot));
  }
  std::ranges::sort(ended);
  std::vector<LotId> out;
  for (auto& [time, lot] : ended) out.push_back(std::move(lot));
  return out;
}

std::vector<std::pair<std::string, double>> PlannedBerth::rates() const {
  const auto per_second = [&](const Trigger& t) { return t.every_s > 0 ? 1 / t.every_s : scenario_.speed_mps / t.every_m; };
  return {{"belt_speed_mps", scenario_.speed_mps},
          {"plc_per_s", 1 / scenario_.plc_period_s},
          {"spectra_per_s", per_second(scenario_.spectrometer.trigger)},
          {"spectrum_channels", static_cast<double>(spectra_.axis()->wavelengths_nm.size())},
          {"frames_per_s", per_second(scenario_.camera.trigger)},
          {"frame_width_px", static_cast<double>(scenario_.camera.width_px)},
          {"frame_height_px", static_cast<double>(scenario_.camera.height_px)},
          {"frame_mm_per_px", scenario_.camera.mm_per_px},
          {"gamma_per_s", 1 / scenario_.gamma.period_s},
          {"gamma_channels", static_cast<double>(scenario_.gamma.channels)}};
}

}  // namespace

Result<std::unique_ptr<Berth>> Berth::create(const Config& scenario, const std::string& data_folder) {
  auto read = read_scenario(scenario);
  if (!read) return read.error();
  auto reference = ReferenceData::open(data_folder);
  if (!reference) return reference.error();
  return PlannedBerth::make(std::move(*read), std::move(*reference));
}

}  // namespace beltwarden::twin
