// Networks by brand, as a pack carries them for the rim (models/belt_network.bin).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "science/vision/detector.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

using BrandNetworks = std::map<std::string, DetectorModel, std::less<>>;

/// Networks of this program alone: an imported one runs in a process of its own, which the rim does not start.
Result<std::string> to_bytes(const BrandNetworks& networks);
Result<BrandNetworks> brand_networks_from_bytes(std::string_view bytes, const std::string& origin);

/// Blobs with at least this score in a picture of clean ore: the model's claim, along the exponential tail of clean frames.
double false_per_frame(const DetectorModel& model, double score);

/// Pictures whose pixels are this much larger or smaller than the model's are not for it.
inline constexpr double kScaleTolerance = 0.25;
bool fits(const DetectorModel& model, double mm_per_px);

/// Puts a blob among a picture's candidates with `strength` of its own making (at least 0): into the candidate that it
/// meets, when it is the stronger one, or as a new one. Candidates stay strongest first, and at most kMaxCandidates.
void join_blob(FrameAnalysis& analysis, const Blob& blob, double strength, double mm_per_px);

}  // namespace beltwarden::vision
