#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "science/vision/net/frozen.h"
#include "science/vision/net/kernels.h"
#include "science/vision/net/trainer.h"

namespace beltwarden::vision::net {
namespace {

std::vector<float> numbers(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(rng.normal());
  return out;
}

TEST(Kernels, MixIsAWeightedSumOfPlanes) {
  // Two inputs of eight pixels, one output: 2 a - b + 0.5.
  std::vector<float> in(16);
  for (int i = 0; i < 8; ++i) in[static_cast<std::size_t>(i)] = static_cast<float>(i), in[static_cast<std::size_t>(8 + i)] = 3;
  const float weights[2] = {2, -1}, bias[1] = {0.5f};
  std::vector<float> packed(packed_size(1, 2)), out(8);
  pack_weights(weights, 1, 2, packed.data());
  kPlainKernels.mix(packed.data(), bias, 1, 2, in.data(), 8, nullptr, 0, out.data(), 8, 8, Bound::kNone);
  EXPECT_EQ(out, (std::vector<float>{-2.5f, -0.5f, 1.5f, 3.5f, 5.5f, 7.5f, 9.5f, 11.5f}));
  kPlainKernels.mix(packed.data(), bias, 1, 2, in.data(), 8, nullptr, 0, out.data(), 8, 8, Bound::kRectified);
  EXPECT_EQ(out, (std::vector<float>{0, 0, 1.5f, 3.5f, 5.5f, 7.5f, 9.5f, 11.5f}));
  kPlainKernels.mix(packed.data(), bias, 1, 2, in.data(), 8, nullptr, 0, out.data(), 8, 8, Bound::kCapped);
  EXPECT_EQ(out, (std::vector<float>{0, 0, 1.5f, 3.5f, 5.5f, 6, 6, 6}));
}

TEST(Kernels, AFasterProcessorGivesTheSameBits) {
  if (kernels().mix == kPlainKernels.mix) GTEST_SKIP() << "this processor runs the plain kernels";
  const std::vector<float> in = numbers(7 * 64 + 200, 1), weights = numbers(13 * 7, 2), bias = numbers(13, 3);
  // What AVX-512 widens is tried with and without it.
  const std::vector<const Kernels*> faster{&kernels(), &kAvx2Kernels};
  // Every way of splitting outputs and columns into blocks of registers.
  for (const int outs : {1, 3, 6, 9, 13}) {
    for (const int n : {8, 16, 24, 32, 40, 48, 56, 64}) {
      std::vector<float> packed(packed_size(outs, 7)), a(13 * 64), b(13 * 64);
      pack_weights(weights.data(), outs, 7, packed.data());
      for (const Bound bound : {Bound::kNone, Bound::kRectified, Bound::kCapped}) {
        kPlainKernels.mix(packed.data(), bias.data(), outs, 7, in.data(), 64, in.data(), 8, a.data(), 64, n, bound);
        for (const Kernels* k : faster) {
          std::fill(b.begin(), b.end(), 0.0f);
          k->mix(packed.data(), bias.data(), outs, 7, in.data(), 64, in.data(), 8, b.data(), 64, n, bound);
          EXPECT_EQ(a, b) << k->name << ", " << outs << " outputs of " << n;
        }
      }
    }
  }
  const auto both = [&](const auto& run) {
    std::vector<float> a(16 * 64), b(16 * 64);
    run(kPlainKernels, a.data());
    for (const Kernels* k : faster) {
      std::fill(b.begin(), b.end(), 0.0f);
      run(*k, b.data());
      EXPECT_EQ(a, b) << k->name;
    }
  };
  const float *x = in.data() + 40, *scale = weights.data(), *shift = weights.data() + 8;
  for (const int n : {8, 40, 64}) {
    both([&](const Kernels& k, float* out) { k.depthwise(scale, 3, ThreeRows::around(x, 20), 100, x, 64, out, 64, n); });
  }
  for (const int n : {8, 24, 48}) {
    const float* rows[4] = {x, x + 90, x + 180, x + 270};
    both([&](const Kernels& k, float* out) {
      float* to[2] = {out, out + 150};
      k.depthwise_pair(scale, 3, rows, 30, to, 50, n);
      std::vector<float> single(150);
      for (int row = 0; row < 2; ++row) {
        k.depthwise(scale, 3, {rows[row], rows[row + 1], rows[row + 2]}, 30, nullptr, 0, single.data(), 50, n);
        for (int c = 0; c < 3; ++c) EXPECT_TRUE(std::equal(&single[50 * c], &single[50 * c] + n, to[row] + 50 * c)) << k.name;
      }
    });
  }
  both([&](const Kernels& k, float* out) { k.depthwise_correlate(x, x + 9, 3, 60, 20, 3, 16, out); });
  both([&](const Kernels& k, float* out) { k.correlate(x, 64, 6, x + 5, 48, 7, 40, out); });
  both([&](const Kernels& k, float* out) { k.moments(x, 64, 3, 40, out); });
  both([&](const Kernels& k, float* out) { k.scale_rectify(x, scale, shift, x + 7, out, 64, 3, 40); });
  both([&](const Kernels& k, float* out) { k.rectified_sums(x + 3, x, scale, shift, 64, 3, 40, out); });
  both([&](const Kernels& k, float* out) { k.rectified_gradient(x + 3, x, scale, shift, scale + 4, shift + 4, 64, out, 40, 3, 40); });
  both([&](const Kernels& k, float* out) { k.split(x, out, out + 64, 40); });
  for (const int n : {8, 40, 64}) {
    both([&](const Kernels& k, float* out) { k.unfold_add(x, x + 64, out, n); });
  }
  both([&](const Kernels& k, float* out) { k.join(x, x + 64, out, 40, true); });
}

TEST(Kernels, SplitAndJoinUndoEachOther) {
  const std::vector<float> in = numbers(48, 4);
  std::vector<float> even(24), odd(24), back(48);
  kPlainKernels.split(in.data(), even.data(), odd.data(), 24);
  EXPECT_EQ(even[3], in[6]);
  EXPECT_EQ(odd[3], in[7]);
  kPlainKernels.join(even.data(), odd.data(), back.data(), 24, false);
  EXPECT_EQ(back, in);
}

Network small_network() {
  Plan plan(3);
  const int half = plan.normalise(plan.mix(plan.fold(0), 6));
  const int a = plan.block(half, 6, true);
  const int quarter = plan.normalise(plan.mix(plan.fold(a), 8));
  const int b = plan.block(quarter, 8, true);
  const int joined = plan.add(plan.unfold(plan.mix(b, 6)), a);
  const int head = plan.mix(joined, 2);
  return make_network(plan, {head, b}, 7);
}

double weighted_sum(const Lane& lane, const Network& network, const std::vector<float>& weights) {
  double sum = 0;
  std::size_t i = 0;
  for (const int output : network.outputs) {
    const Planes& map = lane.map(output);
    for (int s = 0; s < map.count(); ++s) {
      for (int c = 0; c < map.channels(); ++c) {
        for (int y = 0; y < map.shape().height; ++y) {
          for (int x = 0; x < map.shape().width; ++x) {
            sum += static_cast<double>(weights[i++ % weights.size()]) * static_cast<double>(map.row(s, c, y)[x]);
          }
        }
      }
    }
  }
  return sum;
}

TEST(Lane, GradientsAreThoseOfSmallChanges) {
  Network network = small_network();
  Lane lane(network, 2, 16, 12);
  Rng rng(3);
  for (int s = 0; s < 2; ++s) {
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < 12; ++y) {
        for (int x = 0; x < 16; ++x) lane.input().row(s, c, y)[x] = static_cast<float>(rng.normal());
      }
    }
  }
  const std::vector<float> weights = numbers(997, 5);
  lane.forward(network);
  std::size_t i = 0;
  for (const int output : network.outputs) {
    Planes& gradient = lane.gradient(output);
    for (int s = 0; s < 2; ++s) {
      for (int c = 0; c < gradient.channels(); ++c) {
        for (int y = 0; y < gradient.shape().height; ++y) {
          for (int x = 0; x < gradient.shape().width; ++x) gradient.row(s, c, y)[x] = weights[i++ % weights.size()];
        }
      }
    }
  }
  lane.backward(network);
  const std::vector<float> gradient = lane.parameter_gradient();
  // Rectifiers have kinks: a few parameters may straddle one.
  int wrong = 0;
  for (std::size_t p = 0; p < network.parameters.size(); p += 5) {
    const float kept = network.parameters[p];
    constexpr float kMove = 1e-2f;
    network.parameters[p] = kept + kMove;
    lane.forward(network);
    const double above = weighted_sum(lane, network, weights);
    network.parameters[p] = kept - kMove;
    lane.forward(network);
    const double below = weighted_sum(lane, network, weights);
    network.parameters[p] = kept;
    const double expected = (above - below) / (2 * static_cast<double>(kMove));
    wrong += std::abs(expected - static_cast<double>(gradient[p])) > 0.05 * std::abs(expected) + 0.3;
  }
  EXPECT_LE(wrong, static_cast<int>(network.parameters.size() / 5 / 20));
}

