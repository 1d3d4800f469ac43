#include "science/vision/scenes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "science/vision/crop_cutouts.h"
#include "science/vision/cutouts.h"
#include "science/vision/ore_variety.h"

namespace beltwarden::vision {

namespace {

constexpr int kSceneCell = SceneTruth::kCellSide;

}  // namespace

SceneMaker::SceneMaker(const SceneStuff& stuff, const SceneOptions& options) : stuff_(stuff), options_(options) {
  for (const CropCutout& cutout : stuff_.cutouts) {
    if (cutout.long_side_px > 0) whole_.push_back(&cutout);
  }
}

Canvas SceneMaker::background(Rng& rng) const {
  Canvas scene = ore_window(any_clean(rng), options_.side_px, rng);
  if (!options_.varied) return scene;
  vary_colours(scene, rng);
  const std::uint64_t rocks = rng.uniform() < 0.3 ? 1 + rng.below(2) : 0;
  for (std::uint64_t i = 0; i < rocks; ++i) tint_rock(scene, rng);
  return scene;
}

// A square round an object is laid with a soft rim. Where nothing could be cut out of it the object is known for its middle
// alone: the rest is ignored. Without `crop` a square of other ore is laid the same way, and all of it is ore.
void SceneMaker::lay_crop(Canvas& scene, const Crop* crop, const CropCutout* cutout, Rng& rng, SceneTruth& truth) const {
  const Picture& from = crop != nullptr ? crop->picture : any_clean(rng);
  const int side = 96;
  if (from.width < side / 2 || from.height < side / 2) return;
  const double scale = crop != nullptr ? from.width / static_cast<double>(side) : 1;
  const bool flip_x = rng.uniform() < 0.5, flip_y = rng.uniform() < 0.5;
  const int left = static_cast<int>(rng.below(static_cast<std::uint64_t>(scene.width - side / 2))) - side / 4;
  const int top = static_cast<int>(rng.below(static_cast<std::uint64_t>(scene.height - side / 2))) - side / 4;
  const double shift_x = crop != nullptr ? 0 : rng.uniform(0, std::max(0, from.width - side));
  const double shift_y = crop != nullptr ? 0 : rng.uniform(0, std::max(0, from.height - side));
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int sx = left + x, sy = top + y;
      if (sx < 0 || sy < 0 || sx >= scene.width || sy >= scene.height) continue;
      const int px = std::clamp(static_cast<int>(shift_x + scale * (flip_x ? side - 1 - x : x)), 0, from.width - 1);
      const int py = std::clamp(static_cast<int>(shift_y + scale * (flip_y ? side - 1 - y : y)), 0, from.height - 1);
      const int rim = std::min(std::min(x, side - 1 - x), std::min(y, side - 1 - y));
      const float share = std::min(1.0f, static_cast<float>(rim + 1) / 10);
      const std::uint8_t* p = from.at(px, py);
      for (std::size_t k = 0; k < 3; ++k) {
        float& to = scene.plane[k][scene.index(sx, sy)];
        to += share * (p[k] - to);
      }
    }
  }
  if (crop == nullptr) return;
  for (int r = 0; r < truth.rows; ++r) {
    for (int c = 0; c < truth.columns; ++c) {
      const double dx = (c + 0.5) * kSceneCell - left - side / 2.0, dy = (r + 0.5) * kSceneCell - top - side / 2.0;
      if (std::abs(dx) > side / 2.0 || std::abs(dy) > side / 2.0) continue;
      const std::size_t i = static_cast<std::size_t>(r * truth.columns + c);
      bool middle = std::hypot(dx, dy) < 6;
      if (cutout != nullptr && cutout->long_side_px > 0) {
        const double cx = scale * (side / 2.0 + (flip_x ? -dx : dx)) - cutout->left, cy = scale * (side / 2.0 + (flip_y ? -dy : dy)) - cutout->top;
        const double near = kSceneCell * scale, w = cutout->piece.colour.width, h = cutout->piece.colour.height;
        if (cx < -near || cy < -near || cx > w + near || cy > h + near) {
          if (truth.what[i] == SceneTruth::kOre) continue;  // ore round the object
        } else {
          const bool within = cx >= 0 && cy >= 0 && cx < w && cy < h;
          middle = within && cutout->piece.cover[cutout->piece.colour.index(static_cast<int>(cx), static_cast<int>(cy))] > 0.5f;
        }
      }
      truth.what[i] = middle ? SceneTruth::kObject : SceneTruth::kIgnored;
      truth.weight[i] = middle ? 1.5f : 0.0f;
      truth.class_index[i] = middle ? static_cast<std::int8_t>(crop->class_index) : std::int8_t{-1};
    }
  }
  ++truth.objects;
}

