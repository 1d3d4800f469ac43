#include "science/gamma/response.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "science/gamma/nuclear_data.h"

namespace beltwarden::gamma {
namespace {

std::vector<double> edges(double top_kev, int channels) {
  std::vector<double> result;
  for (int i = 0; i <= channels; ++i) result.push_back(top_kev * i / channels);
  return result;
}

double counts_between(const std::vector<double>& counts, const std::vector<double>& edges, double low, double high) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (edges[i] >= low && edges[i + 1] <= high) sum += counts[i];
  }
  return sum;
}

TEST(Response, CaesiumPeaksAt662WithTheStatedResolution) {
  const auto e = edges(3000, 1000);
  const auto response = detector_response("Cs-137", e);
  ASSERT_TRUE(response);
  const auto first = response->begin() + 170;  // 510 keV: above the Compton edge of 477 keV
  const auto peak = std::max_element(first, response->end());
  EXPECT_NEAR(3.0 * (peak - response->begin()) + 1.5, 661.7, 3.0);
  double low = 0, high = 0;  // half maximum on both sides
  for (auto it = peak; *it > *peak / 2; --it) low = 3.0 * (it - response->begin());
  for (auto it = peak; *it > *peak / 2; ++it) high = 3.0 * (it - response->begin()) + 3;
  EXPECT_NEAR((high - low) / 661.7, 0.075, 0.008);
}

TEST(Response, NoMoreCountsThanPhotons) {
  const auto e = edges(3000, 512);
  const auto response = detector_response("Cs-137", e, {.scattered_per_direct = 0});
  ASSERT_TRUE(response);
  const double total = std::accumulate(response->begin(), response->end(), 0.0);
  EXPECT_LT(total, 0.851);
  EXPECT_GT(total, 0.7);  // 10 cm of NaI stop 94 % of 662 keV photons
}

TEST(Response, ThoriumSeriesReaches2614AndPotassiumDoesNot) {
  const auto e = edges(3000, 600);
  const auto thorium = detector_response("Th-232", e);
  const auto potassium = detector_response("K-40", e);
  ASSERT_TRUE(thorium && potassium);
  EXPECT_GT(counts_between(*thorium, e, 2400, 2800), 0.03);
  EXPECT_LT(counts_between(*potassium, e, 1700, 3000), 1e-4);
  EXPECT_GT(counts_between(*potassium, e, 1370, 1570), 0.02);
}

TEST(Response, OreCoverTakesLowLinesFirst) {
  const auto e = edges(3000, 600);
  const DetectorModel bare;
  const DetectorModel covered{.ore_cover_g_per_cm2 = 20};
  const double am_left = counts_between(*detector_response("Am-241", e, covered), e, 40, 80) /
                         counts_between(*detector_response("Am-241", e, bare), e, 40, 80);
  const double cs_left = counts_between(*detector_response("Cs-137", e, covered), e, 600, 730) /
                         counts_between(*detector_response("Cs-137", e, bare), e, 600, 730);
  EXPECT_LT(am_left, 0.01);
  EXPECT_NEAR(cs_left, std::exp(-20 * 0.075), 0.03);
}

TEST(Response, RefusesWhatItCannotCompute) {
  const std::vector<double> unordered = {0, 100, 100, 200};
  EXPECT_FALSE(detector_response("Cs-137", unordered));
  EXPECT_EQ(detector_response("Xx-1", edges(3000, 10)).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(gamma_lines("Unobtainium").empty());
}

}  // namespace
}  // namespace beltwarden::gamma
