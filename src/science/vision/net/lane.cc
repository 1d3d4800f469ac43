#include <algorithm>
#include <cmath>
#include <cstring>

#include "science/vision/net/kernels.h"
#include "science/vision/net/trainer.h"

namespace beltwarden::vision::net {

namespace {

constexpr double kNormaliseFloor = 1e-4;  // added to variances

void fold(const Planes& in, int sample, Planes& out) {
  for (int c = 0; c < in.channels(); ++c) {
    for (int y = 0; y < out.shape().height; ++y) {
      for (int part = 0; part < 4; ++part) {
        const float* from = in.row(sample, c, 2 * y + part / 2) + part % 2;
        float* to = out.row(sample, 4 * c + part, y);
        for (int x = 0; x < out.shape().width; ++x) to[x] = from[2 * x];
      }
    }
  }
}

void fold_backward(const Planes& gradient, int sample, bool add, Planes& out) {
  for (int c = 0; c < out.channels(); ++c) {
    for (int y = 0; y < gradient.shape().height; ++y) {
      for (int part = 0; part < 4; ++part) {
        float* to = out.row(sample, c, 2 * y + part / 2) + part % 2;
        const float* from = gradient.row(sample, 4 * c + part, y);
        for (int x = 0; x < gradient.shape().width; ++x) to[2 * x] = add ? to[2 * x] + from[x] : from[x];
      }
    }
  }
}

void unfold(const Planes& in, int sample, Planes& out) {
  for (int c = 0; c < in.channels(); ++c) {
    for (int y = 0; y < out.shape().height; ++y) {
      const float* from = in.row(sample, c, y / 2);
      float* to = out.row(sample, c, y);
      for (int x = 0; x < in.shape().width; ++x) to[2 * x] = to[2 * x + 1] = from[x];
    }
  }
}

void unfold_backward(const Planes& gradient, int sample, bool add, Planes& out) {
  for (int c = 0; c < out.channels(); ++c) {
    for (int y = 0; y < out.shape().height; ++y) {
      float* to = out.row(sample, c, y);
      const float* upper = gradient.row(sample, c, 2 * y);
      const float* lower = gradient.row(sample, c, 2 * y + 1);
      for (int x = 0; x < out.shape().width; ++x) {
        const float sum = (upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]);
        to[x] = add ? to[x] + sum : sum;
      }
    }
  }
}

void add_flat(const float* a, const float* b, int n, float* out) {
  for (int p = 0; p < n; ++p) out[p] = a[p] + b[p];
}

}  // namespace

Lane::Lane(const Network& network, int samples, int width, int height)
    : samples_(samples), parameter_gradient_(network.parameters.size()), batch_state_(network.state.size()) {
  for (const Step& step : network.plan.steps()) {
    const PlaneShape shape{width / step.scale, height / step.scale};
    maps_.emplace_back(shape, step.channels, samples);
    gradients_.emplace_back(shape, step.channels, samples);
  }
  written_.resize(maps_.size());
}

void Lane::forward(const Network& network) {
  for (std::size_t i = 1; i < maps_.size(); ++i) forward_step(network, i);
}

void Lane::forward_step(const Network& network, std::size_t index) {
  const Kernels& k = kernels();
  const Step& step = network.plan.steps()[index];
  const Planes& in = maps_[static_cast<std::size_t>(step.input)];
  Planes& out = maps_[index];
  const PlaneShape shape = out.shape();
  const float* p = network.parameters.data() + step.parameters;
  if (step.kind == StepKind::kNormalise) return normalise(network, step, out);
  if (step.kind == StepKind::kMix) {
    packed_.resize(packed_size(step.channels, in.channels()));
    pack_weights(p, step.channels, in.channels(), packed_.data());
  }
  for (int s = 0; s < samples_; ++s) {
    switch (step.kind) {
      case StepKind::kFold: fold(in, s, out); break;
      case StepKind::kUnfold: unfold(in, s, out); break;
      case StepKind::kDepthwise:
        for (int c = 0; c < step.channels; ++c) {
          k.depthwise(p + 9 * c, in.flat(s, c), shape.stride(), nullptr, out.flat(s, c), shape.flat_count());
        }
        break;
      case StepKind::kMix:
        k.mix(packed_.data(), p + step.channels * in.channels(), step.channels, in.channels(), in.flat(s, 0),
              shape.plane_size(), nullptr, 0, out.flat(s, 0), shape.plane_size(), shape.flat_count(), false);
        break;
      case StepKind::kAdd:
        for (int c = 0; c < step.channels; ++c) {
          add_flat(in.flat(s, c), maps_[static_cast<std::size_t>(step.other)].flat(s, c), shape.flat_count(),
                   out.flat(s, c));
        }
        break;
      default: break;
    }
    if (step.kind == StepKind::kDepthwise || step.kind == StepKind::kMix) {
      for (int c = 0; c < step.channels; ++c) clear_borders(shape, out.plane(s, c));
    }
  }
}

