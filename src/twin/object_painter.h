// Things that are not ore, painted into a picture of the belt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "material/reading.h"
#include "twin/cutout.h"

namespace beltwarden::twin {

/// An object lying on the ore. Lengths in pixels of the picture.
struct PaintedObject {
  std::string kind;  ///< "steel_plate", "wooden_beam", "rope", "plastic_sheet", "rubber_sheet"
  double centre_x = 0, centre_y = 0;
  double length = 0, width = 0;
  double angle_rad = 0;             ///< of its length against the belt's direction
  double buried = 0;                ///< share that ore hides
  std::uint64_t look = 0;           ///< which individual: grain, rust and bends are drawn from it
  const Cutout* picture = nullptr;  ///< a real one's outline and surface instead of drawn ones; must outlive this
};

/// Half of how far it reaches along the belt at most, pixels.
double reach_along(const PaintedObject& object);

/// Paints onto 8-bit BGR of width x height without padding; returns the box of what shows, or nothing.
std::optional<material::Box> paint(const PaintedObject& object, int width, int height, std::uint8_t* bgr);

}  // namespace beltwarden::twin
