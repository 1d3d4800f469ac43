#include <algorithm>
#include <cmath>

#include "science/vision/clean_belt.h"
#include "science/vision/detector.h"

namespace beltwarden::vision {

namespace {

// The score that `per_frame` blobs of a clean frame exceed: between order statistics, and along an exponential tail
// where there are too few frames to see it.
double limit_for(std::vector<double> scores, double frames, double per_frame) {
  std::sort(scores.begin(), scores.end(), std::greater<>());
  const std::size_t base = std::min(scores.size(), std::max<std::size_t>(4, static_cast<std::size_t>(frames)));  // about one a frame
  if (base < 2) return 0;
  const double from = scores[base - 1];
  double scale = 0;
  for (std::size_t i = 0; i + 1 < base; ++i) scale += (scores[i] - from) / static_cast<double>(base - 1);
  const double rate = static_cast<double>(base) / frames;
  return from + std::max(scale, 0.05) * std::log(std::max(1.0, rate / per_frame));
}

}  // namespace

Result<void> add_blob_scores(Detector& detector, std::span<const Picture> clean, std::vector<double>& scores) {
  for (const Picture& frame : clean) {
    auto seen = detector.look(frame.view());
    if (!seen) return seen.error();
    for (const Blob& blob : seen->blobs) scores.push_back(blob.score);
  }
  return {};
}

void set_threshold(DetectorModel& model, std::vector<double> blob_scores, std::size_t frames) {
  model.threshold = limit_for(std::move(blob_scores), static_cast<double>(frames), model.claimed_false_per_frame);
}

void set_event_threshold(DetectorModel& model, const CleanBelt& belt) {
  model.event_threshold = limit_for(belt.event_scores, belt.frames, kEventShare * model.claimed_false_per_frame);
}

Result<void> set_frame_tail(DetectorModel& model, Detector& detector, std::span<const Picture> clean) {
  if (clean.empty()) return invalid_input("expected clean frames to set limits by, found none");
  std::vector<double> frames;
  for (const Picture& frame : clean) {
    auto seen = detector.look(frame.view());
    if (!seen) return seen.error();
    frames.push_back(seen->frame_score);
  }
  std::sort(frames.begin(), frames.end());
  model.frame_tail.from = frames[frames.size() / 2];
  double scale = 0;
  for (const double value : frames) scale += std::max(0.0, value - model.frame_tail.from);
  model.frame_tail.scale = std::max(0.05, 2 * scale / static_cast<double>(frames.size()));
  model.frame_tail.share = 0.5;
  return {};
}

Result<void> set_limits(DetectorModel& model, Detector& detector, std::span<const Picture> clean, std::uint64_t seed) {
  if (auto set = set_frame_tail(model, detector, clean); !set) return set;
  std::vector<double> blobs;
  if (auto seen = add_blob_scores(detector, clean, blobs); !seen) return seen;
  auto belt = pass_clean_belt(detector, clean, seed);
  if (!belt) return belt.error();
  set_threshold(model, std::move(blobs), clean.size());
  set_event_threshold(model, *belt);
  return {};
}

}  // namespace beltwarden::vision
