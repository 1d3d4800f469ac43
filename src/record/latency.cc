#include "record/latency.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::record {
namespace {
constexpr double kSmallestMs = 0.01;
const double kLogGrowth = std::log(1.05);
}  // namespace

void LatencyHistogram::add(Duration latency) {
  const double ms = std::max(latency.milliseconds(), 0.0);
  const double position = ms <= kSmallestMs ? 0 : std::log(ms / kSmallestMs) / kLogGrowth;
  ++counts_[static_cast<std::size_t>(std::min<double>(position, kBuckets - 1))];
  ++total_;
  max_ms_ = std::max(max_ms_, ms);
}

double LatencyHistogram::quantile_ms(double q) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total_)));
  std::uint64_t below = 0;
  for (int i = 0; i < kBuckets; ++i) {
    below += counts_[static_cast<std::size_t>(i)];
    // The upper edge of the bucket: never better than the truth.
    if (below >= rank) return std::min(kSmallestMs * std::exp((i + 1) * kLogGrowth), max_ms_);
  }
  return max_ms_;
}

LatencySummary LatencyHistogram::summary() const {
  if (total_ == 0) return {};
  return {total_, quantile_ms(0.50), quantile_ms(0.99), max_ms_};
}

void LatencyHistogram::clear() { *this = {}; }

}  // namespace beltwarden::record
