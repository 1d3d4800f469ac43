// Networks by brand, as a pack carries them for the rim (models/belt_network.bin).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "science/vision/brand_eye.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

using BrandNetworks = std::map<std::string, BrandModel, std::less<>>;

/// Each with what officers taught it: its memory of ore and its classes. Networks of this program alone: an imported one runs in a process of its own, which the rim does not start.
Result<std::string> to_bytes(const BrandNetworks& networks);
Result<BrandNetworks> brand_networks_from_bytes(std::string_view bytes, const std::string& origin);

/// Pictures whose pixels are this much larger or smaller than the model's are not for it.
inline constexpr double kScaleTolerance = 0.25;
bool fits(const DetectorModel& model, double mm_per_px);

/// Puts a thing among a picture's candidates with `strength` of its own making (at least 0) and with how rare it is: into the
/// candidate that it meets, when it is the stronger one and they are of a size, or as a new one. What is much larger than the
/// thing is other material round it, and neither lends it its area nor takes it in. Candidates stay strongest first, and at
/// most kMaxCandidates. A thing's class goes with it wherever it was asked.
void join_thing(FrameAnalysis& analysis, const BrandEye::Thing& thing, double strength, double false_per_frame, double mm_per_px);

}  // namespace beltwarden::vision
