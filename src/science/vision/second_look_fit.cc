#include "science/vision/second_look_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "science/vision/brand_eye.h"
#include "science/vision/mirror.h"

namespace beltwarden::vision {

namespace {

// Generated things look less like those on a belt than crops do: where there are crops, a few scenes are enough to know that
// there are things of other kinds.
constexpr int kScenesWithCrops = 100, kScenesAlone = 400, kRoundsOfCrops = 3;
constexpr std::size_t kPlacesOfScene = 10, kPlacesOfFrame = 16;
constexpr int kCropsOfFrame = 3;
constexpr double kOffMiddle_px = 7;   // how far from a thing's middle the oddest place lies
constexpr int kLanes = 2;

// Takes windows, and keeps what is seen in them as examples.
class Examples {
 public:
  Examples(const DetectorModel& model, std::shared_ptr<const net::Backbone> backbone, const Executor& executor)
      : detector_(first_only(model)), looker_(with(std::move(backbone)), kLanes), executor_(executor) {}

  Result<void> add_scene(const Picture& scene, const SceneTruth& truth) {
    auto evidence = detector_.first_evidence(scene.view());
    if (!evidence) return evidence.error();
    std::vector<Place> places;
    std::vector<bool> objects;
    for (const Place& place : oddest_places(*evidence, kPlacesOfScene)) {
      const std::int8_t what = truth_at(truth, place);
      if (what == SceneTruth::kIgnored) continue;
      places.push_back(place);
      objects.push_back(what == SceneTruth::kObject);
    }
    add(scene, places, objects, false);
    return {};
  }

  Result<void> add_clean(const Picture& frame) {
    auto evidence = detector_.first_evidence(frame.view());
    if (!evidence) return evidence.error();
    const auto places = oddest_places(*evidence, kPlacesOfFrame);
    add(frame, places, std::vector<bool>(places.size()), true);
    return {};
  }

  void add(const Picture& frame, const std::vector<Place>& places, const std::vector<bool>& objects, bool oddest_of_clean) {
    auto seen = looker_.features(frame.view(), measure_tone(frame.view()), places, executor_);
    for (std::size_t i = 0; i < seen.size(); ++i) all_.push_back({std::move(seen[i]), objects[i], oddest_of_clean});
  }

  const std::vector<WindowExample>& all() const { return all_; }

 private:
  static DetectorModel first_only(DetectorModel model) {
    model.second = {};
    return model;
  }
  static SecondLook with(std::shared_ptr<const net::Backbone> backbone) {
    SecondLook look;
    look.backbone = std::move(backbone);
    return look;
  }
  // A place beside an object, where its shadow or its rim is, is neither.
  static std::int8_t truth_at(const SceneTruth& truth, const Place& place) {
    const auto at = [&](int x, int y) {
      const int column = std::clamp(x, 0, truth.columns - 1), row = std::clamp(y, 0, truth.rows - 1);
      return truth.what[static_cast<std::size_t>(row * truth.columns + column)];
    };
    const int x = static_cast<int>(place.x) / SceneTruth::kCellSide, y = static_cast<int>(place.y) / SceneTruth::kCellSide;
    if (at(x, y) == SceneTruth::kObject || at(x, y) == SceneTruth::kIgnored) return at(x, y);
    for (int dy = -2; dy <= 2; ++dy) {
      for (int dx = -2; dx <= 2; ++dx) {
        if (at(x + dx, y + dy) == SceneTruth::kObject) return SceneTruth::kIgnored;
      }
    }
    return at(x, y);
  }

