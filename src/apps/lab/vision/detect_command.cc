#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/overlay.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

namespace {

struct DetectOptions {
  std::string model, frames, out, scores, overlay;
  bool all = false;
};

Result<void> detect(const DetectOptions& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  auto paths = list_pictures(options.frames);
  if (!paths) return paths.error();
  if (!options.overlay.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.overlay, error);
    if (error) return io_error(options.overlay + ": " + error.message());
    for (const std::string& path : *paths) {
      if (!std::filesystem::equivalent(std::filesystem::path(path).parent_path() / ".", options.overlay, error)) continue;
      return invalid_input("--overlay: expected another folder than that of the frames, which would be overwritten, found '" + options.overlay + "'");
    }
  }
  auto opened = ModelEye::open(*model);
  if (!opened) return opened.error();
  ModelEye& eye = *opened;
  const double limit = options.all ? -1e9 : model->detector.threshold;
  std::string rows = "frame,x,y,w,h,score,class,confidence,one_in_clean_frames\n", scores = "frame,score,one_in_clean_frames\n";
  char line[256];
  ProgressBar bar("detecting");
  for (std::size_t i = 0; i < paths->size(); ++i) {
    bar.show(static_cast<double>(i) / static_cast<double>(paths->size()));
    auto frame = read_picture((*paths)[i]);
    if (!frame) return frame.error();
    const std::string name = file_name((*paths)[i]);
    auto seen = eye.look(*frame, limit);
    if (!seen) return seen.error().within((*paths)[i]);
    std::snprintf(line, sizeof line, ",%.4f,%.0f\n", seen->frame_score, vision::one_in(vision::false_per_frame(model->detector, seen->frame_score)));
    scores += name + line;
    for (const auto& [blob, what] : seen->things) {
      if (blob.score <= limit) continue;
      std::snprintf(line, sizeof line, ",%d,%d,%d,%d,%.4f,", blob.x, blob.y, blob.w, blob.h, blob.score);
      rows += name + line + what.label;
      std::snprintf(line, sizeof line, ",%.3f,%.0f\n", what.confidence, vision::one_in(vision::false_per_frame(model->detector, blob)));
      rows += line;
    }
    if (!options.overlay.empty()) {
      draw_evidence(*frame, *seen, model->detector);
      auto written = write_picture((std::filesystem::path(options.overlay) / name).string(), *frame);
      if (!written) return written;
    }
  }
  if (!options.scores.empty()) {
    if (auto written = write_output(options.scores, scores); !written) return written;
  }
  return write_output(options.out, rows);
}

}  // namespace

void add_vision_detect(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<DetectOptions>();
  auto* command = vision.add_subcommand("detect", "Find what is not ore in frames");
  command->footer("Writes frame,x,y,w,h,score,class,confidence,one_in_clean_frames for detections above the model's own threshold: one in so many\n"
                  "frames of clean ore shows something as odd.\n"
                  "Example: beltwarden vision detect --model brand.vision --frames belt/ --out found.csv");
  command->add_option("--model", options->model, "written by 'vision fit'")->required()->check(cli::ExistingFile());
  command->add_option("--frames", options->frames, "folder or list of frames")->required();
  command->add_option("--out", options->out, "detections, - for stdout")->required();
  command->add_flag("--all", options->all, "write every candidate, also below the threshold");
  command->add_option("--scores", options->scores, "one score a frame: frame,score,one_in_clean_frames");
  command->add_option("--overlay", options->overlay, "another folder, for frames with the evidence drawn over them");
  command->callback([options, &exit_code] { exit_code = exit_status("vision detect", detect(*options)); });
}

}  // namespace beltwarden::lab
