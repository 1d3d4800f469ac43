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
  double cutout_share = 0.4;       ///< of objects that are cut out of crops, where there are any
  double camouflage = -1;          ///< of every piece; below 0: drawn for each
  bool varied = true;              ///< ore in other colours and mixtures than the frames show; false: as they are
};

struct CropCutout;

/// What scenes are made of. It must outlive their maker.
struct SceneStuff {
  std::span<const Picture> clean;
  std::span<const Crop> crops;           ///< may be empty
  std::span<const CropCutout> cutouts;   ///< one a crop, empty ones where nothing could be cut out; or none at all
};

/// Draws scenes. Values in, values out.
class SceneMaker {
 public:
  SceneMaker(const SceneStuff& stuff, const SceneOptions& options);

  Picture draw(Rng& rng, SceneTruth& truth) const;

 private:
  const Picture& any_clean(Rng& rng) const { return stuff_.clean[rng.below(stuff_.clean.size())]; }
  Canvas background(Rng& rng) const;
  void lay_crop(Canvas& scene, const Crop* crop, const CropCutout* cutout, Rng& rng, SceneTruth& truth) const;
  Picture expose(const Canvas& scene, Rng& rng) const;

  SceneStuff stuff_;
  std::vector<const CropCutout*> whole_;  ///< cut-outs that are not empty
  SceneOptions options_;
};

}  // namespace beltwarden::vision
