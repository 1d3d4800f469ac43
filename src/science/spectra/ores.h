// Fictional ore brands and slags, for demonstrations, tests and packs that have no measured spectra yet.
// Every spectrum drawn from here is synthetic.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/mixing.h"

namespace beltwarden::spectra {

/// A brand as its mine would describe it: minerals with their mean and how they vary, % of dry mass.
struct Ore {
  struct Part {
    std::string mineral;
    double mean = 0;
    double sd_lot = 0;     ///< between lots (ships)
    double sd_slice = 0;   ///< within a lot, between slices of some 50 t
  };
  std::string name;        ///< as declared: "Karstad fines"
  std::vector<Part> parts; ///< the first part takes up what the others leave of 100 %
  double moisture_mean = 0;
  double moisture_sd = 0;  ///< between slices; half as much again between lots
};

/// Six brands: Karstad fines, Morrow Creek fines, Serra Alta sinter feed, Tallow Ridge fines, Norrberg magnetite
/// concentrate, Vale Corvo lump. Serra Alta and Tallow Ridge differ mainly in quartz, which has no band of its
/// own: the hard pair.
const std::vector<Ore>& demo_ores();

/// nullptr when there is none of that name.
const Ore* find_demo_ore(std::string_view name);

/// One ship's lot of a brand: its own means, around which slices vary.
struct OreLot {
  Ore ore;                 ///< with the lot's means; sd_lot is spent
  double grain_size = 1;
};
OreLot draw_lot(const Ore& ore, Rng& rng);
/// The mean material of one slice.
Recipe draw_slice(const OreLot& lot, Rng& rng);
/// One spot of a slice as a single scan sees it: composition scatters by sampling error, grain size by segregation.
Recipe draw_spot(const Recipe& slice, Rng& rng);

enum class SlagKind { kBlastFurnace, kSteel, kFayalitic };
/// Dry slag; mineral shares drawn around typical ones. Blend it into an ore.
Recipe draw_slag(SlagKind kind, Rng& rng);

}  // namespace beltwarden::spectra
