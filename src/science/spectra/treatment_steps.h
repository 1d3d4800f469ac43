// What a step may be. Private to treatment.
#pragma once

#include "science/spectra/treatment.h"

namespace beltwarden::spectra {

inline constexpr std::size_t kMaxSteps = 8;

/// Whether the numbers of a step make sense, whatever the axis.
Result<void> check_step(const Step& step);

/// Whether a step learns from training rows.
inline bool is_fitted_kind(Step::Kind kind) {
  using Kind = Step::Kind;
  return kind == Kind::kMsc || kind == Kind::kEmsc || kind == Kind::kEpo || kind == Kind::kCentre ||
         kind == Kind::kAutoscale || kind == Kind::kAlign;
}

}  // namespace beltwarden::spectra
