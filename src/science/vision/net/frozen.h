// A trained network made ready to run: normalisation folded into weights, every map computed only as far as the rows
// that ask for it, and of the maps between no more rows kept than are still to be read, so that they stay in the cache.
// Single-threaded; the same bits on every x86-64.
#pragma once

#include <vector>

#include "science/vision/net/kernels.h"
#include "science/vision/net/planes.h"
#include "science/vision/net/stages.h"

namespace beltwarden::vision::net {

class Frozen {
 public:
  Frozen() = default;
  /// The outputs of `network` are kept as maps; `kernels` must outlive it.
  explicit Frozen(const Network& network, const Kernels& kernels = net::kernels());

  /// Maps of one picture size. One per thread.
  class Scratch {
   public:
    /// The whole map of an output.
    const Planes& map(int step) const { return maps_[static_cast<std::size_t>(step)]; }

   private:
    friend class Frozen;
    // Row `y` of all channels, -1 to the map's height: the borders are rows, too.
    float* row(int step, int y) {
      const std::size_t i = static_cast<std::size_t>(step);
      return maps_[i].row(0, 0, (y + 1) % rows_kept_[i] - 1);
    }
    int width_ = 0, height_ = 0;
    std::vector<Planes> maps_;
    std::vector<int> rows_kept_;  // by step: row y lies where row y + rows_kept_ will
    std::vector<int> rows_done_;  // by stage
    Floats tile_;
  };

  /// Sizes the maps for pictures of `width` x `height`, whole multiples of coarsest_scale(), and returns the input to
  /// fill (one sample).
  Planes& prepare(int width, int height, Scratch& scratch) const;

  /// Computes the outputs from the input.
  void run(Scratch& scratch) const;

  int coarsest_scale() const { return coarsest_scale_; }

  /// How far beside a column of the picture pixels matter to the outputs there, in whole multiples of coarsest_scale(): a strip cut
  /// out of a picture at such multiples has the picture's own outputs that far from the cut.
  int reach_px() const;

 private:
  enum class Gather { kNone, kDepthwise, kFold, kUnfold };
  struct Op {
    Stage stage;
    Gather gather = Gather::kNone;
    int ins = 0, outs = 0;
    int rows_at_once = 1;  // two where windows share what they read
    std::vector<float> window, packed, bias;
    std::vector<float> scale, shift;  // of a normalisation on its own
  };
  // The rows of its input that an op reads for a row of its output.
  struct RowSpan {
    int first, last;
  };
  static RowSpan rows_read(const Op& op, int y);
  template <typename Compute>
  void advance(std::size_t op, int rows, std::vector<int>& rows_done, int picture_height, const Compute& compute) const;
  template <typename Compute>
  void each_row(std::vector<int>& rows_done, int picture_height, const Compute& compute) const;
  std::vector<int> plan_rows(int picture_height) const;
  void fuse_unfolds();
  void mix_rows(const Op& op, int y, int rows, Scratch& scratch) const;
  void plain_rows(const Op& op, int y, int rows, Scratch& scratch) const;

  std::vector<Op> ops_;
  std::vector<Step> steps_;
  std::vector<int> made_by_;  // stage that makes a step's map, -1: the input or none
  std::vector<int> outputs_;
  int coarsest_scale_ = 1;
  const Kernels* kernels_ = nullptr;
};

}  // namespace beltwarden::vision::net
