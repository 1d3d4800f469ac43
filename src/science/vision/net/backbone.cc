#include "science/vision/net/backbone.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/hash.h"

namespace beltwarden::vision::net {

namespace {
constexpr std::string_view kMagic = "BWBACKBONE1\n";
constexpr std::size_t kSumBytes = 32, kMostLayers = 64;
constexpr int kMostMaps = 1024;
constexpr double kMostPixelMaps = 1024;   // maps of all layers, each by its share of the window's pixels: 300 MB a thread, of eight windows of 96 pixels
constexpr int kStemInputs = 27;   // three by three pixels of three colours
constexpr int kGroup = 16;         // outputs of a layer that are computed and read while they are in the first caches
constexpr int kKeptRows = 3;       // of a map: what a window reads

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

// In groups of kGroup outputs, each packed by itself.
std::vector<float> packed(const std::vector<float>& weights, int outs, int ins) {
  std::vector<float> out;
  for (int m = 0; m < outs; m += kGroup) {
    const int count = std::min(kGroup, outs - m);
    const std::size_t at = out.size();
    out.resize(at + packed_size(count, ins));
    pack_weights(weights.data() + static_cast<std::ptrdiff_t>(m) * ins, count, ins, out.data() + at);
  }
  return out;
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
  double pixel_maps = 0;
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
    layer.bound = capped == 1 ? Bound::kCapped : Bound::kNone;
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
    pixel_maps += layer.outs / static_cast<double>(scale * scale);
    if (pixel_maps > kMostPixelMaps) return bad(where + " has more maps than memory should be given for");
    scales.push_back(scale);
    const std::size_t per_out = layer.kind == Kind::kStem ? kStemInputs : layer.kind == Kind::kDepthwise ? 9 : static_cast<std::size_t>(layer.ins);
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

// Maps that are added later, and the narrow ones between blocks of layers.
bool Backbone::is_whole(std::size_t index) const {
  return layers_[index].bound == Bound::kNone ||
         std::any_of(layers_.begin(), layers_.end(), [&](const Layer& l) { return l.add == static_cast<int>(index); });
}

Planes& Backbone::prepare(int side, Scratch& scratch) const {
  if (scratch.side_ == side && scratch.of_ == layers_.data()) return scratch.input_;
  scratch.side_ = side;
  scratch.of_ = layers_.data();
  scratch.input_ = Planes({kWindows * side, side}, 3, 1);
  scratch.rows_.clear();
  scratch.pools_.clear();
  int here = side;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    here /= layer.stride;
    scratch.rows_.push_back({here, 0, Planes({kWindows * here, is_whole(i) ? here : std::min(kKeptRows, here)}, layer.outs, 1)});
    scratch.pools_.emplace_back();
  }
  scratch.tile_.assign(static_cast<std::size_t>(kStemInputs * scratch.rows_.front().latest.channel_stride()), 0.0f);
  return scratch.input_;
}

namespace {

// Cells of the middle: those within a sixth of the side of it, and within a quarter.
int third_of(int side) { return std::max(1, side / 6); }
int half_of(int side) { return std::max(1, side / 4 + (side % 4 != 0 ? 1 : 0)); }
bool within(int cell, int side, int reach) { return cell >= side / 2 - reach && cell < side / 2 + reach; }

}  // namespace

// A group of outputs, from `first` on, of a row. A piece of the row at a time, so that what all of them read stays in the first cache.
void Backbone::mix_row(const Layer& layer, int first, const float* in, std::ptrdiff_t in_stride, const float* add, Planes& out, float* to,
                       const Kernels& kernels) {
  constexpr int kPiece = 48, kCachedFloats = 4096;
  const int n = out.shape().width, ins = layer.kind == Kind::kStem ? kStemInputs : layer.ins;
  const int piece = std::max(1, kCachedFloats / ins / kPiece) * kPiece;
  const std::ptrdiff_t stride = out.channel_stride();
  const float* weights = layer.weights.data() + static_cast<std::ptrdiff_t>(packed_size(kGroup, ins)) * (first / kGroup);
  for (int p = 0; p < n; p += piece) {
    kernels.mix(weights, layer.bias.data() + first, std::min(kGroup, layer.outs - first), ins, in + p, in_stride,
                add == nullptr ? nullptr : add + first * stride + p, stride, to + first * stride + p, stride, std::min(piece, n - p), layer.bound);
  }
}

// With a stride of two the window of an even number of pixels begins on even ones: what TensorFlow calls SAME.
void Backbone::stem_row(int y, Scratch& scratch, const Kernels& kernels) const {
  Planes& out = scratch.rows_.front().latest;
  const int n = out.shape().width;
  const std::ptrdiff_t stride = out.channel_stride();
  float* column = scratch.tile_.data();   // by row, column and colour, as the weights are
  for (int k = 0; k < 9; ++k) {
    for (int colour = 0; colour < 3; ++colour, column += stride) {
      const float* from = scratch.input_.row(0, colour, 2 * y + k / 3) + at(k % 3, 0);
      for (int p = 0; p < n; p += kWindows) std::memcpy(column + p, from + 2 * p, kWindows * sizeof(float));
    }
  }
  const Layer& layer = layers_.front();
  for (int first = 0; first < layer.outs; first += kGroup) {
    mix_row(layer, first, scratch.tile_.data(), stride, nullptr, out, scratch.rows_.front().row(y), kernels);
  }
}

// Row y of a sum over maps, in part.
void Backbone::group_row(std::size_t index, int first, int y, Scratch& scratch, const Kernels& kernels) const {
  const Layer& layer = layers_[index];
  const Scratch::Rows& in = scratch.rows_[index - 1];
  const float* add = layer.add < 0 ? nullptr : std::as_const(scratch.rows_[static_cast<std::size_t>(layer.add)]).row(y);
  mix_row(layer, first, in.row(y), in.latest.channel_stride(), add, scratch.rows_[index].latest, scratch.rows_[index].row(y), kernels);
}

// Row y of windows over each map by itself. Sums that they stand on are made a group at a time, and read at once.
void Backbone::windows_row(std::size_t index, int y, Scratch& scratch, const Kernels& kernels) const {
  const Layer& layer = layers_[index];
  Scratch::Rows &rows = scratch.rows_[index], &in = scratch.rows_[index - 1];
  const int middle = layer.stride == 1 ? y : 2 * y + 1, last = std::min(middle + 1, in.side - 1);
  const bool of_sums = layers_[index - 1].kind == Kind::kMix;
  make_rows(of_sums ? index - 2 : index - 1, last, scratch, kernels);
  const int made = in.made;
  in.made = std::max(in.made, last + 1);
  const std::ptrdiff_t in_stride = in.latest.channel_stride(), stride = rows.latest.channel_stride();
  const Scratch::Rows& from = in;
  for (int first = 0; first < layer.outs; first += kGroup) {
    for (int r = made; of_sums && r <= last; ++r) group_row(index - 1, first, r, scratch, kernels);
    const auto row = [&](int r) { return from.row(r) + first * in_stride; };
    kernels.depthwise_eight(layer.weights.data() + 9 * first, layer.bias.data() + first, std::min(kGroup, layer.outs - first),
                            {row(middle - 1), row(middle), row(middle + 1)}, in_stride, layer.stride == 2, rows.row(y) + first * stride, stride,
                            rows.latest.shape().width, layer.bound);
  }
  for (int r = made; layers_[index - 1].read && of_sums && r <= last; ++r) pool_row(in, r, scratch.pools_[index - 1]);
}

// Rows up to `to`, of which the layers before make theirs just ahead.
void Backbone::make_rows(std::size_t index, int to, Scratch& scratch, const Kernels& kernels) const {
  const Layer& layer = layers_[index];
  Scratch::Rows& rows = scratch.rows_[index];
  for (; rows.made <= std::min(to, rows.side - 1); ++rows.made) {
    const int y = rows.made;
    if (layer.kind == Kind::kStem) {
      stem_row(y, scratch, kernels);
    } else if (layer.kind == Kind::kDepthwise) {
      windows_row(index, y, scratch, kernels);
    } else {
      make_rows(index - 1, y, scratch, kernels);
      for (int first = 0; first < layer.outs; first += kGroup) group_row(index, first, y, scratch, kernels);
    }
    if (layer.read) pool_row(rows, y, scratch.pools_[index]);
  }
}

void Backbone::pool_row(const Scratch::Rows& rows, int y, Scratch::Pool& pool) {
  const int side = rows.side, third = third_of(side), half = half_of(side);
  const bool y_third = within(y, side, third), y_half = within(y, side, half);
  for (int c = 0; c < rows.latest.channels(); ++c) {
    const float* row = rows.row(y) + c * rows.latest.channel_stride();
    const std::size_t first = static_cast<std::size_t>(c * kWindows);
    for (int x = 0; x < side; ++x) {
      const bool in_third = y_third && within(x, side, third), in_half = y_half && within(x, side, half);
      for (std::size_t w = 0; w < kWindows; ++w) {
        const float value = row[static_cast<std::size_t>(at(x, 0)) + w];
        pool.all[first + w] += static_cast<double>(value);
        if (in_third) pool.third[first + w] += static_cast<double>(value);
        if (!in_half) continue;
        pool.half[first + w] += static_cast<double>(value);
        pool.highest[first + w] = std::max(pool.highest[first + w], value);
      }
    }
  }
}

std::vector<std::vector<float>> Backbone::run(int windows, Scratch& scratch, const Kernels& kernels) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    scratch.rows_[i].made = 0;
    const std::size_t values = layers_[i].read ? static_cast<std::size_t>(layers_[i].outs * kWindows) : 0;
    Scratch::Pool& pool = scratch.pools_[i];
    for (auto* sums : {&pool.third, &pool.half, &pool.all}) sums->assign(values, 0.0);
    pool.highest.assign(values, std::numeric_limits<float>::lowest());
  }
  // From one whole map to the next: what lies between stays in the second cache.
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (is_whole(i) || i + 1 == layers_.size()) make_rows(i, scratch.side_, scratch, kernels);
  }
  std::vector<std::vector<float>> features(static_cast<std::size_t>(windows));
  for (std::size_t w = 0; w < features.size(); ++w) {
    features[w].reserve(features_);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Scratch::Pool& pool = scratch.pools_[i];
      const double side = scratch.rows_[i].side, third = 2 * third_of(scratch.rows_[i].side), half = 2 * half_of(scratch.rows_[i].side);
      for (std::size_t v = w; v < pool.all.size(); v += kWindows) {
        features[w].push_back(static_cast<float>(pool.third[v] / (third * third)));
        features[w].push_back(static_cast<float>(pool.half[v] / (half * half)));
        features[w].push_back(pool.highest[v]);
        features[w].push_back(static_cast<float>(pool.all[v] / (side * side)));
      }
    }
  }
  return features;
}

double Backbone::multiply_adds(int side) const {
  double sum = 0, cells = static_cast<double>(side) * side;
  for (const Layer& layer : layers_) {
    cells /= layer.stride * layer.stride;
    sum += cells * layer.outs * (layer.kind == Kind::kStem ? kStemInputs : layer.kind == Kind::kDepthwise ? 9 : layer.ins);
  }
  return sum;
}

}  // namespace beltwarden::vision::net
