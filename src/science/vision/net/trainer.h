// Fits the numbers of a network by gradient descent.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "science/vision/net/plan.h"
#include "science/vision/net/planes.h"
#include "science/vision/net/stages.h"

namespace beltwarden::vision::net {

/// One share of a batch: the maps of every step, their gradients, and the gradient of the parameters. Lanes do not
/// touch each other, so that each may run in a thread of its own; normalisation uses the lane's own samples.
class Lane {
 public:
  /// Pictures of `width` x `height` pixels, whole multiples of the coarsest scale.
  Lane(const Network& network, int samples, int width, int height);

  Planes& input() { return maps_.front(); }
  /// Of the input and of the network's outputs.
  const Planes& map(int step) const { return maps_[static_cast<std::size_t>(step)]; }
  /// Gradient of the loss by a map; the caller fills those of the outputs between forward and backward. Begins as zeros.
  Planes& gradient(int step) { return gradients_[static_cast<std::size_t>(step)]; }

  void forward(const Network& network);
  /// Fills parameter_gradient() from the gradients of the network's outputs.
  void backward(const Network& network);

  const std::vector<float>& parameter_gradient() const { return parameter_gradient_; }
  /// Means and variances met by the normalising steps in forward, laid out like Network::state.
  const std::vector<float>& batch_state() const { return batch_state_; }

 private:
  struct Place {  // rows of one sample
    int sample, from, to;
  };
  void forward_mix(const Network& network, const Stage& stage);
  void forward_plain(const Network& network, const Stage& stage);
  void normalise(const Network& network, const Stage& stage, const Planes& raw);
  void backward_mix(const Network& network, const Stage& stage);
  void backward_plain(const Network& network, const Stage& stage);
  void normalise_backward(const Network& network, const Stage& stage, const Planes& raw);
  const float* gather_row(const Network& network, const Stage& stage, Place place, int y, float* tile,
                          std::ptrdiff_t tile_stride, std::ptrdiff_t& stride) const;
  void window_backward(const Network& network, const Stage& stage, int sample, bool add_output_gradient);
  void pass_on(int step, const Planes& gradient);

  int samples_;
  std::vector<Stage> stages_;
  std::vector<Planes> maps_, raw_, gradients_;  // by step; raw_: before normalisation. Absorbed steps have none.
  std::vector<Planes> windows_;                 // gradients of windowed maps of one sample, by step
  std::vector<std::uint8_t> written_;
  std::vector<float> parameter_gradient_, batch_state_, packed_, tile_, other_tile_;
  std::vector<float> scale_, shift_, slope_, constant_, sums_;
};

/// AdamW (Loshchilov and Hutter 2019) with gradients clipped to a norm.
class Adam {
 public:
  explicit Adam(std::size_t parameters) : first_(parameters, 0.0f), second_(parameters, 0.0f) {}
  void step(std::span<const float> gradient, double rate, std::vector<float>& parameters);

  double weight_decay = 0.01;
  double clip = 5;

 private:
  std::vector<float> first_, second_;
  int steps_ = 0;
};

/// Mean of a network's numbers over the last steps of its training, which evens out what single batches did to them (Polyak
/// and Juditsky 1992): of all that were added, or, after more than `steps`, with weights that fall by 1/e over so many.
class AverageNumbers {
 public:
  explicit AverageNumbers(double steps) : least_share_(1 / steps) {}
  void add(const Network& network);
  /// Gives `network` the mean; without one added it stays as it is.
  void put_into(Network& network) const;

 private:
  double least_share_;
  int added_ = 0;
  std::vector<float> parameters_, state_;
};

struct TrainingRun {
  int steps = 1000;
  int lanes = 2;            ///< each in a thread of its own; results depend on their number, not on timing
  int samples_per_lane = 4;
  int width = 256;
  int height = 256;
  double peak_rate = 3e-3;  ///< learning rate, reached after a twentieth of the steps; then it falls along a cosine
  double least_rate_share = 0;  ///< share of `peak_rate` below which it does not fall
};

/// Learning rate of a step.
double rate_at(const TrainingRun& run, int step);

/// Fills the input of a lane and remembers what it should become. Called from the lane's thread: (step, lane).
using FillBatch = std::function<void(int, int, Planes&)>;
/// Writes the gradients of the outputs and returns the loss: (step, lane index, lane).
using LossGradient = std::function<double(int, int, Lane&)>;
/// Told after every step: (step, mean loss). Returns false to stop.
using AfterStep = std::function<bool(int, double)>;

/// Trains `network` in place.
void train(Network& network, const TrainingRun& run, const FillBatch& fill, const LossGradient& loss,
           const AfterStep& after);

}  // namespace beltwarden::vision::net
