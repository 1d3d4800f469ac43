// What a window should count at a given belt load: a regression that follows slow change.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/gamma/windows.h"

namespace beltwarden::gamma {

/// The quantities that are watched. "Shape" ones are predicted from the counts above them in energy, so that more or
/// less ore, radon or another brand moves them little, and a line of its own stands out.
enum Statistic : std::size_t {
  kGrossRate,
  kCaesiumShape,
  kCobaltShape,
  kLowShape,
  kPotassiumRate,
  kUraniumRate,
  kThoriumRate,
  kStatisticCount
};

Window window_of(Statistic statistic);
std::string_view name_of(Statistic statistic);

inline constexpr std::size_t kTerms = 4;
using Terms = std::array<double, kTerms>;
using TermMatrix = std::array<Terms, kTerms>;

/// Regressors: 1, shielding of the surroundings 1 - exp(-load / 150 kg/m), the ore's own share (load / 250 kg/m), and
/// for shapes the rate (cps) of the window that predicts it, 0 for the others.
Terms regressors(Statistic statistic, double load_kg_per_m, const std::array<double, kWindowCount>& rates_cps);

/// Variance of the last regressor, cps^2, from counting.
double regressor_variance(Statistic statistic, const std::array<double, kWindowCount>& counts, double live_s);

/// Coefficients with their uncertainty, cps.
struct Regression {
  Terms mean{};
  TermMatrix covariance{};
};

/// What clean series say of one statistic.
struct StatisticModel {
  Regression prior;                  ///< of a lot not seen yet
  Terms drift_per_s{};               ///< variance that each coefficient gains a second
  double overdispersion = 1;         ///< variance of clean readings over the Poisson variance, >= 1
};

struct MonitorModel {
  std::array<StatisticModel, kStatisticCount> statistics;
  std::array<double, kCoarseBins> coarse_cps{};  ///< mean spectrum of the clean series
  double period_s = 1;                           ///< of the readings it was fitted on
  int lots = 0;
  int readings = 0;
};

/// One clean reading. `lot` numbers its lot; readings of the empty belt have lot -1 and load 0.
struct CleanReading {
  std::array<double, kWindowCount> counts{};
  std::array<double, kCoarseBins> coarse{};
  double live_s = 0;
  double load_kg_per_m = 0;
  int lot = -1;
};

/// At least 600 readings over at least one lot, with loads that differ. Lots differ in the model by at least a third of
/// what the ore itself contributes, because a monitor must bear brands it was not fitted on.
Result<MonitorModel> fit_monitor(std::span<const CleanReading> readings);

std::string to_text(const MonitorModel& model);
Result<MonitorModel> monitor_from_text(std::string_view text, const std::string& origin);

/// Kalman filter of one statistic of one lot.
class LoadBackground {
 public:
  explicit LoadBackground(const StatisticModel& model) : model_(&model), state_(model.prior) {}

  struct Expectation {
    double counts = 0;               ///< expected
    double variance = 0;             ///< of observed minus expected: counting, coefficients and load
    double common = 0;               ///< the part of it that neighbouring readings share: coefficients and load
  };
  /// `load_sd`: uncertainty of the load over this reading, kg/m.
  Expectation expect(const Terms& terms, double terms_variance, double live_s, double load_kg_per_m,
                     double load_sd) const;

  void pass(double seconds);         ///< time goes by: coefficients drift
  void learn(const Terms& terms, double counts, double live_s, const Expectation& expectation);
  void forget() { state_ = model_->prior; }

 private:
  const StatisticModel* model_;
  Regression state_;
};

}  // namespace beltwarden::gamma
