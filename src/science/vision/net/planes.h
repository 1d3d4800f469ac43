// Feature maps with borders of zeros, so that windows need no special case at edges.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <vector>

namespace beltwarden::vision::net {

/// Memory that begins on a cache line: a vector across two lines costs twice.
template <typename T>
struct LineAligned {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  LineAligned() = default;
  template <typename U>
  LineAligned(const LineAligned<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
  bool operator==(const LineAligned&) const = default;
};
using Floats = std::vector<float, LineAligned<float>>;

/// Where a map's pixels lie: one row of all channels after the other, so that what a window or a sum over channels reads
/// lies close together. A row of one channel takes pitch() floats; those from `width` on are zero, and so is the float
/// before the first.
struct PlaneShape {
  int width = 0;
  int height = 0;

  std::ptrdiff_t pitch() const { return (width + 1 + 7) / 8 * 8; }
  /// Columns that kernels handle: whole vectors, up to seven more than `width` and never more than pitch().
  int columns() const { return (width + 7) / 8 * 8; }
  bool operator==(const PlaneShape&) const = default;
};

/// `count` samples of `channels` planes each.
class Planes {
 public:
  Planes() = default;
  Planes(PlaneShape shape, int channels, int count)
      : shape_(shape), channels_(channels), count_(count),
        values_(static_cast<std::size_t>(kMargin + sample_size() * count + kMargin), 0.0f) {}

  const PlaneShape& shape() const { return shape_; }
  int channels() const { return channels_; }
  int count() const { return count_; }
  /// From row y of a channel to row y + 1, and to the same row of the next channel.
  std::ptrdiff_t row_stride() const { return channels_ * shape_.pitch(); }
  std::ptrdiff_t channel_stride() const { return shape_.pitch(); }

  /// Row -1 and row `height` are zero.
  float* row(int sample, int channel, int y) { return values_.data() + offset(sample, channel, y); }
  const float* row(int sample, int channel, int y) const { return values_.data() + offset(sample, channel, y); }

  /// Makes what kernels wrote beyond `width` zero again, in all channels of a row.
  void clear_beyond(int sample, int y) {
    if (shape_.width == shape_.columns()) return;
    for (int c = 0; c < channels_; ++c) {
      float* from = row(sample, c, y);
      std::fill(from + shape_.width, from + shape_.columns(), 0.0f);
    }
  }

 private:
  static constexpr std::ptrdiff_t kMargin = 16;  // floats that windows may touch before and after: one cache line
  std::ptrdiff_t sample_size() const { return (shape_.height + 2) * row_stride(); }
  std::ptrdiff_t offset(int sample, int channel, int y) const {
    return kMargin + sample * sample_size() + (y + 1) * row_stride() + channel * shape_.pitch();
  }
  PlaneShape shape_;
  int channels_ = 0;
  int count_ = 0;
  Floats values_;
};

}  // namespace beltwarden::vision::net
