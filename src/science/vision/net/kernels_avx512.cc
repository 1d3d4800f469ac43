// The two kernels that inference spends its time in, sixteen values at a time; compiled with -mavx512f (see CMakeLists.txt)
// and called only where the processor has it. Every output is the same chain of multiply-adds as in kernels_body.inc.
#include "science/vision/net/kernels.h"

#if defined(__AVX512F__) && defined(__AVX2__)
#include <immintrin.h>
#endif

namespace beltwarden::vision::net {

#if defined(__AVX512F__) && defined(__AVX2__)
namespace {

// Thirty-two registers: 8 x 3 sums, three inputs and a weight.
template <int kOuts, int kVectors>
inline void wide_block(const float* packed, const float* bias, int outs, int left, int ins, const float* in,
                       std::ptrdiff_t in_stride, const float* add, std::ptrdiff_t add_stride, float* out,
                       std::ptrdiff_t out_stride, Bound bound) {
  __m512 sum[kOuts][kVectors];
#pragma GCC unroll 8
  for (int m = 0; m < kOuts; ++m) {
    const __m512 start = _mm512_set1_ps(bias != nullptr && m < left ? bias[m] : 0.0f);
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) sum[m][v] = start;
  }
  for (int k = 0; k < ins; ++k) {
    __m512 x[kVectors];
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) x[v] = _mm512_loadu_ps(in + k * in_stride + 16 * v);
#pragma GCC unroll 8
    for (int m = 0; m < kOuts; ++m) {
      const __m512 w = _mm512_set1_ps(packed[static_cast<std::ptrdiff_t>(k) * outs + m]);
#pragma GCC unroll 3
      for (int v = 0; v < kVectors; ++v) sum[m][v] = _mm512_fmadd_ps(w, x[v], sum[m][v]);
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < kOuts; ++m) {
    if (m >= left) break;
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) {
      __m512 y = sum[m][v];
      if (bound != Bound::kNone) y = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), y);
      if (bound == Bound::kCapped) y = _mm512_min_ps(y, _mm512_set1_ps(kCap));
      if (add != nullptr) y = _mm512_add_ps(y, _mm512_loadu_ps(add + m * add_stride + 16 * v));
      _mm512_storeu_ps(out + m * out_stride + 16 * v, y);
    }
  }
}

template <int kVectors>
inline void wide_groups(const float* packed, const float* bias, int outs, int ins, const float* in, std::ptrdiff_t in_stride,
                        const float* add, std::ptrdiff_t add_stride, float* out, std::ptrdiff_t out_stride, Bound bound) {
  const auto place = [](const auto* p, std::ptrdiff_t at) { return p == nullptr ? nullptr : p + at; };
  int m = 0;
  for (; outs - m > 4; m += 8) {
    wide_block<8, kVectors>(packed + m, place(bias, m), outs, outs - m, ins, in, in_stride, place(add, m * add_stride), add_stride,
                            out + m * out_stride, out_stride, bound);
  }
  if (m < outs) {
    wide_block<4, kVectors>(packed + m, place(bias, m), outs, outs - m, ins, in, in_stride, place(add, m * add_stride), add_stride,
                            out + m * out_stride, out_stride, bound);
  }
}

void mix(const float* packed, const float* bias, int outs, int ins, const float* in, std::ptrdiff_t in_stride, const float* add,
         std::ptrdiff_t add_stride, float* out, std::ptrdiff_t out_stride, int n, Bound bound) {
  int p = 0;
  while (n - p >= 16) {
    const int vectors = (n - p) / 16;
    const float *from = in + p, *plus = add == nullptr ? nullptr : add + p;
    float* to = out + p;
    if (vectors == 1) {
      wide_groups<1>(packed, bias, outs, ins, from, in_stride, plus, add_stride, to, out_stride, bound);
      p += 16;
    } else if (vectors == 2 || vectors == 4) {
      wide_groups<2>(packed, bias, outs, ins, from, in_stride, plus, add_stride, to, out_stride, bound);
      p += 32;
    } else {
      wide_groups<3>(packed, bias, outs, ins, from, in_stride, plus, add_stride, to, out_stride, bound);
      p += 48;
    }
  }
  if (p < n) {
    kAvx2Kernels.mix(packed, bias, outs, ins, in + p, in_stride, add == nullptr ? nullptr : add + p, add_stride, out + p, out_stride,
                     n - p, bound);
  }
}

void depthwise(const float* weights, int channels, ThreeRows in, std::ptrdiff_t in_stride, const float* add,
               std::ptrdiff_t add_stride, float* out, std::ptrdiff_t out_stride, int n) {
  const int whole = n / 16 * 16;
  for (int c = 0; c < channels; ++c) {
    __m512 w[9];
#pragma GCC unroll 9
    for (int k = 0; k < 9; ++k) w[k] = _mm512_set1_ps(weights[9 * c + k]);
    const float* from[3] = {in.above + c * in_stride, in.here + c * in_stride, in.below + c * in_stride};
    float* to = out + c * out_stride;
    for (int p = 0; p < whole; p += 16) {
      __m512 sum = _mm512_setzero_ps();
#pragma GCC unroll 9
      for (int k = 0; k < 9; ++k) sum = _mm512_fmadd_ps(w[k], _mm512_loadu_ps(from[k / 3] + p + (k % 3 - 1)), sum);
      if (add != nullptr) sum = _mm512_add_ps(sum, _mm512_loadu_ps(add + c * add_stride + p));
      _mm512_storeu_ps(to + p, sum);
    }
  }
  if (whole < n) {
    kAvx2Kernels.depthwise(weights, channels, {in.above + whole, in.here + whole, in.below + whole}, in_stride,
                           add == nullptr ? nullptr : add + whole, add_stride, out + whole, out_stride, n - whole);
  }
}

}  // namespace

Kernels widened(Kernels kernels) {
  kernels.name = "avx512";
  kernels.mix = mix;
  kernels.depthwise = depthwise;
  return kernels;
}
#else
Kernels widened(Kernels kernels) { return kernels; }
#endif

}  // namespace beltwarden::vision::net
