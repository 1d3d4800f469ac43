#include "twin/training.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "twin/belt_plan.h"
#include "twin/frame_maker.h"
#include "twin/gamma_maker.h"
#include "twin/reference_data.h"
#include "twin/scenario.h"
#include "twin/spectrum_maker.h"
#include "twin/streams.h"

namespace beltwarden::twin {
namespace {

constexpr double kLotTonnes = 3000;
constexpr const char* kKinds[] = {"steel_plate", "wooden_beam", "rope", "plastic_sheet", "rubber_sheet"};
constexpr const char* kLabels[] = {"metal", "wood", "rope", "plastic", "rubber"};

class BerthTraining final : public TrainingSource {
 public:
  BerthTraining(Scenario like, const ReferenceData& reference, std::uint64_t seed, spectra::MineralLibrary library,
         std::vector<double> axis)
      : like_(std::move(like)),
        reference_(reference.for_training()),
        seed_(seed),
        library_(std::move(library)),
        axis_(std::move(axis)) {}

  std::vector<std::string> brands() const override {
    std::vector<std::string> out;
    for (const auto& ore : spectra::demo_ores()) out.push_back(ore.name);
    return out;
  }
  std::vector<double> wavelengths_nm() const override { return axis_; }
  std::vector<TrainingSpectrum> spectra(std::string_view brand, int lots, int slices, int scans) const override;
  std::vector<instruments::RawFrame> clean_frames(std::string_view brand, int lot, int count) const override;
  TrainingObject object_frame(std::string_view brand, std::uint64_t index) const override;
  std::vector<TrainingGamma> gamma_series(int readings, int series) const override;
  std::array<double, 3> gamma_activity(int series) const override {
    const auto lot = gamma_scenario(series).lots.front();
    return {lot.k_bq_per_kg, lot.u_bq_per_kg, lot.th_bq_per_kg};
  }
  std::vector<Berth::Provenance> provenance() const override { return reference_.provenance(); }

 private:
  std::uint64_t brand_number(std::string_view brand) const {
    const auto all = brands();
    return static_cast<std::uint64_t>(std::ranges::find(all, brand) - all.begin());
  }
  // A belt with one lot of the brand and nothing wrong. The newest one is kept: its strips of ore are dear.
  struct Belt {
    Belt(Scenario s, const ReferenceData& reference)
        : scenario(std::move(s)), plan(scenario), frames(FrameMaker::make(scenario, reference, plan)) {}
    Scenario scenario;
    BeltPlan plan;
    FrameMaker frames;  // points at the two above
  };
  Scenario scenario_of(std::string_view brand, int lot) const;
  Scenario gamma_scenario(int series) const {
    const auto& ores = spectra::demo_ores();
    return scenario_of(ores[static_cast<std::size_t>(series) % ores.size()].name, 700 + series);
  }
  const Belt& belt_of(std::string_view brand, int lot) const;

