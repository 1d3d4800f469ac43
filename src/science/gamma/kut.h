// Activity of K-40 and of the uranium and thorium series in bulk material, in Bq/kg, from one spectrum.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::gamma {

/// One measured spectrum with the energies its instrument believes in.
struct MeasuredSpectrum {
  std::string name;
  std::vector<double> counts;
  std::vector<double> edges_kev;
  double live_s = 0;
};

inline constexpr std::size_t kSeries = 3;           ///< K-40, U-238 series, Th-232 series

/// A block of known activity, Bq/kg, with standard uncertainties.
struct ReferenceBlock {
  MeasuredSpectrum spectrum;
  std::array<double, kSeries> bq_per_kg{}, error{};
};

/// What a detector in a geometry counts for 1 Bq/kg, by bin: geometry, self-absorption and efficiency together.
struct KutCalibration {
  std::vector<double> edges_kev;                    ///< of the bins of the fit
  std::array<std::vector<double>, kSeries> cps;     ///< for 1 Bq/kg
  std::array<std::vector<double>, kSeries> error;   ///< standard uncertainty of these
  double spread = 0.03;                             ///< of bins around the fit beyond counting, relative
  int blocks = 0;
};

/// Energies put right on the lines of K-40 and Tl-208; `good` where both stood out.
struct EnergyCorrection {
  double offset_kev = 0, gain = 1;                  ///< true = offset + gain * stated
  bool good = false;
};
EnergyCorrection correct_energies(const MeasuredSpectrum& spectrum);

/// Needs three blocks or more. Sensitivities are the response model's shapes, scaled and then bent bin by bin to what
/// the blocks say (Bayesian linear regression; a prior of 25 % a bin keeps apart what the blocks cannot).
Result<KutCalibration> calibrate_kut(std::span<const ReferenceBlock> blocks, const MeasuredSpectrum& background);

/// Characteristic limits after ISO 11929-1:2019, 1.645 on either side (5 %).
struct Activity {
  double bq_per_kg = 0, error = 0;
  double decision_threshold = 0, detection_limit = 0;
  bool detected = false;
};
/// Of a nuclide that no block holds, see bulk_artificial.h. A primary result of ISO 11929: it may be below nought.
struct ArtificialActivity {
  std::string nuclide;
  Activity activity;
};
struct KutResult {
  std::array<Activity, kSeries> series;
  std::vector<ArtificialActivity> artificial;       ///< spread in the bulk
  double chi_squared = 0;
  std::size_t bins = 0;
  EnergyCorrection energy;
};

/// Non-negative weighted least squares over all bins. The energies of either spectrum are put right on its own lines,
/// or on those of the other where they do not stand out.
Result<KutResult> weigh_kut(const MeasuredSpectrum& spectrum, const MeasuredSpectrum& background,
                            const KutCalibration& calibration);

std::string to_text(const KutCalibration& calibration);
Result<KutCalibration> kut_from_text(std::string_view text, const std::string& origin);

}  // namespace beltwarden::gamma
