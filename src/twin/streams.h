// Random streams: one for each thing that is drawn, so that nothing depends on what was drawn before it.
#pragma once

#include <cstdint>

#include "base/rng.h"

namespace beltwarden::twin {

enum class Stream : std::uint64_t {
  kLot = 1,
  kOtherLot,
  kSlice,
  kOtherSlice,
  kSpectrum,
  kSlag,
  kGamma,
  kFrame,
  kTexture,
  kObject,
  kScale,
  kCutter,
  kTrainingLot,
  kTrainingSlice,
  kTrainingScan,
  kTrainingFrame,
  kTrainingGamma
};

/// The generator of item `index` of a stream.
inline Rng stream_rng(std::uint64_t seed, Stream stream, std::uint64_t index) {
  return Rng(seed * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(stream), index);
}

}  // namespace beltwarden::twin
