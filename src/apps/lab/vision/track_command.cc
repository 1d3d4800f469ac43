#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/sequence_tracking.h"
#include "apps/lab/vision/vision_commands.h"

namespace beltwarden::lab {

namespace {

struct TrackOptions {
  std::string model, frames, out, px_per_frame = "auto";
  std::optional<double> moved;   // none: read from the frames
};

std::optional<double> pixels_of(const std::string& text) {
  double moved = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), moved);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(moved) < 8192)) return std::nullopt;
  return moved;
}

Result<void> track(const TrackOptions& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  auto paths = list_pictures(options.frames);
  if (!paths) return paths.error();
  double moved = options.moved.value_or(0);
  if (!options.moved) {
    auto found = measure_px_per_frame(*paths);
    if (!found) return found.error();
    moved = *found;
    std::fprintf(stderr, "the belt moves %.2f px a frame\n", moved);
  }
  auto eye = ModelEye::open(*model);
  if (!eye) return eye.error();
  ProgressBar bar("tracking");
  auto tracked = track_sequence(*model, *eye, *paths, moved, [&](double share) { bar.show(share); });
  if (!tracked) return tracked.error();
  if (tracked->of_another_size > 0) {
    std::fprintf(stderr, "%lld frames of another size than the first were left out\n", static_cast<long long>(tracked->of_another_size));
  }
  std::string rows = "event,class,confidence,first_frame,last_frame,best_frame,x,y,w,h,length_mm\n";
  char line[256];
  for (std::size_t i = 0; i < tracked->events.size(); ++i) {
    const auto& [event, what, length_mm] = tracked->events[i];
    std::snprintf(line, sizeof line, ",%.3f,%lld,%lld,%lld,%d,%d,%d,%d,%.0f\n", what.confidence,
                  static_cast<long long>(event.first_frame), static_cast<long long>(event.last_frame),
                  static_cast<long long>(event.best_frame), event.box.x, event.box.y, event.box.w, event.box.h, length_mm);
    rows += std::to_string(i) + "," + what.label + line;
  }
  return write_output(options.out, rows);
}

}  // namespace

void add_vision_track(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<TrackOptions>();
  auto* command = vision.add_subcommand("track", "Follow objects through the frames of a moving belt: one event each");
  command->footer("Frames are read in name order; material moves towards growing y.\n"
                  "Writes event,class,confidence,first_frame,last_frame,best_frame,x,y,w,h,length_mm.\n"
                  "Example: beltwarden vision track --model brand.vision --frames seq/ --px-per-frame auto --out events.csv");
  command->add_option("--model", options->model, "written by 'vision fit'")->required()->check(cli::ExistingFile());
  command->add_option("--frames", options->frames, "folder or list of frames of one sequence")->required();
  command->add_option("--px-per-frame", options->px_per_frame, "how far the belt moves from frame to frame, or 'auto'")
      ->capture_default_str();
  command->add_option("--out", options->out, "events, - for stdout")->required();
  command->callback([options, &exit_code] {
    if (options->px_per_frame != "auto") {
      options->moved = pixels_of(options->px_per_frame);
      if (!options->moved) {
        throw cli::UsageError("--px-per-frame: expected a number of pixels or 'auto', found '" + options->px_per_frame + "'");
      }
    }
    exit_code = exit_status("vision track", track(*options));
  });
}

}  // namespace beltwarden::lab
