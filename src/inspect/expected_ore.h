// What a brand's ore may count or hold by itself: what lots usually do, and what officers have explained as the ore's own.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "material/observation.h"
#include "science/gamma/natural_watch.h"

namespace beltwarden::inspect {

/// Levels are of one unit throughout: Bq/kg, or cps at 100 kg/m. What has been learnt of a brand is forgotten with the process and
/// comes again with the journal.
class ExpectedOre {
 public:
  /// `usual`: means and spreads of lots; `deviations` of these above the mean may come without being raised.
  ExpectedOre(const gamma::NaturalReference& usual, double deviations) : usual_(usual), deviations_(deviations) {}

  /// True where the lot's brand was not known or another.
  bool plan(const LotId& lot, const std::string& brand);
  /// The lot is over. What was said of the last twenty can still be explained.
  void ended(const LotId& lot);

  /// A series was said to be raised to `level` over these tonnes.
  void said(const material::LotInterval& where, gamma::OreSeries series, double level);
  /// An officer says that what was said of these tonnes is the ore's own: it is what the brand is expected to hold from now on.
  /// The brand's lots, or none where nothing was said of these tonnes.
  std::vector<LotId> explained(const material::LotInterval& where);

  /// Usual level of a series in this lot's brand.
  double level(const LotId& lot, gamma::OreSeries series) const;
  /// The same as the watch needs it.
  gamma::NaturalReference reference(const LotId& lot) const;

 private:
  struct Said {
    TonneInterval tonnes;
    gamma::OreSeries series;
    double level;
  };
  struct Lot {
    std::string brand;
    std::vector<Said> said;
  };
  using Levels = std::array<double, gamma::kOreSeriesCount>;   // 0: as usual
  const Levels* explained_of(const LotId& lot) const;

  gamma::NaturalReference usual_;
  double deviations_;
  std::map<LotId, Lot> lots_;
  std::map<std::string, Levels> brands_;
  std::deque<LotId> ended_;
};

}  // namespace beltwarden::inspect
