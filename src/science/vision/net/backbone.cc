#include "science/vision/net/backbone.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/hash.h"

namespace beltwarden::vision::net {

namespace {
constexpr std::string_view kMagic = "BWBACKBONE1\n";
constexpr std::size_t kSumBytes = 32, kMostLayers = 64;
constexpr int kMostMaps = 1024;
constexpr float kCap = 6;

float from_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float value = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                    : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return half >> 15 != 0 ? -value : value;
}

// What is left to be read.
struct Bytes {
  std::string_view left;

  bool take(std::uint32_t& value) {
    if (left.size() < 4) return false;
    value = 0;
    for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<std::uint8_t>(left[i])} << (8 * i);
    left.remove_prefix(4);
    return true;
  }
  // 16-bit floats; none may be infinite or no number.
  bool take(std::size_t count, std::vector<float>& values) {
    if (left.size() / 2 < count) return false;
    values.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto half = static_cast<std::uint16_t>(static_cast<std::uint8_t>(left[2 * i]) | static_cast<std::uint8_t>(left[2 * i + 1]) << 8);
      if ((half >> 10 & 31) == 31) return false;
      values[i] = from_half(half);
    }
    left.remove_prefix(2 * count);
    return true;
  }
};

std::vector<float> packed(const std::vector<float>& weights, int outs, int ins) {
  std::vector<float> out(packed_size(outs, ins));
  pack_weights(weights.data(), outs, ins, out.data());
  return out;
}

void cap(const Planes& map, float* row) {
  const std::ptrdiff_t count = map.row_stride();
  for (std::ptrdiff_t i = 0; i < count; ++i) row[i] = std::min(row[i], kCap);
}

}  // namespace

Result<Backbone> Backbone::from_bytes(std::string_view bytes, const std::string& origin) {
  const auto bad = [&](const std::string& what) { return corrupt(origin + ": " + what); };
  if (!bytes.starts_with(kMagic)) return bad("expected a backbone that begins with BWBACKBONE1");
  if (bytes.size() < kMagic.size() + kSumBytes) return bad("the backbone ends before its check sum");
  const Sha256 sum = sha256(bytes.substr(0, bytes.size() - kSumBytes));
  if (std::memcmp(sum.data(), bytes.data() + bytes.size() - kSumBytes, kSumBytes) != 0) return bad("the check sum of the backbone does not fit");
  Backbone out;
  out.bytes_ = bytes;
  Bytes rest{bytes.substr(kMagic.size(), bytes.size() - kMagic.size() - kSumBytes)};
  std::uint32_t count = 0;
  if (!rest.take(count) || count < 1 || count > kMostLayers) return bad("expected 1 to 64 layers");
  int scale = 1;
  std::vector<int> scales;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t kind = 0, stride = 0, outs = 0, capped = 0, add = 0, read = 0;
    const std::string where = "layer " + std::to_string(i + 1) + " of " + std::to_string(count);
    for (std::uint32_t* field : {&kind, &stride, &outs, &capped, &add, &read}) {
      if (!rest.take(*field)) return bad("the backbone ends within " + where);
    }
    Layer layer;
    layer.ins = i == 0 ? 3 : out.layers_.back().outs;
    layer.kind = static_cast<Kind>(kind);
    layer.stride = static_cast<int>(stride);
    layer.outs = static_cast<int>(outs);
    layer.add = static_cast<int>(add) - 1;
    layer.capped = capped == 1;
    layer.read = read == 1;
    const int wanted_stride = layer.kind == Kind::kStem ? 2 : layer.kind == Kind::kMix ? 1 : std::clamp(layer.stride, 1, 2);
    if (kind > 2 || (kind == 0) != (i == 0) || layer.stride != wanted_stride || outs < 1 || outs > kMostMaps ||
        (layer.kind == Kind::kDepthwise && layer.outs != layer.ins) || capped > 1 || read > 1 || add > i || (layer.kind != Kind::kMix && add != 0)) {
      return bad(where + " is not of the form expected");
    }
    scale *= layer.stride;
    if (layer.add >= 0) {
      const std::size_t other = static_cast<std::size_t>(layer.add);
      if (out.layers_[other].outs != layer.outs || scales[other] != scale) return bad(where + " adds maps of another form");
    }
    if (scale > 16) return bad(where + " is coarser than 16 pixels");
    scales.push_back(scale);
    const std::size_t per_out = layer.kind == Kind::kStem ? 27 : layer.kind == Kind::kDepthwise ? 9 : static_cast<std::size_t>(layer.ins);
    std::vector<float> weights;
    if (!rest.take(per_out * outs, weights) || !rest.take(outs, layer.bias)) return bad(where + " ends early or has numbers that are not finite");
    if (layer.kind == Kind::kDepthwise) layer.weights = std::move(weights);
    else layer.weights = packed(weights, layer.outs, static_cast<int>(per_out));
    if (layer.read) out.features_ += kPooled * outs;
    out.layers_.push_back(std::move(layer));
  }
  if (!rest.left.empty()) return bad("expected the check sum after the last layer");
  if (out.features_ == 0) return bad("expected a layer that is read");
  return out;
}

