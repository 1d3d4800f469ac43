// A picture's heat map as evidence: what the page draws over the picture.
#pragma once

#include <optional>
#include <string>

#include "base/hash.h"
#include "material/reading.h"
#include "wire/finding.h"

namespace beltwarden::inspect {

/// Nothing for a picture without one. The box is that of what was found.
inline std::optional<wire::Evidence> heat_evidence(const material::FrameHeat& heat, const wire::Evidence& frame, std::uint32_t width_px,
                                                   std::uint32_t height_px) {
  if (heat.columns == 0) return std::nullopt;
  wire::Evidence evidence;
  evidence.kind = "heat_map";
  evidence.media_type = "application/json";
  evidence.instrument = frame.instrument;
  evidence.frame_number = frame.frame_number;
  evidence.box = frame.box;
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  evidence.bytes = "{\"heat_columns\":" + number(heat.columns) + ",\"heat_rows\":" + number(heat.rows) + ",\"levels\":\"" + heat.levels +
                   "\",\"by\":\"" + (heat.by_network ? "network" : "colour") + "\",\"width_px\":" + number(width_px) +
                   ",\"height_px\":" + number(height_px) + "}";
  evidence.digest = sha256(evidence.bytes);
  return evidence;
}

}  // namespace beltwarden::inspect
