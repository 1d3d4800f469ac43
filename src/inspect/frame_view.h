// A journaled frame as the vision science takes it.
#pragma once

#include "material/observation.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::inspect {

inline vision::FrameQuality quality_of(const material::FrameCondition& c) {
  return {c.light, c.saturated, c.contrast, c.detail, c.dark_point};
}

inline vision::FrameAnalysis to_analysis(const material::FrameReading& frame) {
  vision::FrameAnalysis analysis;
  auto& m = analysis.measurements;
  m.load_fraction = frame.load_fraction;
  m.mean_lab = frame.mean_lab;
  m.sd_lab = frame.sd_lab;
  m.texture = frame.texture;
  m.sharpness = frame.sharpness;
  m.brightness = frame.brightness;
  m.saturated_fraction = frame.saturated_fraction;
  m.quality = quality_of(frame.condition);
  for (const auto& c : frame.candidates) {
    vision::Candidate candidate;
    candidate.x = c.box.x;
    candidate.y = c.box.y;
    candidate.w = c.box.w;
    candidate.h = c.box.h;
    candidate.area_mm2 = c.area_mm2;
    candidate.length_mm = c.length_mm;
    candidate.width_mm = c.width_mm;
    candidate.contrast = c.contrast;
    candidate.strength = vision::candidate_strength(c.contrast, c.area_mm2);
    candidate.features = c.features;
    candidate.false_per_frame = c.false_per_frame;
    candidate.label = c.label;
    candidate.label_confidence = c.confidence;
    analysis.candidates.push_back(candidate);
  }
  return analysis;
}

}  // namespace beltwarden::inspect
