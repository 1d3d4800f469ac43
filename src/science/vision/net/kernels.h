// The sums a small convolutional network is made of, written once and compiled for AVX2 with fused multiply-adds and for
// any processor. Both give the same bits: every output is one chain of fused multiply-adds in a fixed order.
#pragma once

#include <cstddef>

namespace beltwarden::vision::net {

/// Values are handled eight at a time: `n` is a multiple of 8 and buffers are readable and writable that far.
struct Kernels {
  const char* name;

  /// out[m][p] = sum over k of weights[m][k] in[k][p] + bias[m] (bias may be null), then max(0, .) when `rectify`, then
  /// + add[m][p] when `add` is not null. Weights packed by pack_weights; planes lie the given strides apart.
  void (*mix)(const float* packed, const float* bias, int outs, int ins, const float* in, std::ptrdiff_t in_stride,
              const float* add, std::ptrdiff_t add_stride, float* out, std::ptrdiff_t out_stride, int n, bool rectify);

  /// sums[a][b] += sum over p of x[a][p] y[b][p].
  void (*correlate)(const float* x, std::ptrdiff_t x_stride, int xs, const float* y, std::ptrdiff_t y_stride, int ys,
                    int n, float* sums);

  /// out[p] = sum of nine weights times in[p + dy * row + dx], dy and dx from -1 to 1; + add[p] when not null.
  void (*depthwise)(const float* weights, const float* in, std::ptrdiff_t row, const float* add, float* out, int n);

  /// sums[9] += sum over p of gradient[p] in[p + dy * row + dx].
  void (*depthwise_correlate)(const float* in, std::ptrdiff_t row, const float* gradient, int n, float* sums);

  /// sums[2] = sum of x and of its squares.
  void (*moments)(const float* x, int n, float* sums);

  /// out[p] = max(0, x[p] scale + shift).
  void (*scale_rectify)(const float* x, float scale, float shift, float* out, int n);

  /// Of the gradient where the rectified output is above zero: sums[2] = sum of it, and of it times x.
  void (*rectified_sums)(const float* gradient, const float* output, const float* x, int n, float* sums);

  /// out[p] = a * (gradient[p] where output[p] is above zero) + b x[p] + c.
  void (*rectified_gradient)(const float* gradient, const float* output, const float* x, float a, float b, float c,
                             float* out, int n);
};

/// Outputs are computed in groups of this many.
inline constexpr int kMixGroup = 4;

/// Floats that pack_weights writes for `outs` x `ins`.
constexpr std::size_t packed_size(int outs, int ins) {
  return static_cast<std::size_t>((outs + kMixGroup - 1) / kMixGroup * kMixGroup) * static_cast<std::size_t>(ins);
}

/// From row by row (outs x ins) to groups of four outputs, input by input; missing outputs are zero.
void pack_weights(const float* weights, int outs, int ins, float* packed);

extern const Kernels kPlainKernels;
extern const Kernels kAvx2Kernels;

/// The fastest that this processor runs.
const Kernels& kernels();

}  // namespace beltwarden::vision::net
