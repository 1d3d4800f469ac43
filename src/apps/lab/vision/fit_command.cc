#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/resume.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"
#include "base/rng.h"
#include "base/workers.h"

namespace beltwarden::lab {

namespace {

struct FitOptions {
  std::string clean, crops, out, resume, verdicts, frames, backbone;
  double mm_per_pixel = 0;
  double claim = 0.1;
  int steps = vision::DetectorFit{}.steps;
  std::uint64_t seed = 1;
};

constexpr int kLeastCropSide = 32;
constexpr std::ptrdiff_t kLeastCropsOfClass = 8;

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
    if (std::min(picture->width, picture->height) < kLeastCropSide) {
      return invalid_input(table->where(row) + ": expected a crop of " + std::to_string(kLeastCropSide) + " pixels a side or more, found " +
                           std::to_string(picture->width) + " x " + std::to_string(picture->height));
    }
    out.labels.push_back(table->at(row, *label));
    out.crops.push_back({std::move(*picture), index[out.labels.back()]});
  }
  if (out.crops.empty()) return invalid_input(folder + "/labels.csv: expected crops of the set 'train', found none");
  // Said before minutes of training, not after.
  for (const auto& [name, i] : index) {
    const auto count = std::count(out.labels.begin(), out.labels.end(), name);
    if (out.classes.size() >= 2 && count < kLeastCropsOfClass) {
      return invalid_input(folder + "/labels.csv: class '" + name + "': expected " + std::to_string(kLeastCropsOfClass) +
                           " crops to train or more, found " + std::to_string(count));
    }
  }
  return out;
}

// How far apart places of clean ore lie: four of each frame.
Result<vision::OreMemory> empty_memory(vision::Detector& eye, const std::vector<vision::Picture>& clean, std::uint64_t seed) {
  Rng rng(seed, 77);
  std::vector<std::vector<float>> features;
  for (const vision::Picture& frame : clean) {
    std::vector<vision::Picture> places;
    std::vector<vision::ImageView> views;
    for (int i = 0; i < 4; ++i) {
      places.push_back(vision::cut_crop(frame.view(), rng.uniform(48, std::max(49, frame.width - 48)), rng.uniform(48, std::max(49, frame.height - 48))));
    }
    for (const vision::Picture& place : places) views.push_back(place.view());
    auto found = eye.crop_features(views);
    if (!found) return found.error();
    std::move(found->begin(), found->end(), std::back_inserter(features));
  }
  return vision::make_ore_memory(features);
}

// Features of each crop in each light, in the crops' order; two threads, an eye each.
Result<std::vector<vision::LabelledFeatures>> examples_of(const LoadedCrops& crops, const vision::DetectorModel& model) {
  constexpr std::size_t kEyes = 2;
  using Features = Result<std::vector<std::vector<float>>>;
  std::vector<Features> all(crops.crops.size(), Features(std::vector<std::vector<float>>{}));
  workers(kEyes)(kEyes, [&](std::size_t e) {
    vision::Detector eye(model);
    for (std::size_t i = e; i < all.size(); i += kEyes) all[i] = crop_examples(eye, crops.crops[i].picture);
  });
  std::vector<vision::LabelledFeatures> out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i]) return all[i].error();
    for (std::size_t k = 0; k < all[i]->size(); ++k) out.push_back({std::move((*all[i])[k]), crops.labels[i], k == 0});
  }
  return out;
}

