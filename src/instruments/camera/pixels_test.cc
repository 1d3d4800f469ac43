#include "instruments/camera/pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <tuple>
#include <vector>

#include "base/rng.h"

namespace beltwarden::instruments {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using camera::PixelFormat;

TEST(Pixels, ReordersAndWidens) {
  const std::vector<std::uint8_t> two{1, 2, 3, 4, 5, 6};
  EXPECT_THAT(*camera::to_bgr({two, 2, 1, 0, PixelFormat::kRgb8}), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(*camera::to_bgr({two, 2, 1, 0, PixelFormat::kBgr8}), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(*camera::to_bgr({two, 1, 2, 1, PixelFormat::kMono8}), ElementsAre(1, 1, 1, 3, 3, 3));   // one padding byte a row
  EXPECT_FALSE(camera::to_bgr({two, 3, 1, 0, PixelFormat::kRgb8}).ok());
}

TEST(Pixels, InterpolatesBayer) {
  // A flat colour survives: blue 30, green 20, red 10 under RGGB.
  std::vector<std::uint8_t> flat;
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) flat.push_back(y % 2 == 0 ? (x % 2 == 0 ? 10 : 20) : (x % 2 == 0 ? 20 : 30));
  }
  const auto bgr = *camera::to_bgr({flat, 4, 4, 0, PixelFormat::kBayerRg8});
  for (std::size_t i = 0; i < bgr.size(); i += 3) EXPECT_THAT(std::vector(bgr.begin() + i, bgr.begin() + i + 3), ElementsAre(30, 20, 10));
  // In the middle, green at a red pixel is the mean of its four neighbours.
  const std::vector<std::uint8_t> nine{0, 10, 0, 20, 99, 30, 0, 41, 0};
  const auto middle = *camera::to_bgr({nine, 3, 3, 0, PixelFormat::kBayerBg8});     // centre: x 1, y 1 is red
  EXPECT_EQ(middle[3 * 4 + 2], 99);
  EXPECT_EQ(middle[3 * 4 + 1], 25);        // (10 + 20 + 30 + 41 + 2) / 4
}

// Pixel by pixel as the definition has it: the mean of those of a colour among a pixel and its neighbours, by the least distance.
TEST(Pixels, BayerIsTheMeanOfTheNearestOfEachColour) {
  Rng rng(5);
  const std::tuple<PixelFormat, std::size_t, std::size_t> mosaics[] = {
      {PixelFormat::kBayerRg8, 0, 0}, {PixelFormat::kBayerGr8, 1, 0}, {PixelFormat::kBayerGb8, 0, 1}, {PixelFormat::kBayerBg8, 1, 1}};
  for (const auto& [format, red_x, red_y] : mosaics) {
    for (std::size_t width = 2; width <= 9; ++width) {
      for (const std::size_t height : {2u, 3u, 5u}) {
        const std::size_t padding = width % 3;
        std::vector<std::uint8_t> bytes((width + padding) * height);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.below(256));
        const auto bgr = *camera::to_bgr({bytes, width, height, padding, format});
        for (std::size_t y = 0; y < height; ++y) {
          for (std::size_t x = 0; x < width; ++x) {
            for (int colour = 0; colour < 3; ++colour) {
              unsigned sum[3] = {}, count[3] = {};   // by distance: none, a side, a corner
              for (int dy = -1; dy <= 1; ++dy) {
                for (int dx = -1; dx <= 1; ++dx) {
                  const auto mirror = [](int at, std::size_t size) { return static_cast<std::size_t>(at < 0 ? 1 : at >= static_cast<int>(size) ? at - 2 : at); };
                  const std::size_t nx = mirror(static_cast<int>(x) + dx, width), ny = mirror(static_cast<int>(y) + dy, height);
                  const bool in_red_column = nx % 2 == red_x, in_red_row = ny % 2 == red_y;
                  const int here = in_red_column != in_red_row ? 1 : in_red_row ? 2 : 0;
                  if (here != colour) continue;
                  const int far = std::abs(dx) + std::abs(dy);
                  sum[far] += bytes[ny * (width + padding) + nx], ++count[far];
                }
              }
              const int far = count[0] > 0 ? 0 : count[1] > 0 ? 1 : 2;
              EXPECT_EQ(bgr[3 * (y * width + x) + static_cast<std::size_t>(colour)], (sum[far] + count[far] / 2) / count[far])
                  << width << " x " << height << " at " << x << ", " << y << " colour " << colour;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace beltwarden::instruments
