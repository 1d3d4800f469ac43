#include "twin/berth_core.h"

#include <algorithm>
#include <cmath>

#include "twin/declarations.h"
#include "twin/streams.h"

namespace beltwarden::twin {
namespace {

constexpr double kAperture_m = 0.15, kCutterSpeed_mps = 0.6;  // of the sampler
constexpr double kTick_t = 0.1, kEncoderTick_m = 0.01;
constexpr double kUsualRate_tph = 4000;  // what the declared sampling distances are made for

}  // namespace

Result<std::unique_ptr<BerthCore>> BerthCore::make(const Config& config, const std::string& data_folder) {
  auto scenario = read_scenario(config);
  if (!scenario) return scenario.error();
  auto reference = ReferenceData::open(data_folder);
  if (!reference) return reference.error();
  auto core = std::unique_ptr<BerthCore>(new BerthCore(std::move(*scenario), std::move(*reference)));
  auto spectra = SpectrumMaker::make(core->scenario_, core->reference_);
  if (!spectra) return spectra.error();
  core->spectra_ = std::move(*spectra);
  auto gamma = GammaMaker::make(core->scenario_, core->reference_, core->plan_);
  if (!gamma) return gamma.error();
  core->gamma_ = std::move(*gamma);
  if (auto ok = declare(core->scenario_, core->spectra_, core->plan_); !ok) return ok.error();
  return core;
}

BerthCore::BerthCore(Scenario scenario, ReferenceData reference)
    : scenario_(std::move(scenario)),
      reference_(std::move(reference)),
      plan_(scenario_),
      frames_(FrameMaker::make(scenario_, reference_, plan_)) {}

double BerthCore::wall_of(double planned_s) const {
  double wall = planned_s;
  for (const double stop : stops_) wall += stop < planned_s ? kStopSeconds : 0;
  return wall;
}

double BerthCore::planned_of(double wall_s) const {
  double planned = wall_s;
  for (const double stop : stops_) {
    if (planned <= stop) break;
    planned = std::max(stop, planned - kStopSeconds);
  }
  return planned;
}

double BerthCore::due(Source source, std::uint64_t index) const {
  const double n = static_cast<double>(index) + 1;
  const auto triggered = [&](const Trigger& trigger) {
    if (trigger.every_s > 0) return n * trigger.every_s;
    const double planned = plan_.time_of_travel(n * trigger.every_m);
    return planned >= plan_.duration_s() ? wall_end() + 1 : wall_of(planned);
  };
  switch (source) {
    case Source::kPlc:
      return n * scenario_.plc_period_s;
    case Source::kGamma:
      return n * scenario_.gamma.period_s;
    case Source::kSpectrometer:
      return triggered(scenario_.spectrometer.trigger);
    case Source::kCamera:
      return triggered(scenario_.camera.trigger);
  }
  return wall_end() + 1;
}

material::BeltReading BerthCore::belt(std::uint64_t index, double wall_s) const {
  const double planned = planned_of(wall_s), before = planned_of(wall_s - scenario_.plc_period_s);
  const double travel = plan_.travel_m(planned), travelled = travel - plan_.travel_m(before);
  const double passed_t = plan_.measured_t(travel) - plan_.measured_t(travel - travelled);
  Rng rng = stream_rng(scenario_.seed, Stream::kScale, index);
  material::BeltReading belt;
  const double speed = travelled / scenario_.plc_period_s;
  belt.speed_mps = speed * (1 + rng.normal(0, 0.001));
  // Counters are a hair above their exact values, so that rounding never holds a whole tick back.
  belt.encoder_ticks = static_cast<std::uint32_t>(static_cast<std::uint64_t>(travel / kEncoderTick_m + 1e-6));
  belt.rate_tph = std::max(0.0, passed_t / scenario_.plc_period_s * 3600 * (1 + rng.normal(0, 0.004)));
  belt.totaliser_ticks =
      static_cast<std::uint32_t>(static_cast<std::uint64_t>(plan_.measured_t(travel) / kTick_t + 1e-6));
  belt.running = speed > 0.05;
  belt.empty_belt = plan_.spot(travel).load_kg_per_m < 5;
  belt.feed_lot = plan_.feed_number(planned);
  return belt;
}

material::SpectrumReading BerthCore::spectrum(std::uint64_t index) const {
  const double travel = travel_m(due(Source::kSpectrometer, index));
  return spectra_.reading(index, travel - scenario_.spectrometer.distance_m, plan_);
}

void BerthCore::frame(std::uint64_t index, instruments::RawFrame& frame) const {
  frames_.paint(index + 1, travel_m(due(Source::kCamera, index)), plan_, frame);
}

material::GammaReading BerthCore::gamma(std::uint64_t index, std::vector<std::vector<std::uint32_t>>* detectors) const {
  const double end = due(Source::kGamma, index), begin = end - scenario_.gamma.period_s;
  const auto travel = [&](double share) { return travel_m(begin + share * (end - begin)); };
  return gamma_.reading(index, begin, travel, plan_, detectors);
}

double BerthCore::cut_kg(double wall_s, std::uint32_t increment) const {
  const double planned = planned_of(wall_s);
  const auto spot = plan_.spot(plan_.travel_m(planned) - scenario_.sampler_distance_m);
  const double flow_kg_per_s = spot.load_kg_per_m * plan_.speed_mps(planned);
  Rng rng = stream_rng(scenario_.seed, Stream::kCutter, increment);
  const double mass = flow_kg_per_s * kAperture_m / kCutterSpeed_mps * (1 + rng.normal(0, 0.03));
  return mass > 1 ? mass : 0;
}

void BerthCore::stop_belt(double wall_s) {
  double begins = planned_of(wall_s);
  // At the next picture, so that a resumed run can find the same moment again.
  if (const auto& t = scenario_.camera.trigger; t.every_m > 0) {
    begins = plan_.time_of_travel((std::floor(plan_.travel_m(begins) / t.every_m) + 1) * t.every_m);
  }
  if (stops_.empty() || stops_.back() < begins) stops_.push_back(begins);
}

material::LineLayout BerthCore::layout() const {
  material::LineLayout l;
  l.site = SiteId(scenario_.site);
  l.line = LineId(scenario_.line);
  l.plc = InstrumentId("plc");
  l.feed_distance = Metres{scenario_.feed_distance_m};
  l.tick = Tonnes{kTick_t};
  l.encoder_tick = Metres{kEncoderTick_m};
  l.slice = Tonnes{scenario_.slice_t};
  const double t_per_m = kUsualRate_tph / 3.6 / scenario_.speed_mps / 1000;
  const double frame_m = scenario_.camera.length_m();
  l.instruments = {
      {InstrumentId("spectrometer"), Metres{scenario_.spectrometer.distance_m}, Metres{0.3},
       Tonnes{scenario_.spectrometer.sampling_distance_t}, "spectrometer"},
      {InstrumentId("camera"), Metres{scenario_.camera.distance_m}, Metres{frame_m}, Tonnes{frame_m * t_per_m * 1.5},
       "camera"},
      {InstrumentId("gamma"), Metres{scenario_.gamma.distance_m}, Metres{2 * scenario_.gamma.height_m},
       Tonnes{3 * scenario_.speed_mps * scenario_.gamma.period_s * t_per_m}, "gamma"},
      {InstrumentId("sampler"), Metres{scenario_.sampler_distance_m}, Metres{kAperture_m}, Tonnes{0}, "sampler"}};
  return l;
}

std::vector<PlantedFault> BerthCore::truth() const {
  std::vector<PlantedFault> out;
  const double t_per_m = kUsualRate_tph / 3.6 / scenario_.speed_mps / 1000;
  for (const auto& f : scenario_.faults) {
    double from = f.from_t, to = f.to_t;
    const double half_m = f.is_object()              ? 0.5 * f.length_mm / 1000
                          : f.kind == "cs137_source" ? scenario_.gamma.height_m
                                                     : 0;
    from = std::max(0.0, from - half_m * t_per_m), to += half_m * t_per_m;
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

std::vector<LotId> BerthCore::ended_lots(double wall_s) const {
  const double planned = planned_of(wall_s);
  std::vector<std::pair<double, LotId>> ended;
  for (std::size_t i = 0; i < scenario_.lots.size(); ++i) {
    // A second later, so that the poll that still shows the lot being fed has been read.
    if (plan_.fed_until_s(i) + 1 <= planned) ended.emplace_back(plan_.fed_until_s(i), LotId(scenario_.lots[i].lot));
  }
  std::ranges::sort(ended);
  std::vector<LotId> out;
  for (auto& [time, lot] : ended) out.push_back(std::move(lot));
  return out;
}

std::vector<std::pair<std::string, double>> BerthCore::rates() const {
  const auto per_second = [&](const Trigger& t) {
    return t.every_s > 0 ? 1 / t.every_s : scenario_.speed_mps / t.every_m;
  };
  const auto& sp = scenario_.spectrometer;
  return {{"belt_speed_mps", scenario_.speed_mps},
          {"plc_per_s", 1 / scenario_.plc_period_s},
          {"spectra_per_s", per_second(sp.trigger)},
          {"spectrum_channels", std::floor((sp.to_nm - sp.from_nm) / sp.step_nm + 1e-6) + 1},
          {"frames_per_s", per_second(scenario_.camera.trigger)},
          {"frame_width_px", static_cast<double>(scenario_.camera.width_px)},
          {"frame_height_px", static_cast<double>(scenario_.camera.height_px)},
          {"frame_mm_per_px", scenario_.camera.mm_per_px},
          {"gamma_per_s", 1 / scenario_.gamma.period_s},
          {"gamma_channels", static_cast<double>(scenario_.gamma.channels)}};
}

}  // namespace beltwarden::twin
