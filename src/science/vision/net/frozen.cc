#include "science/vision/net/frozen.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision::net {

namespace {

constexpr int kTile = 7000;  // floats that a sum over channels reads at a time: with its weights they fit the first cache
constexpr int kWidest = 96;  // columns done together

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Frozen::Frozen(const Network& network, const Kernels& kernels)
    : steps_(network.plan.steps()), made_by_(steps_.size(), -1), outputs_(network.outputs), kernels_(&kernels) {
  for (const Step& step : steps_) coarsest_scale_ = std::max(coarsest_scale_, step.scale);
  for (const Stage& stage : stages_of(network)) {
    Op op{stage, Gather::kNone, 0, steps_[at(stage.output)].channels, 1, {}, {}, {}, {}, {}};
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
      op.rows_at_once = 2;
      const float* w = network.parameters.data() + steps_[at(window)].parameters;
      op.window.assign(w, w + 9 * steps_[at(window)].channels);
    }
    ops_.push_back(std::move(op));
  }
  fuse_unfolds();
  for (std::size_t i = 0; i < ops_.size(); ++i) made_by_[at(ops_[i].stage.output)] = static_cast<int>(i);
}

// A map that is unfolded only to be added to another is never written down.
void Frozen::fuse_unfolds() {
  for (std::size_t i = 0; i < ops_.size();) {
    const Op& unfold = ops_[i];
    Op* reader = nullptr;
    std::ptrdiff_t readers = std::count(outputs_.begin(), outputs_.end(), unfold.stage.output);
    for (Op& op : ops_) {
      if (op.stage.input == unfold.stage.output) ++readers, reader = &op;
      if (op.stage.other == unfold.stage.output) ++readers;
    }
    if (unfold.stage.kind != Stage::Kind::kUnfold || readers != 1 || reader == nullptr || reader->stage.kind != Stage::Kind::kAdd) {
      ++i;
      continue;
    }
    reader->gather = Gather::kUnfold;
    reader->stage.input = unfold.stage.input;
    ops_.erase(ops_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

int Frozen::reach_px() const {
  std::vector<int> reach(steps_.size(), 0);
  for (std::size_t i = steps_.size(); i-- > 1;) {
    const Step& step = steps_[i];
    const int whole = (reach[i] + step.scale - 1) / step.scale * step.scale;
    int& input = reach[at(step.input)];
    input = std::max(input, whole + (step.kind == StepKind::kDepthwise ? step.scale : 0));
    if (step.other >= 0) reach[at(step.other)] = std::max(reach[at(step.other)], whole);
  }
  return (reach.front() + coarsest_scale_ - 1) / coarsest_scale_ * coarsest_scale_;
}

Frozen::RowSpan Frozen::rows_read(const Op& op, int y) {
  if (op.gather == Gather::kDepthwise || op.stage.kind == Stage::Kind::kDepthwise) return {y - 1, y + 1};
  if (op.gather == Gather::kFold || op.stage.kind == Stage::Kind::kFold) return {2 * y, 2 * y + 1};
  if (op.gather == Gather::kUnfold || op.stage.kind == Stage::Kind::kUnfold) return {y / 2, y / 2};
  return {y, y};
}

// Computes a map up to `rows` rows, and of the maps it reads as much as that takes.
template <typename Compute>
void Frozen::advance(std::size_t index, int rows, std::vector<int>& rows_done, int picture_height, const Compute& compute) const {
  const Op& op = ops_[index];
  const int height = picture_height / steps_[at(op.stage.output)].scale;
  rows = std::min(rows, height);
  const int source = made_by_[at(op.stage.input)], other = op.stage.other < 0 ? -1 : made_by_[at(op.stage.other)];
  for (int& done = rows_done[index]; done < rows;) {
    const int count = std::min(op.rows_at_once, height - done);
    if (source >= 0) advance(at(source), rows_read(op, done + count - 1).last + 1, rows_done, picture_height, compute);
    if (other >= 0) advance(at(other), done + count, rows_done, picture_height, compute);
    compute(op, done, count);
    done += count;
  }
}

template <typename Compute>
void Frozen::each_row(std::vector<int>& rows_done, int picture_height, const Compute& compute) const {
  rows_done.assign(ops_.size(), 0);
  for (const int output : outputs_) {
    if (made_by_[at(output)] < 0) continue;
    const int height = picture_height / steps_[at(output)].scale;
    for (int y = 0; y < height; ++y) advance(at(made_by_[at(output)]), y + 1, rows_done, picture_height, compute);
  }
}

// How many rows of each step's map are alive at most, borders counted: from being computed to being read for the last time.
std::vector<int> Frozen::plan_rows(int picture_height) const {
  struct Row {
    int written = 0, read = 0;
  };
  std::vector<std::vector<Row>> rows(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) rows[i].resize(at(picture_height / steps_[i].scale + 2));
  int time = 0;
  std::vector<int> rows_done;
  each_row(rows_done, picture_height, [&](const Op& op, int first, int count) {
    ++time;
    for (int y = first; y < first + count; ++y) {
      const RowSpan span = rows_read(op, y);
      for (int r = span.first; r <= span.last; ++r) rows[at(op.stage.input)][at(r + 1)].read = time;
      if (op.stage.other >= 0) rows[at(op.stage.other)][at(y + 1)].read = time;
      auto& out = rows[at(op.stage.output)];
      out[at(y + 1)].written = time;
      if (at(y + 3) == out.size()) out.back().written = time;
    }
  });
  std::vector<int> kept(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    std::size_t oldest = 0;
    for (std::size_t r = 0; r < rows[i].size(); ++r) {
      while (oldest < r && rows[i][oldest].read < rows[i][r].written) ++oldest;
      kept[i] = std::max(kept[i], static_cast<int>(r - oldest) + 1);
    }
    const bool whole = made_by_[i] < 0 || std::count(outputs_.begin(), outputs_.end(), static_cast<int>(i)) > 0;
    if (whole) kept[i] = static_cast<int>(rows[i].size());
  }
  return kept;
}

Planes& Frozen::prepare(int width, int height, Scratch& scratch) const {
  if (scratch.width_ != width || scratch.height_ != height || scratch.maps_.size() != steps_.size()) {
    scratch.maps_.clear();
    scratch.rows_kept_ = plan_rows(height);
    int widest = 1;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& step = steps_[i];
      widest = std::max(widest, step.channels);
      scratch.maps_.push_back(i == 0 || made_by_[i] >= 0 ? Planes({width / step.scale, scratch.rows_kept_[i] - 2}, step.channels, 1)
                                                         : Planes());
    }
    scratch.tile_.assign(at(2 * 4 * widest * kWidest), 0.0f);
    scratch.width_ = width;
    scratch.height_ = height;
  }
  return scratch.maps_.front();
}

void Frozen::mix_rows(const Op& op, int y, int rows, Scratch& scratch) const {
  const int input = op.stage.input;
  const std::ptrdiff_t in_stride = scratch.map(input).channel_stride(), out_stride = scratch.map(op.stage.output).channel_stride();
  const RowSpan span = rows_read(op, y);
  const float* in[4];  // of a window: the row above the first, the rows, the row below the last; else the first and last read
  if (op.gather == Gather::kDepthwise) {
    for (int r = 0; r < rows + 2; ++r) in[r] = scratch.row(input, y - 1 + r);
  } else {
    in[0] = scratch.row(input, span.first);
    in[1] = scratch.row(input, span.last);
  }
  const int columns = scratch.map(op.stage.output).shape().columns();
  float* tile = scratch.tile_.data();
  const int width = std::clamp(kTile / (op.ins * rows) / 24 * 24, 24, kWidest);  // of a row's part of the tile
  const std::ptrdiff_t tile_stride = width * rows;
  for (int x = 0; x < columns; x += width) {
    const int n = std::min(width, columns - x);
    const float* source = tile;
    std::ptrdiff_t source_stride = tile_stride;
    if (op.gather == Gather::kDepthwise && rows == 2) {
      const float* const from[4] = {in[0] + x, in[1] + x, in[2] + x, in[3] + x};
      float* const to[2] = {tile, tile + width};
      kernels_->depthwise_pair(op.window.data(), op.ins, from, in_stride, to, tile_stride, n);
    } else if (op.gather == Gather::kDepthwise) {
      kernels_->depthwise(op.window.data(), op.ins, {in[0] + x, in[1] + x, in[2] + x}, in_stride, nullptr, 0, tile, tile_stride, n);
    } else if (op.gather == Gather::kFold) {
      for (int c = 0; c < op.ins; c += 2) {
        kernels_->split(in[c % 4 / 2] + c / 4 * in_stride + 2 * x, tile + c * tile_stride, tile + (c + 1) * tile_stride, n);
      }
    } else {
      source = in[0] + x;
      source_stride = in_stride;
    }
    for (int r = 0; r < rows; ++r) {
      const float* add = op.stage.other < 0 ? nullptr : scratch.row(op.stage.other, y + r) + x;
      kernels_->mix(op.packed.data(), op.bias.data(), op.outs, op.ins, source + r * width, source_stride, add, out_stride,
                    scratch.row(op.stage.output, y + r) + x, out_stride, n, op.stage.normalise >= 0 ? Bound::kRectified : Bound::kNone);
    }
  }
}

void Frozen::plain_rows(const Op& op, int y, int rows, Scratch& scratch) const {
  const int input = op.stage.input;
  const RowSpan span = rows_read(op, y);
  const PlaneShape shape = scratch.map(op.stage.output).shape();
  const std::ptrdiff_t in_stride = scratch.map(input).channel_stride(), out_stride = shape.pitch();
  const float *first = scratch.row(input, span.first), *last = scratch.row(input, span.last);
  float* out = scratch.row(op.stage.output, y);
  const int n = shape.columns();
  switch (op.stage.kind) {
    case Stage::Kind::kDepthwise:
      if (rows == 2) {
        const float* const from[4] = {first, scratch.row(input, y), last, scratch.row(input, y + 2)};
        float* const to[2] = {out, scratch.row(op.stage.output, y + 1)};
        kernels_->depthwise_pair(op.window.data(), op.ins, from, in_stride, to, out_stride, n);
      } else {
        kernels_->depthwise(op.window.data(), op.ins, {first, scratch.row(input, y), last}, in_stride, nullptr, 0, out, out_stride, n);
      }
      return;
    case Stage::Kind::kNormalise:
      kernels_->scale_rectify(first, op.scale.data(), op.shift.data(), nullptr, out, out_stride, op.outs, n);
      return;
    case Stage::Kind::kFold:
      for (int c = 0; c < op.outs; c += 2) {
        const float* from = c % 4 == 0 ? first : last;
        kernels_->split(from + c / 4 * in_stride, out + c * out_stride, out + (c + 1) * out_stride, n);
      }
      return;
    case Stage::Kind::kUnfold:
      for (int c = 0; c < op.outs; ++c) {
        for (int x = 0; x < shape.width; ++x) out[c * out_stride + x] = first[c * in_stride + x / 2];
      }
      return;
    default:
      const float* other = scratch.row(op.stage.other, y);
      for (int c = 0; c < op.outs; ++c) {
        const float *a = first + c * in_stride, *b = other + c * out_stride;
        float* to = out + c * out_stride;
        if (op.gather == Gather::kUnfold) {
          kernels_->unfold_add(a, b, to, n);
        } else {
          for (int x = 0; x < shape.width; ++x) to[x] = a[x] + b[x];
        }
      }
  }
}

void Frozen::run(Scratch& scratch) const {
  const auto clear = [&](int step, int y) { std::fill_n(scratch.row(step, y), scratch.map(step).row_stride(), 0.0f); };
  for (const Op& op : ops_) clear(op.stage.output, -1);
  each_row(scratch.rows_done_, scratch.height_, [&](const Op& op, int first, int rows) {
    if (op.stage.kind == Stage::Kind::kMix) mix_rows(op, first, rows, scratch);
    else plain_rows(op, first, rows, scratch);
    const int step = op.stage.output;
    const PlaneShape shape = scratch.map(step).shape();
    for (int y = first; y < first + rows && shape.width != shape.columns(); ++y) {
      float* row = scratch.row(step, y);
      for (int c = 0; c < op.outs; ++c) std::fill(row + c * shape.pitch() + shape.width, row + c * shape.pitch() + shape.columns(), 0.0f);
    }
    const int end = first + rows;
    if (end == scratch.height_ / steps_[at(step)].scale) clear(step, end);
  });
}

}  // namespace beltwarden::vision::net
