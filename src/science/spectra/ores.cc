#include "science/spectra/ores.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::spectra {
namespace {

// Compositions are of the kind that is shipped (Fe 55-67 %), invented as to names and figures.
std::vector<Ore> make_ores() {
  return {
      {"Karstad fines",
       {{"hematite", 51, 0, 0}, {"goethite", 40, 1.6, 1.5}, {"quartz", 2.2, .3, .4}, {"kaolinite", 3.6, .3, .4},
        {"gibbsite", 0.9, .1, .15}, {"dolomite", 0.5, .1, .1}, {"magnetite", 1.6, .2, .2}, {"apatite", .12, .02, .02}},
       7.1, .45},
      {"Morrow Creek fines",
       {{"goethite", 81, 0, 0}, {"hematite", 9, 1.3, 1.2}, {"quartz", 3.0, .4, .6}, {"kaolinite", 4.2, .3, .4},
        {"gibbsite", 1.2, .1, .15}, {"dolomite", 0.8, .1, .1}, {"apatite", .10, .02, .02}},
       8.4, .5},
      {"Serra Alta sinter feed",
       {{"hematite", 88, 0, 0}, {"goethite", 7.0, .8, .7}, {"quartz", 1.8, .3, .4}, {"kaolinite", 1.5, .2, .2},
        {"gibbsite", 1.0, .1, .12}, {"magnetite", 0.6, .1, .1}, {"apatite", .08, .01, .015}},
       6.4, .4},
      {"Tallow Ridge fines",
       {{"hematite", 83, 0, 0}, {"goethite", 6.5, .8, .7}, {"quartz", 7.6, .7, .8}, {"kaolinite", 1.6, .2, .2},
        {"gibbsite", 0.3, .1, .08}, {"magnetite", 0.9, .1, .1}, {"apatite", .11, .02, .02}},
       6.2, .4},
      {"Norrberg magnetite concentrate",
       {{"magnetite", 88, 0, 0}, {"hematite", 5.5, .8, .7}, {"quartz", 3.6, .4, .5}, {"dolomite", 1.6, .2, .2},
        {"kaolinite", .5, .1, .1}, {"siderite", .6, .1, .1}, {"apatite", .04, .01, .01}, {"pyrite", .06, .01, .01}},
       8.4, .45},
      {"Vale Corvo lump",
       {{"goethite", 44, 0, 0}, {"hematite", 36, 1.8, 1.6}, {"siderite", 9, .8, .8}, {"quartz", 7.0, .7, .7},
        {"kaolinite", 3.4, .4, .4}, {"dolomite", 1.8, .3, .3}, {"apatite", .30, .03, .03}},
       5.2, .4},
  };
}

}  // namespace

const std::vector<Ore>& demo_ores() {
  static const std::vector<Ore> ores = make_ores();
  return ores;
}

const Ore* find_demo_ore(std::string_view name) {
  for (const auto& ore : demo_ores()) {
    if (ore.name == name) return &ore;
  }
  return nullptr;
}

OreLot draw_lot(const Ore& ore, Rng& rng) {
  OreLot lot{ore, std::exp(rng.normal(0, 0.05))};
  double others = 0;
  for (std::size_t i = 1; i < lot.ore.parts.size(); ++i) {
    auto& p = lot.ore.parts[i];
    p.mean = std::max(0.0, rng.normal(p.mean, p.sd_lot));
    p.sd_lot = 0;
    others += p.mean;
  }
  lot.ore.parts[0].mean = std::max(0.0, 100 - others);
  lot.ore.moisture_mean = std::max(0.5, rng.normal(ore.moisture_mean, ore.moisture_sd * 0.5));
  return lot;
}

Recipe draw_slice(const OreLot& lot, Rng& rng) {
  Recipe recipe;
  double others = 0;
  recipe.parts.push_back({lot.ore.parts[0].mineral, 0});
  for (std::size_t i = 1; i < lot.ore.parts.size(); ++i) {
    const auto& p = lot.ore.parts[i];
    const double share = std::max(0.0, rng.normal(p.mean, p.sd_slice));
    recipe.parts.push_back({p.mineral, share});
    others += share;
  }
  recipe.parts[0].mass_percent = std::max(0.0, 100 - others);
  recipe.moisture_percent = std::clamp(rng.normal(lot.ore.moisture_mean, lot.ore.moisture_sd), 0.5, 25.0);
  recipe.grain_size = lot.grain_size * std::exp(rng.normal(0, 0.04));
  return recipe;
}

Recipe draw_spot(const Recipe& slice, Rng& rng) {
  Recipe spot = slice;
  for (auto& p : spot.parts) p.mass_percent *= std::exp(rng.normal(0, 0.08));
  spot.moisture_percent = std::clamp(spot.moisture_percent * std::exp(rng.normal(0, 0.06)), 0.0, 30.0);
  spot.grain_size *= std::exp(rng.normal(0, 0.08));
  return spot;
}

Recipe draw_slag(SlagKind kind, Rng& rng) {
  Recipe r;
  switch (kind) {
    case SlagKind::kBlastFurnace:
      r.parts = {{"slag_glass", 62}, {"pyroxene", 16}, {"monticellite", 14}, {"calcite", 6}, {"wustite", 2}};
      break;
    case SlagKind::kSteel:
      r.parts = {{"monticellite", 42}, {"wustite", 18}, {"portlandite", 12}, {"calcite", 14}, {"brucite", 8}, {"magnetite", 6}};
      break;
    case SlagKind::kFayalitic:
      r.parts = {{"fayalite", 66}, {"magnetite", 14}, {"pyroxene", 12}, {"slag_glass", 8}};
      break;
  }
  for (auto& p : r.parts) p.mass_percent *= std::exp(rng.normal(0, 0.15));
  return r;
}

}  // namespace beltwarden::spectra
