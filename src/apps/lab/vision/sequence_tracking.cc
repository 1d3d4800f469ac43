#include "apps/lab/vision/sequence_tracking.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/vision/picture_folder.h"
#include "science/vision/belt_shift.h"

namespace beltwarden::lab {

Result<double> measure_px_per_frame(const std::vector<std::string>& paths) {
  if (paths.size() < 2) return invalid_input("expected two frames or more to read the belt's movement from");
  std::vector<double> shifts;
  const std::size_t pairs = std::min<std::size_t>(12, paths.size() - 1);
  for (std::size_t i = 0; i < pairs; ++i) {
    const std::size_t at = i * (paths.size() - 1) / pairs;
    auto before = read_picture(paths[at]), after = read_picture(paths[at + 1]);
    if (!before) return before.error();
    if (!after) return after.error();
    auto shift = vision::measure_shift(before->view(), after->view(), before->height / 2);
    if (!shift) return shift.error().within(paths[at + 1]);
    if (shift->likeness > 0.2) shifts.push_back(shift->moved_px);
  }
  if (shifts.size() * 2 < pairs) {
    return invalid_input("the frames do not show how far the belt moves; name it with --px-per-frame");
  }
  std::nth_element(shifts.begin(), shifts.begin() + static_cast<std::ptrdiff_t>(shifts.size() / 2), shifts.end());
  return shifts[shifts.size() / 2];
}

Result<TrackedSequence> track_sequence(const VisionModel& model, ModelEye& eye, const std::vector<std::string>& paths,
                                       double px_per_frame, const std::function<void(double)>& progress) {
  vision::BeltMosaic mosaic(model.detector.event_threshold);
  std::vector<vision::BeltEvent> events;
  const bool backwards = px_per_frame < 0;
  int height = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    progress(static_cast<double>(i) / static_cast<double>(paths.size()));
    auto frame = read_picture(paths[i]);
    if (!frame) return frame.error();
    auto evidence = eye.evidence(*frame, vision::Mirror::of_turn(i));
    if (!evidence) return evidence.error().within(paths[i]);
    if (i == 0) height = evidence->rows * evidence->cell_px;
    if (backwards) mirror_back(*evidence, {false, true});
    for (auto& event : mosaic.add(*evidence, std::abs(px_per_frame))) events.push_back(event);
  }
  for (auto& event : mosaic.finish()) events.push_back(event);
  TrackedSequence out{{}, mosaic.refused()};
  for (vision::BeltEvent& event : events) {
    if (backwards) {
      event.box.y = height - event.box.y - event.box.h;
      event.box.centre_y = height - event.box.centre_y;
    }
    TrackedEvent tracked{event, {"unknown", false, 0},
                         std::max<double>(event.box.w, event.belt_to_px - event.belt_from_px) * model.detector.mm_per_px};
    auto frame = read_picture(paths[static_cast<std::size_t>(event.best_frame)]);
    if (!frame) return frame.error();
    auto features = eye.features_at(*frame, event.box.x + event.box.w / 2.0, event.box.y + event.box.h / 2.0);
    if (!features) return features.error();
    if (vision::remembers(model.memory, *features)) continue;
    tracked.what = vision::classify(*features, model.classifier);
    out.events.push_back(std::move(tracked));
  }
  return out;
}

}  // namespace beltwarden::lab