void Lane::normalise(const Network& network, const Step& step, Planes& out) {
  const Kernels& k = kernels();
  const Planes& in = maps_[static_cast<std::size_t>(step.input)];
  const PlaneShape shape = out.shape();
  const double count = static_cast<double>(samples_) * shape.width * shape.height;
  for (int c = 0; c < step.channels; ++c) {
    double sum = 0, squares = 0;
    for (int s = 0; s < samples_; ++s) {
      float sums[2];
      k.moments(in.flat(s, c), shape.flat_count(), sums);  // borders are zero
      sum += static_cast<double>(sums[0]);
      squares += static_cast<double>(sums[1]);
    }
    const double mean = sum / count, variance = std::max(0.0, squares / count - mean * mean);
    batch_state_[static_cast<std::size_t>(step.state + c)] = static_cast<float>(mean);
    batch_state_[static_cast<std::size_t>(step.state + step.channels + c)] = static_cast<float>(variance);
    const float* p = network.parameters.data() + step.parameters;
    const double scale = static_cast<double>(p[c]) / std::sqrt(variance + kNormaliseFloor);
    const double shift = static_cast<double>(p[step.channels + c]) - mean * scale;
    for (int s = 0; s < samples_; ++s) {
      k.scale_rectify(in.flat(s, c), static_cast<float>(scale), static_cast<float>(shift), out.flat(s, c),
                      shape.flat_count());
      clear_borders(shape, out.plane(s, c));
    }
  }
}

void Lane::backward(const Network& network) {
  std::fill(written_.begin(), written_.end(), std::uint8_t{0});
  std::fill(parameter_gradient_.begin(), parameter_gradient_.end(), 0.0f);
  for (const int output : network.outputs) written_[static_cast<std::size_t>(output)] = 1;
  for (std::size_t i = maps_.size(); i-- > 1;) {
    if (written_[i] != 0) backward_step(network, i);
  }
}

void Lane::pass_on(int step, const Planes& gradient) {
  if (step == 0) return;
  const std::size_t i = static_cast<std::size_t>(step);
  Planes& to = gradients_[i];
  const int n = gradient.shape().flat_count();
  for (int s = 0; s < samples_; ++s) {
    for (int c = 0; c < gradient.channels(); ++c) {
      if (written_[i] != 0) {
        add_flat(to.flat(s, c), gradient.flat(s, c), n, to.flat(s, c));
      } else {
        std::memcpy(to.flat(s, c), gradient.flat(s, c), static_cast<std::size_t>(n) * sizeof(float));
      }
    }
  }
  written_[i] = 1;
}

