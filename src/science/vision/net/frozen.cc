#include "science/vision/net/frozen.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision::net {

namespace {

constexpr int kTile = 96;  // columns done together: what a sum over 64 channels reads fits the first cache

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Frozen::Frozen(const Network& network, const Kernels& kernels)
    : steps_(network.plan.steps()), made_by_(steps_.size(), -1), outputs_(network.outputs), kernels_(&kernels) {
  for (const Step& step : steps_) coarsest_scale_ = std::max(coarsest_scale_, step.scale);
  for (const Stage& stage : stages_of(network)) {
    Op op{stage, Gather::kNone, 0, steps_[at(stage.output)].channels, {}, {}, {}, {}, {}};
    op.ins = steps_[at(stage.mix >= 0 ? steps_[at(stage.mix)].input : stage.input)].channels;
    std::vector<double> scale(at(op.outs), 1.0), shift(at(op.outs), 0.0);
    if (stage.normalise >= 0) {
      const Step& step = steps_[at(stage.normalise)];
      const float *n = network.parameters.data() + step.parameters, *state = network.state.data() + step.state;
      for (int m = 0; m < op.outs; ++m) {
        scale[at(m)] = static_cast<double>(n[m]) / std::sqrt(static_cast<double>(state[op.outs + m]) + kNormaliseFloor);
        shift[at(m)] = static_cast<double>(n[op.outs + m]) - static_cast<double>(state[m]) * scale[at(m)];
      }
    }
    if (stage.mix >= 0) {
      const float* p = network.parameters.data() + steps_[at(stage.mix)].parameters;
      std::vector<float> weights(at(op.outs * op.ins));
      for (int m = 0; m < op.outs; ++m) {
        for (int k = 0; k < op.ins; ++k) {
          const std::size_t i = at(m * op.ins + k);
          weights[i] = static_cast<float>(static_cast<double>(p[i]) * scale[at(m)]);
        }
        op.bias.push_back(static_cast<float>(static_cast<double>(p[op.outs * op.ins + m]) * scale[at(m)] + shift[at(m)]));
      }
      op.packed.resize(packed_size(op.outs, op.ins));
      pack_weights(weights.data(), op.outs, op.ins, op.packed.data());
    } else if (stage.kind == Stage::Kind::kNormalise) {
      op.scale.assign(scale.begin(), scale.end());
      op.shift.assign(shift.begin(), shift.end());
    }
    const int window = stage.gather >= 0 ? stage.gather : stage.output;
    if (stage.gather >= 0) {
      op.gather = steps_[at(window)].kind == StepKind::kFold ? Gather::kFold : Gather::kDepthwise;
    }
    if (steps_[at(window)].kind == StepKind::kDepthwise) {
      const float* w = network.parameters.data() + steps_[at(window)].parameters;
      op.window.assign(w, w + 9 * steps_[at(window)].channels);
    }
    made_by_[at(stage.output)] = static_cast<int>(ops_.size());
    ops_.push_back(std::move(op));
  }
}

Planes& Frozen::prepare(int width, int height, Scratch& scratch) const {
  if (scratch.width_ != width || scratch.height_ != height || scratch.maps_.size() != steps_.size()) {
    scratch.maps_.clear();
    int widest = 1;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& step = steps_[i];
      widest = std::max(widest, step.channels);
      scratch.maps_.push_back(i == 0 || made_by_[i] >= 0 ? Planes({width / step.scale, height / step.scale}, step.channels, 1)
                                                         : Planes());
    }
    scratch.tile_.assign(at(widest * kTile), 0.0f);
    scratch.width_ = width;
    scratch.height_ = height;
  }
  return scratch.maps_.front();
}

