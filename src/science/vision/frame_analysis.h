// What one picture of the belt says before any model of a brand is asked: measurements of the ore, and places
// that do not look like the rest of the same picture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "science/vision/frame_quality.h"
#include "science/vision/heat_map.h"

namespace beltwarden::vision {

/// Pixels that someone else owns: 8-bit blue, green, red, rows `stride_bytes` apart.
struct ImageView {
  const std::uint8_t* bgr = nullptr;
  int width_px = 0;
  int height_px = 0;
  std::ptrdiff_t stride_bytes = 0;
};

/// Of the ore alone: belt beside the load and candidate objects are left out. CIE Lab (D65, sRGB) with L 0 to 100.
struct FrameMeasurements {
  double load_fraction = 0;       ///< share of the picture that is ore and not bare belt, 0 to 1
  std::array<double, 3> mean_lab{};
  std::array<double, 3> sd_lab{};
  double texture = 0;             ///< mean local standard deviation of L, finest scale analysed
  double sharpness = 0;           ///< mean absolute second difference of L at full resolution
  double brightness = 0;          ///< mean L of the whole picture
  double saturated_fraction = 0;  ///< share of pixels with a channel at 254 or more
  FrameQuality quality;           ///< of the whole picture, for the camera's health
};

inline constexpr std::size_t kCandidateFeatures = 16;

/// A place that stands out. The box is in pixels of the picture given; sizes come from second moments, so a
/// bent rope reads shorter than it is.
struct Candidate {
  int x = 0, y = 0, w = 0, h = 0;
  double area_mm2 = 0;
  double length_mm = 0;
  double width_mm = 0;
  double contrast = 0;  ///< mean robust distance from the picture's own ore, in standard deviations
  double strength = 0;  ///< candidate_strength of the two: what brand limits are set on, and the order of the list
  std::array<float, kCandidateFeatures> features{};
  double false_per_frame = 0;  ///< things as odd in a clean picture, by the brand's network; 0: it was not asked
  std::string label;           ///< by the network's classifier; empty: it was not asked
  double label_confidence = 0;
};

/// What lies where, found by grain and colour: cells of the picture, row by row.
struct LoadMask {
  enum class Kind : std::uint8_t { kOre, kEdge, kBelt };  ///< edge: partly bare, or ore beside bare belt
  int cell_px = 0;        ///< side, in pixels of the picture given
  int columns = 0, rows = 0;
  std::vector<Kind> kind;

  Kind at_px(int x, int y) const;   ///< ore where the mask is empty
  bool any_belt() const;
};

struct FrameAnalysis {
  FrameMeasurements measurements;
  LoadMask load;
  HeatMap heat;                       ///< by colour
  std::vector<Candidate> candidates;  ///< strongest first, at most kMaxCandidates
};

inline constexpr std::size_t kMaxCandidates = 16;

/// Contrast weighted by size: grains stand out by chance and are small, hand-sized and larger things count fully.
double candidate_strength(double contrast, double area_mm2);

/// Buffers that analyses of equal size share. One per thread.
class AnalyseScratch {
 public:
  AnalyseScratch();
  ~AnalyseScratch();
  AnalyseScratch(AnalyseScratch&&) noexcept;
  AnalyseScratch& operator=(AnalyseScratch&&) noexcept;
  struct Buffers;
  Buffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

/// Analyses a picture of 64 x 64 to 8192 x 8192 pixels at 0.2 to 50 mm a pixel. Pictures wider than 512 pixels
/// are averaged down by a whole factor first; the smallest object found is 3 x 3 pixels of the averaged
/// picture (36 mm at 2,048 pixels of 3 mm; 48 mm at 256 pixels of 16 mm), a rope two of them wide. An object that fills
/// more than a third of the picture becomes the picture's own background and is left to the brand's model.
/// Deterministic; leave OpenCV's threads at one for single-threaded use.
Result<FrameAnalysis> analyse_frame(const ImageView& image, double mm_per_px, AnalyseScratch& scratch);

}  // namespace beltwarden::vision
