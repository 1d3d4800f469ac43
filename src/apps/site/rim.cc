#include "apps/site/rim.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "base/workers.h"
#include "inspect/object_events.h"

namespace beltwarden::site {
namespace {

constexpr std::size_t kMostNamed = 4;   // of a picture: more things than that are other material, and each costs time
constexpr double kHeatStrength = 5;     // of a candidate, or one in so many clean frames, from which a picture's heat is kept
constexpr double kHeatRarity = 1e-3;

bool stands_out(const std::vector<vision::Candidate>& candidates) {
  return std::any_of(candidates.begin(), candidates.end(), [](const vision::Candidate& c) {
    return c.strength >= kHeatStrength || (c.false_per_frame > 0 && c.false_per_frame < kHeatRarity);
  });
}

vision::ImageView view_of(const instruments::RawFrame& frame) {
  return {frame.bgr.data(), static_cast<int>(frame.width_px), static_cast<int>(frame.height_px),
          static_cast<std::ptrdiff_t>(3 * frame.width_px)};
}

}  // namespace

Rim::Rim(RimModels models, int lanes) : executor_(workers(static_cast<unsigned>(lanes))), appearances_(std::move(models.appearances)) {
  for (auto& [brand, model] : models.networks) networks_.try_emplace(brand, std::move(model), lanes, executor_);
}

std::string Rim::without_network(std::string_view brand, double mm_per_px) const {
  const auto network = networks_.find(brand);
  if (network == networks_.end()) return "the pack has no network of it";
  if (std::none_of(appearances_.begin(), appearances_.end(), [&](const auto& a) { return a.brand == brand; })) {
    return "the pack's inclusion_recognition does not know it";
  }
  if (!vision::fits(network->second.model.detector, mm_per_px)) {
    return "its network was fitted at " + std::to_string(network->second.model.detector.mm_per_px) + " mm a pixel, pictures have " +
           std::to_string(mm_per_px);
  }
  return {};
}

// What a brand's network shows joins what stands out by colour. False: a size that it does not take, and colour remains.
bool Rim::join_things(Result<vision::EvidenceMap> evidence, Network& network, std::string_view brand, const vision::ImageView& view,
                      double mm_per_px, vision::FrameAnalysis& analysis) {
  if (!evidence) return false;
  const auto appearance = std::find_if(appearances_.begin(), appearances_.end(), [&](const auto& a) { return a.brand == brand; });
  const vision::DetectorModel& detector = network.model.detector;
  const auto seen = network.eye.things(std::move(*evidence), view, analysis.load, detector.threshold, kMostNamed);
  if (!seen) return false;
  for (const auto& thing : seen->things) {
    const double rare = vision::false_per_frame(detector, thing.blob);
    const double strength = inspect::strength_as_rare(*appearance, rare);
    if (strength > 0) vision::join_thing(analysis, thing, strength, rare, mm_per_px);
  }
  analysis.heat = vision::network_heat(seen->evidence, detector.frame_tail);
  return true;
}

Result<MeasuredFrame> Rim::measure(const instruments::RawFrame& frame, std::string_view brand) {
  const std::size_t expected = std::size_t{3} * frame.width_px * frame.height_px;
  if (frame.bgr.size() != expected) {
    return invalid_input("frame " + std::to_string(frame.frame_number) + ": expected " + std::to_string(expected) +
                         " bytes, found " + std::to_string(frame.bgr.size()));
  }
  const vision::ImageView view = view_of(frame);
  Network* const eye = without_network(brand, frame.mm_per_px).empty() ? &networks_.find(brand)->second : nullptr;
  Result<vision::FrameAnalysis> analysis = vision::FrameAnalysis{};
  Result<vision::EvidenceMap> evidence = vision::EvidenceMap{};
  Sha256 digest;
  executor_(eye ? 2 : 1, [&](std::size_t part) {
    if (part == 1) {
      evidence = eye->eye.raw_evidence(view);
      return;
    }
    analysis = vision::analyse_frame(view, frame.mm_per_px, scratch_);
    digest = sha256({reinterpret_cast<const char*>(frame.bgr.data()), frame.bgr.size()});
  });
  if (!analysis) return analysis.error();
  const bool network = eye != nullptr && join_things(std::move(evidence), *eye, brand, view, frame.mm_per_px, *analysis);

  material::FrameReading measured;
  measured.frame_number = frame.frame_number;
  measured.width_px = frame.width_px;
  measured.height_px = frame.height_px;
  measured.mm_per_px = frame.mm_per_px;
  measured.network = network;
  measured.digest = digest;
  const auto& m = analysis->measurements;
  measured.load_fraction = m.load_fraction;
  measured.mean_lab = m.mean_lab;
  measured.sd_lab = m.sd_lab;
  measured.texture = m.texture;
  measured.sharpness = m.sharpness;
  measured.brightness = m.brightness;
  measured.saturated_fraction = m.saturated_fraction;
  if (stands_out(analysis->candidates)) {
    auto& heat = analysis->heat;
    measured.heat = {static_cast<std::uint32_t>(heat.columns), static_cast<std::uint32_t>(heat.rows), heat.by_network, std::move(heat.levels)};
  }
  const auto& q = m.quality;
  measured.condition = {q.light, q.saturated, q.contrast, q.detail, q.dark_point, {}, {}};
  for (auto& c : analysis->candidates) {
    material::FrameCandidate candidate;
    candidate.box = {c.x, c.y, c.w, c.h};
    candidate.area_mm2 = c.area_mm2;
    candidate.length_mm = c.length_mm;
    candidate.width_mm = c.width_mm;
    candidate.contrast = c.contrast;
    candidate.features = c.features;
    candidate.false_per_frame = c.false_per_frame;
    candidate.label = std::move(c.label);
    candidate.confidence = c.label_confidence;
    measured.candidates.push_back(std::move(candidate));
  }

  material::Reading reading;
  reading.instrument = frame.instrument;
  reading.device_sequence = frame.frame_number;
  reading.time = frame.time;
  reading.received = frame.received;
  reading.encoder = frame.encoder;
  reading.payload = std::move(measured);
  return MeasuredFrame{std::move(reading), std::move(analysis->load)};
}

void WindowWatches::look(const instruments::RawFrame& frame, MeasuredFrame& measured) {
  const auto window = windows_[frame.instrument].look(view_of(frame), measured.load);
  auto& condition = std::get<material::FrameReading>(measured.reading.payload).condition;
  condition.frozen = window.frozen;
  condition.dirty_share = window.dirty_share;
}

}  // namespace beltwarden::site
