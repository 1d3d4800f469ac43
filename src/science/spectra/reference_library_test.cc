#include "science/spectra/reference_library.h"

#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::spectra {
namespace {

TEST(Albedo, ByHand) {
  // R = 1/3: g = (2/3) / (4/3) = 1/2, w = 3/4.
  EXPECT_NEAR(albedo_of_reflectance(1.0 / 3), 0.75, 1e-15);
  EXPECT_NEAR(reflectance_of_albedo(0.75), 1.0 / 3, 1e-15);
  // Half of albedo 3/4 and half of 0.19 (g = 0.9, R = 0.1/1.9): w = 0.47.
  const Spectrum a = Spectrum::Constant(3, 1.0 / 3), b = Spectrum::Constant(3, 0.1 / 1.9);
  const double g = std::sqrt(0.53);
  EXPECT_NEAR(mix_intimately(a, b, 0.5)[1], (1 - g) / (1 + g), 1e-12);
}

TEST(ReferenceLibrary, NamesWhatASpectrumLooksLike) {
  const auto axis = demo_axis();
  const auto library = ReferenceLibrary::generated_slag(axis).value();
  for (const auto& m : library.members()) {
    const auto found = library.match(0.7 * m.reflectance, 3);    // darker, the same shape
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].name, m.name);
    EXPECT_NEAR(found[0].angle, 0, 1e-6);
    EXPECT_NEAR(found[0].correlation, 1, 1e-9);
    EXPECT_GE(found[0].confidence, found[1].confidence);
  }
}

TEST(ReferenceLibrary, GapsAndEndsAndOtherAxes) {
  const double nan = std::nan("");
  Spectrum ramp(6);
  ramp << 0.1, nan, 0.3, 0.4, 0.5, 0.6;
  const auto library = ReferenceLibrary::make({400, 410, 420, 430, 440, 450}, {{"ramp", "slag_x", ramp}, {"flat", "ore", Spectrum::Constant(6, .2)}}).value();
  EXPECT_NEAR(library.members()[0].reflectance[1], 0.2, 1e-15);
  const std::vector<double> wider = {380, 405, 410, 415, 425, 430, 435, 440, 445, 470};
  const auto moved = library.on(wider).value();
  EXPECT_NEAR(moved.members()[0].reflectance[0], 0.15, 1e-12);   // held from the first point that is there
  EXPECT_NEAR(moved.members()[0].reflectance[4], 0.35, 1e-12);
  EXPECT_NEAR(moved.members()[0].reflectance[9], 0.55, 1e-12);
  EXPECT_EQ(library.slag().members().size(), 1u);
  const std::vector<double> too_wide = {300, 405, 470};
  EXPECT_NE(library.on(too_wide).error().message.find("400 to 450"), std::string::npos);
}

TEST(ReferenceLibrary, RefusesWhatIsNoReflectance) {
  Spectrum counts = Spectrum::Constant(6, 1200.0);
  EXPECT_FALSE(ReferenceLibrary::make({400, 410, 420, 430, 440, 450}, {{"counts", "x", counts}}).ok());
  EXPECT_FALSE(ReferenceLibrary::make({400, 410, 420, 430, 440, 450}, {{"short", "x", Spectrum::Constant(5, .5)}}).ok());
  EXPECT_FALSE(ReferenceLibrary::make({400, 410, 420}, {}).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
