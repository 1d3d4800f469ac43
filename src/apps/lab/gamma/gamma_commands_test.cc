#include "apps/lab/gamma/gamma_commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "apps/lab/files.h"
#include "base/file.h"
#include "formats/n42.h"
#include "science/gamma/response.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

class Gamma : public ::testing::Test {
 protected:
  Gamma() : folder_(fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::create_directories(folder_);
  }
  ~Gamma() override { fs::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  // Exit code of `beltwarden gamma ...`; 2 for words it does not know.
  int run(std::vector<std::string> words) {
    cli::Command app("");
    int code = 0;
    add_gamma_commands(app, code);
    words.insert(words.begin(), "gamma");
    const int said = app.parse(std::move(words));
    return said != 0 ? said : code;
  }
  void series(const char* name) {
    ASSERT_TRUE(write_output(path(name), "t,live,speed_mps,load_kg_per_m,c0,c1,c2\n0,0.19,2.5,100,1,0,0\n0.2,0.2,2.5,100,0,7,5\n"));
    ASSERT_TRUE(write_output(path("S1.json"), "{\"energy_edges_kev\":[30,40,55.5,70]}"));
  }
  fs::path folder_;
};

TEST_F(Gamma, ASeriesBecomesN42ThatReadsBackTheSame) {
  series("S1.csv.gz");
  ASSERT_EQ(run({"write", "--series", path("S1.csv.gz"), "--format", "n42", "--out", path("S1.n42")}), 0);
  const auto file = formats::read_n42(*read_file(path("S1.n42"), 1 << 20));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->measurements.size(), 2U);
  EXPECT_EQ(file->measurements[1].spectra.at(0).counts, (std::vector<std::uint32_t>{0, 7, 5}));
  EXPECT_EQ(file->measurements[1].spectra.at(0).live_s, 0.2);
  EXPECT_EQ(file->measurements[0].spectra.at(0).energy_edges, (std::vector<double>{30, 40, 55.5, 70}));
  EXPECT_EQ(file->measurements[0].speed_mps, 2.5);
  EXPECT_TRUE(file->remarks.empty());

  const char* data = std::getenv("BELTWARDEN_DATA");
  fs::path schema = data ? fs::path(data) : fs::path();
  for (fs::path at = fs::current_path(); schema.empty() && at.has_relative_path(); at = at.parent_path()) {
    if (fs::is_directory(at / "../shared/data")) schema = at / "../shared/data";
  }
  schema /= "gamma/n42/n42_2011.xsd";
  if (!fs::exists(schema) || std::system("command -v xmllint >/dev/null") != 0) GTEST_SKIP() << "skipped: no reference data";
  EXPECT_EQ(std::system(("xmllint --noout --nonet --schema " + schema.string() + " " + path("S1.n42") + " 2>/dev/null").c_str()), 0);
}

// What an instrument says of its own built-in source is no part of what lies before it.
TEST_F(Gamma, CalibrationMeasurementsAreNotNamed) {
  formats::N42File file;
  file.detectors.push_back({"A1", "Gamma", "NaI"});
  std::vector<double> edges;
  for (int c = 0; c <= 1000; ++c) edges.push_back(3.0 * c);
  for (const auto& [code, nuclide] : {std::pair{"Foreground", "K-40"}, {"Calibration", "Cs-137"}, {"IntrinsicActivity", "Cs-137"}}) {
    const auto response = *gamma::detector_response(nuclide, edges);   // with the Compton edge that a line never is without
    const double sum = std::accumulate(response.begin(), response.end(), 0.0);
    formats::RadMeasurement m;
    m.class_code = code;
    m.start = Time{0};
    m.real_s = 100;
    formats::RadSpectrum spectrum{"A1", {}, 100, 100, {0, 3, 0}, {}};
    for (std::size_t c = 0; c < 1000; ++c)
      spectrum.counts.push_back(static_cast<std::uint32_t>(300 * std::exp(-edges[c] / 500) + 200'000 * response[c] / sum));
    m.spectra.push_back(spectrum);
    file.measurements.push_back(m);
  }
  ASSERT_TRUE(write_output(path("own.n42"), *formats::write_n42(file)));
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(run({"identify", "--spectrum", path("own.n42"), "--json"}), 0);
  const std::string said = ::testing::internal::GetCapturedStdout();
  EXPECT_NE(said.find("\"kind\":\"natural\""), std::string::npos) << said;
  EXPECT_EQ(said.find("Cs-137"), std::string::npos) << said;
}

TEST_F(Gamma, WhatDoesNotFitIsAnError) {
  series("S1.csv");
  EXPECT_EQ(run({"read"}), 2);
  EXPECT_EQ(run({"read", path("S1.csv"), "--json"}), 0);
  EXPECT_EQ(run({"tune", "--series", path("S1.csv"), "--out", path("G")}), 1);   // far too short
  EXPECT_FALSE(fs::exists(path("G")));
  EXPECT_EQ(run({"inspect", "--model", path("S1.csv"), "--series", path("S1.csv"), "--out", path("E.csv")}), 1);
  fs::remove(path("S1.json"));
  EXPECT_EQ(run({"write", "--series", path("S1.csv"), "--out", path("x.n42")}), 1);
}

// A run holds its own minute of bare belt: a background beside it would not be used.
TEST_F(Gamma, CalibrateRefusesABackgroundBesideRuns) {
  for (const char* name : {"runs.csv", "PB.csv", "belt.model"}) ASSERT_TRUE(write_output(path(name), "nothing\n"));
  const std::vector<std::string> words = {"calibrate", "--runs", path("runs.csv"), "--model", path("belt.model"), "--out", path("W")};
  EXPECT_EQ(run(words), 1);
  auto with = words;
  with.insert(with.end(), {"--background", path("PB.csv")});
  EXPECT_EQ(run(with), 2);
}

}  // namespace
}  // namespace beltwarden::lab
