#include "base/text.h"

#include <gtest/gtest.h>

namespace beltwarden {
namespace {

TEST(ClippedUtf8, CutsBetweenCharacters) {
  // "吨" is E5 90 A8.
  EXPECT_EQ(clipped_utf8("3 吨", 5), "3 吨");
  EXPECT_EQ(clipped_utf8("3 吨", 4), "3 ");
  EXPECT_EQ(clipped_utf8("吨吨吨", 7), "吨吨");
  EXPECT_EQ(clipped_utf8("abc", 0), "");
}

TEST(ClippedUtf8, ReplacesWhatIsNoUtf8) {
  // "故障" in GBK: B9 CA D5 CF. CA begins a two-byte character that D5 does not continue.
  EXPECT_EQ(clipped_utf8("\xB9\xCA\xD5\xCF", 100), "\uFFFD\uFFFD\uFFFD\uFFFD");
  // The example of Unicode 15, table 3-11: a truncated sequence is one replacement.
  EXPECT_EQ(clipped_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 100), "\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  EXPECT_EQ(clipped_utf8("\xC0\xAF", 100), "\uFFFD\uFFFD");              // longer than needed
  EXPECT_EQ(clipped_utf8("\xED\xA0\x80", 100), "\uFFFD\uFFFD\uFFFD");    // a surrogate
  EXPECT_EQ(clipped_utf8("\xB9\xCA", 5), "\uFFFD");                      // the second replacement has no room
}

TEST(ClippedUtf8, SaysWhatFitsAlready) {
  EXPECT_TRUE(fits_utf8("吨", 3));
  EXPECT_FALSE(fits_utf8("吨", 2));
  EXPECT_FALSE(fits_utf8("\xFF", 3));
  EXPECT_TRUE(fits_utf8("\xF4\x8F\xBF\xBF", 4));   // U+10FFFF
  EXPECT_FALSE(fits_utf8("\xF4\x90\x80\x80", 4));
}

}  // namespace
}  // namespace beltwarden
