// What a detector over a belt counts without any source: surroundings shadowed by the load, ore that glows by itself,
// radon on top; learnt from series without sources.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/gamma/source_templates.h"

namespace beltwarden::gamma {

/// One interval of a monitor, in the channels of its series.
struct BeltInterval {
  double time_s = 0;
  double live_s = 0;
  double speed_mps = 0;
  double load_kg_per_m = 0;
  std::span<const std::uint32_t> counts;
  bool load_known = true;            ///< false: the load is the last one that was
};

/// Where a series' intervals come from: `interval(i)` stays valid as long as the series.
struct BeltSeries {
  std::string name;
  std::size_t size = 0;
  std::function<BeltInterval(std::size_t)> interval;
  std::vector<double> channel_edges_kev;
};

enum OreSeries : std::size_t { kPotassiumSeries, kUraniumSeries, kThoriumSeries, kOreSeriesCount };

/// Shares of the surroundings that a load lets through: 1 - most (1 - exp(-mu(E) load)), mu(E) = per_kg_per_m
/// ((E/1 MeV)^-0.43 + photo (E/100 keV)^-2.8), the two parts of a mass attenuation coefficient (Compton, photoeffect).
struct Shadow {
  double most = 0.4;
  double per_kg_per_m = 0.006;
  double photo = 1;

  double left(double energy_kev, double load_kg_per_m) const;
};

struct BackgroundModel {
  std::vector<double> edges_kev;                  ///< of the working bins
  std::vector<double> ambient_cps;                ///< of the empty belt, a bin
  std::array<std::vector<double>, kOreSeriesCount> ore;   ///< shapes, each sums to 1
  std::array<double, kOreSeriesCount> ore_mean{}, ore_sd{};  ///< cps for 100 kg/m in the series it was learnt from
  Shadow shadow;
  double load_noise = 0.015;                      ///< of a single reading, relative
  double step_s = 0.2;                            ///< of the series
  double anchor_gain = 1;                         ///< energy scale of the shapes over the true one (K-40, Tl-208)
  bool anchored = false;                          ///< the lines stood out enough to say so
  double deviance_per_bin = 0;                    ///< of the blocks it was learnt from; 1 is counting statistics
  double hours = 0;
  int series = 0;
};

using ShareDone = std::function<void(double share)>;

/// Non-negative matrix factorisation with Poisson weights (alternating least squares: Paatero and Tapper, Environmetrics
/// 5, 1994) with one spectrum of surroundings a series, ore components common to all that start from the templates of
/// K-40, Ra-226 and Th-232, and a gain for every minute.
/// Needs ten minutes of series with a load that varies. All series have the same channels.
Result<BackgroundModel> fit_background(std::span<const BeltSeries> series, const TemplateLibrary& library,
                                       const ShareDone& progress = {});

/// Position of a line in a spectrum: energy of its centroid over `line_kev`, and its standard error; an error of 1 where
/// it does not stand out.
struct LineGain {
  double gain = 1;
  double error = 1;
};
LineGain line_gain(std::span<const double> counts, std::span<const double> edges_kev, double line_kev);

std::string to_text(const BackgroundModel& model);
/// Reads what to_text wrote, from `lines` on; takes what it has read off.
Result<BackgroundModel> background_from_text(std::string_view& lines, const std::string& origin);

}  // namespace beltwarden::gamma
