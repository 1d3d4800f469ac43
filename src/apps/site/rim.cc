#include "apps/site/rim.h"

#include <algorithm>
#include <string_view>

#include "base/hash.h"
#include "inspect/object_events.h"

namespace beltwarden::site {

Rim::Rim(RimModels models) : appearances_(std::move(models.appearances)) {
  for (auto& [brand, model] : models.networks) networks_.emplace(brand, Network(std::move(model)));
}

std::string Rim::without_network(std::string_view brand, double mm_per_px) const {
  const auto network = networks_.find(brand);
  if (network == networks_.end()) return "the pack has no network of it";
  if (std::none_of(appearances_.begin(), appearances_.end(), [&](const auto& a) { return a.brand == brand; })) {
    return "the pack's inclusion_recognition does not know it";
  }
  if (!vision::fits(network->second.model, mm_per_px)) {
    return "its network was fitted at " + std::to_string(network->second.model.mm_per_px) + " mm a pixel, pictures have " +
           std::to_string(mm_per_px);
  }
  return {};
}

void Rim::look_through_network(const vision::ImageView& view, double mm_per_px, std::string_view brand,
                               vision::FrameAnalysis& analysis) {
  if (!without_network(brand, mm_per_px).empty()) return;
  const auto appearance = std::find_if(appearances_.begin(), appearances_.end(), [&](const auto& a) { return a.brand == brand; });
  Network& network = networks_.find(brand)->second;
  const auto seen = network.detector.look(view);
  if (!seen) return;  // a size that it does not take: colour remains
  for (const vision::Blob& blob : seen->blobs) {
    const double strength = inspect::strength_as_rare(*appearance, vision::false_per_frame(network.model, blob.score));
    if (strength > 0) vision::join_blob(analysis, blob, strength, mm_per_px);
  }
}

Result<material::Reading> Rim::measure(const instruments::RawFrame& frame, std::string_view brand) {
  const std::size_t expected = std::size_t{3} * frame.width_px * frame.height_px;
  if (frame.bgr.size() != expected) {
    return invalid_input("frame " + std::to_string(frame.frame_number) + ": expected " + std::to_string(expected) +
                         " bytes, found " + std::to_string(frame.bgr.size()));
  }
  const vision::ImageView view{frame.bgr.data(), static_cast<int>(frame.width_px), static_cast<int>(frame.height_px),
                               static_cast<std::ptrdiff_t>(3 * frame.width_px)};
  auto analysis = vision::analyse_frame(view, frame.mm_per_px, scratch_);
  if (!analysis) return analysis.error();
  if (!networks_.empty()) look_through_network(view, frame.mm_per_px, brand, *analysis);

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
