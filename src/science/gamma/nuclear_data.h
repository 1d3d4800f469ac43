// Gamma lines of the nuclides a port monitor meets, and how matter weakens them.
#pragma once

#include <span>
#include <string_view>

namespace beltwarden::gamma {

/// One line: its energy and how many photons of it a decay emits. For a series the numbers are per decay of
/// its head, with the whole series in equilibrium.
struct GammaLine {
  double energy_kev = 0;
  double photons_per_decay = 0;
};

/// The lines above 50 keV of "K-40", "U-238" or "Th-232" (series in equilibrium), "Ra-226" (with its daughters),
/// "Cs-137", "Co-60", "Ir-192", "Am-241", "Ba-133", "I-131", "Na-22", "Eu-152", "Se-75" or "Tc-99m", by rising energy; weak
/// lines that a sodium iodide detector never separates are left out. Empty for a name not in the table.
std::span<const GammaLine> gamma_lines(std::string_view nuclide);

/// Total mass attenuation coefficient, cm2/g, at 30 to 3,000 keV (clamped outside), log-log interpolated.
double sodium_iodide_attenuation(double energy_kev);
double iron_ore_attenuation(double energy_kev);  ///< as of Fe2O3 (0.70 iron, 0.30 oxygen by mass)

}  // namespace beltwarden::gamma
