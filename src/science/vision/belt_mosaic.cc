#include "science/vision/belt_mosaic.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision {

namespace {
constexpr float kUnseen = -6;           // evidence of belt that no frame saw
constexpr std::int64_t kStretch = 256;  // rows judged together, at most
constexpr std::int64_t kCutRange = 96;  // a stretch ends at the quietest of its last rows
}  // namespace

std::int64_t BeltMosaic::row_of(double belt_px) const { return static_cast<std::int64_t>(std::floor(belt_px / cell_px_)); }

void BeltMosaic::grow(std::int64_t last_row) {
  while (first_row_ + static_cast<std::int64_t>(sum_.size()) <= last_row) {
    sum_.emplace_back(static_cast<std::size_t>(columns_), 0.0f);
    weight_.push_back(0);
  }
}

std::vector<BeltEvent> BeltMosaic::add(const EvidenceMap& evidence, double moved_px) {
  std::vector<BeltEvent> events;
  if (frames_ == 0) {
    columns_ = evidence.columns;
    cell_px_ = evidence.cell_px;
    frame_rows_ = evidence.rows;
    position_px_ = static_cast<double>(frame_rows_) * cell_px_;
    first_row_ = 0;
  } else {
    position_px_ += std::max(0.0, moved_px);
  }
  const std::int64_t frame = frames_++;
  if (evidence.columns != columns_ || evidence.rows != frame_rows_) {
    ++refused_;
    return events;
  }
  views_.push_back({frame, position_px_, evidence});
  // Row y of the frame covers belt from position - (y + 1) cells to position - y cells.
  for (int y = 0; y < evidence.rows; ++y) {
    const std::int64_t row = row_of(position_px_ - (y + 0.5) * cell_px_);
    if (row < first_row_) continue;
    grow(row);
    auto& sums = sum_[static_cast<std::size_t>(row - first_row_)];
    const float weight = std::min(1.0f, 0.2f + 0.1f * static_cast<float>(std::min(y, evidence.rows - 1 - y)));
    for (int x = 0; x < columns_; ++x) sums[static_cast<std::size_t>(x)] += weight * evidence.at(x, y);
    weight_[static_cast<std::size_t>(row - first_row_)] += weight;
  }
  const std::int64_t final_rows = row_of(position_px_ - static_cast<double>(frame_rows_) * cell_px_) - first_row_;
  if (final_rows >= kStretch) {
    std::int64_t cut = final_rows;
    float quietest = 1e30f;
    for (std::int64_t row = final_rows - kCutRange; row < final_rows; ++row) {
      float top = kUnseen;
      const auto& sums = sum_[static_cast<std::size_t>(row)];
      const float weight = weight_[static_cast<std::size_t>(row)];
      for (std::size_t x = 0; weight > 0 && x < sums.size(); ++x) top = std::max(top, sums[x] / weight);
      if (top < quietest) quietest = top, cut = row;
    }
    events = judge(first_row_ + cut);
  }
  return events;
}

std::vector<BeltEvent> BeltMosaic::finish() {
  auto events = judge(first_row_ + static_cast<std::int64_t>(sum_.size()));
  views_.clear();
  return events;
}

double BeltMosaic::coverage() const {
  std::int64_t seen = rows_seen_;
  for (const float weight : weight_) seen += weight > 0;
  const std::int64_t all = rows_judged_ + static_cast<std::int64_t>(weight_.size());
  return all == 0 ? 1 : static_cast<double>(seen) / static_cast<double>(all);
}

std::vector<BeltEvent> BeltMosaic::judge(std::int64_t end_row) {
  std::vector<BeltEvent> events;
  const int rows = static_cast<int>(end_row - first_row_);
  if (rows <= 0) return events;
  EvidenceMap joined{columns_, rows, cell_px_, {}};
  joined.logit.resize(static_cast<std::size_t>(rows * columns_), kUnseen);
  // As frames show it: the newest row first.
  for (int r = 0; r < rows; ++r) {
    const std::size_t from = static_cast<std::size_t>(rows - 1 - r);
    if (weight_[from] <= 0) continue;
    for (int x = 0; x < columns_; ++x) {
      joined.logit[static_cast<std::size_t>(r * columns_ + x)] = sum_[from][static_cast<std::size_t>(x)] / weight_[from];
    }
  }
  BlobOptions options;
  options.most = 256;
  for (const Blob& blob : find_blobs(joined, options)) {
    if (blob.score > limit_) events.push_back(make_event(blob, end_row));
  }
  std::sort(events.begin(), events.end(), [](const BeltEvent& a, const BeltEvent& b) {
    return a.first_frame != b.first_frame ? a.first_frame < b.first_frame : a.box.x < b.box.x;
  });
  for (std::int64_t r = 0; r < rows; ++r) {
    rows_seen_ += weight_.front() > 0;
    sum_.pop_front();
    weight_.pop_front();
  }
  rows_judged_ += rows;
  first_row_ = end_row;
  // Frames whose belt is all judged are no longer needed.
  while (!views_.empty() && row_of(views_.front().top_px) < first_row_) views_.pop_front();
  return events;
}

BeltEvent BeltMosaic::make_event(const Blob& blob, std::int64_t end_row) const {
  BeltEvent event;
  const double newest = static_cast<double>(end_row) * cell_px_;
  event.belt_to_px = newest - blob.y;
  event.belt_from_px = event.belt_to_px - blob.h;
  const double middle = newest - blob.centre_y;
  const double height = static_cast<double>(frame_rows_) * cell_px_;
  event.first_frame = -1;
  double best = -1e30;
  for (const View& view : views_) {
    if (view.top_px <= event.belt_from_px || view.top_px - height >= event.belt_to_px) continue;
    if (event.first_frame < 0) event.first_frame = view.frame;
    event.last_frame = view.frame;
    event.views += middle < view.top_px && middle > view.top_px - height;
    // The best picture shows as much of the object as any, with the clearest evidence.
    const int top = static_cast<int>(std::lround(view.top_px - event.belt_to_px));
    const int low = std::max(0, top), high = std::min(static_cast<int>(height), top + blob.h);
    if (high <= low) continue;
    double sum = 0;
    int cells = 0;
    for (int y = low / cell_px_; y <= (high - 1) / cell_px_ && y < frame_rows_; ++y) {
      for (int x = blob.x / cell_px_; x < (blob.x + blob.w) / cell_px_; ++x) sum += view.evidence.at(x, y), ++cells;
    }
    const double share = static_cast<double>(high - low) / blob.h;
    const double worth = 20 * share + sum / std::max(1, cells);
    if (worth <= best) continue;
    best = worth;
    event.best_frame = view.frame;
    event.box = blob;
    event.box.y = low;
    event.box.h = high - low;
    event.box.centre_y = view.top_px - middle;
  }
  if (event.first_frame < 0) event.first_frame = 0;
  return event;
}

}  // namespace beltwarden::vision
