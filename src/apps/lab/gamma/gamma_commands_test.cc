#include "apps/lab/gamma/gamma_commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "apps/lab/files.h"
#include "base/file.h"
#include "formats/n42.h"

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

}  // namespace
}  // namespace beltwarden::lab