void Frozen::mix_row(const Op& op, int y, Scratch& scratch) const {
  const Planes& in = scratch.maps_[at(op.stage.input)];
  Planes& out = scratch.maps_[at(op.stage.output)];
  const Planes* add = op.stage.other < 0 ? nullptr : &scratch.maps_[at(op.stage.other)];
  float* tile = scratch.tile_.data();
  const int columns = out.shape().columns();
  for (int x = 0; x < columns; x += kTile) {
    const int n = std::min(kTile, columns - x);
    const float* source = tile;
    std::ptrdiff_t source_stride = kTile;
    if (op.gather == Gather::kDepthwise) {
      kernels_->depthwise(op.window.data(), op.ins, in.row(0, 0, y) + x, in.channel_stride(), in.row_stride(), nullptr, 0,
                          tile, kTile, n);
    } else if (op.gather == Gather::kFold) {
      for (int c = 0; c < op.ins; c += 2) {
        kernels_->split(in.row(0, c / 4, 2 * y + c % 4 / 2) + 2 * x, tile + c * kTile, tile + (c + 1) * kTile, n);
      }
    } else {
      source = in.row(0, 0, y) + x;
      source_stride = in.channel_stride();
    }
    kernels_->mix(op.packed.data(), op.bias.data(), op.outs, op.ins, source, source_stride,
                  add == nullptr ? nullptr : add->row(0, 0, y) + x, out.channel_stride(), out.row(0, 0, y) + x,
                  out.channel_stride(), n, op.stage.normalise >= 0);
  }
}

void Frozen::plain_row(const Op& op, int y, Scratch& scratch) const {
  const Planes& in = scratch.maps_[at(op.stage.input)];
  Planes& out = scratch.maps_[at(op.stage.output)];
  const PlaneShape shape = out.shape();
  const int n = shape.columns();
  switch (op.stage.kind) {
    case Stage::Kind::kDepthwise:
      kernels_->depthwise(op.window.data(), op.ins, in.row(0, 0, y), in.channel_stride(), in.row_stride(), nullptr, 0,
                          out.row(0, 0, y), out.channel_stride(), n);
      return;
    case Stage::Kind::kNormalise:
      kernels_->scale_rectify(in.row(0, 0, y), op.scale.data(), op.shift.data(), nullptr, out.row(0, 0, y),
                              out.channel_stride(), op.outs, n);
      return;
    case Stage::Kind::kFold:
      for (int c = 0; c < op.outs; c += 2) {
        kernels_->split(in.row(0, c / 4, 2 * y + c % 4 / 2), out.row(0, c, y), out.row(0, c + 1, y), n);
      }
      return;
    case Stage::Kind::kUnfold:
      for (int c = 0; c < op.outs; ++c) {
        const float* from = in.row(0, c, y / 2);
        float* to = out.row(0, c, y);
        for (int x = 0; x < shape.width; ++x) to[x] = from[x / 2];
      }
      return;
    default:
      for (int c = 0; c < op.outs; ++c) {
        const float *a = in.row(0, c, y), *b = scratch.maps_[at(op.stage.other)].row(0, c, y);
        float* to = out.row(0, c, y);
        for (int x = 0; x < shape.width; ++x) to[x] = a[x] + b[x];
      }
  }
}

// Computes a map up to `rows` rows, and of the maps it reads as much as that takes.
void Frozen::advance(std::size_t index, int rows, Scratch& scratch) const {
  const Op& op = ops_[index];
  Planes& out = scratch.maps_[at(op.stage.output)];
  rows = std::min(rows, out.shape().height);
  int& done = scratch.rows_done_[index];
  const bool windows = op.gather == Gather::kDepthwise || op.stage.kind == Stage::Kind::kDepthwise;
  const bool folds = op.gather == Gather::kFold || op.stage.kind == Stage::Kind::kFold;
  const int source = made_by_[at(op.stage.input)], other = op.stage.other < 0 ? -1 : made_by_[at(op.stage.other)];
  for (; done < rows; ++done) {
    const int y = done;
    const int needed = folds ? 2 * y + 2 : windows ? y + 2 : op.stage.kind == Stage::Kind::kUnfold ? y / 2 + 1 : y + 1;
    if (source >= 0) advance(at(source), needed, scratch);
    if (other >= 0) advance(at(other), y + 1, scratch);
    if (op.stage.kind == Stage::Kind::kMix) mix_row(op, y, scratch);
    else plain_row(op, y, scratch);
    out.clear_beyond(0, y);
  }
}

void Frozen::run(Scratch& scratch) const {
  scratch.rows_done_.assign(ops_.size(), 0);
  for (const int output : outputs_) {
    if (made_by_[at(output)] < 0) continue;
    for (int y = 0; y < scratch.map(output).shape().height; ++y) advance(at(made_by_[at(output)]), y + 1, scratch);
  }
}

}  // namespace beltwarden::vision::net
