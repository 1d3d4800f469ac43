// What a detector counts from each nuclide: measured or simulated spectra that a user brings, or our own response model.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::gamma {

/// "Cs137" and "cs-137" become "Cs-137"; "Tc99m" becomes "Tc-99m"; what has no mass number stays as it is.
std::string nuclide_name(std::string_view text);

/// K-40 and the series of uranium and thorium with their members, and what else is in rock (La-138, Lu-176).
bool is_natural(std::string_view nuclide);

/// Net count rates, cps, in equal channels of `kev_per_channel` from 0 keV.
struct SourceTemplate {
  std::string nuclide;
  std::string shielding;               ///< "Unshielded", "Shielded", ...
  std::vector<double> cps;
};

struct TemplateLibrary {
  double kev_per_channel = 3;
  std::vector<SourceTemplate> templates;
  std::string origin;                  ///< for people: file name or "response model"

  /// Template spectrum on other edges, with every energy multiplied by `stretch`; sums to 1, or empty where nothing
  /// of it falls inside.
  std::vector<double> shape(const SourceTemplate& source, std::span<const double> edges_kev, double stretch = 1) const;
};

/// How much a nuclide shares of the false alarms allowed: 1 for those that ports find (Cs-137 1.5), 0.2 for rarer sources of
/// industry, 0.02 for others and for natural series, 0 for what is no source on a belt (activation products, beta emitters).
double alarm_share(std::string_view nuclide);

/// Whether a template shows lines of its nuclide: peaks that lie where those of the bare source do. Simulated shields can be
/// so thick that a source of any other nuclide behind them would look the same.
bool shows_lines(const TemplateLibrary& library, const SourceTemplate& source);

/// Shapes of response.h for every nuclide in the table of lines, bare and under 15 and 30 g/cm2 of ore.
TemplateLibrary response_templates(double resolution_662 = 0.075);

/// Text as `templates_from_text` reads it: a line for each template.
std::string to_text(const TemplateLibrary& library);
Result<TemplateLibrary> templates_from_text(std::string_view text, const std::string& origin);

/// Table with the columns template,source,shielding,real_s,live_s,e0_keV,gain_keV_per_ch,c0..cN: spectra that include
/// the row "background", which is taken off by live time. Lower edge of channel i is e0 + gain i.
Result<TemplateLibrary> templates_from_table(std::string_view csv, const std::string& origin);

}  // namespace beltwarden::gamma
