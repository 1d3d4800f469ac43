#include "formats/gamma_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace beltwarden::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(const char* csv, const char* json = "") {
  const auto series = read_gamma_series(csv, json);
  return series ? "read without an error" : series.error().message;
}

TEST(GammaSeries, ReadsRowsAndEdges) {
  const auto series = read_gamma_series("t,live,speed_mps,load_kg_per_m,c0,c1\n0.0,0.1993,2.71,1.2,2,30\n0.2,0.1992,,,4,0\n",
                                        "{\"energy_edges_kev\": [30.0, 34.5, 40]}");
  ASSERT_TRUE(series) << series.error().message;
  ASSERT_EQ(series->size(), 2U);
  EXPECT_THAT(series->time_s, ElementsAre(0, 0.2));
  EXPECT_THAT(series->live_s, ElementsAre(0.1993, 0.1992));
  EXPECT_THAT(series->speed_mps, ElementsAre(2.71, 2.71));       // an empty field is no belt that stands,
  EXPECT_THAT(series->load_kg_per_m, ElementsAre(1.2, 1.2));     // nor an empty one
  EXPECT_THAT(series->load_known, ElementsAre(true, false));
  EXPECT_THAT(series->remarks, ElementsAre("no load in 1 rows; the last one is taken to go on"));
  EXPECT_THAT(series->row(1), ElementsAre(4, 0));
  EXPECT_THAT(series->energy_edges_kev, ElementsAre(30, 34.5, 40));
}

TEST(GammaSeries, TakesACalibrationAndOtherNames) {
  // lower edges -10 + 3 i + 0.5 i^2: -10, -6.5, -2
  const auto series = read_gamma_series("time_s,altitude_m,c0,c1\n0,87,1,2\n1,88,3,4\n", "{\"calibration\":[-10, 3, 0.5]}");
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_THAT(series->energy_edges_kev, ElementsAre(-10, -6.5, -2));
  EXPECT_THAT(series->live_s, ElementsAre(1, 1));
  EXPECT_FALSE(series->has_load);
}

TEST(GammaSeries, SaysWhatDoesNotFit) {
  EXPECT_THAT(error_of(""), HasSubstr("found nothing"));
  EXPECT_THAT(error_of("a,b\n1,2\n"), HasSubstr("expected the columns t,live"));
  EXPECT_THAT(error_of("t,c0,c2\n1,2,3\n"), HasSubstr("expected the column c1, found 'c2'"));
  EXPECT_THAT(error_of("t,c0\n1,2.5\n"), HasSubstr("line 2: expected whole counts, found '2.5'"));
  EXPECT_THAT(error_of("t,c0\n1,-2\n"), HasSubstr("line 2: expected whole counts"));
  EXPECT_THAT(error_of("t,c0\n1,2\n1,2\n"), HasSubstr("line 3: expected times that rise, found 1 after 1"));
  EXPECT_THAT(error_of("t,c0\n1\n"), HasSubstr("line 2: expected 2 fields"));
  EXPECT_THAT(error_of("t,c0\n1,2,3\n"), HasSubstr("found more"));
  EXPECT_THAT(error_of("t,c0\n1,2\n", "{\"energy_edges_kev\":[1,2,3]}"), HasSubstr("expected 2 edges, found 3"));
  EXPECT_THAT(error_of("t,c0\n1,2\n", "{\"energy_edges_kev\":[2,1]}"), HasSubstr("energies that rise"));
  EXPECT_THAT(error_of("t,c0\n1,2\n", "{}"), HasSubstr("expected energy_edges_kev or calibration"));
}

}  // namespace
}  // namespace beltwarden::formats
