#include "science/vision/tracker.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision {
namespace {

bool near(const Candidate& a, const Candidate& b, int gap) {
  return a.x - gap < b.x + b.w && b.x - gap < a.x + a.w && a.y - gap < b.y + b.h && b.y - gap < a.y + a.h;
}

// What one view says that the other does not: how rare it is, and what it is.
void keep_name(Candidate& best, const Candidate& other) {
  if (other.false_per_frame > 0 && (best.false_per_frame == 0 || other.false_per_frame < best.false_per_frame)) {
    best.false_per_frame = other.false_per_frame;
  }
  if (!best.label.empty() || other.label.empty()) return;
  best.label = other.label;
  best.label_confidence = other.label_confidence;
}

// The stronger takes the weaker in. Size grows to the joint box's diagonal, which is right for the parts of one
// long thing and an upper bound for others.
void absorb(Candidate& strong, const Candidate& weak) {
  const double px_to_mm = strong.length_mm / std::max(1.0, std::hypot(strong.w, strong.h));
  const int right = std::max(strong.x + strong.w, weak.x + weak.w),
            bottom = std::max(strong.y + strong.h, weak.y + weak.h);
  strong.x = std::min(strong.x, weak.x);
  strong.y = std::min(strong.y, weak.y);
  strong.w = right - strong.x;
  strong.h = bottom - strong.y;
  strong.area_mm2 += weak.area_mm2;
  keep_name(strong, weak);
  strong.length_mm = std::max(strong.length_mm, px_to_mm * std::hypot(strong.w, strong.h));
}

}  // namespace

std::vector<Candidate> join_fragments(std::vector<Candidate> candidates, int gap_px) {
  std::vector<Candidate> joined;
  for (const auto& candidate : candidates) {  // strongest first
    const auto home =
        std::find_if(joined.begin(), joined.end(), [&](const Candidate& c) { return near(c, candidate, gap_px); });
    if (home == joined.end()) {
      joined.push_back(candidate);
    } else {
      absorb(*home, candidate);
    }
  }
  return joined;
}

std::vector<ObjectEvent> ObjectTracker::add(const FramePlace& place, const std::vector<Candidate>& candidates) {
  std::vector<ObjectEvent> ended;
  const double extent = place.to - place.from;
  // Material that this picture no longer shows will not come back.
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->event.to + 0.25 * extent < place.from) {
      ended.push_back(it->event);
      it = open_.erase(it);
    } else {
      ++it;
    }
  }
  std::vector<Candidate> strong;
  for (const auto& candidate : candidates) {
    if (candidate.strength >= limit_) strong.push_back(candidate);
  }
  if (place.width_px <= 0 || place.height_px <= 0) return ended;
  for (const auto& candidate : join_fragments(std::move(strong), std::max(4, place.width_px / 32))) {
    const double top = static_cast<double>(candidate.y) / place.height_px;
    const double bottom = static_cast<double>(candidate.y + candidate.h) / place.height_px;
    const double from = place.to - bottom * extent, to = place.to - top * extent;
    const double left = static_cast<double>(candidate.x) / place.width_px;
    const double right = static_cast<double>(candidate.x + candidate.w) / place.width_px;
    const double slack = 0.15 * extent;
    const auto same = std::find_if(open_.begin(), open_.end(), [&](const Track& t) {
      return t.event.last_frame != place.frame && t.event.from - slack < to && from - slack < t.event.to &&
             t.left - 0.05 < right && left - 0.05 < t.right;
    });
    if (same == open_.end()) {
      open_.push_back({ObjectEvent{from, to, place.frame, place.frame, place.frame, 1, candidate}, left, right});
      continue;
    }
    ObjectEvent& event = same->event;
    event.from = std::min(event.from, from);
    event.to = std::max(event.to, to);
    event.last_frame = place.frame;
    ++event.frames;
    same->left = left;
    same->right = right;
    const double length = std::max(event.best.length_mm, candidate.length_mm);
    Candidate best = candidate.strength > event.best.strength ? candidate : event.best;
    keep_name(best, candidate.strength > event.best.strength ? event.best : candidate);
    if (candidate.strength > event.best.strength) event.best_frame = place.frame;
    event.best = std::move(best);
    event.best.length_mm = length;
  }
  return ended;
}

std::vector<ObjectEvent> ObjectTracker::finish(std::optional<double> mark) {
  std::vector<ObjectEvent> ended;
  for (auto it = open_.begin(); it != open_.end();) {
    if (!mark || it->event.to <= *mark) {
      ended.push_back(it->event);
      it = open_.erase(it);
    } else {
      ++it;
    }
  }
  return ended;
}

}  // namespace beltwarden::vision
