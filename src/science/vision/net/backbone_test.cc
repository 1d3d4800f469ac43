#include "science/vision/net/backbone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "science/vision/net/test_backbone.h"

namespace beltwarden::vision::net {
namespace {

using testing::backbone_bytes;
using testing::test_layers;
using testing::TestLayer;

struct Map {
  int side = 0, channels = 0;
  std::vector<double> values;
  double at(int c, int y, int x) const {
    return x < 0 || y < 0 || x >= side || y >= side ? 0 : values[static_cast<std::size_t>((c * side + y) * side + x)];
  }
};

// One layer by the definition of a convolution. An even number of pixels and a stride of two: windows begin on even ones.
Map layer_of(const TestLayer& layer, const Map& in, const std::vector<Map>& before) {
  Map out{in.side / static_cast<int>(layer.stride), static_cast<int>(layer.outs), {}};
  const int begin = layer.stride == 2 ? 0 : -1;
  for (int c = 0; c < out.channels; ++c) {
    for (int y = 0; y < out.side; ++y) {
      for (int x = 0; x < out.side; ++x) {
        double sum = static_cast<double>(layer.bias[static_cast<std::size_t>(c)]);
        const auto weight = [&](int i) { return static_cast<double>(layer.weights[static_cast<std::size_t>(i)]); };
        const int top = static_cast<int>(layer.stride) * y + begin, left = static_cast<int>(layer.stride) * x + begin;
        for (int k = 0; k < 9; ++k) {
          if (layer.kind == 1) sum += weight(9 * c + k) * in.at(c, top + k / 3, left + k % 3);
          for (int i = 0; layer.kind == 0 && i < 3; ++i) sum += weight(27 * c + 3 * k + i) * in.at(i, top + k / 3, left + k % 3);
        }
        for (int i = 0; layer.kind == 2 && i < in.channels; ++i) sum += weight(in.channels * c + i) * in.at(i, y, x);
        if (layer.capped == 1) sum = std::clamp(sum, 0.0, 6.0);
        if (layer.add > 0) sum += before[layer.add - 1].at(c, y, x);
        out.values.push_back(sum);
      }
    }
  }
  return out;
}

float pixel(int c, int y, int x) {
  return static_cast<float>(((x * 7 + y * 13 + c * 29) % 64) / 31.5 - 1) * ((x / 16 + y / 16) % 2 != 0 ? 1.0f : 0.5f);
}

// Window w shows the picture, moved down by w pixels.
void fill(Planes& input, int side) {
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        for (int w = 0; w < Backbone::kWindows; ++w) input.row(0, c, y)[Backbone::at(x, w)] = pixel(c, y + w, x);
      }
    }
  }
}

TEST(Backbone, ComputesWhatItsLayersAreDefinedAs) {
  const auto layers = test_layers();
  auto backbone = Backbone::from_bytes(backbone_bytes(layers), "test");
  ASSERT_TRUE(backbone) << backbone.error().message;
  ASSERT_EQ(backbone->feature_count(), 4u * (5 + 5 + 6));
  for (const int side : {96, 32, 64}) {
    Backbone::Scratch scratch;
    fill(backbone->prepare(side, scratch), side);
    const auto all = backbone->run(Backbone::kWindows, scratch);
    ASSERT_EQ(all.size(), 8u);
    EXPECT_EQ(all, backbone->run(Backbone::kWindows, scratch, kPlainKernels)) << "the same bits on every processor";
    const std::size_t window = side == 96 ? 0 : 5;
    const auto& features = all[window];
    Map map{side, 3, {}};
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) map.values.push_back(static_cast<double>(pixel(c, y + static_cast<int>(window), x)));
      }
    }
    std::vector<Map> maps;
    std::size_t i = 0;
    for (const TestLayer& layer : layers) {
      maps.push_back(layer_of(layer, maps.empty() ? map : maps.back(), maps));
      if (layer.read == 0) continue;
      const Map& read = maps.back();
      for (int c = 0; c < read.channels; ++c) {
        double all = 0;
        for (int k = 0; k < read.side * read.side; ++k) all += read.at(c, k / read.side, k % read.side);
        ASSERT_LT(i + 3, features.size());
        EXPECT_NEAR(static_cast<double>(features[i + 3]), all / read.side / read.side, 1e-4) << side << ", feature " << i + 3;
        EXPECT_GE(features[i + 2], features[i + 1]) << "the highest is no less than the mean";
        i += 4;
      }
    }
    EXPECT_EQ(i, features.size());
  }
}

