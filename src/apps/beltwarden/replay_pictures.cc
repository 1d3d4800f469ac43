#include "apps/beltwarden/replay_pictures.h"

#include <utility>

#include "formats/picture.h"

namespace beltwarden::app {
namespace {

double tonnes_of(const std::map<LotId, std::vector<TonneInterval>>& by_lot) {
  double sum = 0;
  for (const auto& [lot, intervals] : by_lot) {
    for (const auto& interval : material::merged(intervals)) sum += interval.mass().value;
  }
  return sum;
}

}  // namespace

void PicturesSeenAgain::gather(const material::Observation& observation) {
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) brands_[plan->lot] = plan->brand;
  const auto* frame = std::get_if<material::FrameReading>(&observation.payload);
  if (frame == nullptr || observation.intervals.empty()) return;
  ++pictures_;
  for (const auto& interval : observation.intervals) seen_[interval.lot].push_back(interval.tonnes);
  if (looks()) notes_[frame->digest] = {frame->mm_per_px, brands_[observation.intervals.front().lot]};
}

Result<void> PicturesSeenAgain::gather(const wire::EvidenceBlob& picture) {
  const auto note = notes_.find(picture.frame_digest);
  if (note == notes_.end() || again_.contains(picture.frame_digest)) return {};
  const auto& [mm_per_px, brand] = note->second;
  if (!rim_.without_network(brand, mm_per_px).empty()) return {};
  auto decoded = formats::decode_picture(picture.bytes);
  if (!decoded) return decoded.error();
  instruments::RawFrame frame;
  frame.instrument = picture.instrument;
  frame.frame_number = picture.frame_number;
  frame.width_px = static_cast<std::uint32_t>(decoded->width);
  frame.height_px = static_cast<std::uint32_t>(decoded->height);
  frame.mm_per_px = mm_per_px;
  frame.bgr = std::move(decoded->data);
  auto made = rim_.measure(frame, brand);
  if (!made) return made.error();
  auto& measured = std::get<material::FrameReading>(made->reading.payload);
  if (!measured.network) return {};  // the network did not take it: it was judged by colour, as before
  again_[picture.frame_digest] = {std::move(measured.candidates), std::move(measured.heat)};
  return {};
}

void PicturesSeenAgain::replace(material::Observation& observation) {
  auto* frame = std::get_if<material::FrameReading>(&observation.payload);
  if (frame == nullptr) return;
  const auto again = again_.find(frame->digest);
  if (again == again_.end()) return;
  frame->candidates = again->second.candidates;
  frame->heat = again->second.heat;
  frame->network = true;
  for (const auto& interval : observation.intervals) seen_again_[interval.lot].push_back(interval.tonnes);
}

PicturesSeenAgain::Share PicturesSeenAgain::share() const {
  return {pictures_, again_.size(), tonnes_of(seen_), tonnes_of(seen_again_)};
}

}  // namespace beltwarden::app
