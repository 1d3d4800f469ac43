// What forward and backward of a lane share.
#pragma once

#include <cstddef>

#include "science/vision/net/plan.h"

namespace beltwarden::vision::net {

/// Columns, of several rows, whose weight gradients are summed together.
inline constexpr int kGroup = 256;

inline std::size_t at(int i) { return static_cast<std::size_t>(i); }

inline const float* parameters_of(const Network& network, int step) {
  return network.parameters.data() + network.plan.steps()[at(step)].parameters;
}

/// Sum of the eight partial sums that kernels leave.
inline double across(const float* eight) {
  double sum = 0;
  for (int i = 0; i < 8; ++i) sum += static_cast<double>(eight[i]);
  return sum;
}

}  // namespace beltwarden::vision::net
