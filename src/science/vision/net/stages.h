// A plan's steps grouped into what is computed in one go: window or fold, sum over channels, normalisation and the sum
// with another map, row by row, so that what lies between them never leaves the first cache.
#pragma once

#include <vector>

#include "science/vision/net/plan.h"

namespace beltwarden::vision::net {

struct Stage {
  enum class Kind { kMix, kUnfold, kAdd, kDepthwise, kFold, kNormalise };
  Kind kind = Kind::kMix;
  int input = 0;       ///< step whose map is read
  int output = 0;      ///< step whose map is written; maps of the steps between do not exist
  int other = -1;      ///< summand, -1: none
  int gather = -1;     ///< of kMix: the window or fold done on the way
  int mix = -1;        ///< of kMix
  int normalise = -1;  ///< of kMix: the step that follows it, of kNormalise: the step itself
};

/// In order of computation. Every output of the network is some stage's output.
std::vector<Stage> stages_of(const Network& network);

/// Variance added before a root is taken, in training and after.
inline constexpr double kNormaliseFloor = 1e-4;

}  // namespace beltwarden::vision::net
