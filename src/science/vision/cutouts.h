// Procedural things that are not ore, and pieces of ore cut out the same way: what the detector is trained with.
#pragma once

#include <array>
#include <vector>

#include "base/rng.h"
#include "science/vision/picture.h"

namespace beltwarden::vision {

/// A piece to lay on a scene: colour, and how much of each pixel it covers (0 to 1).
struct Cutout {
  Canvas colour;            ///< means something where `cover` is above 0
  std::vector<float> cover;
};

/// Of mean 0 and standard deviation 1, the sum of three even numbers: quicker than Rng::normal, where a picture's every pixel wants one.
float nearly_normal(Rng& rng);

/// Smooth noise of mean 0 and roughly unit spread with features of `cell_px_x` by `cell_px_y` pixels.
std::vector<float> smooth_noise(int width, int height, double cell_px_x, double cell_px_y, Rng& rng);

/// An outline of `long_side_px` at its longest: ellipse, box, polygon, ring, bent rope, angle or lump. The canvas is a
/// little larger than the outline.
std::vector<float> random_outline(double long_side_px, int& width, int& height, Rng& rng);

/// A procedural object: metal, wood, plastic, brick and others by colour, shading and texture, none after a real one.
Cutout random_object(double long_side_px, Rng& rng);

/// A piece of `ore` (turned, scaled and shaded a little) with such an outline.
Cutout random_ore_piece(const Picture& ore, double long_side_px, Rng& rng);

/// How a piece is laid.
struct Laying {
  double camouflage = 0;     ///< 0 to 1: colour, contrast and dust moved towards the ore round it
  double buried = 0;         ///< share of the outline below the ore
  double shadow = 0.3;       ///< depth of the shadow
  double motion_blur_px = 2; ///< along y
};
Laying random_laying(Rng& rng);

/// Lays `piece` with its middle at (x, y) and returns how much of each pixel of the scene it covers in `cover` (as large
/// as the scene, updated). `dust`: a picture of ore to cover it with.
void lay(Canvas& scene, const Cutout& piece, double x, double y, const Laying& laying, const Picture& dust, Rng& rng,
         std::vector<float>& cover);

}  // namespace beltwarden::vision
