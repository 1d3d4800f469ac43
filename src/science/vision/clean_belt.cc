#include "science/vision/clean_belt.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "science/vision/belt_mosaic.h"
#include "science/vision/mirror.h"

namespace beltwarden::vision {

namespace {

constexpr int kViews = 20;
constexpr double kNoise = 2;  // standard deviation in 8-bit values

// Row of the picture continued by its mirror pictures.
int mirrored_row(int y, int height) {
  const int period = 2 * height;
  y = ((y % period) + period) % period;
  return y < height ? y : period - 1 - y;
}

}  // namespace

void CleanBelt::append(const CleanBelt& other) {
  event_scores.insert(event_scores.end(), other.event_scores.begin(), other.event_scores.end());
  frames += other.frames;
}

Result<CleanBelt> pass_clean_belt(Detector& detector, std::span<const Picture> pictures, std::uint64_t seed) {
  CleanBelt out;
  for (std::size_t p = 0; p < pictures.size(); ++p) {
    const Picture& whole = pictures[p];
    const int step = std::max(1, whole.height / 16);
    BeltMosaic mosaic(-1e9);
    const auto keep = [&](const std::vector<BeltEvent>& events) {
      for (const BeltEvent& event : events) out.event_scores.push_back(event.box.score);
    };
    Picture view{whole.width, whole.height, std::vector<std::uint8_t>(whole.bgr.size())};
    for (int v = 0; v < kViews; ++v) {
      Rng rng(seed, p * kViews + static_cast<std::size_t>(v));
      for (int y = 0; y < whole.height; ++y) {
        const std::uint8_t* from = whole.at(0, mirrored_row(y - v * step, whole.height));
        std::uint8_t* to = &view.bgr[static_cast<std::size_t>(3 * y * whole.width)];
        for (int i = 0; i < 3 * whole.width; ++i) {
          const std::uint64_t bits = rng.next();  // four bytes' sum: nearly normal, standard deviation 147.8
          const double sum = static_cast<double>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24 & 255));
          to[i] = static_cast<std::uint8_t>(std::clamp(from[i] + kNoise * (sum - 510) / 147.8 + 0.5, 0.0, 255.0));
        }
      }
      const Mirror mirror = Mirror::of_turn(static_cast<std::size_t>(v));
      auto evidence = detector.evidence(mirrored(view.view(), mirror).view());
      if (!evidence) return evidence.error();
      mirror_back(*evidence, mirror);
      keep(mosaic.add(*evidence, v == 0 ? 0 : step));
    }
    keep(mosaic.finish());
    out.frames += 1 + (kViews - 1) * static_cast<double>(step) / whole.height;
  }
  return out;
}

}  // namespace beltwarden::vision