TEST(Frozen, ComputesWhatTheStepsCompute) {
  Network network = small_network();
  network.state = numbers(network.state.size(), 9);
  for (float& value : network.state) value = 0.5f + std::abs(value);
  const Frozen frozen(network);
  Frozen::Scratch scratch;
  Planes& input = frozen.prepare(20, 12, scratch);
  Rng rng(4);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 12; ++y) {
      for (int x = 0; x < 20; ++x) input.row(0, c, y)[x] = static_cast<float>(rng.normal());
    }
  }
  frozen.run(scratch);
  // Step by step in double precision.
  std::vector<std::vector<double>> maps;
  for (const Step& step : network.plan.steps()) {
    const int w = 20 / step.scale, h = 12 / step.scale;
    std::vector<double> out(static_cast<std::size_t>(w * h * step.channels));
    const float* p = network.parameters.data() + step.parameters;
    const auto put = [&](int c, int y, int x) -> double& { return out[static_cast<std::size_t>((c * h + y) * w + x)]; };
    const auto get = [&](int from, int c, int y, int x) {
      const Step& source = network.plan.steps()[static_cast<std::size_t>(from)];
      const int sw = 20 / source.scale, sh = 12 / source.scale;
      if (x < 0 || y < 0 || x >= sw || y >= sh) return 0.0;
      return maps[static_cast<std::size_t>(from)][static_cast<std::size_t>((c * sh + y) * sw + x)];
    };
    const int ins = step.input < 0 ? 0 : network.plan.steps()[static_cast<std::size_t>(step.input)].channels;
    for (int c = 0; c < step.channels; ++c) {
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
          double& value = put(c, y, x);
          switch (step.kind) {
            case StepKind::kInput: value = static_cast<double>(input.row(0, c, y)[x]); break;
            case StepKind::kFold: value = get(step.input, c / 4, 2 * y + c % 4 / 2, 2 * x + c % 2); break;
            case StepKind::kUnfold: value = get(step.input, c, y / 2, x / 2); break;
            case StepKind::kAdd: value = get(step.input, c, y, x) + get(step.other, c, y, x); break;
            case StepKind::kDepthwise:
              for (int k = 0; k < 9; ++k) value += static_cast<double>(p[9 * c + k]) * get(step.input, c, y + k / 3 - 1, x + k % 3 - 1);
              break;
            case StepKind::kMix:
              value = static_cast<double>(p[step.channels * ins + c]);
              for (int k = 0; k < ins; ++k) value += static_cast<double>(p[c * ins + k]) * get(step.input, k, y, x);
              break;
            case StepKind::kNormalise: {
              const double mean = static_cast<double>(network.state[static_cast<std::size_t>(step.state + c)]);
              const double variance = static_cast<double>(network.state[static_cast<std::size_t>(step.state + step.channels + c)]);
              value = std::max(0.0, (get(step.input, c, y, x) - mean) / std::sqrt(variance + 1e-4) * static_cast<double>(p[c]) +
                                        static_cast<double>(p[step.channels + c]));
              break;
            }
          }
        }
      }
    }
    maps.push_back(out);
  }
  for (const int output : network.outputs) {
    const Planes& map = scratch.map(output);
    for (int c = 0; c < map.channels(); ++c) {
      for (int y = 0; y < map.shape().height; ++y) {
        for (int x = 0; x < map.shape().width; ++x) {
          const std::size_t i = static_cast<std::size_t>((c * map.shape().height + y) * map.shape().width + x);
          EXPECT_NEAR(map.row(0, c, y)[x], maps[static_cast<std::size_t>(output)][i], 1e-3);
        }
      }
    }
  }
}

