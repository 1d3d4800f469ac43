#include "science/vision/second_look_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "science/vision/brand_eye.h"
#include "science/vision/mirror.h"

namespace beltwarden::vision {

namespace {

// Generated things look less like those on a belt than crops do: where there are crops, a few scenes are enough to know that
// there are things of other kinds.
constexpr int kScenesWithCrops = 100, kScenesAlone = 400;
constexpr double kRoundsOfCrops = 4;
constexpr std::size_t kPlacesOfScene = 10, kPlacesOfFrame = 16;
constexpr int kCropsOfFrame = 3;
constexpr double kOffMiddle_px = 7;             // how far from a thing's middle the oddest place lies
constexpr double kLeastScale = 0.7, kMostScale = 1.1;   // of crops: smaller things count as well
constexpr std::size_t kWindowsAtOnce = 64;

// Takes windows, and keeps what is seen in them as examples. Pictures wait until there are windows enough to fill the backbone's eights.
class Examples {
 public:
  Examples(const DetectorModel& model, std::shared_ptr<const net::Backbone> backbone)
      : detector_(first_only(model)), looker_(with(std::move(backbone))) {}

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
    Waiting& one = waiting_.emplace_back(Waiting{frame, {}, measure_tone(frame.view())});   // a deque: windows may point into it
    one.view = one.picture.view();
    for (const Window& window : windows_round(places, one.view, one.tone)) windows_.push_back(window);
    for (const bool object : objects) all_.push_back({{}, object, oddest_of_clean});
    if (windows_.size() >= kWindowsAtOnce) look();
  }

  std::vector<WindowExample>& all() {
    look();
    return all_;
  }

 private:
  struct Waiting {
    Picture picture;
    ImageView view;
    Tone tone;
  };
  // At all windows that wait: those of the last examples.
  void look() {
    auto seen = looker_.features(windows_, run_in_turn);
    std::size_t i = all_.size() - seen.size();
    for (auto& features : seen) all_[i++].features = std::move(features);
    windows_.clear();
    waiting_.clear();
  }
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
  std::deque<Waiting> waiting_;
  std::vector<Window> windows_;
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

Picture scaled(const Picture& picture, double scale) {
  const cv::Mat from(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.bgr.data()));
  cv::Mat to;
  cv::resize(from, to, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return {to.cols, to.rows, std::vector<std::uint8_t>(to.data, to.data + 3 * to.total())};
}

// Another lamp and another exposure: a gamma, and a gain for each colour.
Picture in_other_light(const Picture& picture, Rng& rng) {
  Picture out = picture;
  const double gamma = std::exp(rng.uniform(-0.45, 0.45));
  for (std::size_t c = 0; c < 3; ++c) {
    const double gain = rng.uniform(0.87, 1.13);
    std::array<std::uint8_t, 256> lit;
    for (std::size_t v = 0; v < 256; ++v) {
      lit[v] = static_cast<std::uint8_t>(std::clamp(255 * gain * std::pow(static_cast<double>(v) / 255, gamma) + 0.5, 0.0, 255.0));
    }
    for (std::size_t i = c; i < out.bgr.size(); i += 3) out.bgr[i] = lit[out.bgr[i]];
  }
  return out;
}

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
    const double scale = std::exp(rng.uniform(std::log(kLeastScale), std::log(kMostScale)));
    if (object) {
      piece = scaled(mirrored(crops[rng.below(crops.size())].picture.view(), Mirror::of_turn(rng.below(4))), scale);
      if (piece.width > frame.width || piece.height > frame.height) continue;
    } else {
      const Picture& ore = any_clean();
      piece = cut_crop(ore.view(), rng.uniform(48, std::max(49, ore.width - 48)), rng.uniform(48, std::max(49, ore.height - 48)));
      piece = scaled(piece, scale);
    }
    for (int tries = 0; tries < 30; ++tries) {
      const int left = static_cast<int>(rng.below(room(frame.width, piece.width))), top = static_cast<int>(rng.below(room(frame.height, piece.height)));
      const double x = left + piece.width / 2.0, y = top + piece.height / 2.0;
      if (std::any_of(places.begin(), places.end(), [&](const Place& p) { return std::hypot(p.x - x, p.y - y) < kWindowSide; })) continue;
      lay_piece(piece, left, top, light, frame);
      const double off = scale * kOffMiddle_px;
      places.push_back({x + rng.uniform(-off, off), y + rng.uniform(-off, off), 0, 0, 0});
      objects.push_back(object);
      break;
    }
  }
  examples.add(rng.below(2) == 0 ? frame : in_other_light(frame, rng), places, objects, false);
}

