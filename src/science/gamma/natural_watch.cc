#include "science/gamma/natural_watch.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::gamma {
namespace {
constexpr double kPiece_s = 20;
constexpr double kLeastLoad = 20;            // kg/m: below it the ore counts too little to judge
constexpr double kSlack = 0.5, kDecision = 5;
constexpr double kMostDeviations = 6;        // that one piece may say
}  // namespace

std::vector<Raised> NaturalWatch::observe(double time, double seconds, double load, std::span<const double, kOreSeriesCount> amounts,
                                          std::span<const double, kOreSeriesCount> errors) {
  std::vector<Raised> raised;
  if (!(load > kLeastLoad) || !(seconds > 0)) return raised;
  if (piece_s_ == 0) piece_from_s_ = time;
  piece_s_ += seconds;
  for (std::size_t i = 0; i < kOreSeriesCount; ++i) {
    amount_[i] += seconds * amounts[i];
    variance_[i] += seconds * errors[i] * errors[i];   // the filter's errors hang together over a piece
  }
  if (piece_s_ < kPiece_s) return raised;
  for (std::size_t i = 0; i < kOreSeriesCount; ++i) {
    const double mean = amount_[i] / piece_s_, error = std::sqrt(variance_[i] / piece_s_);
    const double sd = std::max(std::hypot(usual_.sd[i], error), 1e-9);
    const double deviations = std::clamp((mean - usual_.mean[i]) / sd, -kMostDeviations, kMostDeviations);
    Sum& sum = sums_[i];
    if (sum.cusum == 0) sum.from_s = piece_from_s_, sum.total = sum.pieces = 0;
    sum.cusum = std::max(0.0, sum.cusum + deviations - kSlack);
    sum.total += mean, sum.pieces += 1;
    if (sum.cusum == 0) sum.told = false;
    if (sum.cusum > kDecision && !sum.told) {
      sum.told = true;
      const double level = sum.total / sum.pieces;
      raised.push_back({static_cast<OreSeries>(i), sum.from_s, time + seconds, level, error, level / std::max(usual_.mean[i], 1e-9)});
    }
  }
  piece_s_ = 0;
  amount_ = variance_ = {};
  return raised;
}

}  // namespace beltwarden::gamma
