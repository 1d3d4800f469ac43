#include "science/vision/net/kernels.h"

#include <algorithm>

namespace beltwarden::vision::net {

void pack_weights(const float* weights, int outs, int ins, float* packed) {
  for (int k = 0; k < ins; ++k) {
    for (int m = 0; m < outs; ++m) packed[k * outs + m] = weights[m * ins + k];
  }
  std::fill_n(packed + outs * ins, 8, 0.0f);
}

const Kernels& kernels() {
#if defined(__x86_64__)
  static const bool fast = kAvx2Kernels.mix != nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  static const Kernels wide = fast && __builtin_cpu_supports("avx512f") ? widened(kAvx2Kernels) : kAvx2Kernels;
  return fast ? wide : kPlainKernels;
#else
  return kPlainKernels;
#endif
}

}  // namespace beltwarden::vision::net
