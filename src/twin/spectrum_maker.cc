#include "twin/spectrum_maker.h"

#include <algorithm>
#include <cmath>

#include "twin/streams.h"

namespace beltwarden::twin {
namespace {

constexpr double kHeterogeneityTonnes = 50;  // ore of one mean: a few grabs
constexpr double kEmptyBeltKgPerM = 5;

bool covers(const Fault& f, const BeltPlan::Spot& spot) {
  return static_cast<int>(f.lot) == spot.lot && spot.mark_t >= f.from_t && spot.mark_t < f.to_t;
}

spectra::SlagKind slag_kind(const std::string& name) {
  if (name == "steel") return spectra::SlagKind::kSteel;
  if (name == "fayalitic") return spectra::SlagKind::kFayalitic;
  return spectra::SlagKind::kBlastFurnace;
}

// Rubber: dark, with the weak CH bands that polymers have near 1730 and 2310 nm.
double belt_reflectance(double nm) {
  const auto band = [nm](double centre, double sigma) { return std::exp(-0.5 * std::pow((nm - centre) / sigma, 2)); };
  return 0.045 * (1 - 0.10 * band(1730, 22) - 0.14 * band(2310, 30));
}

}  // namespace

Result<SpectrumMaker> SpectrumMaker::make(const Scenario& scenario, const ReferenceData& reference) {
  SpectrumMaker m;
  m.scenario_ = &scenario;
  const auto& setup = scenario.spectrometer;
  auto axis = std::make_shared<material::SpectralAxis>();
  axis->wavelengths_nm = spectra::regular_axis(setup.from_nm, setup.to_nm, setup.step_nm);
  m.axis_ = axis;
  auto library = reference.mineral_library(axis->wavelengths_nm);
  if (!library) return library.error();
  m.library_ = std::move(*library);
  for (std::size_t i = 0; i < scenario.lots.size(); ++i) {
    Rng rng = stream_rng(scenario.seed, Stream::kLot, i);
    m.lots_.push_back(spectra::draw_lot(*spectra::find_demo_ore(scenario.lots[i].brand), rng));
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const auto& fault = scenario.faults[i];
    Rng rng = stream_rng(scenario.seed, Stream::kOtherLot, i);
    const std::string& brand = fault.kind == "wrong_brand" ? fault.what : scenario.lots[fault.lot].brand;
    m.other_lots_.push_back(spectra::draw_lot(*spectra::find_demo_ore(brand), rng));
  }
  return m;
}

Result<spectra::Composition> SpectrumMaker::lot_mean(std::size_t lot) const {
  const auto& ore = lots_[lot].ore;
  spectra::Recipe recipe;
  for (const auto& part : ore.parts) recipe.parts.push_back({part.mineral, part.mean});
  recipe.moisture_percent = ore.moisture_mean;
  auto mixture = spectra::mix(library_, recipe);
  if (!mixture) return mixture.error();
  return mixture->composition;
}

spectra::Recipe SpectrumMaker::slice_recipe(const BeltPlan::Spot& spot) const {
  const auto lot = static_cast<std::size_t>(spot.lot);
  const auto slice = static_cast<std::uint64_t>(spot.mark_t / kHeterogeneityTonnes);
  Rng rng = stream_rng(scenario_->seed, Stream::kSlice, lot << 32 | slice);
  auto recipe = spectra::draw_slice(lots_[lot], rng);
  for (std::size_t i = 0; i < scenario_->faults.size(); ++i) {
    const auto& fault = scenario_->faults[i];
    if (!covers(fault, spot)) continue;
    if (fault.kind == "wrong_brand") {
      Rng other = stream_rng(scenario_->seed, Stream::kOtherSlice, i << 32 | slice);
      recipe = spectra::draw_slice(other_lots_[i], other);
    } else if (fault.kind == "slag") {
      Rng other = stream_rng(scenario_->seed, Stream::kSlag, i);
      recipe = spectra::blend(recipe, spectra::draw_slag(slag_kind(fault.what), other), fault.amount * 100);
    } else if (fault.kind == "wet_stretch") {
      recipe.moisture_percent += fault.amount;
    }
  }
  return recipe;
}

material::SpectrumReading SpectrumMaker::reading(std::uint64_t index, double coordinate_m, const BeltPlan& plan) const {
  material::SpectrumReading out;
  out.axis = axis_;
  out.scans = scenario_->spectrometer.spots;
  out.integration_ms = scenario_->spectrometer.exposure_s * 1000 / out.scans;
  const auto spot = plan.spot(coordinate_m);
  const auto n = static_cast<Eigen::Index>(axis_->wavelengths_nm.size());
  Rng rng = stream_rng(scenario_->seed, Stream::kSpectrum, index);
  spectra::Spectrum mean = spectra::Spectrum::Zero(n);
  if (spot.lot < 0 || spot.load_kg_per_m < kEmptyBeltKgPerM) {
    for (Eigen::Index i = 0; i < n; ++i) mean[i] = belt_reflectance(axis_->wavelengths_nm[static_cast<std::size_t>(i)]);
  } else {
    const auto slice = slice_recipe(spot);
    for (std::uint32_t i = 0; i < out.scans; ++i) {
      // Recipes come from the library's own tables: a mixture cannot fail here.
      if (auto mixture = spectra::mix(library_, spectra::draw_spot(slice, rng)); mixture) mean += mixture->reflectance;
    }
    mean /= out.scans;
  }
  spectra::observe(axis_->wavelengths_nm, spectra::draw_optics(rng), rng, mean);
  for (const auto& fault : scenario_->faults) {
    // Dust on the window: less of the ore's light, and the lamp's own thrown back by pale dust.
    if (fault.kind == "dirty_window" && fault.what == "spectrometer" && covers(fault, spot)) {
      mean = mean * (1 - fault.amount) + spectra::Spectrum::Constant(n, 0.30 * fault.amount);
    }
  }
  out.reflectance.resize(static_cast<std::size_t>(n));
  for (Eigen::Index i = 0; i < n; ++i) out.reflectance[static_cast<std::size_t>(i)] = static_cast<float>(mean[i]);
  out.lamp_hours = 412 + coordinate_m / scenario_->speed_mps / 3600;
  out.reference_age_s = std::fmod(coordinate_m / scenario_->speed_mps, 1800.0);
  out.white_level = 1 - 2e-5 * out.lamp_hours;
  return out;
}

}  // namespace beltwarden::twin
