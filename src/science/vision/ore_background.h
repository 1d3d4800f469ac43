// The look of a picture's own ore: uneven light, robust location and scatter of colour and texture.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace beltwarden::vision {

/// Planes of one averaged picture, all of width x height, row by row: smoothed L (0-255), a, b (centred on 128)
/// and local standard deviation of L.
struct SmoothedPlanes {
  int width = 0;
  int height = 0;
  std::array<const float*, 4> plane{};
};

/// L of the light falling unevenly: c0 + c1 u + c2 u2 + c3 v + c4 v2 with u, v in [-1, 1] across the picture,
/// relative to its middle. Fitted on cells with Huber weights, so that objects do not bend it.
struct UnevenLight {
  std::array<double, 5> c{};
};

struct OreBackground {
  UnevenLight light;
  std::array<float, 4> centre{};               ///< of the flattened planes
  std::array<std::array<float, 4>, 4> whiten{};  ///< lower triangular: |whiten (x - centre)| is the distance
  std::array<float, 4> sd{};                   ///< robust, per plane
  int samples = 0;                             ///< pixels of ore that it was fitted on, of some 1,200
};

inline constexpr int kCellPx = 8;

/// Cell means of the planes and which cells show bare belt.
struct CellGrid {
  int columns = 0;
  int rows = 0;
  std::array<std::vector<float>, 4> mean;
  std::vector<std::uint8_t> belt;  ///< 1: bare belt
};

/// Cells of kCellPx pixels. Bare belt: smooth cells that reach in from the left or right edge along half the picture,
/// or lie in a row that is smooth from edge to edge; everything when nothing has grain.
CellGrid make_cells(const SmoothedPlanes& planes);

OreBackground fit_background(const SmoothedPlanes& planes, const CellGrid& cells);

/// Squared distance of every pixel from the background, in robust standard deviations; 0 on bare belt.
void squared_distance_map(const SmoothedPlanes& planes, const CellGrid& cells, const OreBackground& background,
                          float* out);

/// Sets the distance to 0 where dark, neutral pixels reach in from the left or right edge (slivers of rubber beside the
/// load that are too narrow for cells) and within `margin_rows` of rows that are bare from edge to edge: the load's
/// ragged ends. Returns how many pixels of the picture are bare belt. A dark thing that touches bare belt at the edge
/// is lost to it.
std::size_t mask_bare_belt(const SmoothedPlanes& planes, const OreBackground& background, int margin_rows,
                           float* squared_distance);

}  // namespace beltwarden::vision