// What these frames teach; `share` of all scenes and crops.
Result<std::vector<WindowExample>> examples_of(const DetectorModel& model, std::span<const Picture> clean, std::span<const Crop> crops,
                                               std::span<const CropCutout> cutouts, const DetectorFit& fit, double share, std::uint64_t stream) {
  Examples examples(model, fit.backbone);
  SceneOptions options;
  options.side_px = fit.side_px;
  const SceneMaker maker({clean, crops, cutouts}, options);
  const int scenes = crops.empty() ? kScenesAlone : kScenesWithCrops;
  for (int i = 0; i < static_cast<int>(std::lround(share * scenes)); ++i) {
    Rng rng(fit.seed * 1000003 + 29, stream << 32 | static_cast<std::uint64_t>(i));
    SceneTruth truth;
    const Picture scene = maker.draw(rng, truth);
    if (auto done = examples.add_scene(scene, truth); !done) return done.error();
  }
  Rng rng(fit.seed * 1000003 + 31, stream);
  for (const Picture& frame : clean) {
    if (auto done = examples.add_clean(frame); !done) return done.error();
    if (auto done = examples.add_clean(in_other_light(mirrored(frame.view(), Mirror::of_turn(3)), rng)); !done) return done.error();
  }
  const double frames = share * kRoundsOfCrops * static_cast<double>(crops.size()) / kCropsOfFrame;
  for (int i = 0; i < static_cast<int>(std::lround(frames)); ++i) add_crops(clean, crops, rng, examples);
  return std::move(examples.all());
}

}  // namespace

Result<TaughtLooks> learn_second_look(const DetectorModel& model, std::span<const Picture> clean, std::span<const Crop> crops,
                                      std::span<const CropCutout> cutouts, const DetectorFit& fit, const Teaching& teaching,
                                      const Executor& executor) {
  if (clean.empty()) return invalid_input("expected clean frames to teach a second look by, found none");
  TaughtLooks out;
  std::vector<std::vector<WindowExample>> taught;
  const std::size_t pieces = std::clamp<std::size_t>(teaching.groups, 1, clean.size());
  std::vector<Result<std::vector<WindowExample>>> by_piece(pieces, Result<std::vector<WindowExample>>(std::vector<WindowExample>{}));
  const auto first_of = [&](std::size_t g) { return g * clean.size() / pieces; };
  executor(pieces, [&](std::size_t g) {
    const auto frames = clean.subspan(first_of(g), first_of(g + 1) - first_of(g));
    by_piece[g] = examples_of(model, frames, crops, cutouts, fit, teaching.share * static_cast<double>(frames.size()) / static_cast<double>(clean.size()), g);
  });
  for (std::size_t g = 0; g < pieces; ++g) {
    if (!by_piece[g]) return by_piece[g].error();
    taught.push_back(std::move(*by_piece[g]));
    if (teaching.groups > 1) out.groups.push_back({first_of(g), first_of(g + 1) - first_of(g), {}});
  }
  const auto fit_without = [&](std::size_t left_out) {
    std::vector<const WindowExample*> examples;
    for (std::size_t g = 0; g < pieces; ++g) {
      for (const WindowExample& e : taught[g]) {
        if (g != left_out) examples.push_back(&e);
      }
    }
    return fit_second_look(fit.backbone, examples, fit.seed);
  };
  std::vector<Result<SecondLook>> looks(out.groups.size() + 1, Result<SecondLook>(SecondLook{}));
  executor(looks.size(), [&](std::size_t i) { looks[i] = fit_without(i < out.groups.size() ? i : pieces); });
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (!looks[i]) return looks[i].error();
    (i < out.groups.size() ? out.groups[i].by_others : out.all) = std::move(*looks[i]);
  }
  return out;
}

}  // namespace beltwarden::vision
