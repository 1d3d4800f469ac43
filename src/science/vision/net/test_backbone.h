// A small backbone of random numbers, in the bytes that Backbone reads.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/rng.h"

namespace beltwarden::vision::net::testing {

struct TestLayer {
  std::uint32_t kind, stride, outs, capped, add, read;   ///< as in the file: 0 stem, 1 depthwise, 2 mix; add: layer + 1
  std::vector<float> weights, bias;                      ///< numbers that sixteen bits hold exactly
};

inline void append_half(std::string& out, float value) {
  int exponent = 0;
  const float part = std::frexp(std::abs(value), &exponent);   // value = part 2^exponent, part from a half to one
  std::uint16_t half = value < 0 ? 0x8000 : 0;
  if (part != 0) half = static_cast<std::uint16_t>(half | (exponent + 14) << 10 | (static_cast<int>(part * 2048) & 1023));
  out += static_cast<char>(half & 255);
  out += static_cast<char>(half >> 8);
}

inline std::string signed_by_sum(const std::string& body) {
  const Sha256 sum = sha256(body);
  return body + std::string(reinterpret_cast<const char*>(sum.data()), sum.size());
}

inline std::string backbone_bytes(const std::vector<TestLayer>& layers) {
  std::string out = "BWBACKBONE1\n";
  const auto u32 = [&](std::uint32_t value) {
    for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i) & 255);
  };
  u32(static_cast<std::uint32_t>(layers.size()));
  for (const TestLayer& layer : layers) {
    for (const std::uint32_t field : {layer.kind, layer.stride, layer.outs, layer.capped, layer.add, layer.read}) u32(field);
    for (const float w : layer.weights) append_half(out, w);
    for (const float b : layer.bias) append_half(out, b);
  }
  return signed_by_sum(out);
}

/// Every kind of layer and stride, a sum with an earlier map, and maps of 4, 8 and 16 pixels a cell that are read.
inline std::vector<TestLayer> test_layers(std::uint64_t seed = 1) {
  std::vector<TestLayer> layers = {{0, 2, 8, 1, 0, 0, {}, {}}, {1, 2, 8, 1, 0, 0, {}, {}},  {2, 1, 5, 0, 0, 1, {}, {}}, {2, 1, 12, 1, 0, 0, {}, {}},
                                   {1, 1, 12, 1, 0, 0, {}, {}}, {2, 1, 5, 0, 3, 0, {}, {}}, {1, 2, 5, 0, 0, 1, {}, {}}, {1, 2, 5, 1, 0, 0, {}, {}},
                                   {2, 1, 6, 0, 0, 1, {}, {}}};
  Rng rng(seed);
  std::uint32_t ins = 3;
  for (TestLayer& layer : layers) {
    const std::uint32_t count = layer.outs * (layer.kind == 0 ? 27 : layer.kind == 1 ? 9 : ins);
    for (std::uint32_t i = 0; i < count; ++i) layer.weights.push_back(static_cast<float>(std::round(64 * rng.normal()) / 128));
    for (std::uint32_t i = 0; i < layer.outs; ++i) layer.bias.push_back(static_cast<float>(std::round(64 * rng.normal()) / 128));
    ins = layer.outs;
  }
  return layers;
}

}  // namespace beltwarden::vision::net::testing
