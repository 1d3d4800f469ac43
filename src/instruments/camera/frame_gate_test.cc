// What a camera sends and nobody can use is counted by its cause, and the next good frame passes.
#include "instruments/camera/frame_gate.h"

#include <gtest/gtest.h>

#include <array>

namespace beltwarden::instruments::camera {
namespace {

constexpr std::uint32_t kMono8 = 0x01080001, kMono10 = 0x01100003;

class FrameGateTest : public ::testing::Test {
 protected:
  FrameGateTest() { gate_.reconnected(); }

  /// A good picture of 4 x 2 pixels, whose first packet came 30 ms ago.
  SessionFrame frame(std::uint64_t id) const {
    SessionFrame made;
    made.id = id;
    made.age = milliseconds(30);
    made.pfnc = kMono8;
    made.picture.bytes = pixels_;
    made.picture.width = 4;
    made.picture.height = 2;
    return made;
  }
  FrameGate::Passed take(const SessionFrame& frame) { return gate_.take(frame, Time{1'000'000'000}, 0.02); }

  const std::array<std::uint8_t, 8> pixels_{10, 20, 30, 40, 50, 60, 70, 80};
  FrameGate gate_{{2.5, false, 500, milliseconds(5)}, InstrumentId{"cam"}};
};

TEST_F(FrameGateTest, AGoodFrameGoesOnWithItsStamp) {
  const auto passed = take(frame(7));
  ASSERT_TRUE(passed.frame);
  EXPECT_EQ(passed.frame->instrument, InstrumentId{"cam"});
  EXPECT_EQ(passed.frame->frame_number, 1u);
  EXPECT_EQ(passed.frame->time, Time{955'000'000});       // 1 s less 30 ms on the way, 5 ms of delay, half of 20 ms
  EXPECT_EQ(passed.frame->received, Time{1'000'000'000});
  EXPECT_EQ(passed.frame->mm_per_px, 2.5);
  EXPECT_EQ(passed.frame->bgr.size(), 24u);
  EXPECT_EQ(passed.frame->bgr[3], 20);
  ASSERT_TRUE(passed.frame->encoder);
  EXPECT_EQ(passed.frame->encoder->belt_m, 0.5);
}

TEST_F(FrameGateTest, ARepeatedFrameAndOneOutOfOrderAreDropped) {
  ASSERT_TRUE(take(frame(7)).frame);
  ASSERT_TRUE(take(frame(8)).frame);
  for (const std::uint64_t id : {8, 7}) {
    const auto passed = take(frame(id));
    EXPECT_FALSE(passed.frame);
    EXPECT_EQ(passed.cause, "frame repeated");
    EXPECT_EQ(passed.message, "frame " + std::to_string(id) + " came twice or out of order");
    EXPECT_FALSE(passed.wrong_camera);
  }
  EXPECT_EQ(take(frame(9)).frame->frame_number, 3u);
}

TEST_F(FrameGateTest, SkippedNumbersAreCountedAndTheBeltMovedOn) {
  ASSERT_TRUE(take(frame(7)).frame);
  const auto passed = take(frame(11));
  EXPECT_EQ(passed.lost, 3u);
  EXPECT_EQ(passed.frame->frame_number, 5u);
  EXPECT_EQ(passed.frame->encoder->belt_m, 2.5);
}

TEST_F(FrameGateTest, AFrameWithPacketsMissingIsNoPicture) {
  auto broken = frame(7);
  broken.fault = "packets missing";
  const auto passed = take(broken);
  EXPECT_FALSE(passed.frame);
  EXPECT_EQ(passed.cause, "packets missing");
  EXPECT_EQ(passed.message, "frame 7: packets missing");
  EXPECT_FALSE(passed.wrong_camera);
}

TEST_F(FrameGateTest, AFormatThatIsNotTakenIsTheCamerasFault) {
  auto other = frame(7);
  other.pfnc = kMono10;
  const auto passed = take(other);
  EXPECT_FALSE(passed.frame);
  EXPECT_EQ(passed.cause, "pixel format not supported");
  EXPECT_EQ(passed.message, "pixel format 0x01100003, expected Mono8, RGB8, BGR8 or an 8-bit Bayer format");
  EXPECT_TRUE(passed.wrong_camera);
}

TEST_F(FrameGateTest, ImpossibleSizesAreRefusedBeforeAnythingIsMadeOfThem) {
  for (const auto& [width, height] : {std::pair<std::size_t, std::size_t>{0, 2}, {4, 0}, {16'385, 2}, {4, std::size_t{1} << 40}}) {
    auto wrong = frame(7);
    wrong.picture.width = width;
    wrong.picture.height = height;
    gate_.reconnected();
    const auto passed = take(wrong);
    EXPECT_FALSE(passed.frame);
    EXPECT_EQ(passed.cause, "frame of impossible size");
    EXPECT_EQ(passed.message, "a picture of " + std::to_string(width) + " x " + std::to_string(height) + " pixels");
  }
}

TEST_F(FrameGateTest, AFrameWithFewerBytesThanItsSizeNeedsIsRefused) {
  auto shorter = frame(7);
  shorter.picture.bytes = shorter.picture.bytes.first(7);
  const auto passed = take(shorter);
  EXPECT_FALSE(passed.frame);
  EXPECT_EQ(passed.cause, "frame too short");
  EXPECT_EQ(passed.message, "a picture of 4 x 2 needs 8 bytes, got 7");
  EXPECT_TRUE(passed.wrong_camera);
}

TEST_F(FrameGateTest, ANewSessionCountsOnAndTheEncodersRunIsAnother) {
  const auto before = take(frame(700));
  gate_.reconnected();
  const auto after = take(frame(1));
  EXPECT_EQ(after.lost, 0u);
  EXPECT_EQ(after.frame->frame_number, 2u);
  EXPECT_NE(after.frame->encoder->run, before.frame->encoder->run);
}

}  // namespace
}  // namespace beltwarden::instruments::camera
