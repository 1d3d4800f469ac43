#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "formats/spectrum_file.h"

namespace beltwarden::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string block(int points, double first, double last, const std::string& table) {
  return "##TITLE=t\n##JCAMP-DX=4.24\n##XUNITS=NANOMETERS\n##YUNITS=REFLECTANCE\n##XFACTOR=1\n##YFACTOR=1\n##NPOINTS=" +
         std::to_string(points) + "\n##FIRSTX=" + std::to_string(first) + "\n##LASTX=" + std::to_string(last) + "\n" +
         table + "##END=\n";
}

std::vector<double> ordinates(int points, const std::string& lines) {
  const auto file = read_jcamp_dx(block(points, 1, points, "##XYDATA=(X++(Y..Y))\n" + lines));
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? file->spectra.at(0).y : std::vector<double>{};
}

std::string error_of(std::string_view text) {
  const auto file = read_jcamp_dx(text);
  return file.ok() ? "read without an error" : file.error().message;
}

// The example of the standard (McDonald and Wilks 1988, table II): one line in each of the codings.
TEST(Jcamp, ReadsTheStandardsExampleInEachCoding) {
  const auto expected = ElementsAre(1, 2, 3, 3, 2, 1, 0, -1, -2, -3);
  EXPECT_THAT(ordinates(10, "1 1 2 3 3 2 1 0 -1 -2 -3\n"), expected);  // AFFN
  EXPECT_THAT(ordinates(10, "1+1+2+3+3+2+1+0-1-2-3\n"), expected);     // PAC
  EXPECT_THAT(ordinates(10, "1ABCCBA@abc\n"), expected);               // SQZ
  EXPECT_THAT(ordinates(10, "1AJJ%jjjjjj\n"), expected);               // DIF
  EXPECT_THAT(ordinates(10, "1AJT%jX\n"), expected);                   // DIF and DUP
}

TEST(Jcamp, DifferenceLinesRepeatTheLastOrdinateAsACheck) {
  EXPECT_THAT(ordinates(5, "1 A0J1J2\n4 C3K0J0\n"), ElementsAre(10, 21, 33, 53, 63));
  EXPECT_THAT(error_of(block(5, 1, 5, "##XYDATA=(X++(Y..Y))\n1 A0J1J2\n4 C4K0J0\n")),
              HasSubstr("line 12: the line begins with ordinate 34, but the line before ended with 33"));
}

TEST(Jcamp, AnEBeforeADigitIsTheSqueezedFive) {
  EXPECT_THAT(ordinates(3, "1 1.5E+02 E1 2E-1\n"), ElementsAre(150, 51, 0.2));
}

TEST(Jcamp, MissingOrdinatesAreNaN) {
  const auto y = ordinates(3, "1 1 ? 3\n");
  EXPECT_TRUE(std::isnan(y.at(1)));
  EXPECT_EQ(y.at(2), 3);
}

TEST(Jcamp, ReadsPointsAndPeakTables) {
  const auto points = read_jcamp_dx(block(3, 0, 0, "##XYPOINTS=(XY..XY)\n1000, 0.5; 1002, 0.6\n1007 0.7\n"));
  ASSERT_TRUE(points.ok()) << points.error().message;
  EXPECT_THAT(points->spectra[0].x, ElementsAre(1000, 1002, 1007));
  EXPECT_THAT(points->spectra[0].y, ElementsAre(0.5, 0.6, 0.7));
  EXPECT_EQ(points->spectra[0].x_unit, "nm");
  EXPECT_EQ(points->spectra[0].y_unit, "reflectance");
  const auto peaks =
      read_jcamp_dx(block(2, 0, 0, "##PEAK ASSIGNMENTS=(XYA)\n(3300, 0.42, <O-H, broad>)\n1650, 0.85 <C=C>\n"));
  ASSERT_TRUE(peaks.ok()) << peaks.error().message;
  EXPECT_THAT(peaks->spectra[0].x, ElementsAre(3300, 1650));
}

