#include "inspect/rim_models.h"

#include "science/gamma/belt_monitor.h"
#include "science/gamma/belt_weighing.h"
#include "science/vision/impurity_classifier.h"

namespace beltwarden::inspect {

Result<std::string> fit_appearance_model(const std::map<std::string, std::vector<vision::CleanLot>>& lots_of_brand) {
  std::vector<vision::BrandAppearance> brands;
  for (const auto& [brand, lots] : lots_of_brand) {
    auto fitted = vision::fit_appearance(brand, lots);
    if (!fitted) return fitted.error();
    brands.push_back(std::move(*fitted));
  }
  if (brands.empty())
    return invalid_input("appearance model: expected clean pictures of at least one brand, found none");
  return vision::to_text(brands);
}

Result<std::string> fit_impurity_model(std::span<const ObjectPicture> objects,
                                       std::span<const vision::FrameAnalysis> clean) {
  std::vector<vision::LabelledCandidate> examples;
  for (const auto& object : objects) {
    for (const auto& candidate : object.analysis.candidates) {  // strongest first
      const double x = candidate.x + candidate.w / 2.0, y = candidate.y + candidate.h / 2.0;
      const bool inside =
          x >= object.box.x && x < object.box.x + object.box.w && y >= object.box.y && y < object.box.y + object.box.h;
      if (!inside) continue;
      examples.push_back({candidate.features, object.label});
      break;
    }
  }
  for (const auto& analysis : clean) {
    if (!analysis.candidates.empty()) examples.push_back({analysis.candidates.front().features, "ore"});
  }
  auto fitted = vision::fit_classifier(examples);
  if (!fitted) return fitted.error();
  return vision::to_text(*fitted);
}

namespace {

// The runs as the gamma models read them; `runs` must outlive them.
Result<std::vector<gamma::BeltSeries>> series_of(std::span<const std::vector<CleanGamma>> runs) {
  std::vector<gamma::BeltSeries> series;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& run = runs[r];
    const std::string name = "run " + std::to_string(r + 1);
    if (run.empty()) return invalid_input(name + ": expected gamma readings without sources, found none");
    const auto& first = run.front().reading;
    for (const CleanGamma& one : run) {
      if (one.reading.counts.size() != first.counts.size() || one.reading.calibration_kev != first.calibration_kev)
        return invalid_input(name + ": expected spectra of the same channels and energies throughout");
      if (!(one.speed_mps >= 0) || !(one.load_kg_per_m >= 0))
        return invalid_input(name + ": expected the belt's speed and load beside each spectrum");
    }
    std::vector<double> edges;
    for (std::size_t i = 0; i <= first.counts.size(); ++i) {
      const auto channel = static_cast<double>(i);
      edges.push_back(first.calibration_kev[0] + channel * (first.calibration_kev[1] + channel * first.calibration_kev[2]));
    }
    series.push_back({name, run.size(),
                      [&run](std::size_t i) {
                        const CleanGamma& g = run[i];
                        return gamma::BeltInterval{g.time_s, g.reading.live_s, g.speed_mps, g.load_kg_per_m, g.reading.counts};
                      },
                      std::move(edges)});
  }
  return series;
}

}  // namespace

Result<std::string> fit_radioactivity_model(std::span<const std::vector<CleanGamma>> runs, double false_alarms_per_hour) {
  auto series = series_of(runs);
  if (!series) return series.error();
  auto model = gamma::tune_belt(*series, gamma::response_templates(), false_alarms_per_hour);
  if (!model) return model.error();
  return gamma::to_text(*model);
}

Result<std::string> fit_weighing_model(std::span<const std::vector<CleanGamma>> runs,
                                       std::span<const std::array<double, 3>> bq_per_kg, std::string_view radioactivity) {
  if (bq_per_kg.size() != runs.size()) return invalid_input("weighing: expected the activity of the ore of every run");
  auto model = gamma::belt_model_from_text(radioactivity, "model radioactivity");
  if (!model) return model.error();
  auto series = series_of(runs);
  if (!series) return series.error();
  std::vector<gamma::WeighedRun> weighed;
  for (std::size_t i = 0; i < runs.size(); ++i) weighed.push_back({std::move((*series)[i]), bq_per_kg[i], {}});
  auto calibration = gamma::calibrate_belt(weighed, model->background);
  if (!calibration) return calibration.error();
  return gamma::to_text(*calibration);
}

}  // namespace beltwarden::inspect
