// Feature maps: planes of floats, each with a border of zeros, so that windows need no special case at edges.
#pragma once

#include <cstddef>
#include <vector>

namespace beltwarden::vision::net {

/// Where a plane's pixels lie. Row y, column x is at start() + y * stride() + x; columns -1 and width, and rows -1 and
/// height, are zero. Sums run over flat_count() floats from flat_start(): whole rows with their borders.
struct PlaneShape {
  int width = 0;
  int height = 0;

  std::ptrdiff_t stride() const { return width + 2; }
  std::ptrdiff_t flat_start() const { return 8 + stride(); }
  std::ptrdiff_t start() const { return flat_start() + 1; }
  int flat_count() const { return static_cast<int>((height * stride() + 7) / 8 * 8); }
  std::ptrdiff_t plane_size() const { return (8 + (height + 2) * stride() + 16 + 7) / 8 * 8; }
  bool operator==(const PlaneShape&) const = default;
};

/// `count` samples of `channels` planes each.
class Planes {
 public:
  Planes() = default;
  Planes(PlaneShape shape, int channels, int count)
      : shape_(shape), channels_(channels), count_(count),
        values_(static_cast<std::size_t>(shape.plane_size() * channels * count), 0.0f) {}

  const PlaneShape& shape() const { return shape_; }
  int channels() const { return channels_; }
  int count() const { return count_; }
  float* plane(int sample, int channel) { return values_.data() + offset(sample, channel); }
  const float* plane(int sample, int channel) const { return values_.data() + offset(sample, channel); }
  float* flat(int sample, int channel) { return plane(sample, channel) + shape_.flat_start(); }
  const float* flat(int sample, int channel) const { return plane(sample, channel) + shape_.flat_start(); }
  float* row(int sample, int channel, int y) { return plane(sample, channel) + shape_.start() + y * shape_.stride(); }
  const float* row(int sample, int channel, int y) const {
    return plane(sample, channel) + shape_.start() + y * shape_.stride();
  }

 private:
  std::ptrdiff_t offset(int sample, int channel) const {
    return (static_cast<std::ptrdiff_t>(sample) * channels_ + channel) * shape_.plane_size();
  }
  PlaneShape shape_;
  int channels_ = 0;
  int count_ = 0;
  std::vector<float> values_;
};

/// Makes the borders of a plane zero again after a sum that ran over them.
inline void clear_borders(const PlaneShape& shape, float* plane) {
  float* flat = plane + shape.flat_start();
  for (int y = 0; y < shape.height; ++y) {
    flat[y * shape.stride()] = 0;
    flat[y * shape.stride() + shape.width + 1] = 0;
  }
  for (std::ptrdiff_t p = shape.height * shape.stride(); p < shape.flat_count(); ++p) flat[p] = 0;
}

}  // namespace beltwarden::vision::net
