// From a map of evidence to the things it shows.
#pragma once

#include <vector>

namespace beltwarden::vision {

/// Evidence per cell of `cell_px` pixels: logarithm of the odds that it shows something that is not ore.
struct EvidenceMap {
  int columns = 0;
  int rows = 0;
  int cell_px = 4;
  std::vector<float> logit;

  float at(int column, int row) const { return logit[static_cast<std::size_t>(row * columns + column)]; }
};

/// One thing. The box is in pixels.
struct Blob {
  int x = 0, y = 0, w = 0, h = 0;
  double score = 0;      ///< evidence of the whole, see find_blobs
  double peak = 0;       ///< strongest smoothed evidence
  int cells = 0;
  double centre_x = 0, centre_y = 0;  ///< weighted by evidence, pixels
};

struct BlobOptions {
  double floor = -4.5;   ///< evidence (smoothed over 3 x 3 cells) below which nothing begins
  double drop = 2;       ///< a blob reaches down to its peak less this
  std::size_t most = 24;
  std::size_t cells_scored = 5;  ///< few enough for things of 16 pixels, more than one bright grain
};

/// Blobs of the smoothed map, strongest first. Score: mean of the smoothed evidence over the strongest cells of the blob
/// (missing ones count at the limit it reaches down to), so that one bright grain does not outweigh a thing of some size.
std::vector<Blob> find_blobs(const EvidenceMap& map, const BlobOptions& options = {});

/// One number for a frame: the highest peak of its blobs; the floor when there are none.
double frame_score(const std::vector<Blob>& blobs, const BlobOptions& options = {});

}  // namespace beltwarden::vision