TEST(Jcamp, SaysWhatDoesNotFit) {
  const std::string table = "##XYDATA=(X++(Y..Y))\n";
  EXPECT_THAT(error_of(""), HasSubstr("no data table"));
  EXPECT_THAT(error_of("hello\n"), HasSubstr("line 1: expected ##TITLE="));
  EXPECT_THAT(error_of("##TITLE\n"), HasSubstr("line 1: expected '=' after the label"));
  EXPECT_THAT(error_of(block(4, 1, 4, table + "1 1 2 3\n")),
              HasSubstr("ends after 3 points; expected 4"));  // truncated
  EXPECT_THAT(error_of(block(2, 1, 2, table + "1 1 2 3\n")), HasSubstr("more than the 2 points expected"));  // too many
  EXPECT_THAT(error_of(block(3, 1, 3, table + "1 1 2 x3\n")), HasSubstr("line 11: expected a number, found 'x3'"));
  EXPECT_THAT(error_of(block(3, 1, 3, table + "1 J2 3\n")), HasSubstr("a difference without a value before it"));
  EXPECT_THAT(error_of(block(3, 1, 3, table + "1 S2 3\n")), HasSubstr("a repetition of nothing"));
  EXPECT_THAT(error_of(block(3, 1, 3, table + "1 A S999999999999\n")),
              HasSubstr("repetition of nothing, or of too much"));
  EXPECT_THAT(error_of(block(-3, 1, 3, table + "1 A\n")), HasSubstr("expected 1 to 1048576 points, found -3"));
  EXPECT_THAT(error_of(block(3, 2, 2, table + "2 1 2 3\n")), HasSubstr("FIRSTX and LASTX are the same"));
  EXPECT_THAT(error_of("##TITLE=\n##XFACTOR=one\n" + table + "1 1\n"),
              HasSubstr("label xfactor: expected a number, found 'one'"));
  EXPECT_THAT(error_of(block(2, 0, 0, "##XYPOINTS=(XY..XY)\n1000, 0.5; 1002\n")), HasSubstr("an x without its y"));
  EXPECT_THAT(error_of(block(2, 0, 0, "##XYPOINTS=(T2++Z)\n1 2\n")), HasSubstr("line"));
}

TEST(Jcamp, NoticesLinesOutOfOrderAndDoubled) {
  const std::string table = "##XYDATA=(X++(Y..Y))\n";
  const std::string a = "1 1 2 3 4 5 6 7 8 9 10\n", b = "11 1 2 3 4 5 6 7 8 9 10\n", c = "21 1 2 3 4 5 6 7 8 9 10\n";
  EXPECT_EQ(error_of(block(30, 1, 30, table + a + b + c)), "read without an error");
  EXPECT_THAT(error_of(block(30, 1, 30, table + b + a + c)),
              HasSubstr("line 11: the line begins at x = 11, expected 1"));
  EXPECT_THAT(error_of(block(30, 1, 30, table + a + b + b)),
              HasSubstr("line 13: the line begins at x = 11, expected 21"));
}

TEST(Jcamp, WritesWhatItReads) {
  const Time measured = *parse_rfc3339("2026-11-23T14:31:06.250Z");
  SpectrumFile file;
  file.spectra.push_back({"even",
                          {1000, 1002, 1004},
                          "nm",
                          {0.1, NAN, 1e-12},
                          "reflectance",
                          measured,
                          {{"kind", "white"}, {"lamp_hours", "12"}}});
  file.spectra.push_back({"uneven", {1000, 1002, 1005}, "nm", {5e20, 0.25, -3}, "counts", {}, {}});
  const std::string text = write_jcamp_dx(file);
  const auto again = read_spectrum_file(text);
  ASSERT_TRUE(again.ok()) << again.error().message;
  ASSERT_EQ(again->spectra.size(), 2u);
  const Spectrum& even = again->spectra[0];
  EXPECT_EQ(even.id, "even");
  EXPECT_EQ(even.measured, measured);
  EXPECT_EQ(even.meta.at("kind"), "white");
  EXPECT_EQ(even.meta.at("lamp_hours"), "12");
  EXPECT_THAT(even.x, ElementsAre(1000, 1002, 1004));
  EXPECT_EQ(even.y[0], 0.1);
  EXPECT_TRUE(std::isnan(even.y[1]));
  EXPECT_EQ(even.y[2], 1e-12);
  EXPECT_THAT(again->spectra[1].x, ElementsAre(1000, 1002, 1005));
  EXPECT_THAT(again->spectra[1].y, ElementsAre(5e20, 0.25, -3));
  EXPECT_EQ(again->spectra[1].measured, std::nullopt);
}

}  // namespace
}  // namespace beltwarden::formats