Planes& Backbone::prepare(int side, Scratch& scratch) const {
  if (scratch.side_ == side && scratch.maps_.size() == layers_.size()) return scratch.input_;
  scratch.side_ = side;
  scratch.input_ = Planes({side, side}, 3, 1);
  scratch.maps_.clear();
  int here = side;
  std::ptrdiff_t tile = 27 * (side / 2 + 16) + 2 * (side + 64);
  for (const Layer& layer : layers_) {
    here /= layer.stride;
    scratch.maps_.emplace_back(PlaneShape{here, here}, layer.outs, 1);
    if (layer.kind == Kind::kDepthwise) tile = std::max<std::ptrdiff_t>(tile, layer.outs * (layer.stride * here + 64));
  }
  scratch.tile_.assign(static_cast<std::size_t>(tile), 0.0f);
  return scratch.input_;
}

// With a stride of two the window of an even number of pixels stands on every odd one: what TensorFlow calls SAME.
void Backbone::stem(const Layer& layer, const Planes& in, Planes& out, Floats& tile, const Kernels& kernels) const {
  const int n = out.shape().columns(), width = in.shape().width;
  const std::ptrdiff_t stride = n + 8;
  float* line = tile.data() + 27 * stride;   // a row of the picture and zeros behind it
  for (int y = 0; y < out.shape().height; ++y) {
    for (int dy = 0; dy < 3; ++dy) {
      for (int colour = 0; colour < 3; ++colour) {
        std::copy_n(in.row(0, colour, 2 * y + dy), width, line);
        std::fill(line + width, line + 2 * stride, 0.0f);
        float* even = tile.data() + (9 * dy + colour) * stride;   // by row, column and colour, as the weights are
        kernels.split(line, even, even + 3 * stride, n);
        std::copy_n(even + 1, n - 1, even + 6 * stride);
        even[6 * stride + n - 1] = line[2 * n];
      }
    }
    float* to = out.row(0, 0, y);
    kernels.mix(layer.weights.data(), layer.bias.data(), layer.outs, 27, tile.data(), stride, nullptr, 0, to, out.channel_stride(), n, layer.capped);
    if (layer.capped) cap(out, to);
    out.clear_beyond(0, y);
  }
}

