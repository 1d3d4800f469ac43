// What objects do on a moving belt, for the tests of both trackers: the desk's and the line's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision::testing {

inline constexpr int kBeltWidthPx = 256, kBeltHeightPx = 192, kBeltStepPx = 32, kBeltFrames = 16;
inline constexpr double kBeltMmPerPx = 8;

/// Sixteen frames of clean ore that moves 32 px a frame towards growing y, and what lies on them.
struct BeltScene {
  std::string name;
  int events = 0;                                  ///< what both trackers should make of it
  std::function<void(Picture& frame, int i)> lay;
};

inline Picture belt_picture(const BeltScene& scene, int i) {
  static const Picture belt = ore(kBeltWidthPx, kBeltHeightPx + kBeltStepPx * kBeltFrames, 12, 21);
  const std::ptrdiff_t row = 3 * kBeltWidthPx, top = kBeltStepPx * (kBeltFrames - i);
  Picture out{kBeltWidthPx, kBeltHeightPx, {}};
  out.bgr.assign(belt.bgr.begin() + top * row, belt.bgr.begin() + (top + kBeltHeightPx) * row);
  scene.lay(out, i);
  return out;
}

inline void lay_grey(Picture& p, double x, double y, double length, double width, double degrees) {
  lay_bar(p, x, y, length, width, degrees, 190, 188, 185, 0.03, 5);
}

inline std::vector<BeltScene> belt_scenes() {
  const auto at = [](double first, int i) { return first + kBeltStepPx * i; };   // y of something that was there in frame 0
  return {
      {"nothing", 0, [](Picture&, int) {}},
      {"a plate enters and leaves", 1, [=](Picture& p, int i) { lay_grey(p, 120, at(-60, i), 75, 50, 20); }},
      {"entering when the frames end", 1, [=](Picture& p, int i) { lay_grey(p, 120, at(-480, i), 75, 50, 20); }},
      {"leaving when the frames begin", 1, [=](Picture& p, int i) { lay_grey(p, 120, at(190, i), 75, 50, 20); }},
      {"turning on the way", 1, [=](Picture& p, int i) { lay_grey(p, 120, at(-60, i), 80, 40, 20 + 9 * i); }},
      {"two far apart across the belt", 2, [=](Picture& p, int i) {
         lay_grey(p, 50, at(-60, i), 50, 40, 20);
         lay_grey(p, 200, at(-60, i), 50, 40, 70);
       }},
      {"two touching are one thing to look at", 1, [=](Picture& p, int i) {
         lay_grey(p, 90, at(-60, i), 60, 40, 0);
         lay_grey(p, 150, at(-55, i), 60, 40, 0);
       }},
      {"longer than a frame", 1, [=](Picture& p, int i) { lay_grey(p, 130, at(-180, i), 300, 24, 90); }},
      {"half buried: two ends and a strip between them", 1, [=](Picture& p, int i) {
         lay_grey(p, 100, at(-60, i), 40, 36, 0);
         lay_grey(p, 160, at(-60, i), 40, 36, 0);
         lay_grey(p, 130, at(-60, i), 60, 14, 0);
       }},
  };
}

}  // namespace beltwarden::vision::testing
