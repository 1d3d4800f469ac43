// What holds for every reader of measurements that may keep several signals in one file.
#pragma once

#include <cstddef>

#include "check.h"
#include "formats/spectrum_file.h"

namespace beltwarden::formats {

/// `points_a_byte`: the most points that a byte of the format can stand for: memory follows the bytes that are there, not those
/// that are claimed.
inline void check_signals(Result<SpectrumFile> file, std::size_t bytes, std::size_t points_a_byte) {
  if (!file) {
    FUZZ_CHECK(!file.error().message.empty());
    return;
  }
  FUZZ_CHECK(!file->spectra.empty());
  std::size_t points = 0;
  for (const Spectrum& spectrum : file->spectra) {
    FUZZ_CHECK(!spectrum.x.empty() && spectrum.x.size() == spectrum.y.size());
    points += spectrum.y.size();
  }
  FUZZ_CHECK(points <= points_a_byte * bytes);
  keep_main_signal(*file);
  FUZZ_CHECK(file->spectra.size() == 1);
}

}  // namespace beltwarden::formats
