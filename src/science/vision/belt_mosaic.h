// Evidence of overlapping frames joined in belt coordinates: every cell of belt is judged by all frames that saw it, and
// an object is one event however many frames show it, however long it is.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "science/vision/blobs.h"

namespace beltwarden::vision {

/// An object on the belt. Frames count from 0 in the order added; the box is as seen in best_frame.
struct BeltEvent {
  std::int64_t first_frame = 0, last_frame = 0, best_frame = 0;
  Blob box;                 ///< in pixels of best_frame; score over all frames
  double belt_from_px = 0;  ///< along the belt, growing towards newer material
  double belt_to_px = 0;
  int views = 0;            ///< frames that saw its middle
};

/// Feed frames in order. Material moves towards growing y; the newest lies at y = 0. Memory is bounded by the frame's
/// height and a stretch of a few frames more. Not thread-safe.
class BeltMosaic {
 public:
  /// `limit`: blob score of the joined evidence above which there is an event.
  explicit BeltMosaic(double limit) : limit_(limit) {}

  /// `moved_px`: how far the belt moved since the frame before (0 for the first). A frame of another size than the first
  /// shows nothing and is counted. Returns events whose belt has left the view.
  std::vector<BeltEvent> add(const EvidenceMap& evidence, double moved_px);

  /// Events on the belt still in view.
  std::vector<BeltEvent> finish();

  /// Share of the belt passed so far that a frame saw: below 1 when it moved further than a frame's height.
  double coverage() const;

  /// Frames that were of another size.
  std::int64_t refused() const { return refused_; }

 private:
  struct View {
    std::int64_t frame = 0;
    double top_px = 0;  ///< belt coordinate of y = 0
    EvidenceMap evidence;
  };
  std::int64_t row_of(double belt_px) const;
  void grow(std::int64_t last_row);
  std::vector<BeltEvent> judge(std::int64_t end_row);
  BeltEvent make_event(const Blob& blob, std::int64_t end_row) const;

  double limit_;
  double position_px_ = 0;  ///< belt coordinate of y = 0 of the latest frame
  std::int64_t frames_ = 0, refused_ = 0;
  std::int64_t first_row_ = 0;  ///< of the rows kept; rows grow with the belt coordinate
  int columns_ = 0, cell_px_ = 4, frame_rows_ = 0;
  std::deque<std::vector<float>> sum_;
  std::deque<float> weight_;  ///< of a row's views: those near a frame's edge count less
  std::deque<View> views_;
  std::int64_t rows_judged_ = 0, rows_seen_ = 0;
};

}  // namespace beltwarden::vision
