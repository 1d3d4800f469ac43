// A value from a spectrum, with its uncertainty and whether the model may be asked at all.
#pragma once

#include <cstdint>

namespace beltwarden::spectra {

enum class FitVerdict : std::uint8_t {
  kOk = 1,
  kOutsideCalibration = 2,   ///< T2 or Q beyond its limit: the value is not to be relied on
  kInvalid = 3,              ///< gaps, wrong size, flat: no value at all
};

struct Prediction {
  double value = 0;
  double std_error = 0;      ///< standard uncertainty, from cross-validation and leverage
  double t2 = 0, t2_limit = 0;
  double q = 0, q_limit = 0;
  FitVerdict verdict = FitVerdict::kInvalid;
};

}  // namespace beltwarden::spectra
