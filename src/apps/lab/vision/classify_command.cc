#include <cstdio>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

namespace {

struct Options {
  std::string model, crops, out;
};

Result<void> classify_crops(const Options& options) {
  auto model = load_vision_model(options.model);
  if (!model) return model.error();
  if (model->classifier.empty()) {
    return invalid_input(options.model + ": expected a model fitted with --crops; this one knows no classes");
  }
  auto paths = list_pictures(options.crops);
  if (!paths) return paths.error();
  auto opened_detector = open_detector(*model);
  if (!opened_detector) return opened_detector.error();
  vision::Detector& detector = *opened_detector;
  std::string rows = "crop,class,confidence\n";
  ProgressBar bar("classifying");
  for (std::size_t i = 0; i < paths->size(); ++i) {
    bar.show(static_cast<double>(i) / static_cast<double>(paths->size()));
    auto picture = read_picture((*paths)[i]);
    if (!picture) return picture.error();
    auto features = detector.crop_features(picture->view());
    if (!features) return features.error().within((*paths)[i]);
    const vision::CropClass what = vision::classify(*features, model->classifier);
    char confidence[32];
    std::snprintf(confidence, sizeof confidence, ",%.3f\n", what.confidence);
    rows += file_name((*paths)[i]) + "," + what.label + confidence;
  }
  return write_output(options.out, rows);
}

}  // namespace

void add_vision_classify(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = vision.add_subcommand("classify", "Say what the thing in the middle of each crop is");
  command->footer("Writes crop,class,confidence; 'unknown' is a valid answer.\n"
                  "Example: beltwarden vision classify --model brand.vision --crops crops/ --out classes.csv");
  command->add_option("--model", options->model, "written by 'vision fit --crops'")->required()->check(cli::ExistingFile());
  command->add_option("--crops", options->crops, "folder or list of pictures of about 96 x 96 pixels")->required();
  command->add_option("--out", options->out, "classes, - for stdout")->required();
  command->callback([options, &exit_code] { exit_code = exit_status("vision classify", classify_crops(*options)); });
}

}  // namespace beltwarden::lab
