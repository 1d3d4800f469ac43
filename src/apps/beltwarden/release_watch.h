// Whether a run that should end when every lot is cleared still gets there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "control/views.h"

namespace beltwarden::app {

/// Looked at again and again once the ship is empty. Pure.
class ReleaseWatch {
 public:
  /// Nothing has changed for `patience`: nobody will release these lots.
  explicit ReleaseWatch(Duration patience) : patience_(patience) {}

  enum class Standing { kGoesOn, kCleared, kStuck };
  /// `lots` with their blockers; `now` on a clock that only rises.
  Standing look(const std::vector<control::LotView>& lots, Duration now);

  /// "lot L2 is inspected, blocked by case_open C-3, coverage_hole radioactivity"; of several, joined by "; ".
  static std::string what_blocks(const std::vector<control::LotView>& lots);

 private:
  const Duration patience_;
  std::optional<std::string> stood_;
  Duration since_{};
};

}  // namespace beltwarden::app
