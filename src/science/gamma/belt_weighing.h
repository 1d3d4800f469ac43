// K-40 and the uranium and thorium series of ore on a belt, in Bq/kg, from what a stretch of it counted.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/gamma/background_model.h"
#include "science/gamma/bulk_artificial.h"
#include "science/gamma/energy_grid.h"
#include "science/gamma/kut.h"

namespace beltwarden::gamma {

/// A calibration run: ore of known activity on the belt, and the bare belt before, between or after.
struct WeighedRun {
  BeltSeries series;
  std::array<double, kSeries> bq_per_kg{}, error{};
};

/// What a detector over a line counts for 1 Bq/kg at a load of 100 kg/m: geometry, self-absorption and efficiency together.
/// And what lots of ore usually hold, by the runs.
struct BeltCalibration {
  KutCalibration kut;
  std::array<double, kSeries> usual_bq_per_kg{}, usual_sd{};
};

/// Needs three runs or more with different ratios of U to Th, each with a minute of bare belt and five of ore.
Result<BeltCalibration> calibrate_belt(std::span<const WeighedRun> runs, const BackgroundModel& background);

std::string to_text(const BeltCalibration& calibration);
Result<BeltCalibration> belt_calibration_from_text(std::string_view text, const std::string& origin);

/// Counts of a stretch of belt in the calibration's bins, with what its surroundings should have counted. Stretches add up.
struct WeighedStretch {
  std::vector<double> counts, surroundings;
  std::vector<double> shape_error;     ///< of the surroundings in each bin, relative: what is not known of their spectrum
  double live_s = 0;
  double load_s = 0;                   ///< load over time, in 100 kg/m s
  double level_error = 0;              ///< of the surroundings, relative; weighted by live time
  double dose = 0, bare_dose = 0;      ///< energy counted, and what the bare belt would have given, keV
  double dose_variance = 0;            ///< of counting, keV2
  double bare_dose_error = 0;          ///< of the bare belt's level, the same for all that is added, keV

  void add(const WeighedStretch& other);
};

struct BeltActivity {
  std::array<Activity, kSeries> series;    ///< primary results of ISO 11929: may be below nought
  std::vector<ArtificialActivity> artificial;
  /// I_Ra and I_gamma of GB 6566-2010 (2.1, 2.2), radium in equilibrium with the uranium series.
  double radium_index = 0, radium_error = 0, gamma_index = 0, gamma_error = 0;
  double times_bare = 0, times_bare_error = 0;   ///< dose to the detector over that on the bare belt
  double chi_squared = 0;
};

/// Follows the surroundings over the bare belt and weighs stretches. `model` and `calibration` must outlive it.
class BeltWeigher {
 public:
  BeltWeigher(const BackgroundModel& model, const BeltCalibration& calibration);

  /// One interval in the model's bins; `gain` of the energy scale over the model's.
  WeighedStretch interval(double live_s, double load_kg_per_m, std::span<const double> bins, double gain);
  /// The same over the bare belt: the level of the surroundings is learnt.
  void bare(double time_s, double live_s, std::span<const double> bins);
  /// Time passes: what was learnt of the surroundings grows old.
  void pass(double time_s) { now_s_ = time_s; }

  /// Nothing where less than a tenth of a second at 100 kg/m has passed.
  std::optional<BeltActivity> weigh(const WeighedStretch& stretch) const;

 private:
  void refold(double gain);
  double level_error() const;

  const BackgroundModel& model_;
  const BeltCalibration& calibration_;
  Fold fold_;
  std::vector<ArtificialSensitivity> artificial_;
  double gain_ = 0;
  std::vector<double> ambient_, energy_;   // of the surroundings in the calibration's bins
  std::vector<double> bare_counts_, bare_expected_;   // over the bare belt of this line, by the model's shape
  void learn_shape(std::span<const double> bins, double live_s);
  double level_ = 1, level_weight_ = 0, level_at_s_ = 0, now_s_ = 0;
  bool seen_ = false;
};

}  // namespace beltwarden::gamma
