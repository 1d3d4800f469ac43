#include "science/vision/frame_health.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

constexpr int kWidth = 256, kHeight = 192;

// A moving belt of procedural ore: frame `i` shows it 20 px further.
class Belt {
 public:
  Belt() : long_(testing::ore(kWidth, kHeight + 20 * 100, 12, 11)) {}
  testing::Picture frame(int i) const {
    testing::Picture out{kWidth, kHeight, {}};
    const std::ptrdiff_t row = 3 * kWidth;
    const std::ptrdiff_t top = 20 * (100 - i);
    out.bgr.assign(long_.bgr.begin() + top * row, long_.bgr.begin() + (top + kHeight) * row);
    return out;
  }
  FrameQuality usual() const {
    std::vector<FrameQuality> all;
    for (int i = 0; i < 9; ++i) all.push_back(measure_quality(frame(10 * i).view()));
    return usual_quality(all);
  }

 private:
  testing::Picture long_;
};

struct Verdict {
  std::vector<FrameFault> faults;
  WindowWatch::Seen window;
};

bool has(const Verdict& verdict, FrameFault fault) {
  return std::count(verdict.faults.begin(), verdict.faults.end(), fault) > 0;
}

// The verdict on frame 80 after `inject` has been at work since frame 45.
Verdict after(const std::function<void(testing::Picture&)>& inject) {
  const Belt belt;
  const FrameQuality usual = belt.usual();
  WindowWatch window;
  Verdict verdict;
  for (int i = 0; i <= 80; ++i) {
    testing::Picture frame = belt.frame(i);
    if (i >= 45) inject(frame);
    verdict = {faults_of(measure_quality(frame.view()), usual), window.look(frame.view())};
    if (i >= 45) continue;
    EXPECT_TRUE(verdict.faults.empty()) << i << " " << name_of(verdict.faults.front());
    EXPECT_FALSE(verdict.window.frozen) << i;
    EXPECT_EQ(verdict.window.dirty_share, 0) << i;
  }
  return verdict;
}

void each(testing::Picture& picture, const std::function<double(double)>& change) {
  for (auto& value : picture.bgr) value = static_cast<std::uint8_t>(std::clamp(change(value), 0.0, 255.0));
}

TEST(FrameHealth, AGoodCameraHasNoFaults) {
  const auto verdict = after([](testing::Picture&) {});
  EXPECT_TRUE(verdict.faults.empty());
  EXPECT_FALSE(verdict.window.frozen);
  EXPECT_EQ(verdict.window.dirty_share, 0);
}

TEST(FrameHealth, LampsOut) {
  EXPECT_TRUE(has(after([](testing::Picture& p) { each(p, [](double v) { return 0.2 * v; }); }), FrameFault::kDark));
}

TEST(FrameHealth, TooMuchLight) {
  EXPECT_TRUE(has(after([](testing::Picture& p) { each(p, [](double v) { return 4 * v; }); }), FrameFault::kOverexposed));
}

TEST(FrameHealth, Dust) {
  const auto verdict = after([](testing::Picture& p) { each(p, [](double v) { return 0.35 * v + 90; }); });
  EXPECT_TRUE(has(verdict, FrameFault::kDusty));
  EXPECT_FALSE(has(verdict, FrameFault::kDark));
}

TEST(FrameHealth, OutOfFocus) {
  const auto verdict = after([](testing::Picture& p) {
    testing::Picture sharp = p;
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        for (int k = 0; k < 3; ++k) {
          int sum = 0;
          for (int d = -3; d <= 3; ++d) {
            sum += sharp.bgr[static_cast<std::size_t>(3 * (y * p.width + std::clamp(x + d, 0, p.width - 1)) + k)];
          }
          p.bgr[static_cast<std::size_t>(3 * (y * p.width + x) + k)] = static_cast<std::uint8_t>(sum / 7);
        }
      }
    }
  });
  EXPECT_TRUE(has(verdict, FrameFault::kBlurred));
}

TEST(FrameHealth, TheSamePictureAgain) {
  const Belt belt;
  EXPECT_TRUE(after([&](testing::Picture& p) { p = belt.frame(45); }).window.frozen);
}

TEST(FrameHealth, DirtOnTheWindow) {
  const auto verdict = after([](testing::Picture& p) { testing::lay_bar(p, 100, 80, 80, 64, 0, 60, 60, 60, 0, 1); });
  // 80 x 64 px of 256 x 192, whole cells of 16 px inside it: 4 x 3 or a few more.
  EXPECT_NEAR(verdict.window.dirty_share, 12.0 / 192, 0.05);
}

// The load has become narrower: for sixty frames bare belt lies where ore was.
TEST(FrameHealth, BareBeltBesideANarrowerLoadIsNoDirt) {
  const Belt belt;
  WindowWatch told, untold;
  WindowWatch::Seen seen, without;
  for (int i = 0; i <= 100; ++i) {
    testing::Picture frame = belt.frame(i);
    LoadMask load{16, kWidth / 16, kHeight / 16, std::vector<LoadMask::Kind>(16 * 12, LoadMask::Kind::kOre)};
    if (i >= 45) {
      testing::lay_bar(frame, 20, 96, 300, 40, 90, 40, 42, 40, 0, 1);
      for (std::size_t r = 0; r < 12; ++r) {
        for (std::size_t c = 0; c < 3; ++c) load.kind[16 * r + c] = c < 2 ? LoadMask::Kind::kBelt : LoadMask::Kind::kEdge;
      }
    }
    seen = told.look(frame.view(), load);
    without = untold.look(frame.view());
  }
  EXPECT_EQ(seen.dirty_share, 0);
  EXPECT_GT(without.dirty_share, 0.1);
}

}  // namespace
}  // namespace beltwarden::vision
