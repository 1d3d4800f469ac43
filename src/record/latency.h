// From sensor to record: how long it took, as a histogram.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "record/rows.h"

namespace beltwarden::record {

/// Buckets grow by 5 %, from 10 microseconds to over an hour, so a quantile is within 5 %. Not thread-safe.
class LatencyHistogram {
 public:
  void add(Duration latency);
  LatencySummary summary() const;
  void clear();

 private:
  double quantile_ms(double q) const;
  static constexpr int kBuckets = 420;
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  double max_ms_ = 0;
};

}  // namespace beltwarden::record
