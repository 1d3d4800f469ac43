#include <algorithm>
#include <cmath>

#include "science/vision/net/kernels.h"
#include "science/vision/net/lane_rows.h"
#include "science/vision/net/trainer.h"

namespace beltwarden::vision::net {

namespace {

void fold_row_backward(const Kernels& k, const float* gradient, std::ptrdiff_t stride, int n, int sample, int y, bool add,
                       Planes& out) {
  const bool whole = 2 * n <= out.shape().columns();
  for (int c = 0; c < out.channels(); ++c) {
    for (int half = 0; half < 2; ++half) {
      const float *even = gradient + (4 * c + 2 * half) * stride, *odd = even + stride;
      float* to = out.row(sample, c, 2 * y + half);
      if (whole) {
        k.join(even, odd, to, n, add);
        continue;
      }
      for (int x = 0; x < out.shape().width; ++x) {
        const float value = x % 2 == 0 ? even[x / 2] : odd[x / 2];
        to[x] = add ? to[x] + value : value;
      }
    }
  }
}

// out = or += values of another map of the same shape.
void put_row(const float* from, int n, bool add, float* to) {
  for (int x = 0; x < n; ++x) to[x] = add ? to[x] + from[x] : from[x];
}

}  // namespace

void Lane::backward(const Network& network) {
  std::fill(written_.begin(), written_.end(), std::uint8_t{0});
  std::fill(parameter_gradient_.begin(), parameter_gradient_.end(), 0.0f);
  for (const int output : network.outputs) written_[at(output)] = 1;
  for (std::size_t i = stages_.size(); i-- > 0;) {
    const Stage& stage = stages_[i];
    if (written_[at(stage.output)] == 0) continue;
    if (stage.kind == Stage::Kind::kMix) backward_mix(network, stage);
    else backward_plain(network, stage);
  }
}

void Lane::pass_on(int step, const Planes& gradient) {
  if (step == 0) return;
  Planes& to = gradients_[at(step)];
  const bool add = written_[at(step)] != 0;
  const int n = static_cast<int>(gradient.row_stride());  // a row of all channels lies in one piece
  for (int s = 0; s < samples_; ++s) {
    for (int y = 0; y < gradient.shape().height; ++y) put_row(gradient.row(s, 0, y), n, add, to.row(s, 0, y));
  }
  written_[at(step)] = 1;
}

// Parameters' share of the normalising step, and what the gradient by its input is made of.
void Lane::normalise_backward(const Network& network, const Stage& stage, const Planes& raw) {
  const Step& step = network.plan.steps()[at(stage.normalise)];
  const Planes& gradient = gradients_[at(stage.output)];
  const PlaneShape shape = raw.shape();
  const double count = static_cast<double>(samples_) * shape.width * shape.height;
  const float* p = parameters_of(network, stage.normalise);
  float* dp = parameter_gradient_.data() + step.parameters;
  const auto mean_of = [&](int c) { return static_cast<double>(batch_state_[at(step.state + c)]); };
  const auto inverse_of = [&](int c) {
    return 1 / std::sqrt(static_cast<double>(batch_state_[at(step.state + step.channels + c)]) + kNormaliseFloor);
  };
  for (int c = 0; c < step.channels; ++c) {
    const double scale = static_cast<double>(p[c]) * inverse_of(c);
    scale_[at(c)] = static_cast<float>(scale);
    shift_[at(c)] = static_cast<float>(static_cast<double>(p[step.channels + c]) - mean_of(c) * scale);
  }
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  for (int s = 0; s < samples_; ++s) {
    for (int y = 0; y < shape.height; ++y) {
      kernels().rectified_sums(gradient.row(s, 0, y), raw.row(s, 0, y), scale_.data(), shift_.data(), raw.channel_stride(),
                               step.channels, shape.columns(), sums_.data());
    }
  }
  for (int c = 0; c < step.channels; ++c) {
    const double sum = across(&sums_[at(16 * c)]), product = across(&sums_[at(16 * c + 8)]);
    // Sum of gradient times the normalised value.
    const double by_value = (product - mean_of(c) * sum) * inverse_of(c);
    dp[c] += static_cast<float>(by_value);
    dp[step.channels + c] += static_cast<float>(sum);
    // dx = scale (g - sum / n - z by_value / n) with z = (x - mean) inverse.
    const double scale = static_cast<double>(p[c]) * inverse_of(c);
    const double slope = -scale * inverse_of(c) * by_value / count;
    slope_[at(c)] = static_cast<float>(slope);
    constant_[at(c)] = static_cast<float>(-scale * sum / count - slope * mean_of(c));
  }
}

void Lane::backward_mix(const Network& network, const Stage& stage) {
  const Kernels& k = kernels();
  const Step& mix = network.plan.steps()[at(stage.mix)];
  const int outs = mix.channels, ins = network.plan.steps()[at(mix.input)].channels;
  const float* p = parameters_of(network, stage.mix);
  float* dp = parameter_gradient_.data() + mix.parameters;
  const Planes& gradient = gradients_[at(stage.output)];
  const Planes& raw = raw_[at(stage.mix)];
  Planes& to = gradients_[at(stage.input)];
  const PlaneShape shape = gradient.shape();
  const int n = shape.columns(), beyond = n - shape.width;
  if (stage.normalise >= 0) normalise_backward(network, stage, raw);
  const bool windowed = stage.gather >= 0 && network.plan.steps()[at(stage.gather)].kind == StepKind::kDepthwise;
  const bool wanted = stage.input != 0;
  // A block that adds its own input: what it passes on is added on the way, when nothing else was written there.
  const bool residual = windowed && wanted && stage.other == stage.input && written_[at(stage.input)] == 0;
  if (stage.other >= 0 && !residual) pass_on(stage.other, gradient);
  const bool add = written_[at(stage.input)] != 0;
  std::vector<float> turned(at(ins * outs));
  for (int m = 0; m < outs; ++m) {
    for (int i = 0; i < ins; ++i) turned[at(i * outs + m)] = p[m * ins + i];
  }
  packed_.resize(packed_size(ins, outs));
  pack_weights(turned.data(), ins, outs, packed_.data());
  const int rows = std::max(1, kGroup / n);
  const std::ptrdiff_t stride = rows * n;
  for (int s = 0; s < samples_; ++s) {
    for (int from = 0; from < shape.height; from += rows) {
      const int until = std::min(shape.height, from + rows), count = (until - from) * n;
      float *by_sum = tile_.data(), *gathered = other_tile_.data();
      for (int y = from; y < until; ++y) {
        float* line = by_sum + (y - from) * n;
        if (stage.normalise >= 0) {
          k.rectified_gradient(gradient.row(s, 0, y), raw.row(s, 0, y), scale_.data(), shift_.data(), slope_.data(),
                               constant_.data(), gradient.channel_stride(), line, stride, outs, n);
        } else {
          for (int c = 0; c < outs; ++c) std::copy_n(gradient.row(s, c, y), n, line + c * stride);
        }
        for (int c = 0; beyond > 0 && c < outs; ++c) std::fill_n(line + c * stride + shape.width, beyond, 0.0f);
        std::ptrdiff_t made = 0;
        const float* source = gather_row(network, stage, {s, 0, 0}, y, gathered + (y - from) * n, stride, made);
        for (int c = 0; stage.gather < 0 && c < ins; ++c) {
          std::copy_n(source + c * made, n, gathered + c * stride + (y - from) * n);
        }
      }
      k.correlate(by_sum, stride, outs, gathered, stride, ins, count, dp);
      // A constant before normalisation changes nothing.
      for (int c = 0; stage.normalise < 0 && c < outs; ++c) {
        float eight[16] = {};
        k.moments(by_sum + c * stride, stride, 1, count, eight);
        dp[outs * ins + c] += static_cast<float>(across(eight));
      }
      if (!wanted) continue;
      k.mix(packed_.data(), nullptr, ins, outs, by_sum, stride, nullptr, 0, gathered, stride, count, Bound::kNone);
      for (int y = from; y < until; ++y) {
        const float* line = gathered + (y - from) * n;
        if (windowed) {
          Planes& window = windows_[at(stage.gather)];
          for (int c = 0; c < ins; ++c) std::copy_n(line + c * stride, n, window.row(0, c, y));
        } else if (stage.gather >= 0) {
          fold_row_backward(k, line, stride, n, s, y, add, to);
        } else {
          for (int c = 0; c < ins; ++c) put_row(line + c * stride, n, add, to.row(s, c, y));
        }
      }
    }
    if (windowed && wanted) window_backward(network, stage, s, residual);
  }
  written_[at(stage.input)] = 1;
}

// Through the window, for one sample whose gradient by the windowed map lies in windows_.
void Lane::window_backward(const Network& network, const Stage& stage, int sample, bool add_output_gradient) {
  const Kernels& k = kernels();
  const int step = stage.gather >= 0 ? stage.gather : stage.output;
  const Planes& window = stage.gather >= 0 ? windows_[at(step)] : gradients_[at(step)];
  const int window_sample = stage.gather >= 0 ? 0 : sample;
  const Planes& in = maps_[at(stage.input)];
  Planes& to = gradients_[at(stage.input)];
  const int channels = in.channels(), n = in.shape().columns();
  const float* p = parameters_of(network, step);
  float* dp = parameter_gradient_.data() + network.plan.steps()[at(step)].parameters;
  std::vector<float> flipped(at(9 * channels));
  for (int c = 0; c < channels; ++c) {
    for (int i = 0; i < 9; ++i) flipped[at(9 * c + i)] = p[9 * c + 8 - i];
  }
  const Planes* summand = add_output_gradient ? &gradients_[at(stage.output)] : written_[at(stage.input)] != 0 ? &to : nullptr;
  constexpr int kRows = 4;
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  for (int y = 0; y < in.shape().height; ++y) {
    if (y % kRows == 0) {
      k.depthwise_correlate(in.row(sample, 0, y), window.row(window_sample, 0, y), channels, in.channel_stride(),
                            in.row_stride(), std::min(kRows, in.shape().height - y), n, sums_.data());
    }
    if (stage.input == 0) continue;
    k.depthwise(flipped.data(), channels, ThreeRows::around(window.row(window_sample, 0, y), window.row_stride()),
                window.channel_stride(), summand == nullptr ? nullptr : summand->row(sample, 0, y), to.channel_stride(), to.row(sample, 0, y),
                to.channel_stride(), n);
    to.clear_beyond(sample, y);
  }
  for (int i = 0; i < 9 * channels; ++i) dp[i] += static_cast<float>(across(&sums_[at(8 * i)]));
}

void Lane::backward_plain(const Network& network, const Stage& stage) {
  const Kernels& k = kernels();
  const Planes& gradient = gradients_[at(stage.output)];
  Planes& to = gradients_[at(stage.input)];
  const PlaneShape shape = gradient.shape();
  const bool add = written_[at(stage.input)] != 0, wanted = stage.input != 0;
  if (stage.kind == Stage::Kind::kAdd) {
    pass_on(stage.input, gradient);
    pass_on(stage.other, gradient);
    return;
  }
  if (stage.kind == Stage::Kind::kNormalise) normalise_backward(network, stage, maps_[at(stage.input)]);
  for (int s = 0; s < samples_; ++s) {
    if (stage.kind == Stage::Kind::kDepthwise) {
      window_backward(network, stage, s, false);
      continue;
    }
    if (!wanted) continue;
    const int height = stage.kind == Stage::Kind::kUnfold ? to.shape().height : shape.height;
    for (int y = 0; y < height; ++y) {
      if (stage.kind == Stage::Kind::kFold) {
        fold_row_backward(k, gradient.row(s, 0, y), gradient.channel_stride(), shape.columns(), s, y, add, to);
      } else if (stage.kind == Stage::Kind::kUnfold) {
        for (int c = 0; c < to.channels(); ++c) {
          float* line = to.row(s, c, y);
          const float *upper = gradient.row(s, c, 2 * y), *lower = gradient.row(s, c, 2 * y + 1);
          for (int x = 0; x < to.shape().width; ++x) {
            const float sum = (upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]);
            line[x] = add ? line[x] + sum : sum;
          }
        }
      } else {
        const Planes& raw = maps_[at(stage.input)];
        k.rectified_gradient(gradient.row(s, 0, y), raw.row(s, 0, y), scale_.data(), shift_.data(), slope_.data(),
                             constant_.data(), gradient.channel_stride(), tile_.data(), shape.columns(), raw.channels(),
                             shape.columns());
        for (int c = 0; c < raw.channels(); ++c) put_row(tile_.data() + c * shape.columns(), shape.width, add, to.row(s, c, y));
      }
    }
  }
  written_[at(stage.input)] = 1;
}

}  // namespace beltwarden::vision::net
