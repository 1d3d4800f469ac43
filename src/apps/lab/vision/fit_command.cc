#include <cstdio>
#include <map>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

namespace {

struct Options {
  std::string clean, crops, out;
  double mm_per_pixel = 0;
  double claim = 0.1;
  int steps = 2000;
  std::uint64_t seed = 1;
};

struct LoadedCrops {
  std::vector<vision::Crop> crops;
  std::vector<std::string> labels;  // of the crops
  std::vector<std::string> classes;
};

Result<LoadedCrops> load_crops(const std::string& folder) {
  auto table = CsvTable::read(folder + "/labels.csv");
  if (!table) return table.error();
  auto crop = table->column("crop"), label = table->column("class");
  if (!crop) return crop.error();
  if (!label) return label.error();
  const bool sets = table->has("set");
  const std::size_t set = sets ? *table->column("set") : 0;
  LoadedCrops out;
  std::map<std::string, int> index;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    if (sets && table->at(row, set) != "train") continue;
    index.emplace(table->at(row, *label), 0);
  }
  for (auto& [name, i] : index) {
    i = static_cast<int>(out.classes.size());
    out.classes.push_back(name);
  }
  for (std::size_t row = 0; row < table->rows(); ++row) {
    if (sets && table->at(row, set) != "train") continue;
    auto picture = read_picture(folder + "/" + table->at(row, *crop));
    if (!picture) return picture.error();
    out.labels.push_back(table->at(row, *label));
    out.crops.push_back({std::move(*picture), index[out.labels.back()]});
  }
  if (out.crops.empty()) return invalid_input(folder + "/labels.csv: expected crops of the set 'train', found none");
  return out;
}

Result<void> fit(const Options& options) {
  auto paths = list_pictures(options.clean);
  if (!paths) return paths.error();
  std::vector<vision::Picture> clean;
  for (const std::string& path : *paths) {
    auto picture = read_picture(path);
    if (!picture) return picture.error();
    clean.push_back(std::move(*picture));
  }
  LoadedCrops crops;
  if (!options.crops.empty()) {
    auto loaded = load_crops(options.crops);
    if (!loaded) return loaded.error();
    crops = std::move(*loaded);
  }
  ProgressBar bar("fitting");
  vision::DetectorFit fit;
  fit.mm_per_px = options.mm_per_pixel;
  fit.steps = options.steps;
  fit.seed = options.seed;
  fit.claimed_false_per_frame = options.claim;
  fit.classes = static_cast<int>(crops.classes.size());
  auto detector = vision::fit_detector(clean, crops.crops, fit, [&](double share) { bar.show(share); });
  if (!detector) return detector.error();
  VisionModel model{std::move(*detector), {}};
  if (crops.classes.size() >= 2) {
    vision::Detector eye(model.detector);
    std::vector<vision::LabelledFeatures> examples;
    for (std::size_t i = 0; i < crops.crops.size(); ++i) {
      auto features = crop_features(eye, crops.crops[i].picture);
      if (!features) return features.error();
      examples.push_back({std::move(*features), crops.labels[i]});
    }
    auto classifier = vision::fit_crop_classifier(examples, 0.15);
    if (!classifier) return classifier.error();
    model.classifier = std::move(*classifier);
  }
  std::fprintf(stderr, "%zu clean frames, %zu crops of %zu classes; threshold %.2f claims %.2g false blobs a frame\n",
               clean.size(), crops.crops.size(), crops.classes.size(), model.detector.threshold,
               model.detector.claimed_false_per_frame);
  return write_output(options.out, to_bytes(model));
}

}  // namespace

void add_vision_fit(CLI::App& vision, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = vision.add_subcommand("fit", "Learn one brand from its clean frames");
  command->footer("Example: beltwarden vision fit --clean frames/ --mm-per-pixel 2 --crops crops/ --out brand.vision");
  command->add_option("--clean", options->clean, "folder or list of clean frames of one brand, about fifty")->required();
  command->add_option("--mm-per-pixel", options->mm_per_pixel, "size of a pixel on the belt")
      ->required()->check(CLI::Range(0.05, 100.0));
  command->add_option("--crops", options->crops, "folder of pictures of impurities with labels.csv (crop,class[,set])");
  command->add_option("--out", options->out, "model to write, - for stdout")->required();
  command->add_option("--steps", options->steps, "training steps")->check(CLI::Range(1, 100000))->capture_default_str();
  command->add_option("--seed", options->seed, "of everything drawn")->capture_default_str();
  command->add_option("--claim", options->claim, "false blobs in a clean frame that the threshold is set for")
      ->check(CLI::Range(0.0001, 10.0))->capture_default_str();
  command->callback([options, &exit_code] { exit_code = exit_status("vision fit", fit(*options)); });
}

}  // namespace beltwarden::lab