  Scenario like_;
  ReferenceData reference_;  // its part for training
  std::uint64_t seed_;
  spectra::MineralLibrary library_;
  std::vector<double> axis_;
  mutable std::unique_ptr<Belt> belt_;
  mutable std::pair<std::string, int> belt_is_;
};

const BerthTraining::Belt& BerthTraining::belt_of(std::string_view brand, int lot) const {
  if (belt_ == nullptr || belt_is_.first != brand || belt_is_.second != lot) {
    belt_is_ = {std::string(brand), lot};
    belt_ = std::make_unique<Belt>(scenario_of(brand, lot), reference_);
  }
  return *belt_;
}

Scenario BerthTraining::scenario_of(std::string_view brand, int lot) const {
  Scenario s = like_;
  const std::uint64_t number = brand_number(brand) * 1000 + static_cast<std::uint64_t>(lot);
  Rng rng = stream_rng(seed_, Stream::kTrainingLot, number);
  // Above every seed that a scenario file can hold.
  s.seed = rng.next() | std::uint64_t{1} << 63;
  ScenarioLot one;
  one.lot = "training";
  one.brand = brand;
  one.feed_number = 1;
  one.k_bq_per_kg = 35 * std::exp(rng.normal(0, 0.5));
  one.u_bq_per_kg = 13 * std::exp(rng.normal(0, 0.4));
  one.th_bq_per_kg = 9 * std::exp(rng.normal(0, 0.4));
  s.lots = {one};
  s.feeds.clear();
  s.stops.clear();
  s.surges.clear();
  s.faults.clear();
  s.feeds.push_back({0, 1, kLotTonnes, rng.uniform(3500, 4400), 0});
  const double at = rng.uniform(0.2, 0.7) * kLotTonnes;
  s.surges.push_back({at, at + 200, rng.uniform(0.5, 0.8)});
  return s;
}

std::vector<TrainingSpectrum> BerthTraining::spectra(std::string_view brand, int lots, int slices, int scans) const {
  std::vector<TrainingSpectrum> out;
  const auto* ore = spectra::find_demo_ore(brand);
  if (ore == nullptr) return out;
  for (int l = 0; l < lots; ++l) {
    Rng lot_rng = stream_rng(seed_, Stream::kTrainingSlice, brand_number(brand) * 1000 + static_cast<std::uint64_t>(l));
    const auto lot = spectra::draw_lot(*ore, lot_rng);
    for (int s = 0; s < slices; ++s) {
      const auto slice = spectra::draw_slice(lot, lot_rng);
      const auto truth = spectra::mix(library_, slice);
      if (!truth) continue;
      for (int k = 0; k < scans; ++k) {
        Rng rng = stream_rng(
            seed_, Stream::kTrainingScan,
            ((brand_number(brand) * 1000 + static_cast<std::uint64_t>(l)) * 4096 + static_cast<std::uint64_t>(s)) *
                    4096 +
                static_cast<std::uint64_t>(k));
        spectra::Spectrum mean = spectra::Spectrum::Zero(static_cast<Eigen::Index>(axis_.size()));
        for (std::uint32_t i = 0; i < like_.spectrometer.spots; ++i) {
          if (auto m = spectra::mix(library_, spectra::draw_spot(slice, rng)); m) mean += m->reflectance;
        }
        mean /= like_.spectrometer.spots;
        spectra::observe(axis_, spectra::draw_optics(rng), rng, mean);
        TrainingSpectrum t{std::string(brand), l, s, k, spectra::as_array(truth->composition), {}};
        t.reflectance.assign(mean.begin(), mean.end());
        out.push_back(std::move(t));
      }
    }
  }
  return out;
}

std::vector<instruments::RawFrame> BerthTraining::clean_frames(std::string_view brand, int lot, int count) const {
  const Belt& belt = belt_of(brand, lot);
  const auto& scenario = belt.scenario;
  const auto& plan = belt.plan;
  const double first = plan.coordinate_of(0, 5), last = plan.coordinate_of(0, kLotTonnes - 5);
  std::vector<instruments::RawFrame> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double coordinate = first + (last - first) * (i + 0.5) / count;
    auto& frame = out[static_cast<std::size_t>(i)];
    frame.instrument = InstrumentId("camera");
    belt.frames.paint(static_cast<std::uint64_t>(i) + 1, coordinate + scenario.camera.distance_m, plan, frame);
    frame.time = frame.received = scenario.start + seconds(i);
  }
  return out;
}

TrainingObject BerthTraining::object_frame(std::string_view brand, std::uint64_t index) const {
  // A few lots of each brand in turn, so that one object never means one tone of ore.
  const Belt& belt = belt_of(brand, static_cast<int>(500 + index / 20 % 6));
  const auto& camera = belt.scenario.camera;
  Rng rng = stream_rng(seed_, Stream::kTrainingFrame, brand_number(brand) << 32 | index);
  const std::size_t kind = index % std::size(kKinds);
  double length_mm = 0, width_mm = 0;
  switch (kind) {
    case 0:
      length_mm = rng.uniform(250, 900), width_mm = length_mm * rng.uniform(0.45, 0.95);
      break;
    case 1:
      length_mm = rng.uniform(700, 2200), width_mm = rng.uniform(80, 220);
      break;
    case 2:
      length_mm = rng.uniform(1200, 3800), width_mm = rng.uniform(50, 100);
      break;
    default:
      length_mm = rng.uniform(350, 1100), width_mm = length_mm * rng.uniform(0.4, 0.9);
      break;
  }
  const int width = static_cast<int>(camera.width_px), height = static_cast<int>(camera.height_px);
  PaintedObject object;
  object.kind = kKinds[kind];
  object.length = length_mm / camera.mm_per_px;
  object.width = width_mm / camera.mm_per_px;
  object.centre_x = width * rng.uniform(0.2, 0.8);
  object.centre_y = height * rng.uniform(0.25, 0.75);
  object.angle_rad = std::numbers::pi * rng.uniform(-0.5, 0.5);
  object.buried = rng.uniform() < 0.4 ? rng.uniform(0, 0.4) : 0;
  object.look = rng.next();
  // Real ones where there are pictures, and drawn ones now and then, so that both are known.
  if (const auto real = reference_.cutouts(kLabels[kind]); !real.empty() && rng.uniform() < 0.7) {
    object.picture = real[object.look % real.size()];
  }

  TrainingObject out;
  out.label = kLabels[kind];
  out.frame.instrument = InstrumentId("camera");
  const double coordinate = belt.plan.coordinate_of(0, rng.uniform(100, kLotTonnes - 100));
  belt.frames.paint(index + 1, coordinate + camera.distance_m, belt.plan, out.frame);
  if (const auto box = paint(object, width, height, out.frame.bgr.data())) out.box = *box;
  return out;
}

std::vector<TrainingGamma> BerthTraining::gamma_series(int readings, int series) const {
  Scenario scenario = gamma_scenario(series);
  // Fill, run, run dry, in turn, and now and then other ore.
  Rng rng = stream_rng(seed_, Stream::kTrainingGamma, static_cast<std::uint64_t>(series));
  scenario.feeds.clear();
  scenario.surges.clear();
  double fed_t = 0;
  const double wanted_t = readings * scenario.gamma.period_s * 4500 / 3600;
  while (fed_t < wanted_t) {
    const double part = rng.uniform(200, 1500);
    scenario.feeds.push_back({0, 1, part, rng.uniform(2200, 5200), rng.uniform(5, 90)});
    fed_t += part;
  }
  const BeltPlan plan(scenario);
  const auto maker = GammaMaker::make(scenario, reference_, plan);
  std::vector<TrainingGamma> out;
  if (!maker) return out;
  for (int i = 0; i < readings; ++i) {
    const double begin = i * scenario.gamma.period_s;
    if (begin > plan.duration_s()) break;
    const auto travel = [&](double share) { return plan.travel_m(begin + share * scenario.gamma.period_s); };
    TrainingGamma g;
    g.time_s = begin;
    g.reading = maker->reading(static_cast<std::uint64_t>(i), begin, travel, plan, nullptr);
    g.load_kg_per_m = plan.spot(travel(0.5) - scenario.gamma.distance_m).load_kg_per_m;
    g.speed_mps = plan.speed_mps(begin);
    out.push_back(std::move(g));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<TrainingSource>> TrainingSource::create(const Config& like, const std::string& data_folder,
                                                               std::uint64_t seed) {
  auto scenario = read_scenario(like);
  if (!scenario) return scenario.error();
  auto reference = ReferenceData::open(data_folder);
  if (!reference) return reference.error();
  const auto& setup = scenario->spectrometer;
  auto axis = spectra::regular_axis(setup.from_nm, setup.to_nm, setup.step_nm);
  auto library = reference->mineral_library(axis);
  if (!library) return library.error();
  return std::unique_ptr<TrainingSource>(
      std::make_unique<BerthTraining>(std::move(*scenario), *reference, seed, std::move(*library), std::move(axis)));
}

}  // namespace beltwarden::twin
