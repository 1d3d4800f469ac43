// White balance and exposure against the ore itself: the same belt in other light becomes nearly the same numbers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "science/vision/frame_analysis.h"
#include "science/vision/net/planes.h"

namespace beltwarden::vision {

/// Logarithms of a picture's own colour. A gain or a colour cast moves `middle`, a gamma stretches `spread`, a lamp that is
/// brighter in the middle bends `lamp`: (log v - middle - lamp) / spread keeps what is ore and what is not.
struct Tone {
  std::array<double, 3> middle{};  ///< median of log(v + kToneFloor) over the ore, blue, green, red
  double spread = 1;               ///< between the 15 % and the 85 % point of green, the lamp taken off
  int columns = 0;                 ///< of `lamp`; 0: the light is even
  std::vector<float> lamp;         ///< by cell of kToneCell pixels, row by row: how much brighter the ore round it is
  std::vector<std::uint8_t> load;  ///< by cell: 0 where two cells round it show nothing as bright as ore: bare belt and what lies beyond
};

inline constexpr double kToneFloor = 6;  ///< added to 8-bit values: noise in the dark is not stretched
inline constexpr int kToneCell = 16;

/// From what is ore in a picture: bare belt, which is darker, does not count.
Tone measure_tone(const ImageView& image);

/// The same of the outer `rim_px` pixels alone: of a crop whose middle is filled by an object.
Tone measure_rim_tone(const ImageView& image, int rim_px);

/// Writes lightness, blue against green and red against green of the picture into the three planes of `sample`, repeating
/// the last row and column where the planes are larger. `left`: the picture's column that becomes the planes' first.
void apply_tone(const ImageView& image, const Tone& tone, net::Planes& out, int sample, int left = 0);

}  // namespace beltwarden::vision