// Maps between are kept a few rows at a time; asked for whole they are the same, and so is the next picture.
TEST(Frozen, KeepsNoMoreRowsThanAreReadAndLosesNone) {
  Plan plan(3);
  const int fine = plan.block(plan.normalise(plan.mix(plan.fold(0), 8)), 8, true);
  const int coarse = plan.block(plan.normalise(plan.mix(plan.fold(fine), 12)), 12, true);
  const int joined = plan.block(plan.add(plan.unfold(plan.mix(coarse, 8)), fine), 8, true);
  const int head = plan.mix(joined, 2);
  Network whole = make_network(plan, {head, joined, coarse, fine}, 7), lean = make_network(plan, {head}, 7);
  const Frozen kept(whole), rows(lean);
  Frozen::Scratch all, few;
  for (const auto& [width, height] : {std::pair{20, 4}, {36, 100}, {64, 64}, {20, 4}}) {
    Planes &a = kept.prepare(width, height, all), &b = rows.prepare(width, height, few);
    for (std::uint64_t picture = 0; picture < 3; ++picture) {
      const std::vector<float> values = numbers(static_cast<std::size_t>(3 * width * height), picture);
      for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < height; ++y) {
          const float* from = values.data() + (c * height + y) * width;
          std::copy_n(from, width, a.row(0, c, y));
          std::copy_n(from, width, b.row(0, c, y));
        }
      }
      kept.run(all);
      rows.run(few);
      if (height == 100) {
        EXPECT_LT(few.map(fine).shape().height, 20) << "of 50: the map between is kept whole";
      }
      for (int c = 0; c < 2; ++c) {
        for (int y = 0; y < height / 2; ++y) {
          const float *left = all.map(head).row(0, c, y), *right = few.map(head).row(0, c, y);
          ASSERT_EQ(std::vector<float>(left, left + width / 2), std::vector<float>(right, right + width / 2))
              << width << " x " << height << ", picture " << picture << ", row " << y;
        }
      }
    }
  }
}

