// The first layers of a network that was trained elsewhere on pictures of everyday things (MobileNetV2: Sandler, Howard, Zhu,
// Zhmoginov and Chen 2018): it knows edges, grain, print and sheen that fifty frames of ore cannot teach. It is run, never trained.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/vision/net/kernels.h"
#include "science/vision/net/planes.h"

namespace beltwarden::vision::net {

/// Read from the file that backbone/extract.mjs writes. Runs on square windows; the same bits on every x86-64.
class Backbone {
 public:
  /// Refuses what is damaged, not finite or not of the form expected.
  static Result<Backbone> from_bytes(std::string_view bytes, const std::string& origin);
  /// What it was read from.
  const std::string& bytes() const { return bytes_; }

  /// Maps of one window. One per thread.
  class Scratch {
    friend class Backbone;
    int side_ = 0;
    Planes input_;
    std::vector<Planes> maps_;   // by layer
    Floats tile_;
  };

  /// Sizes the maps for windows of `side` pixels, a multiple of 32, and returns the input to fill: red, green, blue from -1 to 1.
  Planes& prepare(int side, Scratch& scratch) const;

  /// Computes the maps from the input. Feature_count() numbers: of each map that is read, for each channel in turn, the mean over the
  /// inner third, mean and highest over the inner half, and the mean over all.
  std::vector<float> run(Scratch& scratch, const Kernels& kernels = net::kernels()) const;
  std::size_t feature_count() const { return features_; }
  static constexpr std::size_t kPooled = 4;   ///< numbers of a channel
  double multiply_adds(int side) const;

 private:
  enum class Kind : std::uint32_t { kStem, kDepthwise, kMix };   // three by three over all colours; of each map by itself; sums over maps
  struct Layer {
    Kind kind = Kind::kMix;
    int stride = 1, ins = 0, outs = 0;
    int add = -1;          // layer whose maps are added
    bool capped = false;   // max(0, min(6, .))
    bool read = false;
    std::vector<float> weights;   // packed, or nine by nine
    std::vector<float> bias;
  };
  void stem(const Layer& layer, const Planes& in, Planes& out, Floats& tile, const Kernels& kernels) const;
  void depthwise(const Layer& layer, const Planes& in, Planes& out, Floats& tile, const Kernels& kernels) const;

  std::string bytes_;
  std::vector<Layer> layers_;
  std::size_t features_ = 0;
};

}  // namespace beltwarden::vision::net
