// The sums a small convolutional network is made of, written once and compiled for AVX2 with fused multiply-adds and for
// any processor; two of them for AVX-512, too. All give the same bits: every output is one chain of fused multiply-adds in a fixed order.
#pragma once

#include <cstddef>

namespace beltwarden::vision::net {

/// The row that a window stands on and its neighbours; each with all channels.
struct ThreeRows {
  const float *above, *here, *below;

  static ThreeRows around(const float* row, std::ptrdiff_t row_stride) { return {row - row_stride, row, row + row_stride}; }
};

/// What becomes of a sum: nothing, max(0, .), or min(6, max(0, .)).
enum class Bound { kNone, kRectified, kCapped };
inline constexpr float kCap = 6;

/// All work on one row of several channels, which lie `stride` floats apart. Values are handled eight at a time: `n` is a
/// multiple of 8 and buffers are readable and writable that far. A null `add` adds nothing.
struct Kernels {
  const char* name;

  /// out[m][p] = sum over k of weights[m][k] in[k][p] + bias[m] (bias may be null), then `bound`, then + add[m][p].
  /// Weights packed by pack_weights.
  void (*mix)(const float* packed, const float* bias, int outs, int ins, const float* in, std::ptrdiff_t in_stride,
              const float* add, std::ptrdiff_t add_stride, float* out, std::ptrdiff_t out_stride, int n, Bound bound);

  /// sums[a][b] += sum over p of x[a][p] y[b][p].
  void (*correlate)(const float* x, std::ptrdiff_t x_stride, int xs, const float* y, std::ptrdiff_t y_stride, int ys,
                    int n, float* sums);

  /// out[c][p] = sum of nine weights of c times in[dy][c][p + dx], dy and dx from -1 to 1; + add[c][p].
  void (*depthwise)(const float* weights, int channels, ThreeRows in, std::ptrdiff_t in_stride, const float* add,
                    std::ptrdiff_t add_stride, float* out, std::ptrdiff_t out_stride, int n);

  /// The same for two rows, one above the other, whose windows share what they read: `in` four rows, `out` two.
  void (*depthwise_pair)(const float* weights, int channels, const float* const* in, std::ptrdiff_t in_stride, float* const* out,
                         std::ptrdiff_t out_stride, int n);

  /// Of eight pictures side by side, pixel x of picture l at 8 x + l: out[c][p] = sum of nine weights of c times in[dy][c][p + 8 dx] + bias[c], dx from
  /// -1 to 1, then `bound`. With `every_other`, in[dy][c][2 p + 8 dx], dx from 0 to 2.
  void (*depthwise_eight)(const float* weights, const float* bias, int channels, ThreeRows in, std::ptrdiff_t in_stride, bool every_other,
                          float* out, std::ptrdiff_t out_stride, int n, Bound bound);

  /// sums[c][9][8] += gradient[c][p] in[c][p + dy * row + dx] by p modulo 8, over `rows` rows of both.
  void (*depthwise_correlate)(const float* in, const float* gradient, int channels, std::ptrdiff_t stride,
                              std::ptrdiff_t row, int rows, int n, float* sums);

  /// sums[c][2][8] += x and its squares by p modulo 8.
  void (*moments)(const float* x, std::ptrdiff_t stride, int channels, int n, float* sums);

  /// out[c][p] = max(0, x[c][p] scale[c] + shift[c]) + add[c][p]. One stride for all.
  void (*scale_rectify)(const float* x, const float* scale, const float* shift, const float* add, float* out,
                        std::ptrdiff_t stride, int channels, int n);

  /// Of the gradient where x scale + shift is above zero: sums[c][2][8] += it, and it times x, by p modulo 8.
  void (*rectified_sums)(const float* gradient, const float* x, const float* scale, const float* shift,
                         std::ptrdiff_t stride, int channels, int n, float* sums);

  /// out[c][p] = scale[c] * (gradient[c][p] where x scale + shift is above zero) + b[c] x[c][p] + d[c].
  void (*rectified_gradient)(const float* gradient, const float* x, const float* scale, const float* shift,
                             const float* b, const float* d, std::ptrdiff_t stride, float* out,
                             std::ptrdiff_t out_stride, int channels, int n);

  /// even[p] = in[2 p], odd[p] = in[2 p + 1].
  void (*split)(const float* in, float* even, float* odd, int n);

  /// out[p] = in[p / 2] + add[p].
  void (*unfold_add)(const float* in, const float* add, float* out, int n);

  /// out[2 p] (+)= even[p], out[2 p + 1] (+)= odd[p].
  void (*join)(const float* even, const float* odd, float* out, int n, bool add);
};

/// Floats that pack_weights writes for `outs` x `ins`.
constexpr std::size_t packed_size(int outs, int ins) { return static_cast<std::size_t>(outs) * static_cast<std::size_t>(ins) + 8; }

/// From row by row (outs x ins) to input by input; a few zeros follow.
void pack_weights(const float* weights, int outs, int ins, float* packed);

extern const Kernels kPlainKernels;
extern const Kernels kAvx2Kernels;

/// `kernels` with those of AVX-512 in their place, where they are built.
Kernels widened(Kernels kernels);

/// The fastest that this processor runs.
const Kernels& kernels();

}  // namespace beltwarden::vision::net
