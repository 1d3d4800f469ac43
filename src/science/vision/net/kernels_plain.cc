// The same sums for processors without fused multiply-adds: the C library's fma, slow and to the same bits.
#include "science/vision/net/kernels.h"

namespace beltwarden::vision::net {
namespace {

typedef float V __attribute__((vector_size(32)));

inline V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, const V& v) { __builtin_memcpy(p, &v, sizeof v); }
inline V spread(float x) { return V{x, x, x, x, x, x, x, x}; }
inline V fma(const V& a, const V& b, const V& c) {
  V r;
  for (int i = 0; i < 8; ++i) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return r;
}
inline const V& keep(const V& v) { return v; }
inline V lesser(const V& a, const V& b) { return a < b ? a : b; }
inline V positive(const V& v) { return v > 0.0f ? v : spread(0.0f); }

#include "science/vision/net/kernels_body.inc"

}  // namespace

const Kernels kPlainKernels{"plain", mix, correlate, depthwise, depthwise_pair, depthwise_eight, depthwise_correlate, moments,
                           scale_rectify, rectified_sums, rectified_gradient, split, unfold_add, join};

}  // namespace beltwarden::vision::net
