// Follows what the belt counts without a source: a Kalman filter over surroundings, ore, radon and gain.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "science/gamma/background_model.h"
#include "science/gamma/bin_factors.h"

namespace beltwarden::gamma {

/// Directions in which the background may move: scale of the surroundings, their K, U (radon) and Th parts, the ore's K,
/// U and Th, the gain.
inline constexpr int kDirections = 8;

/// How fast the background may move, for one second.
struct DriftModel {
  double ambient = 0.0015;           ///< of its scale
  double radon = 0.001;              ///< of the surroundings' counts, U; half of it for K and Th
  double ore = 0.03;                 ///< of each ore component
  double gain = 3e-4;
  FactorDrift bins;                  ///< of each bin's own factors
};

/// Gain over the nominal one with its standard error, and whether lines stand behind it.
struct GainState {
  double gain = 1;
  double error = 0.02;
  bool good = false;                 ///< error below 0.5 %
};

/// Why a faulty detector adds a steady spectrum of its own.
enum OwnCause : std::size_t { kFrozenOwn, kNoiseOwn, kOwnCauses };

/// One interval's expectation, its derivatives and what is uncertain. Column-major: bin + direction * bins.
struct Prediction {
  std::vector<double> counts;        ///< a bin
  std::vector<double> directions;    ///< counts for one unit of each direction
  std::array<double, kDirections> state{};   ///< amounts of the directions that it was made with; the gain in full
  std::vector<double> bin_variance;  ///< of each bin, from what is not yet known of its own factors
  std::vector<double> load_direction;  ///< counts for a load that is wrong by its own uncertainty
  std::array<std::vector<double>, kOwnCauses> own;   ///< of `counts`, what faulty detectors add by themselves; empty where none does
};

class BeltTracker {
 public:
  explicit BeltTracker(const BackgroundModel& model, const DriftModel& drift = {});
  ~BeltTracker();
  BeltTracker(BeltTracker&&) noexcept;

  /// What an interval at this load should count, by what has been learnt so far. `load_sd` is what the load is uncertain by
  /// beyond its own noise.
  void predict(double load_kg_per_m, double live_s, Prediction& prediction, double load_sd = 0) const;

  /// Amounts of the directions by what has been learnt so far; the gain in full.
  std::array<double, kDirections> amounts() const;

  /// Covariance of the directions (8 x 8, symmetric), `ahead_s` after what has been learnt.
  void covariance(double ahead_s, std::span<double, kDirections * kDirections> result) const;

  /// Learns an interval; `trust` false lets time pass only (alarm, fault).
  void learn(double load_kg_per_m, double live_s, double seconds, std::span<const double> bins, bool trust);

  /// Everything that counts changed by this factor at once (a detector fell out or came back).
  void rescale(double factor);
  /// The surroundings may count otherwise by `share`.
  void unsettle_around(double share);
  /// The ore may be another by `share` of what it counted.
  void unsettle_ore(double share);
  /// Other detectors count now: everything may have changed by one common factor, and a little each by itself.
  void unsettle_all();
  /// What has been learnt of the ore that lies there now, to be taken up again when it comes back.
  struct KnownOre {
    std::array<double, kOreSeriesCount> amounts{};
    std::array<double, kOreSeriesCount * kOreSeriesCount> covariance{};
    BinFactors::Ore factors;
    double seen_s = 0;
    void unsettle();                 ///< other detectors count now
  };
  KnownOre known_ore() const;
  /// `seconds`: since it was last seen.
  void recall_ore(const KnownOre& ore, double seconds);
  /// A faulty detector adds a steady spectrum of its own (frozen, noisy), whatever lies on the belt: cps a bin, with standard
  /// deviations. It is learnt from here on, until it is over.
  void begin_own(OwnCause cause, std::span<const double> cps, std::span<const double> sd);
  void end_own(OwnCause cause);
  /// The energy scale may have moved by `sd`, relative.
  void unsettle_gain(double sd);
  /// Forgets the ore (another lot), or everything (another instrument state).
  void forget_ore();
  void forget();

  /// For how long ore has been learnt from since it was new, s; ore on a thin load counts less.
  double ore_seen_s() const;

  GainState gain() const;
  /// Rates of the ore's K, U and Th series, cps at 100 kg/m, with standard errors.
  struct Ore {
    double cps = 0, error = 0;
  };
  Ore ore(OreSeries series) const;
  /// Changes whenever the shapes have been stretched to another gain.
  std::uint64_t shape_version() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::gamma
