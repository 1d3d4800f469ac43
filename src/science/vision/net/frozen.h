// A trained network made ready to run: normalisation folded into weights, windows and sums done together row by row, so
// that what lies between them never leaves the first cache. Single-threaded; the same bits on every x86-64.
#pragma once

#include <vector>

#include "science/vision/net/kernels.h"
#include "science/vision/net/plan.h"
#include "science/vision/net/planes.h"

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
  enum class Kind { kMix, kUnfold, kAdd, kDepthwise, kFold };
  struct Op {
    Kind kind = Kind::kMix;
    Gather gather = Gather::kNone;
    int input = 0;
    int other = -1;  // summand, -1: none
    int output = 0;
    int ins = 0, outs = 0;
    bool rectify = false;
    std::vector<float> window, packed, bias;
  };
  void run_mix(const Op& op, Scratch& scratch) const;

  std::vector<Op> ops_;
  std::vector<Step> steps_;
  std::vector<std::uint8_t> kept_;
  int coarsest_scale_ = 1;
  const Kernels* kernels_ = nullptr;
};

}  // namespace beltwarden::vision::net
