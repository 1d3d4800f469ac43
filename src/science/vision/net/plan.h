// What a network computes, step by step, and the numbers it computes with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::vision::net {

enum class StepKind : std::uint8_t {
  kInput = 0,
  kFold = 1,        ///< every 2 x 2 pixels become four times the channels at half the size
  kDepthwise = 2,   ///< 3 x 3 window, each channel alone
  kMix = 3,         ///< every output channel a weighted sum of all input channels, plus a constant
  kNormalise = 4,   ///< batch normalisation (Ioffe and Szegedy 2015), then max(0, .)
  kUnfold = 5,      ///< every pixel repeated 2 x 2
  kAdd = 6,         ///< sum of two maps
};

struct Step {
  StepKind kind = StepKind::kInput;
  int input = -1;   ///< earlier step
  int other = -1;   ///< second summand of kAdd
  int channels = 0;
  int scale = 1;    ///< pixels of the picture per pixel here
  int parameters = 0;  ///< where its parameters begin
  int state = 0;       ///< where its running means and variances begin (kNormalise)
};

/// Steps in order of computation; step 0 is the input. Up to 256 steps and 2^20 parameters.
class Plan {
 public:
  explicit Plan(int input_channels);

  int fold(int input);
  int depthwise(int input);
  int mix(int input, int channels);
  int normalise(int input);
  int unfold(int input);
  int add(int input, int other);

  /// Depthwise window, mix, normalise; plus the input itself when `residual`.
  int block(int input, int channels, bool residual);

  const std::vector<Step>& steps() const { return steps_; }
  int parameter_count() const { return parameters_; }
  int state_count() const { return state_; }
  int parameter_count(const Step& step) const;
  /// Multiply-adds per pixel of the picture.
  double multiply_adds_per_px() const;

 private:
  int push(Step step);
  std::vector<Step> steps_;
  int parameters_ = 0;
  int state_ = 0;
};

/// A plan with its numbers. `outputs` are steps that a caller reads.
struct Network {
  Plan plan{3};
  std::vector<float> parameters;
  std::vector<float> state;
  std::vector<int> outputs;
};

/// Random start: weights normal with variance 2 / inputs (He et al. 2015), constants 0.
Network make_network(Plan plan, std::vector<int> outputs, std::uint64_t seed);

/// Bytes with a version, sizes and a check sum; reading refuses anything else than what was written.
std::string to_bytes(const Network& network);
Result<Network> network_from_bytes(std::string_view bytes, const std::string& origin);

}  // namespace beltwarden::vision::net
