#include <algorithm>
#include <cmath>

#include "science/vision/net/kernels.h"
#include "science/vision/net/lane_rows.h"
#include "science/vision/net/trainer.h"

namespace beltwarden::vision::net {

namespace {

// A row of a folded map: the even and odd columns of two rows below.
void fold_row(const Kernels& k, const Planes& in, int sample, int y, float* out, std::ptrdiff_t out_stride, int n) {
  for (int c = 0; c < in.channels(); ++c) {
    for (int half = 0; half < 2; ++half) {
      float* to = out + (4 * c + 2 * half) * out_stride;
      k.split(in.row(sample, c, 2 * y + half), to, to + out_stride, n);
    }
  }
}

}  // namespace

Lane::Lane(const Network& network, int samples, int width, int height)
    : samples_(samples), stages_(stages_of(network)), parameter_gradient_(network.parameters.size()),
      batch_state_(network.state.size()) {
  const std::vector<Step>& steps = network.plan.steps();
  maps_.resize(steps.size());
  raw_.resize(steps.size());
  gradients_.resize(steps.size());
  windows_.resize(steps.size());
  written_.resize(steps.size());
  const auto planes = [&](int step, int channels, int count) {
    const int scale = steps[at(step)].scale;
    return Planes({width / scale, height / scale}, channels, count);
  };
  maps_[0] = planes(0, steps[0].channels, samples);
  int widest = 0, longest = 0;
  for (const Step& step : steps) {
    widest = std::max(widest, step.channels);
    longest = std::max(longest, std::max(kGroup, PlaneShape{width / step.scale, 1}.columns()));
  }
  for (const Stage& stage : stages_) {
    maps_[at(stage.output)] = planes(stage.output, steps[at(stage.output)].channels, samples);
    gradients_[at(stage.output)] = maps_[at(stage.output)];
    if (stage.mix >= 0 && stage.normalise >= 0) raw_[at(stage.mix)] = maps_[at(stage.output)];
    const int window = stage.gather >= 0 ? stage.gather : stage.output;
    if (steps[at(window)].kind == StepKind::kDepthwise && stage.gather >= 0) {
      windows_[at(window)] = planes(window, steps[at(window)].channels, 1);
    }
  }
  tile_.resize(at(widest * longest));
  other_tile_.resize(tile_.size());
  for (auto* values : {&scale_, &shift_, &slope_, &constant_}) values->resize(at(widest));
  sums_.resize(at(72 * widest));
}

void Lane::forward(const Network& network) {
  for (const Stage& stage : stages_) {
    if (stage.kind == Stage::Kind::kMix) forward_mix(network, stage);
    else forward_plain(network, stage);
  }
}

// The row that a sum over channels reads: of the map itself, or made in `tile`.
const float* Lane::gather_row(const Network& network, const Stage& stage, Place place, int y, float* tile,
                              std::ptrdiff_t tile_stride, std::ptrdiff_t& stride) const {
  const Kernels& k = kernels();
  const Planes& in = maps_[at(stage.input)];
  stride = tile_stride;
  if (stage.gather < 0) {
    stride = in.channel_stride();
    return in.row(place.sample, 0, y);
  }
  if (network.plan.steps()[at(stage.gather)].kind == StepKind::kFold) {
    fold_row(k, in, place.sample, y, tile, tile_stride, maps_[at(stage.output)].shape().columns());
  } else {
    k.depthwise(parameters_of(network, stage.gather), in.channels(), ThreeRows::around(in.row(place.sample, 0, y), in.row_stride()),
                in.channel_stride(), nullptr, 0, tile, tile_stride, in.shape().columns());
  }
  return tile;
}

void Lane::forward_mix(const Network& network, const Stage& stage) {
  const Kernels& k = kernels();
  const Step& mix = network.plan.steps()[at(stage.mix)];
  const int outs = mix.channels, ins = network.plan.steps()[at(mix.input)].channels;
  const float* p = parameters_of(network, stage.mix);
  packed_.resize(packed_size(outs, ins));
  pack_weights(p, outs, ins, packed_.data());
  Planes& to = stage.normalise >= 0 ? raw_[at(stage.mix)] : maps_[at(stage.output)];
  const int n = to.shape().columns();
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  for (int s = 0; s < samples_; ++s) {
    for (int y = 0; y < to.shape().height; ++y) {
      std::ptrdiff_t stride = 0;
      const float* from = gather_row(network, stage, {s, 0, 0}, y, tile_.data(), n, stride);
      float* row = to.row(s, 0, y);
      k.mix(packed_.data(), p + outs * ins, outs, ins, from, stride, nullptr, 0, row, to.channel_stride(), n, Bound::kNone);
      to.clear_beyond(s, y);
      if (stage.normalise >= 0) k.moments(row, to.channel_stride(), outs, n, sums_.data());
    }
  }
  if (stage.normalise >= 0) normalise(network, stage, to);
}

// From the moments in sums_: batch means and variances, then the normalised map, with the summand.
void Lane::normalise(const Network& network, const Stage& stage, const Planes& raw) {
  const Step& step = network.plan.steps()[at(stage.normalise)];
  const PlaneShape shape = raw.shape();
  const double count = static_cast<double>(samples_) * shape.width * shape.height;
  const float* p = parameters_of(network, stage.normalise);
  for (int c = 0; c < step.channels; ++c) {
    const double mean = across(&sums_[at(16 * c)]) / count;
    const double variance = std::max(0.0, across(&sums_[at(16 * c + 8)]) / count - mean * mean);
    batch_state_[at(step.state + c)] = static_cast<float>(mean);
    batch_state_[at(step.state + step.channels + c)] = static_cast<float>(variance);
    const double scale = static_cast<double>(p[c]) / std::sqrt(variance + kNormaliseFloor);
    scale_[at(c)] = static_cast<float>(scale);
    shift_[at(c)] = static_cast<float>(static_cast<double>(p[step.channels + c]) - mean * scale);
  }
  Planes& out = maps_[at(stage.output)];
  for (int s = 0; s < samples_; ++s) {
    for (int y = 0; y < shape.height; ++y) {
      kernels().scale_rectify(raw.row(s, 0, y), scale_.data(), shift_.data(),
                              stage.other < 0 ? nullptr : maps_[at(stage.other)].row(s, 0, y), out.row(s, 0, y),
                              raw.channel_stride(), step.channels, shape.columns());
      out.clear_beyond(s, y);
    }
  }
}

void Lane::forward_plain(const Network& network, const Stage& stage) {
  const Kernels& k = kernels();
  const Planes& in = maps_[at(stage.input)];
  Planes& out = maps_[at(stage.output)];
  const PlaneShape shape = out.shape();
  if (stage.kind == Stage::Kind::kNormalise) {
    std::fill(sums_.begin(), sums_.end(), 0.0f);
    for (int s = 0; s < samples_; ++s) {
      for (int y = 0; y < shape.height; ++y) k.moments(in.row(s, 0, y), in.channel_stride(), in.channels(), shape.columns(), sums_.data());
    }
    return normalise(network, stage, in);
  }
  for (int s = 0; s < samples_; ++s) {
    for (int y = 0; y < shape.height; ++y) {
      float* to = out.row(s, 0, y);
      if (stage.kind == Stage::Kind::kFold) {
        fold_row(k, in, s, y, to, out.channel_stride(), shape.columns());
      } else if (stage.kind == Stage::Kind::kDepthwise) {
        k.depthwise(parameters_of(network, stage.output), in.channels(), ThreeRows::around(in.row(s, 0, y), in.row_stride()),
                    in.channel_stride(), nullptr, 0, to, out.channel_stride(), shape.columns());
      } else {
        for (int c = 0; c < out.channels(); ++c) {
          float* line = out.row(s, c, y);
          if (stage.kind == Stage::Kind::kUnfold) {
            const float* from = in.row(s, c, y / 2);
            for (int x = 0; x < shape.width; ++x) line[x] = from[x / 2];
          } else {
            const float *a = in.row(s, c, y), *b = maps_[at(stage.other)].row(s, c, y);
            for (int x = 0; x < shape.width; ++x) line[x] = a[x] + b[x];
          }
        }
      }
      out.clear_beyond(s, y);
    }
  }
}

}  // namespace beltwarden::vision::net
