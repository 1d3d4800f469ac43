// A trained network made ready to run: normalisation folded into weights, and every map computed only as far as the rows
// that ask for it, so that what lies between two steps is still in the cache when it is read. Single-threaded; the same
// bits on every x86-64.
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
    const Planes& map(int step) const { return maps_[static_cast<std::size_t>(step)]; }

   private:
    friend class Frozen;
    int width_ = 0, height_ = 0;
    std::vector<Planes> maps_;
    std::vector<int> rows_done_;  // by stage
    std::vector<float> tile_;
  };

  /// Sizes the maps for pictures of `width` x `height`, whole multiples of coarsest_scale(), and returns the input to
  /// fill (one sample).
  Planes& prepare(int width, int height, Scratch& scratch) const;

  /// Computes the outputs from the input.
  void run(Scratch& scratch) const;

  int coarsest_scale() const { return coarsest_scale_; }

 private:
  enum class Gather { kNone, kDepthwise, kFold };
  struct Op {
    Stage stage;
    Gather gather = Gather::kNone;
    int ins = 0, outs = 0;
    std::vector<float> window, packed, bias;
    std::vector<float> scale, shift;  // of a normalisation on its own
  };
  void advance(std::size_t op, int rows, Scratch& scratch) const;
  void mix_row(const Op& op, int y, Scratch& scratch) const;
  void plain_row(const Op& op, int y, Scratch& scratch) const;

  std::vector<Op> ops_;
  std::vector<Step> steps_;
  std::vector<int> made_by_;  // stage that makes a step's map, -1: the input or none
  std::vector<int> outputs_;
  int coarsest_scale_ = 1;
  const Kernels* kernels_ = nullptr;
};

}  // namespace beltwarden::vision::net
