#include "apps/site/rim.h"

#include <algorithm>
#include <string_view>

#include "base/hash.h"

namespace beltwarden::site {

Result<material::Reading> Rim::measure(const instruments::RawFrame& frame) {
  const std::size_t expected = std::size_t{3} * frame.width_px * frame.height_px;
  if (frame.bgr.size() != expected) {
    return invalid_input("frame " + std::to_string(frame.frame_number) + ": expected " + std::to_string(expected) +
                         " bytes, found " + std::to_string(frame.bgr.size()));
  }
  const vision::ImageView view{frame.bgr.data(), static_cast<int>(frame.width_px), static_cast<int>(frame.height_px),
                               static_cast<std::ptrdiff_t>(3 * frame.width_px)};
  auto analysis = vision::analyse_frame(view, frame.mm_per_px, scratch_);
  if (!analysis) return analysis.error();

  material::FrameReading measured;
  measured.frame_number = frame.frame_number;
  measured.width_px = frame.width_px;
  measured.height_px = frame.height_px;
  measured.mm_per_px = frame.mm_per_px;
  measured.digest = sha256({reinterpret_cast<const char*>(frame.bgr.data()), frame.bgr.size()});
  const auto& m = analysis->measurements;
  measured.load_fraction = m.load_fraction;
  measured.mean_lab = m.mean_lab;
  measured.sd_lab = m.sd_lab;
  measured.texture = m.texture;
  measured.sharpness = m.sharpness;
  measured.brightness = m.brightness;
  measured.saturated_fraction = m.saturated_fraction;
  for (const auto& c : analysis->candidates) {
    material::FrameCandidate candidate{{c.x, c.y, c.w, c.h}, c.area_mm2, c.length_mm, c.width_mm, c.contrast, {}};
    std::copy(c.features.begin(), c.features.end(), candidate.features.begin());
    measured.candidates.push_back(candidate);
  }

  material::Reading reading;
  reading.instrument = frame.instrument;
  reading.device_sequence = frame.frame_number;
  reading.time = frame.time;
  reading.received = frame.received;
  reading.encoder = frame.encoder;
  reading.payload = std::move(measured);
  return reading;
}

}  // namespace beltwarden::site
