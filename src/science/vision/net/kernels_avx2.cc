// Compiled with -mavx2 -mfma (see CMakeLists.txt); called only where the processor has both.
#include "science/vision/net/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace beltwarden::vision::net {

#if defined(__AVX2__) && defined(__FMA__)
namespace {

typedef float V __attribute__((vector_size(32)));

inline V load(const float* p) { return (V)_mm256_loadu_ps(p); }
inline void store(float* p, V v) { _mm256_storeu_ps(p, (__m256)v); }
inline V spread(float x) { return (V)_mm256_set1_ps(x); }
inline V fma(V a, V b, V c) { return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
// In a register: the compiler would rather read it again for every use.
inline V keep(V v) {
  asm("" : "+x"(v));
  return v;
}
inline V lesser(V a, V b) { return (V)_mm256_min_ps((__m256)a, (__m256)b); }
inline V positive(V v) { return (V)_mm256_max_ps((__m256)v, _mm256_setzero_ps()); }

#include "science/vision/net/kernels_body.inc"

}  // namespace

const Kernels kAvx2Kernels{"avx2+fma", mix, correlate, depthwise, depthwise_pair, depthwise_eight, depthwise_correlate, moments,
                           scale_rectify, rectified_sums, rectified_gradient, split, unfold_add, join};
#else
const Kernels kAvx2Kernels{"avx2+fma (not built)", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                           nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
#endif

}  // namespace beltwarden::vision::net
