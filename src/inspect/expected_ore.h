// What a brand's ore may count or hold by itself: what lots usually do, and what officers have explained as the ore's own.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "material/observation.h"
#include "science/gamma/natural_watch.h"

namespace beltwarden::inspect {

/// Levels are of one unit throughout: Bq/kg, or cps at 100 kg/m. What officers explained comes with the journal.
class ExpectedOre {
 public:
  /// `usual`: means and spreads of lots; `deviations` of these above the mean may come without being raised.
  ExpectedOre(const gamma::NaturalReference& usual, double deviations, std::string unit)
      : usual_(usual), deviations_(deviations), unit_(std::move(unit)) {}

  /// True where the lot's brand was not known or another.
  bool plan(const LotId& lot, const std::string& brand);
  /// The lot is over.
  void ended(const LotId& lot) { lots_.erase(lot); }

  /// An officer says that these levels are the ore's own: the brand is expected to hold as much from now on, or this lot alone where
  /// `brand` is empty. Levels of another unit or of no series say nothing. The known lots that are to be
  /// judged otherwise from now on: none where no level rose.
  std::vector<LotId> explained(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels);

  /// Such a word was taken back: `levels` are all that is left of what was explained of the brand, or of this lot alone. The known lots
  /// that are to be judged otherwise from now on: none where nothing changed.
  std::vector<LotId> withdrawn(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels);

  /// What was explained of a series for this lot; 0 = nothing.
  double explained_level(const LotId& lot, gamma::OreSeries series) const;
  /// Usual level of a series in this lot's brand.
  double level(const LotId& lot, gamma::OreSeries series) const { return std::max(usual_.mean[series], explained_level(lot, series)); }
  /// The same as the watch needs it.
  gamma::NaturalReference reference(const LotId& lot) const;

 private:
  using Levels = std::array<double, gamma::kOreSeriesCount>;   // 0: as usual
  struct Lot {
    std::string brand;
    Levels own{};                      // explained without a brand
  };

  /// Levels of our unit, the highest of each series.
  Levels of_unit(const std::vector<material::NaturalLevel>& levels) const;
  std::vector<LotId> lots_of(const LotId& lot, const std::string& brand) const;

  gamma::NaturalReference usual_;
  double deviations_;
  std::string unit_;
  std::map<LotId, Lot> lots_;
  std::map<std::string, Levels> brands_;
};

}  // namespace beltwarden::inspect
