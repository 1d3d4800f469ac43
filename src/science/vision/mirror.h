// Pictures and their maps of evidence, mirrored: what a network mistakes in a picture it does not always mistake in its mirror picture.
#pragma once

#include "science/vision/blobs.h"
#include "science/vision/picture.h"

namespace beltwarden::vision {

/// Left and right exchanged, above and below, both or neither.
struct Mirror {
  bool across = false;
  bool down = false;

  /// The four in turn.
  static Mirror of_turn(std::size_t turn) { return {turn % 2 == 1, turn % 4 >= 2}; }
};

Picture mirrored(const ImageView& image, Mirror mirror);

/// Back to the picture as it was. Where its sides are no whole numbers of cells, the map then lies less than a cell off.
void mirror_back(EvidenceMap& evidence, Mirror mirror);

}  // namespace beltwarden::vision
