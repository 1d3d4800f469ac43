#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/vision/picture_folder.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/vision/vision_model.h"
#include "base/rng.h"

namespace beltwarden::lab {

namespace {

struct FitOptions {
  std::string clean, crops, out, resume, verdicts;
  double mm_per_pixel = 0;
  double claim = 0.1;
  int steps = 4500;
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

// How far apart places of clean ore lie: four of each frame.
Result<vision::OreMemory> empty_memory(vision::Detector& eye, const std::vector<vision::Picture>& clean, std::uint64_t seed) {
  Rng rng(seed, 77);
  std::vector<std::vector<float>> features;
  for (const vision::Picture& frame : clean) {
    for (int i = 0; i < 4; ++i) {
      const vision::Picture place =
          cut_crop(frame, rng.uniform(48, std::max(49, frame.width - 48)), rng.uniform(48, std::max(49, frame.height - 48)));
      auto found = eye.crop_features(place.view());
      if (!found) return found.error();
      features.push_back(std::move(*found));
    }
  }
  return vision::make_ore_memory(features);
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
  auto detector = vision::fit_detector(clean, crops.crops, fit, [&](double share) { bar.show(share); });
  if (!detector) return detector.error();
  VisionModel model{std::move(*detector), {}, {}, {}, {}};
  vision::Detector eye(model.detector);
  auto memory = empty_memory(eye, clean, options.seed);
  if (!memory) return memory.error();
  model.memory = std::move(*memory);
  if (crops.classes.size() >= 2) {
    std::vector<vision::LabelledFeatures> examples;
    for (std::size_t i = 0; i < crops.crops.size(); ++i) {
      auto features = crop_examples(eye, crops.crops[i].picture);
      if (!features) return features.error();
      for (std::size_t k = 0; k < features->size(); ++k) examples.push_back({std::move((*features)[k]), crops.labels[i], k == 0});
    }
    auto classifier = vision::fit_crop_classifier(examples, kKnownCalledUnknown);
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

// Verdicts: picture,x,y,w,h,verdict and any further columns, which are kept as provenance. Pictures lie beside the file.
Result<void> resume(const FitOptions& options) {
  auto model = load_vision_model(options.resume);
  if (!model) return model.error();
  auto table = CsvTable::read(options.verdicts);
  if (!table) return table.error();
  std::vector<std::size_t> column;
  for (const char* name : {"picture", "x", "y", "w", "h", "verdict"}) {
    auto c = table->column(name);
    if (!c) return c.error();
    column.push_back(*c);
  }
  const std::filesystem::path folder = std::filesystem::path(options.verdicts).parent_path();
  const VisionModel before = *model;
  auto opened = ModelEye::open(before);
  if (!opened) return opened.error();
  ModelEye& eye = *opened;
  struct Given {
    std::vector<float> features;
    std::string verdict;
  };
  std::vector<Given> given;
  for (std::size_t r = 0; r < table->rows(); ++r) {
    const auto number = [&](std::size_t c) { return std::atof(table->at(r, column[c]).c_str()); };
    const std::string& verdict = table->at(r, column[5]);
    if (verdict.empty() || verdict == "unknown") {
      return invalid_input(options.verdicts + ": row " + std::to_string(r + 1) + ": expected 'ore' or a class as verdict, found '" +
                           verdict + "'");
    }
    auto frame = read_picture((folder / table->at(r, column[0])).string());
    if (!frame) return frame.error();
    auto features = eye.features_at(*frame, number(1) + number(3) / 2, number(2) + number(4) / 2);
    if (!features) return features.error();
    if (verdict == "ore") {
      if (auto done = vision::remember(model->memory, *features); !done) return done;
    } else {
      if (model->classifier.empty()) {
        return invalid_input(options.resume + ": expected a model fitted with --crops to take the class '" + verdict + "'");
      }
      const vision::LabelledFeatures example{*features, verdict};
      if (auto done = vision::add_to_class(model->classifier, {&example, 1}); !done) return done;
    }
    given.push_back({std::move(*features), verdict});
    model->verdicts.push_back(options.verdicts + ":" + std::to_string(r + 2) + " " + table->text(r));
  }
  // The replay: what the old and the new model make of every call that was judged.
  int right_before = 0, right_after = 0, changed = 0;
  const auto call = [](const VisionModel& of, const Given& one) {
    return vision::remembers(of.memory, one.features) ? std::string("ore") : vision::classify(one.features, of.classifier).label;
  };
  for (const Given& one : given) {
    const std::string old_call = call(before, one), new_call = call(*model, one);
    right_before += old_call == one.verdict;
    right_after += new_call == one.verdict;
    changed += old_call != new_call;
  }
  std::fprintf(stderr, "%zu verdicts: the old model agreed with %d, the new one agrees with %d; %d calls change\n",
               given.size(), right_before, right_after, changed);
  return write_output(options.out, to_bytes(*model));
}

Result<void> fit(const FitOptions& options) {
  if (!options.resume.empty()) return resume(options);
  return fit_brand(options);
}

}  // namespace

void add_vision_fit(cli::Command& vision, int& exit_code) {
  auto options = std::make_shared<FitOptions>();
  auto* command = vision.add_subcommand("fit", "Learn one brand from its clean frames, or learn from verdicts");
  command->footer("Verdicts: picture,x,y,w,h,verdict[,...] with 'ore' or a class as verdict, pictures beside the file.\n"
                  "Example: beltwarden vision fit --clean frames/ --mm-per-pixel 2 --crops crops/ --out brand.vision\n"
                  "         beltwarden vision fit --resume brand.vision --verdicts verdicts.csv --out better.vision");
  auto* clean = command->add_option("--clean", options->clean, "folder or list of clean frames of one brand, about fifty");
  auto* scale = command->add_option("--mm-per-pixel", options->mm_per_pixel, "size of a pixel on the belt")
                    ->check(cli::Range(0.05, 100.0));
  auto* resume = command->add_option("--resume", options->resume, "a model to go on from")->check(cli::ExistingFile());
  auto* verdicts = command->add_option("--verdicts", options->verdicts, "what officers said")->check(cli::ExistingFile());
  resume->needs(verdicts)->excludes(clean);
  verdicts->needs(resume);
  clean->needs(scale);
  command->add_option("--crops", options->crops, "folder of pictures of impurities with labels.csv (crop,class[,set])");
  command->add_option("--out", options->out, "model to write, - for stdout")->required();
  command->add_option("--steps", options->steps, "training steps")->check(cli::Range(1, 100000))->capture_default_str();
  command->add_option("--seed", options->seed, "of everything drawn")->capture_default_str();
  command->add_option("--claim", options->claim, "false blobs in a clean frame that the threshold is set for")
      ->check(cli::Range(0.0001, 10.0))->capture_default_str();
  command->callback([options, &exit_code] {
    if (options->clean.empty() && options->resume.empty()) throw cli::UsageError("--clean or --resume is required");
    exit_code = exit_status("vision fit", fit(*options));
  });
}

}  // namespace beltwarden::lab
