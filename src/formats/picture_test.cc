#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/picture.h"

namespace beltwarden::formats {
namespace {

using ::testing::HasSubstr;

Picture checks() {
  Picture picture{32, 16, 3, std::vector<std::uint8_t>(32 * 16 * 3)};
  for (std::size_t i = 0; i < picture.data.size(); ++i) picture.data[i] = i / 3 % 32 < 16 ? 40 : 200;
  return picture;
}

TEST(Picture, PngKeepsEveryPixel) {
  const auto bytes = encode_png(checks().view());
  ASSERT_TRUE(bytes.ok());
  const auto size = picture_size(*bytes);
  EXPECT_EQ(size->width, 32u);
  EXPECT_EQ(size->height, 16u);
  EXPECT_EQ(decode_picture(*bytes)->data, checks().data);
}

TEST(Picture, JpegKeepsThemRoughly) {
  const auto bytes = encode_jpeg(checks().view(), 90);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(picture_size(*bytes)->width, 32u);
  const auto picture = decode_picture(*bytes);
  ASSERT_TRUE(picture.ok()) << picture.error().message;
  EXPECT_NEAR(picture->data[0], 40, 6);
  EXPECT_NEAR(picture->data[picture->data.size() - 1], 200, 6);
}

TEST(Picture, RefusesWhatDoesNotFit) {
  const auto jpeg = *encode_jpeg(checks().view(), 90);
  auto png = *encode_png(checks().view());
  EXPECT_THAT(decode_picture("").error().message, HasSubstr("expected a JPEG or PNG"));
  EXPECT_THAT(decode_picture("GIF89a").error().message, HasSubstr("expected a JPEG or PNG"));
  EXPECT_FALSE(decode_picture(jpeg.substr(0, 10)).ok());
  EXPECT_THAT(decode_picture(jpeg.substr(0, jpeg.size() - 20)).error().message, HasSubstr("cut off"));
  EXPECT_THAT(decode_picture(png.substr(0, png.size() - 12)).error().message, HasSubstr("cut off"));
  png[16] = '\x7F';  // a width of two thousand million pixels: refused before any of it is allocated
  EXPECT_THAT(decode_picture(png).error().message, HasSubstr("expected 1 to 64 Mpixel"));
  EXPECT_THAT(encode_jpeg(checks().view(), 0).error().message, HasSubstr("expected 1 to 100"));
  EXPECT_THAT(encode_png({}).error().message, HasSubstr("expected 1 or 3 channels"));
}

}  // namespace
}  // namespace beltwarden::formats
