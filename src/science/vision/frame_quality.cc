#include "science/vision/frame_quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

namespace {
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}
}  // namespace

FrameQuality measure_quality(const ImageView& image) {
  std::array<std::uint32_t, 256> histogram{};
  double sum = 0, differences = 0, count = 0, saturated = 0;
  for (int y = 0; y < image.height_px; y += 2) {
    const std::uint8_t* row = image.bgr + y * image.stride_bytes;
    for (int x = 0; x + 1 < image.width_px; x += 2) {
      const std::uint8_t* p = row + 3 * x;
      ++histogram[p[1]];
      sum += p[1];
      differences += std::abs(p[1] - p[4]);
      saturated += p[0] >= 254 || p[1] >= 254 || p[2] >= 254;
      ++count;
    }
  }
  const auto point = [&](double share) {
    double below = 0;
    for (int v = 0; v < 256; ++v) {
      below += histogram[static_cast<std::size_t>(v)];
      if (below >= share * count) return static_cast<double>(v);
    }
    return 255.0;
  };
  FrameQuality quality;
  if (count == 0) return quality;
  const double range = point(0.9) - point(0.1);
  quality.light = sum / count;
  quality.saturated = saturated / count;
  quality.contrast = range / std::max(1.0, quality.light);
  quality.detail = differences / count / std::max(1.0, range);
  quality.dark_point = point(0.05);
  return quality;
}

FrameQuality usual_quality(std::span<const FrameQuality> clean) {
  FrameQuality usual;
  if (clean.empty()) return usual;
  for (const auto member : {&FrameQuality::light, &FrameQuality::saturated, &FrameQuality::contrast, &FrameQuality::detail,
                            &FrameQuality::dark_point}) {
    std::vector<double> values;
    for (const FrameQuality& one : clean) values.push_back(one.*member);
    usual.*member = median(std::move(values));
  }
  return usual;
}

}  // namespace beltwarden::vision
