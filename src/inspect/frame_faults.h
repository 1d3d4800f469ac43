// What is wrong with a journaled picture, by how the brand's clean ones were taken.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "inspect/frame_view.h"
#include "science/vision/appearance.h"
#include "science/vision/frame_health.h"

namespace beltwarden::inspect {

/// Share of a picture behind dirt from which it is not judged.
inline constexpr double kBlindDirt = 0.25;

/// Share of a picture with load from which it is compared with the brand's: bare belt has another light, and no grain.
inline constexpr double kLeastComparable = 0.6;

/// `brand` may be null or of a fit that did not measure how pictures were taken: then only what needs no comparison is named.
inline std::vector<vision::FrameFault> faults_of(const material::FrameReading& frame, const vision::BrandAppearance* brand) {
  std::vector<vision::FrameFault> faults;
  if (brand != nullptr && brand->usual.light > 0 && frame.condition.light > 0) {
    faults = vision::faults_of(quality_of(frame.condition), brand->usual);
  }
  if (frame.condition.frozen) faults.push_back(vision::FrameFault::kFrozen);
  // What changes less because there is less light or a veil is no dirt.
  if (faults.empty() && frame.condition.dirty_share > 0) faults.push_back(vision::FrameFault::kDirtyWindow);
  return faults;
}

/// Nothing can be said of the ore by such a picture.
inline bool is_blind(const material::FrameReading& frame, const vision::BrandAppearance* brand) {
  const auto faults = faults_of(frame, brand);
  return frame.condition.dirty_share > kBlindDirt ||
         std::any_of(faults.begin(), faults.end(), [](auto fault) { return fault != vision::FrameFault::kDirtyWindow; });
}

inline const vision::BrandAppearance* find_brand(const std::vector<vision::BrandAppearance>& brands, const std::string& name) {
  const auto found = std::find_if(brands.begin(), brands.end(), [&](const auto& brand) { return brand.brand == name; });
  return found == brands.end() ? nullptr : &*found;
}

}  // namespace beltwarden::inspect
