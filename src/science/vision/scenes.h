// Training scenes: a brand's clean frames in other light and position, with things laid on them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "science/vision/picture.h"

namespace beltwarden::vision {

/// A picture round one object, and what it is (index of a class).
struct Crop {
  Picture picture;
  int class_index = -1;
};

/// What a scene shows, in cells of kCellSide pixels.
struct SceneTruth {
  static constexpr int kCellSide = 4;
  static constexpr std::int8_t kOre = 0, kObject = 1, kSeam = 2, kIgnored = 3;
  int columns = 0;
  int rows = 0;
  std::vector<std::int8_t> what;    ///< kOre ...
  std::vector<float> weight;        ///< of the cell in the loss
  std::vector<std::int8_t> class_index;  ///< -1 where none is known
  int objects = 0;
};

struct SceneOptions {
  int side_px = 256;
  double objects_per_scene = 4.5;  ///< mean; many more than on a belt, so that each scene teaches more
  double seams_per_scene = 3;
  double long_side_low_px = 13, long_side_high_px = 100;
  double crop_share = 0.35;        ///< of objects that are taken from crops, where there are any
  double camouflage = -1;          ///< of every piece; below 0: drawn for each
};

/// Draws scenes. Values in, values out; the pictures must outlive it.
class SceneMaker {
 public:
  SceneMaker(std::span<const Picture> clean, std::span<const Crop> crops, const SceneOptions& options)
      : clean_(clean), crops_(crops), options_(options) {}

  Picture draw(Rng& rng, SceneTruth& truth) const;

 private:
  const Picture& any_clean(Rng& rng) const { return clean_[rng.below(clean_.size())]; }
  Canvas background(Rng& rng) const;
  void lay_crop(Canvas& scene, const Crop* crop, Rng& rng, SceneTruth& truth) const;
  Picture expose(const Canvas& scene, Rng& rng) const;

  std::span<const Picture> clean_;
  std::span<const Crop> crops_;
  SceneOptions options_;
};

}  // namespace beltwarden::vision