// A change of one pixel is seen as far as stated, and no further.
TEST(Frozen, StatesHowFarAPixelReaches) {
  Plan plan(1);
  const int half = plan.normalise(plan.mix(plan.fold(0), 4));
  const int quarter = plan.block(plan.normalise(plan.mix(plan.fold(half), 4)), 4, true);
  const int joined = plan.block(plan.add(plan.unfold(quarter), half), 4, true);
  Network network = make_network(std::move(plan), {joined}, 5);
  for (auto& value : network.parameters) value = std::abs(value) + 0.1f;   // nothing cancels
  const Frozen frozen(network);
  ASSERT_EQ(frozen.reach_px(), 8);   // 2 of the last window, in whole quarters 4, and 4 of the first
  constexpr int kWidth = 64, kAt = 32;
  const auto outputs = [&](float pixel) {
    Frozen::Scratch scratch;
    Planes& input = frozen.prepare(kWidth, 16, scratch);
    for (int y = 0; y < 16; ++y) std::fill_n(input.row(0, 0, y), kWidth, 1.0f);
    input.row(0, 0, 8)[kAt] = pixel;
    frozen.run(scratch);
    const Planes& map = scratch.map(joined);
    return std::vector<float>(map.row(0, 0, 4), map.row(0, 0, 4) + kWidth / 2);
  };
  const auto a = outputs(1), b = outputs(3);
  for (int x = 0; x < kWidth / 2; ++x) {
    // The pixel lies beyond a cut at 32 for what is left of it, and beyond one at 36 for what is right.
    const bool beyond = 2 * x + 2 <= kAt - frozen.reach_px() || 2 * x >= kAt + 4 + frozen.reach_px();
    if (beyond) {
      EXPECT_EQ(a[static_cast<std::size_t>(x)], b[static_cast<std::size_t>(x)]) << x;
    }
    if (std::abs(2 * x - kAt) == 6) {
      EXPECT_NE(a[static_cast<std::size_t>(x)], b[static_cast<std::size_t>(x)]) << x;
    }
  }
}

TEST(Network, ReadsBackWhatItWroteAndNothingElse) {
  const Network network = small_network();
  const std::string bytes = to_bytes(network);
  const auto back = network_from_bytes(bytes, "test");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->parameters, network.parameters);
  EXPECT_EQ(back->outputs, network.outputs);
  EXPECT_EQ(to_bytes(*back), bytes);
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(network_from_bytes(damaged, "test")) << i;
    EXPECT_FALSE(network_from_bytes(bytes.substr(0, i), "test")) << i;
  }
}

}  // namespace
}  // namespace beltwarden::vision::net
