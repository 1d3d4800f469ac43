// What this place's surroundings and this lot's ore count in each energy bin, against the learnt shapes.
#pragma once

#include <span>
#include <vector>

namespace beltwarden::gamma {

/// How far the shapes of a place and of an ore may lie from the learnt ones, and how fast they may change.
struct FactorDrift {
  double ambient_sd = 0.05, ore_sd = 0.10;              ///< relative, of one bin
  double ambient_per_s = 0.0015, ore_per_s = 0.003;     ///< random walk, for one second
};

/// Two factors a bin, one for the surroundings and one for the ore, followed by a Kalman filter of two states a bin.
/// They start at 1. Because load steps change how much of either is counted, the two come apart by themselves; until
/// they have, `variance` is large where the mix is another than before.
class BinFactors {
 public:
  BinFactors(std::size_t bins, const FactorDrift& drift);

  const std::vector<double>& ambient() const { return ambient_; }
  const std::vector<double>& ore() const { return ore_; }

  /// Variance, counts squared, of what is expected in each bin, where the learnt shapes expect `ambient` and `ore` counts.
  void variance(std::span<const double> ambient, std::span<const double> ore, std::span<double> result) const;

  /// Learns from `residual` counts (measured less expected) of `mean` expected ones, of which `ambient` and `ore` by the
  /// learnt shapes; `seconds` have passed since.
  void learn(std::span<const double> ambient, std::span<const double> ore, std::span<const double> mean,
             std::span<const double> residual);
  void pass(double seconds);

  /// The energy scale has been stretched by `factor`: what was learnt moves along.
  void stretch(std::span<const double> edges_kev, double factor);
  /// Either factor may have changed by `sd`.
  void unsettle(double sd);
  void forget();
  void forget_ore();

  /// What is known of an ore: its factors and their variance, a bin.
  struct Ore {
    std::vector<double> factor, variance;
  };
  Ore ore_known() const { return {ore_, p_ore_}; }
  /// Takes an ore up again that was last seen `seconds` ago.
  void recall_ore(const Ore& known, double seconds);

 private:
  FactorDrift drift_;
  std::vector<double> ambient_, ore_;                   // factors
  std::vector<double> p_ambient_, p_ore_, p_cross_;     // their covariance
};

}  // namespace beltwarden::gamma
