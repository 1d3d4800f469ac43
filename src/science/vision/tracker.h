// One event per object: the same thing seen in overlapping pictures is joined in belt coordinates.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

/// Where a picture lies on the belt. The coordinate grows against the material's arrival: tonnes of the lot, or
/// metres of belt. The picture's upper edge (y = 0) shows `to`, the newest material, its lower edge `from`.
struct FramePlace {
  std::uint64_t frame = 0;
  double from = 0;
  double to = 0;
  int width_px = 0;
  int height_px = 0;
};

/// An object, as its best picture shows it and as all of them place it.
struct ObjectEvent {
  double from = 0, to = 0;               ///< belt coordinate, over all its pictures
  std::uint64_t first_frame = 0, last_frame = 0, best_frame = 0;
  int frames = 0;                        ///< in how many pictures it was seen
  Candidate best;                        ///< box in best_frame; the largest length seen in any
};

/// Joins candidates to events. Feed pictures in belt order. Values in, values out; not thread-safe.
class ObjectTracker {
 public:
  /// `limit`: candidates below this strength are not looked at. Candidates of one picture are joined where their boxes
  /// nearly touch: a beam half buried shows as two.
  explicit ObjectTracker(double limit) : limit_(limit) {}

  /// Returns the events that no later picture can show any more.
  std::vector<ObjectEvent> add(const FramePlace& place, const std::vector<Candidate>& candidates);

  /// Ends events whose material lies wholly before `mark` (all of them by default).
  std::vector<ObjectEvent> finish(std::optional<double> mark = std::nullopt);

  bool idle() const { return open_.empty(); }

 private:
  struct Track {
    ObjectEvent event;
    double left = 0, right = 0;          ///< across the belt, share of the picture's width
  };
  double limit_;
  std::vector<Track> open_;
};

/// Boxes of one picture that nearly touch (within `gap_px`) made one; the stronger one's colour features stay.
std::vector<Candidate> join_fragments(std::vector<Candidate> candidates, int gap_px);

}  // namespace beltwarden::vision