void Lane::backward_step(const Network& network, std::size_t index) {
  const Kernels& k = kernels();
  const Step& step = network.plan.steps()[index];
  const std::size_t source = static_cast<std::size_t>(step.input);
  const Planes& in = maps_[source];
  const Planes& gradient = gradients_[index];
  const PlaneShape shape = gradient.shape();
  const int n = shape.flat_count();
  const float* p = network.parameters.data() + step.parameters;
  float* dp = parameter_gradient_.data() + step.parameters;
  if (step.kind == StepKind::kNormalise) return normalise_backward(network, step, index);
  if (step.kind == StepKind::kAdd) {
    pass_on(step.input, gradient);
    pass_on(step.other, gradient);
    return;
  }
  const int ins = in.channels();
  std::vector<float> turned;
  if (step.kind == StepKind::kMix) {
    turned.resize(static_cast<std::size_t>(ins * step.channels));
    for (int m = 0; m < step.channels; ++m) {
      for (int i = 0; i < ins; ++i) turned[static_cast<std::size_t>(i * step.channels + m)] = p[m * ins + i];
    }
    packed_.resize(packed_size(ins, step.channels));
    pack_weights(turned.data(), ins, step.channels, packed_.data());
  }
  const bool add = written_[source] != 0, wanted = step.input != 0;
  Planes& to = gradients_[source];
  for (int s = 0; s < samples_; ++s) {
    switch (step.kind) {
      case StepKind::kFold:
        if (wanted) fold_backward(gradient, s, add, to);
        break;
      case StepKind::kUnfold: unfold_backward(gradient, s, add, to); break;
      case StepKind::kDepthwise:
        for (int c = 0; c < step.channels; ++c) {
          k.depthwise_correlate(in.flat(s, c), shape.stride(), gradient.flat(s, c), n, dp + 9 * c);
          float flipped[9];
          for (int i = 0; i < 9; ++i) flipped[i] = p[9 * c + 8 - i];
          if (!wanted) continue;
          k.depthwise(flipped, gradient.flat(s, c), shape.stride(), add ? to.flat(s, c) : nullptr, to.flat(s, c), n);
          clear_borders(shape, to.plane(s, c));
        }
        break;
      case StepKind::kMix:
        k.correlate(gradient.flat(s, 0), shape.plane_size(), step.channels, in.flat(s, 0), shape.plane_size(), ins, n, dp);
        for (int c = 0; c < step.channels; ++c) {
          float sums[2];
          k.moments(gradient.flat(s, c), n, sums);
          dp[step.channels * ins + c] += sums[0];
        }
        if (!wanted) break;
        k.mix(packed_.data(), nullptr, ins, step.channels, gradient.flat(s, 0), shape.plane_size(),
              add ? to.flat(s, 0) : nullptr, shape.plane_size(), to.flat(s, 0), shape.plane_size(), n, false);
        break;
      default: break;
    }
  }
  written_[source] = 1;
}

void Lane::normalise_backward(const Network& network, const Step& step, std::size_t index) {
  const Kernels& k = kernels();
  const std::size_t source = static_cast<std::size_t>(step.input);
  const Planes& in = maps_[source];
  const Planes& out = maps_[index];
  const Planes& gradient = gradients_[index];
  Planes& to = gradients_[source];
  const PlaneShape shape = gradient.shape();
  const int n = shape.flat_count();
  const double count = static_cast<double>(samples_) * shape.width * shape.height;
  const float* p = network.parameters.data() + step.parameters;
  float* dp = parameter_gradient_.data() + step.parameters;
  for (int c = 0; c < step.channels; ++c) {
    double sum = 0, product = 0;
    for (int s = 0; s < samples_; ++s) {
      float sums[2];
      k.rectified_sums(gradient.flat(s, c), out.flat(s, c), in.flat(s, c), n, sums);
      sum += static_cast<double>(sums[0]);
      product += static_cast<double>(sums[1]);
    }
    const double mean = static_cast<double>(batch_state_[static_cast<std::size_t>(step.state + c)]);
    const double variance = static_cast<double>(batch_state_[static_cast<std::size_t>(step.state + step.channels + c)]);
    const double inverse = 1 / std::sqrt(variance + kNormaliseFloor);
    // Sum of gradient times the normalised value.
    const double by_value = (product - mean * sum) * inverse;
    dp[c] += static_cast<float>(by_value);
    dp[step.channels + c] += static_cast<float>(sum);
    // dx = scale (g - sum / n - z by_value / n) with z = (x - mean) inverse.
    const double scale = static_cast<double>(p[c]) * inverse;
    const double slope = -scale * inverse * by_value / count;
    const double constant = -scale * sum / count - slope * mean;
    for (int s = 0; s < samples_; ++s) {
      k.rectified_gradient(gradient.flat(s, c), out.flat(s, c), in.flat(s, c), static_cast<float>(scale),
                           static_cast<float>(slope), static_cast<float>(constant), to.flat(s, c), n);
      clear_borders(shape, to.plane(s, c));
    }
  }
  written_[source] = 1;
}

}  // namespace beltwarden::vision::net
