#include "science/vision/mirror.h"

#include <gtest/gtest.h>

namespace beltwarden::vision {
namespace {

Picture numbered() {
  Picture picture{3, 2, {}};
  for (std::uint8_t i = 0; i < 18; ++i) picture.bgr.push_back(i);
  return picture;
}

TEST(Mirror, ExchangesPixelsNotTheirColours) {
  const Picture picture = numbered();
  EXPECT_EQ(mirrored(picture.view(), {}).bgr, picture.bgr);
  EXPECT_EQ(mirrored(picture.view(), {true, false}).bgr,
            (std::vector<std::uint8_t>{6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11}));
  EXPECT_EQ(mirrored(picture.view(), {false, true}).bgr,
            (std::vector<std::uint8_t>{9, 10, 11, 12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Mirror, EvidenceOfTheMirrorPictureComesBackToItsPlace) {
  for (std::size_t turn = 0; turn < 4; ++turn) {
    const Picture seen = mirrored(numbered().view(), Mirror::of_turn(turn));
    EvidenceMap map{3, 2, 1, {}};
    for (int i = 0; i < 6; ++i) map.logit.push_back(seen.bgr[static_cast<std::size_t>(3 * i)]);
    mirror_back(map, Mirror::of_turn(turn));
    EXPECT_EQ(map.logit, (std::vector<float>{0, 3, 6, 9, 12, 15})) << turn;
  }
}

TEST(Mirror, FourInTurnAreAllDifferent) {
  std::vector<std::vector<std::uint8_t>> all;
  for (std::size_t turn = 0; turn < 5; ++turn) all.push_back(mirrored(numbered().view(), Mirror::of_turn(turn)).bgr);
  for (int a = 0; a < 4; ++a) {
    for (int b = 0; b < a; ++b) EXPECT_NE(all[static_cast<std::size_t>(a)], all[static_cast<std::size_t>(b)]);
  }
  EXPECT_EQ(all[4], all[0]);
}

}  // namespace
}  // namespace beltwarden::vision
