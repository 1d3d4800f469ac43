#include "science/vision/net/frozen.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision::net {

namespace {

constexpr int kTile = 120;  // columns done together: a multiple of the kernels' 24

}  // namespace

Frozen::Frozen(const Network& network, const Kernels& kernels) : steps_(network.plan.steps()), kernels_(&kernels) {
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<int> readers(steps_.size(), 0);
  for (const Step& step : steps_) {
    if (step.input >= 0) ++readers[at(step.input)];
    if (step.other >= 0) ++readers[at(step.other)];
    coarsest_scale_ = std::max(coarsest_scale_, step.scale);
  }
  for (const int output : network.outputs) ++readers[at(output)];
  std::vector<std::uint8_t> done(steps_.size(), 0);
  // Steps that a later one does on the way: a window or a fold that one mix alone reads.
  const auto gathered = [&](const Step& mix) {
    const Step& in = steps_[at(mix.input)];
    return readers[at(mix.input)] == 1 && (in.kind == StepKind::kDepthwise || in.kind == StepKind::kFold);
  };
  std::vector<std::uint8_t> absorbed(steps_.size(), 0);
  for (const Step& step : steps_) {
    if (step.kind == StepKind::kMix && gathered(step)) absorbed[at(step.input)] = 1;
  }
  for (std::size_t i = 1; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (done[i] != 0 || absorbed[i] != 0) continue;
    Op op;
    op.input = step.input;
    op.output = static_cast<int>(i);
    op.outs = step.channels;
    op.ins = steps_[at(step.input)].channels;
    const float* p = network.parameters.data() + step.parameters;
    if (step.kind == StepKind::kMix) {
      std::vector<float> weights(p, p + op.outs * op.ins);
      op.bias.assign(p + op.outs * op.ins, p + op.outs * op.ins + op.outs);
      if (gathered(step)) {
        const Step& before = steps_[at(step.input)];
        op.gather = before.kind == StepKind::kFold ? Gather::kFold : Gather::kDepthwise;
        op.input = before.input;
        const float* w = network.parameters.data() + before.parameters;
        if (op.gather == Gather::kDepthwise) op.window.assign(w, w + 9 * before.channels);
      }
      // The normalising step that alone reads it, and the sum with another map that alone reads that.
      std::size_t last = i;
      for (std::size_t j = i + 1; j < steps_.size() && readers[last] == 1; ++j) {
        const Step& next = steps_[j];
        if (last == i && next.kind == StepKind::kNormalise && next.input == static_cast<int>(last)) {
          const float* n = network.parameters.data() + next.parameters;
          const float* state = network.state.data() + next.state;
          for (int m = 0; m < op.outs; ++m) {
            const double scale = static_cast<double>(n[m]) / std::sqrt(static_cast<double>(state[op.outs + m]) + 1e-4);
            for (int k = 0; k < op.ins; ++k) {
              float& weight = weights[static_cast<std::size_t>(m * op.ins + k)];
              weight = static_cast<float>(static_cast<double>(weight) * scale);
            }
            float& bias = op.bias[at(m)];
            bias = static_cast<float>((static_cast<double>(bias) - static_cast<double>(state[m])) * scale +
                                      static_cast<double>(n[op.outs + m]));
          }
          op.rectify = true;
          done[j] = 1;
          last = j;
        } else if (last != i && next.kind == StepKind::kAdd && next.input == static_cast<int>(last) &&
                   next.other < static_cast<int>(i)) {
          op.other = next.other;
          done[j] = 1;
          last = j;
          break;
        }
      }
      op.output = static_cast<int>(last);
      op.packed.resize(packed_size(op.outs, op.ins));
      pack_weights(weights.data(), op.outs, op.ins, op.packed.data());
    } else if (step.kind == StepKind::kUnfold) {
      op.kind = Kind::kUnfold;
    } else if (step.kind == StepKind::kAdd) {
      op.kind = Kind::kAdd;
      op.other = step.other;
    } else if (step.kind == StepKind::kDepthwise) {
      op.kind = Kind::kDepthwise;
      op.window.assign(p, p + 9 * step.channels);
    } else {
      op.kind = Kind::kFold;
    }
    ops_.push_back(std::move(op));
  }
  kept_.assign(steps_.size(), 0);
  kept_[0] = 1;
  for (const Op& op : ops_) kept_[at(op.output)] = 1;
}

