#include "instruments/spectrometer/stream_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::instruments {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SpectrumFrame example(std::uint64_t sequence = 7) {
  SpectrumFrame frame;
  frame.sequence = sequence;
  frame.time = *parse_rfc3339("2026-11-23T14:31:06.250Z");
  frame.axis = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{1000, 1002.5, 1010}});
  frame.counts = {100, 250.5, 4000};
  frame.full_scale = 4095;
  frame.saturated = {2};
  frame.integration_ms = 12.5;
  frame.scans = 4;
  frame.lamp_hours = 1234.5;
  return frame;
}

std::string error_of(const std::string& bytes) {
  SpectrumFrameParser parser;
  parser.feed(bytes);
  const auto frame = parser.next();
  if (!frame) return "needs more bytes";
  return frame->ok() ? "read without an error" : frame->error().message;
}

template <class Change>
std::string error_after(Change change) {
  SpectrumFrame frame = example();
  change(frame);
  return error_of(encode_spectrum_frame(frame));
}

TEST(SpectrumStream, ReadsWhatItWritesHoweverItArrives) {
  const std::string bytes = encode_spectrum_frame(example(1)) + encode_spectrum_frame(example(2), false);
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, bytes.size()}) {
    SpectrumFrameParser parser;
    std::vector<SpectrumFrame> frames;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      parser.feed(std::string_view(bytes).substr(at, step));
      while (auto frame = parser.next()) {
        ASSERT_TRUE(frame->ok()) << frame->error().message;
        frames.push_back(std::move(**frame));
      }
    }
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[1].sequence, 2u);
    EXPECT_EQ(frames[1].axis, frames[0].axis);  // left out: the one before
    EXPECT_THAT(frames[0].axis->wavelengths_nm, ElementsAre(1000, 1002.5, 1010));
    EXPECT_THAT(frames[1].counts, ElementsAre(100, 250.5, 4000));
    EXPECT_EQ(frames[1].time, example().time);
    EXPECT_THAT(frames[1].saturated, ElementsAre(2));
    EXPECT_EQ(frames[1].integration_ms, 12.5);
    EXPECT_EQ(frames[1].scans, 4u);
    EXPECT_EQ(frames[1].lamp_hours, 1234.5);
  }
}

TEST(SpectrumStream, SaysWhatDoesNotFit) {
  EXPECT_THAT(error_after([](auto& f) { f.counts.pop_back(); }),
              HasSubstr("frame 7: counts: expected 3 values, one a wavelength, found 2"));
  EXPECT_THAT(error_after([](auto& f) { f.counts[1] = INFINITY; }), HasSubstr("found infinity"));
  EXPECT_THAT(error_after([](auto& f) { f.saturated = {3}; }),
              HasSubstr("saturated: expected channels below 3, found 3"));
  EXPECT_THAT(error_after([](auto& f) { f.integration_ms = 0; }), HasSubstr("integration_ms: expected more than 0"));
  EXPECT_THAT(error_after([](auto& f) { f.integration_ms = NAN; }), HasSubstr("integration_ms"));
  EXPECT_THAT(error_after([](auto& f) { f.lamp_hours = -1; }), HasSubstr("lamp_hours: expected 0 to 1000000"));
  EXPECT_THAT(error_after([](auto& f) { f.time = Time{1'795'444'266}; }),
              HasSubstr("time_unix_ns: expected nanoseconds since 1970"));
  EXPECT_THAT(error_after([](auto& f) {
                f.axis = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{1000, 1010, 1010}});
              }),
              HasSubstr("wavelengths_nm[2]: expected strictly increasing"));
  EXPECT_THAT(error_of(encode_spectrum_frame(example(), false)), HasSubstr("no wavelengths_nm, and none before it"));
  EXPECT_EQ(error_of(encode_spectrum_frame(example()).substr(0, 40)), "needs more bytes");
}

TEST(SpectrumStream, GoesOnBehindABadMessageButNotBehindABadLength) {
  SpectrumFrameParser parser;
  parser.feed(std::string("\0\0\0\3\xFF\xFF\xFF", 7) + encode_spectrum_frame(example()));
  EXPECT_THAT(parser.next()->error().message, HasSubstr("3 bytes is no SpectrumFrame message"));
  EXPECT_FALSE(parser.out_of_step());
  EXPECT_TRUE(parser.next()->ok());
  parser.feed("GET / HTTP/1.1");
  EXPECT_THAT(parser.next()->error().message,
              HasSubstr("expected a frame of 1 to 1048576 bytes, found a length of 1195725856"));
  EXPECT_TRUE(parser.out_of_step());
  EXPECT_FALSE(parser.next().has_value());
}

}  // namespace
}  // namespace beltwarden::instruments
