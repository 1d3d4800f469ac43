#include "apps/beltwarden/twin_pack.h"

#include <map>
#include <vector>

#include "base/workers.h"
#include "inspect/rim_models.h"
#include "pack/fit.h"
#include "pack/pack.h"
#include "science/spectra/axis.h"
#include "twin/reference_data.h"
#include "twin/training.h"

namespace beltwarden::app {
namespace {

// No scenario file may name this seed, and the twin keeps its training numbers apart from its ships' whatever the seed.
constexpr std::uint64_t kTrainingSeed = 0x7e57'5eed;
constexpr int kLotsABrand = 4;
constexpr int kFramesALot = 120;
constexpr std::uint64_t kObjectsABrand = 60;
constexpr int kGammaReadings = 3000;
constexpr int kGammaRuns = 6;

Result<vision::FrameAnalysis> analyse(const instruments::RawFrame& frame, vision::AnalyseScratch& scratch) {
  return vision::analyse_frame({frame.bgr.data(), static_cast<int>(frame.width_px), static_cast<int>(frame.height_px),
                                static_cast<std::ptrdiff_t>(3 * frame.width_px)},
                               frame.mm_per_px, scratch);
}

struct Pictures {
  std::map<std::string, std::vector<vision::CleanLot>> clean;
  std::vector<vision::FrameAnalysis> clean_pictures;
  std::vector<inspect::ObjectPicture> objects;
};

Result<void> look_at(const twin::TrainingSource& source, const std::string& brand, Pictures& out) {
  vision::AnalyseScratch scratch;
  for (int lot = 0; lot < kLotsABrand; ++lot) {
    vision::CleanLot clean;
    for (const auto& frame : source.clean_frames(brand, lot, kFramesALot)) {
      auto analysis = analyse(frame, scratch);
      if (!analysis) return analysis.error();
      clean.mm_per_px = frame.mm_per_px;
      out.clean_pictures.push_back(*analysis);
      clean.frames.push_back(std::move(*analysis));
    }
    out.clean[brand].push_back(std::move(clean));
  }
  for (std::uint64_t i = 0; i < kObjectsABrand; ++i) {
    const auto object = source.object_frame(brand, i);
    auto analysis = analyse(object.frame, scratch);
    if (!analysis) return analysis.error();
    out.objects.push_back({std::move(*analysis), object.box, object.label});
  }
  return {};
}

Result<void> add(pack::FittedModels& models, const std::string& name, Result<std::string> bytes) {
  if (!bytes) return bytes.error().within(name);
  models[name] = std::move(*bytes);
  return {};
}

Result<void> fit_rim_models(const pack::Pack& pack, const twin::TrainingSource& source, const FitProgress& progress,
                            pack::FittedModels& models) {
  Pictures pictures;
  double done = 0;
  for (const auto& brand : pack.brands) {
    progress("pictures of " + brand.name, 0.5 + 0.4 * done++ / static_cast<double>(pack.brands.size()));
    if (auto looked = look_at(source, brand.name, pictures); !looked) return looked;
  }
  auto appearance = inspect::fit_appearance_model(pictures.clean);
  if (!appearance) return appearance.error().within("visual_anomaly");
  models["inclusion_recognition"] = *appearance;
  models["visual_anomaly"] = std::move(*appearance);
  if (auto fitted = add(models, "impurity_classification", inspect::fit_impurity_model(pictures.objects, pictures.clean_pictures)); !fitted) {
    return fitted;
  }
  progress("radioactivity", 0.95);
  std::vector<std::vector<inspect::CleanGamma>> runs;
  for (int run = 0; run < kGammaRuns; ++run) {
    auto& readings = runs.emplace_back();
    for (auto& g : source.gamma_series(kGammaReadings, run)) {
      readings.push_back({std::move(g.reading), g.time_s, g.speed_mps, g.load_kg_per_m});
    }
  }
  // Runs that do not hold what is needed leave the watch unfitted, which it says for every lot.
  if (auto fitted = add(models, "radioactivity", inspect::fit_radioactivity_model(runs)); !fitted) {
    progress("no " + fitted.error().message, 0.99);
    return {};
  }
  // The twin knows what its ores hold: its runs are the line's calibration.
  std::vector<std::array<double, 3>> activities;
  for (int run = 0; run < kGammaRuns; ++run) activities.push_back(source.gamma_activity(run));
  if (auto fitted = add(models, "radioactivity_weighing", inspect::fit_weighing_model(runs, activities, models["radioactivity"])); !fitted)
    progress("no " + fitted.error().message, 0.99);
  return {};
}

}  // namespace

Result<void> fit_twin_pack(const std::filesystem::path& source_folder, const Config& scenario, const std::string& reference_data,
                           const std::filesystem::path& out, const FitProgress& progress, bool thorough) {
  auto pack = pack::read(source_folder);
  if (!pack) return pack.error();
  auto source = twin::TrainingSource::create(scenario, reference_data, kTrainingSeed);
  if (!source) return source.error();
  auto reference = twin::ReferenceData::open(reference_data);
  if (!reference) return reference.error();
  // On 10 nm bands whatever the instrument's channels: finer ones are averaged into them, and lie within one slit width.
  auto library = reference->mineral_library(spectra::demo_axis());
  if (!library) return library.error();

  auto models = pack::fit_spectral_models(*pack, pack::generated_training(std::move(*library)), kTrainingSeed,
                                          [&](std::string_view what, double share) { progress(what, share * 0.5); }, {thorough, workers()});
  if (!models) return models.error();
  if (auto fitted = fit_rim_models(*pack, **source, progress, *models); !fitted) return fitted;
  return pack::write_pack(source_folder, *models, out);
}

}  // namespace beltwarden::app
