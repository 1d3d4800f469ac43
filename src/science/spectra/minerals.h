// Minerals of iron ore and slag as reflectance on a wavelength axis: generated from published band positions,
// so that the project ships what it makes, or taken from measured end-members.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/axis.h"

namespace beltwarden::spectra {

/// What a laboratory would report: Fe ... LOI are % of dry mass, moisture % of wet mass.
struct Composition {
  double fe = 0;
  double sio2 = 0;
  double al2o3 = 0;
  double p = 0;
  double s = 0;
  double loi = 0;        ///< loss on ignition; negative where Fe(II) oxidises
  double moisture = 0;
};

/// Names of the quantities of a Composition, in the order of `as_array`.
inline constexpr std::array<std::string_view, 7> kQuantities = {"Fe", "SiO2", "Al2O3", "P", "S", "LOI", "moisture"};
std::array<double, 7> as_array(const Composition& c);

/// One pure phase.
struct Mineral {
  std::string name;
  double density_g_cm3 = 0;
  Composition dry;            ///< of the pure mineral, from its formula
  Spectrum reflectance;       ///< 0 ... 1 on the library's axis, dry powder
  Spectrum ks;                ///< Kubelka-Munk K/S = (1-R)^2 / 2R of it
};

/// Minerals on one axis, and liquid water.
struct MineralLibrary {
  std::vector<double> axis_nm;
  std::vector<Mineral> minerals;
  Spectrum water_absorption_per_cm;   ///< liquid water

  /// nullptr when there is none of that name.
  const Mineral* find(std::string_view name) const;
  /// Puts a measured spectrum (same axis, 0 ... 1) in place of the generated one of mineral `name`.
  Result<void> replace(std::string_view name, Spectrum reflectance);
};

/// hematite, goethite, magnetite, siderite, quartz, kaolinite, gibbsite, dolomite, apatite, pyrite; of slag:
/// pyroxene, fayalite, monticellite, calcite, brucite, portlandite, wustite, slag_glass.
///
/// A spectrum is a continuum times absorptions (1 - depth * Gaussian). Band positions: Hunt and Salisbury,
/// Modern Geology 1 (1970) and 2 (1971); Hunt, Geophysics 42 (1977) 501-513; Clark, Spectroscopy of rocks and
/// minerals, in Manual of Remote Sensing 3 (1999); Scheinost et al., Clays Clay Min. 46 (1998) 528-536 (iron
/// oxides); Gaffey, Am. Mineral. 71 (1986) 151-162 (carbonates); Burns, Mineralogical Applications of Crystal
/// Field Theory (1993) (Fe2+ silicates). Depths and continua are ours, of the size seen in powders: the
/// spectra are synthetic, not measurements. Water: maxima of Hale and Querry, Appl. Opt. 12 (1973) 555-563.
Result<MineralLibrary> mineral_library(std::span<const double> axis_nm);

/// K/S of a diffuse reflectance, which is clamped to 0.001 ... 0.999.
double kubelka_munk(double reflectance);
/// The reflectance of an infinitely thick layer of that K/S.
double reflectance_of_ks(double ks);

}  // namespace beltwarden::spectra
