#include "inspect/rim_models.h"

#include <optional>

#include "science/gamma/load_background.h"
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

Result<std::string> fit_radioactivity_model(std::span<const CleanGamma> readings) {
  std::vector<gamma::CleanReading> clean;
  std::optional<gamma::Binning> binning;
  for (const auto& r : readings) {
    if (!binning || !binning->fits(r.reading.calibration_kev, r.reading.counts.size())) {
      binning.emplace(r.reading.calibration_kev, r.reading.counts.size());
    }
    clean.push_back({binning->windows(r.reading.counts), binning->coarse(r.reading.counts), r.reading.live_s,
                     r.load_kg_per_m, r.lot});
  }
  auto fitted = gamma::fit_monitor(clean);
  if (!fitted) return fitted.error();
  return gamma::to_text(*fitted);
}

}  // namespace beltwarden::inspect
