#include "science/vision/net/kernels.h"

#include <cstring>

namespace beltwarden::vision::net {

void pack_weights(const float* weights, int outs, int ins, float* packed) {
  std::memset(packed, 0, packed_size(outs, ins) * sizeof(float));
  for (int m = 0; m < outs; ++m) {
    const std::ptrdiff_t group = static_cast<std::ptrdiff_t>(m / kMixGroup) * kMixGroup * ins;
    for (int k = 0; k < ins; ++k) packed[group + kMixGroup * k + m % kMixGroup] = weights[m * ins + k];
  }
}

const Kernels& kernels() {
#if defined(__x86_64__)
  static const bool fast = kAvx2Kernels.mix != nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return fast ? kAvx2Kernels : kPlainKernels;
#else
  return kPlainKernels;
#endif
}

}  // namespace beltwarden::vision::net
