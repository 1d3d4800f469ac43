#include "instruments/spectrometer/references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::instruments {
namespace {

using ::testing::FloatNear;
using ::testing::HasSubstr;

SpectrumFrame frame(SpectrumKind kind, std::vector<float> counts, double integration_ms = 10, double at_s = 0) {
  static const auto axis = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{1000, 1100, 1200}});
  SpectrumFrame f;
  f.kind = kind;
  f.axis = axis;
  f.counts = std::move(counts);
  f.integration_ms = integration_ms;
  f.time = Time{1'795'444'266'000'000'000} + seconds(at_s);
  return f;
}

TEST(References, TurnSignalIntoReflectance) {
  References references;
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {100, 100, 100})).ok());
  ASSERT_TRUE(references.take(frame(SpectrumKind::kWhite, {1100, 2100, 4100})).ok());
  const auto r = references.reflectance(frame(SpectrumKind::kSample, {600, 600, 4100}, 10, 90));
  ASSERT_TRUE(r.ok()) << r.error().message;
  EXPECT_THAT(r->reflectance[0], FloatNear(0.5f, 1e-6f));  // (600-100)/(1100-100)
  EXPECT_THAT(r->reflectance[1], FloatNear(0.25f, 1e-6f));
  EXPECT_THAT(r->reflectance[2], FloatNear(1.0f, 1e-6f));
  EXPECT_EQ(r->reference_age_s, 90);
  EXPECT_EQ(r->white_level, 1);
}

TEST(References, DividesEachByItsIntegrationTime) {
  References references;
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {100, 100, 100}, 10)).ok());
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {200, 200, 200}, 20)).ok());
  ASSERT_TRUE(references.take(frame(SpectrumKind::kWhite, {1100, 1100, 1100}, 10)).ok());
  const auto r = references.reflectance(frame(SpectrumKind::kSample, {1200, 1200, 1200}, 20));
  ASSERT_TRUE(r.ok()) << r.error().message;
  EXPECT_THAT(r->reflectance[0], FloatNear(0.5f, 1e-6f));  // 1000 in 20 ms against 1000 in 10 ms
}

TEST(References, RefuseSamplesThatTheyCannotServe) {
  References references;
  const auto sample = frame(SpectrumKind::kSample, {600, 600, 600});
  EXPECT_THAT(references.reflectance(sample).error().message, HasSubstr("no white reference yet"));
  ASSERT_TRUE(references.take(frame(SpectrumKind::kWhite, {1100, 1100, 1100})).ok());
  EXPECT_THAT(references.reflectance(sample).error().message, HasSubstr("no dark one of its integration time yet"));
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {100, 100, 100})).ok());  // a white may come before its dark
  EXPECT_TRUE(references.reflectance(sample).ok());
  EXPECT_THAT(references.reflectance(frame(SpectrumKind::kSample, {1, 1, 1}, 25)).error().message,
              HasSubstr("no dark reference of 25.000 ms"));
  auto other = sample;
  other.axis = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{1000, 1100, 1201}});
  EXPECT_THAT(references.reflectance(other).error().message, HasSubstr("other wavelengths"));
}

TEST(References, MaskSaturatedAndUnlitChannels) {
  References references;
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {100, 100, 100})).ok());
  ASSERT_TRUE(references.take(frame(SpectrumKind::kWhite, {1100, 100.5, 1100})).ok());
  auto sample = frame(SpectrumKind::kSample, {4095, 600, 600});
  sample.full_scale = 4095;
  sample.saturated = {2};
  const auto r = references.reflectance(sample);
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(std::isnan(r->reflectance[0]));  // at full scale
  EXPECT_TRUE(std::isnan(r->reflectance[1]));  // the white is no brighter than the dark there
  EXPECT_TRUE(std::isnan(r->reflectance[2]));  // the gateway says so
  EXPECT_NEAR(r->saturated_fraction, 2.0 / 3, 1e-12);
}

TEST(References, RefuseReferencesThatAreNone) {
  References references;
  auto open_shutter = frame(SpectrumKind::kDark, {4095, 4095, 4095});
  open_shutter.full_scale = 4095;
  EXPECT_THAT(references.take(open_shutter).error().message, HasSubstr("is the shutter open?"));
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {100, 100, 100})).ok());
  EXPECT_THAT(references.take(frame(SpectrumKind::kWhite, {90, 100, 100})).error().message,
              HasSubstr("is the lamp on?"));
  auto white = frame(SpectrumKind::kWhite, {4095, 900, 900});
  white.full_scale = 4095;
  EXPECT_THAT(references.take(white).error().message, HasSubstr("33 % of its channels are saturated"));
}

TEST(References, FollowTheLamp) {
  References references;
  ASSERT_TRUE(references.take(frame(SpectrumKind::kDark, {0, 0, 0})).ok());
  auto white = frame(SpectrumKind::kWhite, {1000, 1000, 1000});
  white.lamp_hours = 500;
  ASSERT_TRUE(references.take(white).ok());
  white.counts = {800, 800, 800};
  white.lamp_hours = 900;
  ASSERT_TRUE(references.take(white).ok());
  EXPECT_DOUBLE_EQ(references.white_level(), 0.8);
  white.lamp_hours = 0;  // a new lamp is its own measure
  ASSERT_TRUE(references.take(white).ok());
  EXPECT_DOUBLE_EQ(references.white_level(), 1);
}

}  // namespace
}  // namespace beltwarden::instruments
