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

/// Read from the file that backbone/extract.mjs writes. Runs on square windows, eight side by side; the same bits on every x86-64.
class Backbone {
 public:
  /// Refuses what is damaged, not finite or not of the form expected.
  static Result<Backbone> from_bytes(std::string_view bytes, const std::string& origin);
  /// What it was read from.
  const std::string& bytes() const { return bytes_; }

  /// Windows that are looked at together. A processor's vectors hold as many numbers: the same pixel of each.
  static constexpr int kWindows = 8;
  /// The input's number of pixel x of window w.
  static constexpr int at(int x, int w) { return kWindows * x + w; }

  /// The rows at work of eight windows. One per thread.
  class Scratch {
    friend class Backbone;
    // The latest rows of a layer's maps, or all; a new one takes the oldest's place.
    struct Rows {
      int side = 0, made = 0;   // rows in all, and those computed
      Planes latest;
      const float* row(int y) const { return latest.row(0, 0, y < 0 || y >= side ? -1 : y % latest.shape().height); }
      float* row(int y) { return latest.row(0, 0, y % latest.shape().height); }
    };
    // Of the maps that are read: for each channel of each window, sums over the inner third, the inner half and all, and the inner half's highest.
    struct Pool {
      std::vector<double> third, half, all;
      std::vector<float> highest;
    };
    int side_ = 0;
    const void* of_ = nullptr;   // whose layers the rows are
    Planes input_;
    std::vector<Rows> rows_;    // by layer
    std::vector<Pool> pools_;   // by layer; empty where it is not read
    Floats tile_;
  };

  /// Sizes the maps for windows of `side` pixels, a multiple of 32, and returns the input to fill: red, green, blue from -1 to 1, with
  /// `side` times eight columns (see at()). What an earlier window left in it stays.
  Planes& prepare(int side, Scratch& scratch) const;

  /// Looks at the first `windows` of the input, one to eight, which take as long as eight. For each, feature_count() numbers: of each map that is
  /// read, for each channel in turn, the mean over the inner third, mean and highest over the inner half, and the mean over all.
  std::vector<std::vector<float>> run(int windows, Scratch& scratch, const Kernels& kernels = net::kernels()) const;
  std::size_t feature_count() const { return features_; }
  static constexpr std::size_t kPooled = 4;   ///< numbers of a channel
  /// Of one window.
  double multiply_adds(int side) const;

 private:
  enum class Kind : std::uint32_t { kStem, kDepthwise, kMix };   // three by three over all colours; of each map by itself; sums over maps
  struct Layer {
    Kind kind = Kind::kMix;
    int stride = 1, ins = 0, outs = 0;
    int add = -1;          // layer whose maps are added
    Bound bound = Bound::kNone;
    bool read = false;
    std::vector<float> weights;   // packed, or nine by nine
    std::vector<float> bias;
  };
  bool is_whole(std::size_t index) const;
  static void mix_row(const Layer& layer, int first, const float* in, std::ptrdiff_t in_stride, const float* add, Planes& out, float* to,
                      const Kernels& kernels);
  void stem_row(int y, Scratch& scratch, const Kernels& kernels) const;
  void group_row(std::size_t index, int first, int y, Scratch& scratch, const Kernels& kernels) const;
  void windows_row(std::size_t index, int y, Scratch& scratch, const Kernels& kernels) const;
  void make_rows(std::size_t index, int to, Scratch& scratch, const Kernels& kernels) const;
  static void pool_row(const Scratch::Rows& rows, int y, Scratch::Pool& pool);

  std::string bytes_;
  std::vector<Layer> layers_;
  std::size_t features_ = 0;
};

}  // namespace beltwarden::vision::net
