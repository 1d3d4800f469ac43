#include "pack/training.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "science/spectra/ores.h"

namespace beltwarden::pack {
namespace {

using namespace spectra;

struct Plan {
  int lots, slices, readings;
};

Plan plan_for(Purpose purpose) {
  switch (purpose) {
    case Purpose::kComposition: return {60, 2, 6};
    case Purpose::kClean: return {60, 2, 6};
    case Purpose::kUsual: return {40, 6, 7};
    case Purpose::kHeldOut: break;
  }
  return {90, 2, 16};
}

// Rain and spray change what water an ore carries far more than the mine does; a model that has not seen it would take
// wet ore for foreign matter.
void soak(Recipe& slice, Rng& rng) {
  if (rng.uniform() < 0.5) slice.moisture_percent = std::clamp(slice.moisture_percent + rng.uniform(-3.5, 7.5), 1.0, 25.0);
}

// Wider than the brand is, so that a slice at a limit is still inside the calibration.
void widen(Recipe& slice, const OreLot& lot, Rng& rng) {
  double others = 0;
  for (std::size_t i = 1; i < slice.parts.size(); ++i) {
    auto& share = slice.parts[i].mass_percent;
    share = std::max(0.0, share + rng.normal() * 2 * lot.ore.parts[i].sd_slice + rng.uniform(-0.2, 0.6) * lot.ore.parts[i].mean);
    others += share;
  }
  slice.parts[0].mass_percent = std::max(0.0, 100 - others);
}

}  // namespace

TrainingProvider generated_training(MineralLibrary library, int spots) {
  const auto shared = std::make_shared<const MineralLibrary>(std::move(library));
  return [shared, spots](const Brand& brand, Purpose purpose, std::uint64_t seed) -> Result<TrainingSet> {
    const Ore* ore = find_demo_ore(brand.name);
    if (ore == nullptr) return not_found("brand '" + brand.name + "': there is no recipe to generate training spectra from");
    const auto stream = static_cast<std::uint64_t>(ore - demo_ores().data()) * 8 + static_cast<std::uint64_t>(purpose);
    Rng rng(seed, stream);
    const Plan plan = plan_for(purpose);
    const Eigen::Index rows = Eigen::Index{plan.lots} * plan.slices * plan.readings;
    TrainingSet set;
    set.axis_nm = shared->axis_nm;
    set.spectra.resize(rows, static_cast<Eigen::Index>(set.axis_nm.size()));
    set.classes.assign(static_cast<std::size_t>(rows), brand.name);
    set.responses.assign(kQuantities.begin(), kQuantities.end());
    set.values.resize(rows, static_cast<Eigen::Index>(kQuantities.size()));
    Eigen::Index row = 0;
    std::uint32_t group = 0;
    for (int l = 0; l < plan.lots; ++l) {
      const OreLot lot = draw_lot(*ore, rng);
      for (int s = 0; s < plan.slices; ++s, ++group) {
        Recipe slice = draw_slice(lot, rng);
        if (purpose != Purpose::kUsual) soak(slice, rng);
        if (purpose == Purpose::kComposition) widen(slice, lot, rng);
        auto whole = mix(*shared, slice);
        if (!whole) return whole.error().within("brand '" + brand.name + "'");
        const auto composition = as_array(whole->composition);
        for (int k = 0; k < plan.readings; ++k, ++row) {
          Spectrum reading = Spectrum::Zero(set.spectra.cols());
          for (int i = 0; i < spots; ++i) {
            auto spot = mix(*shared, draw_spot(slice, rng));
            if (!spot) return spot.error().within("brand '" + brand.name + "'");
            reading += spot->reflectance / spots;
          }
          observe(set.axis_nm, draw_optics(rng), rng, reading);
          set.spectra.row(row) = reading.transpose();
          for (std::size_t q = 0; q < composition.size(); ++q) set.values(row, static_cast<Eigen::Index>(q)) = composition[q];
          set.groups.push_back(group);
          set.lots.push_back(static_cast<std::uint32_t>(l));
        }
      }
    }
    return set;
  };
}

}  // namespace beltwarden::pack