// Light that falls off to one side, gamma, a cast, gain and noise; then 8 bits.
Picture SceneMaker::expose(const Canvas& scene, Rng& rng) const {
  Picture out{scene.width, scene.height, std::vector<std::uint8_t>(3 * scene.plane[0].size())};
  const bool changed = rng.uniform() < 0.6;
  const double gamma = changed ? std::exp(rng.uniform(std::log(0.6), std::log(1.6))) : 1;
  double cast[3];
  for (double& value : cast) value = (changed ? 1 + rng.uniform(-0.15, 0.15) : 1) * std::exp(0.04 * rng.normal());
  const double fall = rng.uniform() < 0.5 ? rng.uniform(-0.1, 0.5) : 0, fall_y = rng.uniform() < 0.3 ? rng.uniform(-0.2, 0.2) : 0;
  const double middle = rng.uniform(-0.5, 1.5) * scene.width;
  const double noise = rng.uniform() < 0.5 ? rng.uniform(0, 4) : 0;
  // Finer than 8 bits, so that dark ore under a steep curve is not cut into steps.
  float curve[1024];
  for (int i = 0; i < 1024; ++i) curve[i] = static_cast<float>(255 * std::pow(i / 1023.0, gamma));
  const float gains[3] = {static_cast<float>(cast[0]), static_cast<float>(cast[1]), static_cast<float>(cast[2])};
  std::vector<float> across(static_cast<std::size_t>(scene.width));
  for (int x = 0; x < scene.width; ++x) {
    const double u = (x - middle) / scene.width;
    across[static_cast<std::size_t>(x)] = static_cast<float>((1 - fall * u * u * 0.6) * (1023.0 / 255));
  }
  for (int y = 0; y < scene.height; ++y) {
    const float down = static_cast<float>(1 + fall_y * (static_cast<double>(y) / scene.height - 0.5));
    const std::size_t row = scene.index(0, y);
    for (int x = 0; x < scene.width; ++x) {
      const std::size_t i = row + static_cast<std::size_t>(x);
      const float light = across[static_cast<std::size_t>(x)] * down;
      float grain = 0.5f;
      if (noise > 0) grain += static_cast<float>(noise) * nearly_normal(rng);
      for (std::size_t k = 0; k < 3; ++k) {
        const int lit = static_cast<int>(scene.plane[k][i] * light + 0.5f);
        const float value = curve[std::clamp(lit, 0, 1023)] * gains[k] + grain;
        out.bgr[3 * i + k] = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
      }
    }
  }
  return out;
}

Picture SceneMaker::draw(Rng& rng, SceneTruth& truth) const {
  Canvas scene = background(rng);
  truth.columns = scene.width / kSceneCell;
  truth.rows = scene.height / kSceneCell;
  const std::size_t cells = static_cast<std::size_t>(truth.columns * truth.rows);
  truth.what.assign(cells, SceneTruth::kOre);
  truth.weight.assign(cells, 1.0f);
  truth.class_index.assign(cells, -1);
  truth.objects = 0;
  std::vector<float> cover(scene.plane[0].size(), 0.0f);  // of the piece at hand
  const auto place = [&](int length) { return rng.uniform(-0.02, 1.02) * length; };
  const auto lay_one = [&](bool object) {
    const double side =
        std::exp(rng.uniform(std::log(options_.long_side_low_px), std::log(options_.long_side_high_px)));
    const CropCutout* real = object && !whole_.empty() && rng.uniform() < options_.cutout_share ? whole_[rng.below(whole_.size())] : nullptr;
    const Cutout piece = real != nullptr ? turned_cutout(*real, side, rng)
                         : object        ? random_object(side, rng)
                                         : random_ore_piece(any_clean(rng), side, rng);
    const double x = place(scene.width), y = place(scene.height);
    Laying laying = random_laying(rng);
    if (options_.camouflage >= 0) laying.camouflage = options_.camouflage;
    lay(scene, piece, x, y, laying, any_clean(rng), rng, cover);
    std::vector<std::size_t> inside;
    const auto cells_of = [](double middle, int length, int cells, int& from, int& to) {
      from = std::clamp(static_cast<int>(middle - length / 2.0 - 1) / kSceneCell, 0, cells);
      to = std::clamp(static_cast<int>(middle + length / 2.0 + 1) / kSceneCell + 1, 0, cells);
    };
    int row = 0, last_row = 0, column = 0, last_column = 0;
    cells_of(y, piece.colour.height, truth.rows, row, last_row);
    cells_of(x, piece.colour.width, truth.columns, column, last_column);
    for (int r = row; r < last_row; ++r) {
      for (int c = column; c < last_column; ++c) {
        float sum = 0;
        for (int k = 0; k < kSceneCell * kSceneCell; ++k) {
          float& covered = cover[scene.index(kSceneCell * c + k % kSceneCell, kSceneCell * r + k / kSceneCell)];
          sum += covered;
          covered = 0;
        }
        const float share = sum / (kSceneCell * kSceneCell);
        const std::size_t i = static_cast<std::size_t>(r * truth.columns + c);
        if (share > 0.35f) {
          inside.push_back(i);
        } else if (share > 0.04f && object) {
          truth.what[i] = SceneTruth::kIgnored;
          truth.weight[i] = 0;
        }
      }
    }
    // Small things count nearly as much as large ones.
    const double each = inside.empty() ? 0 : std::clamp(std::sqrt(60.0 / static_cast<double>(inside.size())), 0.5, 3.0);
    for (const std::size_t i : inside) {
      truth.what[i] = object ? SceneTruth::kObject : SceneTruth::kSeam;
      truth.weight[i] = static_cast<float>(each);
      truth.class_index[i] = static_cast<std::int8_t>(real != nullptr ? real->class_index : -1);
    }
    truth.objects += object && !inside.empty();
  };
  const bool with_crops = !stuff_.crops.empty();
  if (with_crops && rng.uniform() < 0.5) {
    const std::uint64_t squares = 1 + rng.below(2);
    for (std::uint64_t i = 0; i < squares; ++i) {
      const std::size_t which = rng.below(stuff_.crops.size());
      const bool object = rng.uniform() < 0.65;
      lay_crop(scene, object ? &stuff_.crops[which] : nullptr, object && !stuff_.cutouts.empty() ? &stuff_.cutouts[which] : nullptr, rng, truth);
    }
  }
  const std::uint32_t seams = rng.poisson(options_.seams_per_scene);
  for (std::uint32_t i = 0; i < seams; ++i) lay_one(false);
  const std::uint32_t objects = rng.poisson(options_.objects_per_scene);
  for (std::uint32_t i = 0; i < objects; ++i) lay_one(true);
  return expose(scene, rng);
}

}  // namespace beltwarden::vision
