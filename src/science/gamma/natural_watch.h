// Is the ore's own radioactivity raised, for minutes rather than for the moment in which a source passes?
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "science/gamma/background_model.h"

namespace beltwarden::gamma {

/// What an ore's K, U and Th series count, cps at 100 kg/m, and how much lots of it differ.
struct NaturalReference {
  std::array<double, kOreSeriesCount> mean{}, sd{};
};

/// A series that counts more than it should, from when until now.
struct Raised {
  OreSeries series = kUraniumSeries;
  double start_s = 0, end_s = 0;
  double cps = 0, error = 0;           ///< mean since then, at 100 kg/m
  double times_usual = 1;
};

/// One-sided CUSUM (Page, Biometrika 41, 1954) of each series' deviation from its reference, over pieces of 20 s of loaded
/// belt: slack of half a standard deviation, decision at 5 of them, so that twice the usual spread is seen after about
/// ten pieces and a gross excess after two. Told once; again after it has fallen below its reference.
class NaturalWatch {
 public:
  explicit NaturalWatch(const NaturalReference& usual) : usual_(usual) {}
  /// Another reference from now on: what has added up against the old one is forgotten.
  void expect(const NaturalReference& usual) { usual_ = usual, sums_ = {}; }
  /// `amounts` and `errors` of the series now, cps at 100 kg/m (BeltMonitor::ore).
  std::vector<Raised> observe(double time_s, double seconds, double load_kg_per_m, std::span<const double, kOreSeriesCount> amounts,
                              std::span<const double, kOreSeriesCount> errors);

 private:
  struct Sum {
    double cusum = 0, from_s = 0, total = 0, pieces = 0;
    bool told = false;
  };
  NaturalReference usual_;
  double piece_s_ = 0, piece_from_s_ = 0;
  std::array<double, kOreSeriesCount> amount_{}, variance_{};
  std::array<Sum, kOreSeriesCount> sums_;
};

}  // namespace beltwarden::gamma
