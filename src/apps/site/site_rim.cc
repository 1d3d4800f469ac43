// The site's rim: pictures become readings, and all goes on in the order it came.
#include <chrono>
#include <string>
#include <utility>

#include "apps/site/site.h"

namespace beltwarden::site {
namespace {

constexpr std::chrono::nanoseconds kLate = std::chrono::milliseconds(400);   // a frame to its findings: 200 ms when all is well

}  // namespace

void Site::enter_rim() {
  while (auto item = to_rim_.pop()) {
    AtRim at_rim;
    auto* output = std::get_if<instruments::Output>(&*item);
    if (auto* frame = output == nullptr ? nullptr : std::get_if<instruments::RawFrame>(output)) {
      if (options_.skip_late_frames && skips(*frame)) continue;
      std::string brand = rim_.has_networks() ? brand_at_rim(*frame) : std::string();
      at_rim.picture = rim_.measure(std::move(*frame), std::move(brand));
    } else if (output != nullptr) {
      note_at_rim(std::get<material::Reading>(*output));
    } else if (const auto* command = std::get_if<wire::SiteCommand>(&*item)) {
      if (const auto* plan = std::get_if<material::LotPlan>(&command->order)) brand_of_feed_[plan->feed_number] = plan->brand;
    }
    at_rim.item = std::move(*item);
    if (!at_rim_.push(std::move(at_rim))) return;
  }
}

void Site::note_at_rim(material::Reading& reading) {
  if (const auto* belt = std::get_if<material::BeltReading>(&reading.payload)) fed_at_rim_ = belt->feed_lot;
  auto* health = std::get_if<material::HealthReading>(&reading.payload);
  if (const auto skipped = skipped_by_camera_.find(reading.instrument); health && skipped != skipped_by_camera_.end()) {
    health->dropped.push_back({"frames skipped evenly: the machine cannot keep up", skipped->second});
  }
}

void Site::leave_rim() {
  while (auto at_rim = at_rim_.pop()) {
    if (at_rim->picture.valid() && !measured(*at_rim)) continue;
    if (!to_line_.push(std::move(at_rim->item))) return;
  }
}

// A frame becomes a reading. False: nothing of it goes on.
bool Site::measured(AtRim& at_rim) {
  auto [frame, made] = at_rim.picture.get();
  if (!made) {
    ++refused_;
    log_.warn_once("frame of " + frame.instrument.str(), made.error().message);
    return false;
  }
  windows_.look(frame, *made);
  ring_.add(std::move(frame), std::get<material::FrameReading>(made->reading.payload).digest);
  at_rim.item = instruments::Output(std::move(made->reading));
  return true;
}

// A frame that waited is a sign of more to come: of every two, four or eight one is looked at, so that what is missed lies
// evenly along the belt. Coverage counts what was seen.
bool Site::skips(const instruments::RawFrame& frame) {
  const std::int64_t late_ns = clock_.now().ns - frame.received.ns;
  const std::uint64_t of = late_ns < kLate.count() ? 1 : late_ns < 2 * kLate.count() ? 2 : late_ns < 4 * kLate.count() ? 4 : 8;
  if (seen_frames_[frame.instrument]++ % of == 0) return false;
  ++skipped_frames_;
  ++skipped_by_camera_[frame.instrument];
  return true;
}

// Of the lot that the PLC says is fed; a boundary on the way to the camera is judged by the newer brand.
std::string Site::brand_at_rim(const instruments::RawFrame& frame) {
  const auto fed = brand_of_feed_.find(fed_at_rim_);
  if (fed == brand_of_feed_.end()) return {};
  const std::string& brand = fed->second;
  if (told_brands_.insert(brand).second) {
    const std::string why = rim_.without_network(brand, frame.mm_per_px);
    log_.info("pictures of '" + brand + "' are judged by " +
              (why.empty() ? "colour and by the brand's network" : "colour alone: " + why));
  }
  return brand;
}

}  // namespace beltwarden::site