Result<void> fit_brand(const FitOptions& options) {
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
  if (options.backbone.empty()) {
    std::fprintf(stderr, "vision fit: no backbone/backbone.bin beside the program (scripts/build.sh makes it): the model will have no second look\n");
  } else if (options.backbone != "none") {
    auto bytes = read_input(options.backbone);
    if (!bytes) return bytes.error();
    auto backbone = vision::net::Backbone::from_bytes(*bytes, options.backbone);
    if (!backbone) return backbone.error();
    fit.backbone = std::make_shared<const vision::net::Backbone>(std::move(*backbone));
  }
  auto detector = vision::fit_detector(clean, crops.crops, fit, [&](double share) { bar.show(share); });
  if (!detector) return detector.error();
  VisionModel model;
  model.detector = std::move(*detector);
  vision::Detector eye(model.detector);
  auto memory = empty_memory(eye, clean, options.seed);
  if (!memory) return memory.error();
  model.memory = std::move(*memory);
  if (crops.classes.size() >= 2) {
    auto examples = examples_of(crops, model.detector);
    if (!examples) return examples.error();
    auto classifier = vision::fit_crop_classifier(*examples, kKnownCalledUnknown);
    if (!classifier) return classifier.error();
    model.classifier = std::move(*classifier);
  }
  const vision::SyntheticRates& rates = model.detector.synthetic;
  std::fprintf(stderr,
               "%zu clean frames, %zu crops of %zu classes; threshold %.2f claims %.2g false blobs a frame\n"
               "generated scenes of frames kept out, %d each: objects called in %.2f, ore pasted the same way in %.2f, "
               "nothing pasted in %.2f; AUROC %.3f against clean, %.3f against pasted ore; half of plain objects are found from a "
               "long side of %d px (%.0f mm)\n",
               clean.size(), crops.crops.size(), crops.classes.size(), model.detector.threshold,
               model.detector.claimed_false_per_frame, rates.scenes, rates.found, rates.seams_called, rates.clean_called,
               rates.auroc_clean, rates.auroc_seams, model.detector.smallest_side_px,
               model.detector.smallest_side_px * model.detector.mm_per_px);
  return write_output(options.out, to_bytes(model));
}

}  // namespace

void add_vision_fit(cli::Command& vision, const std::string& backbone, int& exit_code) {
  auto options = std::make_shared<FitOptions>();
  options->backbone = backbone;
  auto* command = vision.add_subcommand("fit", "Learn one brand from its clean frames, or learn from verdicts");
  command->footer("Verdicts: picture (or frame),x,y,w,h,verdict[,...] with 'ore' or a class as verdict, or nothing where nobody judged: what\n"
                  "'vision detect' wrote, with a column more, or what 'beltwarden verdicts' exported.\n"
                  "Example: beltwarden vision fit --clean frames/ --mm-per-pixel 2 --crops crops/ --out brand.vision\n"
                  "         beltwarden vision fit --resume brand.vision --verdicts verdicts.csv --out better.vision");
  auto* clean = command->add_option("--clean", options->clean, "folder or list of clean frames of one brand, about fifty");
  auto* scale = command->add_option("--mm-per-pixel", options->mm_per_pixel, "size of a pixel on the belt")
                    ->check(cli::Range(0.05, 100.0));
  auto* resume = command->add_option("--resume", options->resume, "a model to go on from")->check(cli::ExistingFile());
  auto* verdicts = command->add_option("--verdicts", options->verdicts, "what officers said")->check(cli::ExistingFile());
  auto* frames = command->add_option("--frames", options->frames, "folder of the verdicts' pictures (else beside the file)")
                     ->check(cli::ExistingDirectory());
  resume->needs(verdicts)->excludes(clean);
  frames->needs(verdicts);
  verdicts->needs(resume);
  clean->needs(scale);
  command->add_option("--crops", options->crops, "folder of pictures of impurities with labels.csv (crop,class[,set])");
  command->add_option("--backbone", options->backbone, "network for the second look at odd places, 'none' to do without")->capture_default_str();
  command->add_option("--out", options->out, "model to write, - for stdout")->required();
  command->add_option("--steps", options->steps, "training steps")->check(cli::Range(1, 100000))->capture_default_str();
  command->add_option("--seed", options->seed, "of everything drawn")->capture_default_str();
  command->add_option("--claim", options->claim, "false blobs in a clean frame that the threshold is set for")
      ->check(cli::Range(0.0001, 10.0))->capture_default_str();
  command->callback([options, &exit_code] {
    if (options->clean.empty() && options->resume.empty()) throw cli::UsageError("--clean or --resume is required");
    exit_code = exit_status("vision fit", options->resume.empty() ? fit_brand(*options)
                                                                  : resume_with_verdicts({options->resume, options->verdicts, options->out, options->frames}));
  });
}

}  // namespace beltwarden::lab