  Detector detector_;
  SecondLooker looker_;
  Executor executor_;
  std::vector<WindowExample> all_;
};

// Lays a picture on a frame at `left`, `top`, with a soft rim, in the light of the frame.
void lay_piece(const Picture& piece, int left, int top, const Tone& light, Picture& frame) {
  constexpr double kSoftRim_px = 10;
  const Tone own = measure_rim_tone(piece.view(), std::min(piece.width, piece.height) / 8);
  std::array<std::array<double, 256>, 3> lit;
  for (std::size_t c = 0; c < 3; ++c) {
    for (int v = 0; v < 256; ++v) {
      lit[c][static_cast<std::size_t>(v)] = std::exp((std::log(v + kToneFloor) - own.middle[c]) / own.spread * light.spread + light.middle[c]) - kToneFloor;
    }
  }
  for (int y = 0; y < piece.height; ++y) {
    for (int x = 0; x < piece.width; ++x) {
      const int rim = std::min({x, piece.width - 1 - x, y, piece.height - 1 - y});
      const double share = std::min(1.0, (rim + 1) / kSoftRim_px);
      for (std::size_t c = 0; c < 3; ++c) {
        std::uint8_t& v = frame.bgr[3 * static_cast<std::size_t>((top + y) * frame.width + left + x) + c];
        v = static_cast<std::uint8_t>(std::clamp(v + share * (lit[c][piece.at(x, y)[c]] - v) + 0.5, 0.0, 255.0));
      }
    }
  }
}

std::uint64_t room(int frame, int piece) { return static_cast<std::uint64_t>(std::max(0, frame - piece)) + 1; }

// Three crops on a clean frame, and three pieces of clean ore in the same way.
void add_crops(std::span<const Picture> clean, std::span<const Crop> crops, Rng& rng, Examples& examples) {
  const auto any_clean = [&]() -> const Picture& { return clean[rng.below(clean.size())]; };
  Picture frame = mirrored(any_clean().view(), Mirror::of_turn(rng.below(4)));
  const Tone light = measure_tone(frame.view());
  std::vector<Place> places;
  std::vector<bool> objects;
  for (int i = 0; i < 2 * kCropsOfFrame; ++i) {
    const bool object = i < kCropsOfFrame;
    Picture piece;
    if (object) {
      piece = mirrored(crops[rng.below(crops.size())].picture.view(), Mirror::of_turn(rng.below(4)));
      if (piece.width > frame.width || piece.height > frame.height) continue;
    } else {
      const Picture& ore = any_clean();
      piece = cut_crop(ore.view(), rng.uniform(48, std::max(49, ore.width - 48)), rng.uniform(48, std::max(49, ore.height - 48)));
    }
    for (int tries = 0; tries < 30; ++tries) {
      const int left = static_cast<int>(rng.below(room(frame.width, piece.width))), top = static_cast<int>(rng.below(room(frame.height, piece.height)));
      const double x = left + piece.width / 2.0, y = top + piece.height / 2.0;
      if (std::any_of(places.begin(), places.end(), [&](const Place& p) { return std::hypot(p.x - x, p.y - y) < kWindowSide; })) continue;
      lay_piece(piece, left, top, light, frame);
      places.push_back({x + rng.uniform(-kOffMiddle_px, kOffMiddle_px), y + rng.uniform(-kOffMiddle_px, kOffMiddle_px), 0, 0, 0});
      objects.push_back(object);
      break;
    }
  }
  examples.add(frame, places, objects, false);
}

}  // namespace

Result<SecondLook> learn_second_look(const DetectorModel& model, std::span<const Picture> clean, std::span<const Crop> crops,
                                     std::span<const CropCutout> cutouts, const DetectorFit& fit, const Executor& executor) {
  Examples examples(model, fit.backbone, executor);
  SceneOptions options;
  options.side_px = fit.side_px;
  const SceneMaker maker({clean, crops, cutouts}, options);
  for (int i = 0; i < (crops.empty() ? kScenesAlone : kScenesWithCrops); ++i) {
    Rng rng(fit.seed * 1000003 + 29, static_cast<std::uint64_t>(i));
    SceneTruth truth;
    const Picture scene = maker.draw(rng, truth);
    if (auto done = examples.add_scene(scene, truth); !done) return done.error();
  }
  for (const Picture& frame : clean) {
    for (const std::size_t turn : {0, 3}) {
      if (auto done = examples.add_clean(mirrored(frame.view(), Mirror::of_turn(turn))); !done) return done.error();
    }
  }
  Rng rng(fit.seed * 1000003 + 31, 0);
  for (std::size_t i = 0; i < kRoundsOfCrops * crops.size() / kCropsOfFrame; ++i) add_crops(clean, crops, rng, examples);
  return fit_second_look(fit.backbone, examples.all(), fit.seed);
}

}  // namespace beltwarden::vision