TEST(Backbone, InnerMeansAreOfTheMiddle) {
  const auto layers = test_layers();
  auto backbone = Backbone::from_bytes(backbone_bytes(layers), "test");
  ASSERT_TRUE(backbone);
  Backbone::Scratch scratch;
  Planes& input = backbone->prepare(96, scratch);
  fill(input, 96);
  const auto both = backbone->run(2, scratch);
  for (int x = 0; x < 96; ++x) input.row(0, 0, 0)[Backbone::at(x, 0)] = 5;   // the picture's first row: far from its middle
  const auto changed = backbone->run(2, scratch);
  EXPECT_EQ(changed[1], both[1]) << "one window does not see the next";
  const auto &before = both[0], &after = changed[0];
  for (std::size_t i = 0; i + 3 < 20; i += 4) {   // maps of 4 pixels a cell
    EXPECT_EQ(before[i], after[i]);
    EXPECT_EQ(before[i + 1], after[i + 1]);
    EXPECT_NE(before[i + 3], after[i + 3]);
  }
}

TEST(Backbone, DamagedBytesAreRefused) {
  const std::string whole = backbone_bytes(test_layers());
  ASSERT_TRUE(Backbone::from_bytes(whole, "test"));
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) EXPECT_FALSE(Backbone::from_bytes(whole.substr(0, cut), "test"));
  std::string changed = whole;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  auto refused = Backbone::from_bytes(changed, "test.bin");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "test.bin: the check sum of the backbone does not fit");
}

TEST(Backbone, LayersThatDoNotFitAreRefused) {
  const auto refused = [](auto change) {
    auto layers = test_layers();
    change(layers);
    auto read = Backbone::from_bytes(backbone_bytes(layers), "test");
    return read ? std::string("read") : read.error().message;
  };
  EXPECT_EQ(refused([](auto& l) { l[0].stride = 1; }), "test: layer 1 of 9 is not of the form expected");
  EXPECT_EQ(refused([](auto& l) { l[1].kind = 7; }), "test: layer 2 of 9 is not of the form expected");
  EXPECT_EQ(refused([](auto& l) { l[1].outs = 9; }), "test: layer 2 of 9 is not of the form expected");
  EXPECT_EQ(refused([](auto& l) { l[5].add = 1; }), "test: layer 6 of 9 adds maps of another form");
  EXPECT_EQ(refused([](auto& l) { l[2].bias.pop_back(); }), "test: layer 4 of 9 is not of the form expected") << "numbers are read as fields";
  EXPECT_EQ(refused([](auto& l) {
              TestLayer wide{2, 1, 900, 0, 0, 0, std::vector<float>(900 * 8), std::vector<float>(900)};
              TestLayer narrow{2, 1, 8, 0, 0, 0, std::vector<float>(8 * 900), std::vector<float>(8)};
              std::vector<TestLayer> many;
              for (int i = 0; i < 5; ++i) many.push_back(wide), many.push_back(narrow);
              l.insert(l.begin() + 1, many.begin(), many.end());
            }),
            "test: layer 10 of 19 has more maps than memory should be given for");
  EXPECT_EQ(refused([](auto& l) { for (auto& layer : l) layer.read = 0; }), "test: expected a layer that is read");
}

// Golden values: the same weights and input through PyTorch 1.13's convolutions.
TEST(Backbone, ThePackagedNetworkGivesWhatAnotherEngineGives) {
  std::ifstream file(BELTWARDEN_BACKBONE, std::ios::binary);
  if (!file) GTEST_SKIP() << BELTWARDEN_BACKBONE << " is not there: npm --prefix backbone run build makes it";
  std::stringstream bytes;
  bytes << file.rdbuf();
  auto backbone = Backbone::from_bytes(bytes.str(), "backbone.bin");
  ASSERT_TRUE(backbone) << backbone.error().message;
  ASSERT_EQ(backbone->feature_count(), 768u);
  Backbone::Scratch scratch;
  fill(backbone->prepare(96, scratch), 96);
  const auto features = backbone->run(1, scratch).front();
  const std::pair<std::size_t, double> golden[] = {
      {0, 1.850757}, {1, 1.978847}, {2, 3.662042}, {3, 2.034898}, {101, 1.169485}, {130, 5.778149},
      {255, 0.347901}, {256, -1.152972}, {300, -1.408996}, {399, 0.527200}, {511, -0.077141}, {512, -1.278520},
      {600, 1.061496}, {701, 1.025246}, {766, 0.634050}, {767, -0.366401}};
  for (const auto& [i, value] : golden) EXPECT_NEAR(static_cast<double>(features[i]), value, 1e-4) << i;
}

}  // namespace
}  // namespace beltwarden::vision::net
