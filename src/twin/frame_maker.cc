#include "twin/frame_maker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "twin/streams.h"

namespace beltwarden::twin {
namespace {

constexpr std::size_t kNoiseBytes = std::size_t{1} << 18;
constexpr int kStateRows = 8;            // the material is looked up once in so many rows
constexpr double kFullLoadKgPerM = 110;  // the camera looks at the middle of the belt: this load fills its width
constexpr double kSlagLump_mm = 90;
constexpr int kSlagSeen = 80;         // of 128: its own colour under ore dust
constexpr double kSensorNoise = 2.2;  // grey levels

std::uint64_t mix(std::uint64_t h) {
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

double unit_normal(std::uint64_t h) {
  Rng rng(h);
  return rng.normal();
}

// Lots of a brand differ in tone, and along a lot the tone wanders over some hundred tonnes.
std::array<double, 3> tone_of(std::uint64_t seed, std::uint64_t lot, double mark_t) {
  const std::uint64_t key = mix(seed * 31 + lot * 1009 + 5);
  const double step = mark_t / 350;
  const auto before = static_cast<std::uint64_t>(step);
  const double t = step - static_cast<double>(before);
  const auto slow = [&](std::uint64_t what) {
    return unit_normal(mix(key + what * 7919 + before)) * (1 - t) +
           unit_normal(mix(key + what * 7919 + before + 1)) * t;
  };
  const double light = 0.035 * unit_normal(key + 1) + 0.015 * slow(1),
               warm = 0.020 * unit_normal(key + 2) + 0.008 * slow(2);
  return {(1 + light) * (1 - warm), 1 + light, (1 + light) * (1 + 0.6 * warm)};
}

// Slag lies in round lumps on and in the ore: is there one at this place of the belt (in pixels)?
bool slag_at(std::uint64_t seed, double lump_px, std::int64_t row, int x, double share) {
  const double u = x / lump_px, v = static_cast<double>(row) / lump_px;
  const auto iu = static_cast<std::int64_t>(std::floor(u)), iv = static_cast<std::int64_t>(std::floor(v));
  for (std::int64_t dv = -1; dv <= 1; ++dv) {
    for (std::int64_t du = -1; du <= 1; ++du) {
      const std::uint64_t h = mix(seed ^ mix(static_cast<std::uint64_t>((iv + dv) * 8209 + iu + du)));
      if (static_cast<double>(h & 0xffff) / 65536 >= share) continue;
      const double cu = static_cast<double>(iu + du) + static_cast<double>(h >> 16 & 0xff) / 255;
      const double cv = static_cast<double>(iv + dv) + static_cast<double>(h >> 24 & 0xff) / 255;
      const double radius = 0.30 + 0.35 * static_cast<double>(h >> 32 & 0xff) / 255;
      if ((u - cu) * (u - cu) + (v - cv) * (v - cv) < radius * radius) return true;
    }
  }
  return false;
}

}  // namespace

struct FrameMaker::RowState {
  const std::vector<Strip>* ore = nullptr;
  double load = 0;
  std::array<double, 3> tone{1, 1, 1};  // relative, blue, green, red
  double slag = 0;                      // share of the surface
  double haze = 0;
};

FrameMaker FrameMaker::make(const Scenario& scenario, const ReferenceData& reference, const BeltPlan& plan) {
  FrameMaker m;
  m.scenario_ = &scenario;
  const auto& camera = scenario.camera;
  const int width = static_cast<int>(camera.width_px);
  // About 150 m of belt a material; of a high-resolution camera less, within some 40 MB.
  const double wanted_rows = 24000 / camera.mm_per_px;
  const double affordable_rows = 40e6 / 6 / 3 / width;
  const int rows =
      std::max(static_cast<int>(camera.height_px), static_cast<int>(std::min(wanted_rows, affordable_rows)));
  const int count = 6;
  const auto want = [&](const std::string& name) {
    if (m.strips_.contains(name)) return;
    Rng rng = stream_rng(scenario.seed, Stream::kTexture, m.strips_.size());
    m.strips_[name] = make_strips(look_of(name), width, rows, name == "belt" ? 1 : count, camera.mm_per_px,
                                  reference.ore_pictures(), rng);
  };
  want("belt");
  for (const auto& lot : scenario.lots) want(lot.brand);
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const auto& fault = scenario.faults[i];
    if (fault.kind == "slag") want("slag");
    if (fault.kind == "wrong_brand") want(fault.what);
    if (!fault.is_object()) continue;
    const double px = 1 / camera.mm_per_px;
    PaintedObject o;
    o.kind = fault.kind;
    o.centre_x = width / 2.0 + fault.offset_mm * px;
    o.length = fault.length_mm * px;
    o.width = fault.width_mm * px;
    o.angle_rad = fault.angle_deg * std::numbers::pi / 180;
    o.buried = fault.buried;
    o.look = mix(scenario.seed * 1000003 + i);
    if (const auto real = reference.cutouts("metal"); fault.kind == "steel_plate" && !real.empty())
      o.picture = real[o.look % real.size()];
    const double reach_m = reach_along(o) * camera.mm_per_px / 1000;
    m.objects_.push_back({plan.coordinate_of(fault.lot, fault.from_t), reach_m, std::move(o)});
  }
  for (const auto& lot : scenario.lots) m.lot_strips_.push_back(&m.strips_.at(lot.brand));
  Rng rng = stream_rng(scenario.seed, Stream::kFrame, 0);
  m.noise_.resize(kNoiseBytes);
  for (auto& n : m.noise_)
    n = static_cast<std::int8_t>(std::lround(std::clamp(rng.normal(0, kSensorNoise), -12.0, 12.0)));
  return m;
}

std::pair<double, double> FrameMaker::covered_m(double travel_m) const {
  const double centre = travel_m - scenario_->camera.distance_m, half = scenario_->camera.length_m() / 2;
  return {centre - half, centre + half};
}

FrameMaker::RowState FrameMaker::row_state(double coordinate_m, const BeltPlan& plan) const {
  RowState state;
  const auto spot = plan.spot(coordinate_m);
  if (spot.lot < 0) return state;
  const auto lot = static_cast<std::size_t>(spot.lot);
  state.ore = lot_strips_[lot];
  state.load = spot.load_kg_per_m;
  state.tone = tone_of(scenario_->seed, lot, spot.mark_t);
  for (const auto& f : scenario_->faults) {
    if (f.lot != lot || spot.mark_t < f.from_t || spot.mark_t >= f.to_t) continue;
    if (f.kind == "wrong_brand")
      state.ore = &strips_.at(f.what);
    else if (f.kind == "slag")
      state.slag = f.amount;
    else if (f.kind == "wet_stretch")
      std::ranges::for_each(state.tone, [&f](double& t) { t *= 1 - 0.035 * f.amount; });
    else if (f.kind == "dirty_window" && f.what == "camera")
      state.haze = f.amount;
  }
  return state;
}

const std::uint8_t* FrameMaker::strip_row(const std::vector<Strip>& strips, std::int64_t row) const {
  const std::int64_t rows = strips.front().rows;
  const std::int64_t block = row >= 0 ? row / rows : (row - rows + 1) / rows;
  const std::uint64_t pick = mix(static_cast<std::uint64_t>(block) * 0x9e3779b97f4a7c15u + scenario_->seed);
  return strips[pick % strips.size()].row(static_cast<int>(row - block * rows));
}

void FrameMaker::paint(std::uint64_t number, double travel_m, const BeltPlan& plan,
                       instruments::RawFrame& frame) const {
  const auto& camera = scenario_->camera;
  const int width = static_cast<int>(camera.width_px), height = static_cast<int>(camera.height_px);
  frame.frame_number = number;
  frame.width_px = camera.width_px;
  frame.height_px = camera.height_px;
  frame.mm_per_px = camera.mm_per_px;
  frame.bgr.resize(static_cast<std::size_t>(width) * height * 3);

  Rng rng = stream_rng(scenario_->seed, Stream::kFrame, number);
  // Lamps flicker a little and are warmer or cooler; light falls off towards the sides.
  const double flicker = 1 + rng.normal(0, 0.012);
  const double cast[3] = {1 + rng.normal(0, 0.006), 1.0, 1 + rng.normal(0, 0.006)};
  std::vector<std::int16_t> falloff(static_cast<std::size_t>(width) * 3);
  std::vector<std::int16_t> gain(falloff.size());
  for (int x = 0; x < width; ++x) {
    const double u = 2.0 * x / (width - 1) - 1;
    for (int c = 0; c < 3; ++c) {
      falloff[static_cast<std::size_t>(x) * 3 + static_cast<std::size_t>(c)] =
          static_cast<std::int16_t>(std::lround(128 * flicker * cast[c] * (1.04 - 0.16 * u * u)));
    }
  }
  const double px_m = camera.mm_per_px / 1000;
  const auto [from_m, to_m] = covered_m(travel_m);
  const auto first_row = static_cast<std::int64_t>(std::floor(from_m / px_m + 0.5));
  const auto& belt = strips_.at("belt");
  const std::vector<Strip>* slag = strips_.contains("slag") ? &strips_.at("slag") : nullptr;
  RowState state;
  std::array<double, 3> tone_set{};
  const std::size_t noise_start = rng.below(kNoiseBytes);
  for (int i = 0; i < height; ++i) {  // from the bottom upwards: in the order of coordinates
    const int y = height - 1 - i;
    const std::int64_t row = first_row + i;
    if (i % kStateRows == 0) state = row_state((static_cast<double>(row) + 0.5 * kStateRows) * px_m, plan);
    if (std::abs(state.tone[1] - tone_set[1]) > 0.004 || i == 0) {
      tone_set = state.tone;
      for (std::size_t x = 0; x < gain.size(); ++x)
        gain[x] = static_cast<std::int16_t>(std::lround(falloff[x] * tone_set[x % 3]));
    }
    // How much of the width the ore covers, with an uneven rim.
    int left = width / 2, right = width / 2;
    if (state.ore != nullptr) {
      const double half = 0.5 * width * (0.40 + 0.70 * std::sqrt(std::min(1.0, state.load / kFullLoadKgPerM)));
      const double wobble = 0.022 * width * std::sin(static_cast<double>(row) * px_m * 2.3) +
                            0.012 * width * std::sin(static_cast<double>(row) * px_m * 7.1);
      left = std::clamp(static_cast<int>(width / 2.0 - half + wobble), 0, width / 2);
      right = std::clamp(static_cast<int>(width / 2.0 + half + wobble), width / 2, width);
    }
    const std::size_t noise_at = (noise_start + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3) %
                                 (kNoiseBytes - static_cast<std::size_t>(width) * 3);
    const std::int8_t* noise = noise_.data() + noise_at;
    std::uint8_t* out = frame.bgr.data() + static_cast<std::size_t>(y) * width * 3;
    const auto copy = [&](const std::uint8_t* from, int x0, int x1) {
      for (int x = x0 * 3; x < x1 * 3; ++x) {
        const int v = ((from[x] * gain[static_cast<std::size_t>(x)]) >> 7) + noise[x];
        out[x] = static_cast<std::uint8_t>(std::clamp(v, 0, 255));
      }
    };
    const std::uint8_t* rubber = strip_row(belt, row);
    copy(rubber, 0, left);
    copy(rubber, right, width);
    if (state.ore == nullptr) continue;
    copy(strip_row(*state.ore, row), left, right);
    if (state.slag > 0 && slag != nullptr) {
      const std::uint8_t* grey = strip_row(*slag, row);
      const double lump_px = kSlagLump_mm / camera.mm_per_px;
      for (int x = left; x < right; ++x) {
        if (!slag_at(scenario_->seed, lump_px, row, x, state.slag)) continue;
        for (int b = x * 3; b < x * 3 + 3; ++b) {  // under the dust of the ore
          const int own = (grey[b] * falloff[static_cast<std::size_t>(b)]) >> 7;
          out[b] = static_cast<std::uint8_t>(std::min(255, (own * kSlagSeen + out[b] * (128 - kSlagSeen)) >> 7));
        }
      }
    }
  }
  for (const auto& placed : objects_) {
    if (placed.coordinate_m + placed.reach_m < from_m || placed.coordinate_m - placed.reach_m > to_m) continue;
    PaintedObject object = placed.object;
    object.centre_y = height - (placed.coordinate_m - static_cast<double>(first_row) * px_m) / px_m;
    twin::paint(object, width, height, frame.bgr.data());
  }
  if (state.haze > 0) {
    // Dust on the glass: everything nearer to a pale grey.
    const int keep = static_cast<int>(128 * (1 - state.haze)), add = static_cast<int>(128 * state.haze * 118);
    for (auto& b : frame.bgr) b = static_cast<std::uint8_t>((b * keep + add) >> 7);
  }
}

}  // namespace beltwarden::twin