Planes& Frozen::prepare(int width, int height, Scratch& scratch) const {
  if (scratch.width_ != width || scratch.height_ != height || scratch.maps_.size() != steps_.size()) {
    scratch.maps_.clear();
    int widest = 1;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& step = steps_[i];
      widest = std::max(widest, step.channels);
      scratch.maps_.push_back(kept_[i] != 0 ? Planes({width / step.scale, height / step.scale}, step.channels, 1)
                                            : Planes());
    }
    scratch.tile_.assign(static_cast<std::size_t>(widest * kTile), 0.0f);
    scratch.width_ = width;
    scratch.height_ = height;
  }
  return scratch.maps_.front();
}

void Frozen::run_mix(const Op& op, Scratch& scratch) const {
  const Planes& in = scratch.maps_[static_cast<std::size_t>(op.input)];
  Planes& out = scratch.maps_[static_cast<std::size_t>(op.output)];
  const Planes* add = op.other < 0 ? nullptr : &scratch.maps_[static_cast<std::size_t>(op.other)];
  const PlaneShape shape = out.shape();
  const std::ptrdiff_t in_plane = in.shape().plane_size(), out_plane = shape.plane_size();
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; x += kTile) {
      const int n = (std::min(kTile, shape.width - x) + 7) / 8 * 8;
      const float* source = scratch.tile_.data();
      std::ptrdiff_t source_stride = kTile;
      if (op.gather == Gather::kDepthwise) {
        for (int c = 0; c < op.ins; ++c) {
          kernels_->depthwise(op.window.data() + 9 * c, in.row(0, c, y) + x, in.shape().stride(), nullptr,
                              scratch.tile_.data() + c * kTile, n);
        }
      } else if (op.gather == Gather::kFold) {
        const int count = std::min(kTile, shape.width - x);
        for (int c = 0; c < op.ins; ++c) {
          const float* from = in.row(0, c / 4, 2 * y + c % 4 / 2) + 2 * x + c % 2;
          float* to = scratch.tile_.data() + c * kTile;
          for (int i = 0; i < count; ++i) to[i] = from[2 * i];
        }
      } else {
        source = in.row(0, 0, y) + x;
        source_stride = in_plane;
      }
      // Up to seven columns too many run into the next row, which is computed later, or into the border.
      kernels_->mix(op.packed.data(), op.bias.data(), op.outs, op.ins, source, source_stride,
                    add == nullptr ? nullptr : add->row(0, 0, y) + x, out_plane, out.row(0, 0, y) + x, out_plane, n,
                    op.rectify);
    }
  }
  for (int c = 0; c < op.outs; ++c) clear_borders(shape, out.plane(0, c));
}

void Frozen::run(Scratch& scratch) const {
  for (const Op& op : ops_) {
    const Planes& in = scratch.maps_[static_cast<std::size_t>(op.input)];
    Planes& out = scratch.maps_[static_cast<std::size_t>(op.output)];
    const PlaneShape shape = out.shape();
    if (op.kind == Kind::kMix) {
      run_mix(op, scratch);
      continue;
    }
    for (int c = 0; c < op.outs; ++c) {
      if (op.kind == Kind::kDepthwise) {
        kernels_->depthwise(op.window.data() + 9 * c, in.flat(0, c), shape.stride(), nullptr, out.flat(0, c),
                            shape.flat_count());
        clear_borders(shape, out.plane(0, c));
      } else if (op.kind == Kind::kAdd) {
        const float *a = in.flat(0, c), *b = scratch.maps_[static_cast<std::size_t>(op.other)].flat(0, c);
        float* to = out.flat(0, c);
        for (int p = 0; p < shape.flat_count(); ++p) to[p] = a[p] + b[p];
      } else {
        for (int y = 0; y < shape.height; ++y) {
          float* to = out.row(0, c, y);
          if (op.kind == Kind::kUnfold) {
            const float* from = in.row(0, c, y / 2);
            for (int x = 0; x < shape.width; ++x) to[x] = from[x / 2];
          } else {
            const float* from = in.row(0, c / 4, 2 * y + c % 4 / 2) + c % 2;
            for (int x = 0; x < shape.width; ++x) to[x] = from[2 * x];
          }
        }
      }
    }
  }
}

}  // namespace beltwarden::vision::net