void Backbone::depthwise(const Layer& layer, const Planes& in, Planes& out, Floats& tile, const Kernels& kernels) const {
  static const std::vector<float> kOnes(kMostMaps, 1.0f);
  const int n = in.shape().columns(), wide = out.shape().columns();
  const std::ptrdiff_t stride = layer.stride == 1 ? out.channel_stride() : std::max<std::ptrdiff_t>(n, 2 * wide);
  for (int y = 0; y < out.shape().height; ++y) {
    float* to = out.row(0, 0, y);
    float* windows = layer.stride == 1 ? to : tile.data();
    const ThreeRows rows = ThreeRows::around(in.row(0, 0, layer.stride == 1 ? y : 2 * y + 1), in.row_stride());
    kernels.depthwise(layer.weights.data(), layer.outs, rows, in.channel_stride(), nullptr, 0, windows, stride, n);
    if (layer.stride == 2) {
      for (int c = 0; c < layer.outs; ++c) {
        kernels.split(windows + c * stride, tile.data() + layer.outs * stride, to + c * out.channel_stride(), wide);
      }
    }
    if (layer.capped) {
      kernels.scale_rectify(to, kOnes.data(), layer.bias.data(), nullptr, to, out.channel_stride(), layer.outs, wide);
      cap(out, to);
    } else {
      for (int c = 0; c < layer.outs; ++c) {
        for (int x = 0; x < wide; ++x) to[c * out.channel_stride() + x] += layer.bias[static_cast<std::size_t>(c)];
      }
    }
    out.clear_beyond(0, y);
  }
}

namespace {

// Mean and highest over the `inner` cells on either side of the middle.
void pool(const Planes& map, std::vector<float>& out) {
  const int side = map.shape().width, third = std::max(1, side / 6), half = std::max(1, side / 4 + (side % 4 != 0 ? 1 : 0));
  const auto mean = [&](int channel, int reach) {
    double sum = 0;
    for (int y = side / 2 - reach; y < side / 2 + reach; ++y) {
      const float* row = map.row(0, channel, y);
      for (int x = side / 2 - reach; x < side / 2 + reach; ++x) sum += static_cast<double>(row[x]);
    }
    return static_cast<float>(sum / (4.0 * reach * reach));
  };
  for (int c = 0; c < map.channels(); ++c) {
    out.push_back(mean(c, third));
    out.push_back(mean(c, half));
    float highest = map.row(0, c, side / 2)[side / 2];
    for (int y = side / 2 - half; y < side / 2 + half; ++y) highest = std::max(highest, *std::max_element(map.row(0, c, y) + side / 2 - half, map.row(0, c, y) + side / 2 + half));
    out.push_back(highest);
    out.push_back(mean(c, side / 2));
  }
}

}  // namespace

std::vector<float> Backbone::run(Scratch& scratch, const Kernels& kernels) const {
  std::vector<float> features;
  features.reserve(features_);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const Planes& in = i == 0 ? scratch.input_ : scratch.maps_[i - 1];
    Planes& out = scratch.maps_[i];
    if (layer.kind == Kind::kStem) {
      stem(layer, in, out, scratch.tile_, kernels);
    } else if (layer.kind == Kind::kDepthwise) {
      depthwise(layer, in, out, scratch.tile_, kernels);
    } else {
      for (int y = 0; y < out.shape().height; ++y) {
        float* to = out.row(0, 0, y);
        const float* add = layer.add < 0 ? nullptr : scratch.maps_[static_cast<std::size_t>(layer.add)].row(0, 0, y);
        kernels.mix(layer.weights.data(), layer.bias.data(), layer.outs, layer.ins, in.row(0, 0, y), in.channel_stride(), add, out.channel_stride(), to,
                    out.channel_stride(), out.shape().columns(), layer.capped);
        if (layer.capped) cap(out, to);
        out.clear_beyond(0, y);
      }
    }
    if (layer.read) pool(out, features);
  }
  return features;
}

double Backbone::multiply_adds(int side) const {
  double sum = 0, cells = static_cast<double>(side) * side;
  for (const Layer& layer : layers_) {
    cells /= layer.stride * layer.stride;
    sum += cells * layer.outs * (layer.kind == Kind::kStem ? 27 : layer.kind == Kind::kDepthwise ? 9 : layer.ins);
  }
  return sum;
}

}  // namespace beltwarden::vision::net
