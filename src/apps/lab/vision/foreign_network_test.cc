#include "apps/lab/vision/foreign_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "apps/lab/vision/torch_process.h"

namespace beltwarden::lab {
namespace {

constexpr const char* kManifest = "name = \"ours\"\nmm_per_px = 2.0\ncell_px = 8\nmultiple_of_px = 32\ncolours = \"bgr\"\n"
                                  "answer = \"probability\"\nmean = [104.0, 117.0, 123.0]\n";

TEST(ForeignNetwork, TheManifestIsReadAndReadsBack) {
  auto network = foreign_network_from_manifest(kManifest, "bytes", "m.toml");
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ(network->multiple_of_px, 32);
  EXPECT_FALSE(network->rgb);
  EXPECT_TRUE(network->probability);
  EXPECT_EQ(network->mean[1], 117);
  EXPECT_EQ(network->scale[2], 1);
  const auto back = foreign_network_from_bytes(to_bytes(*network), "model");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_bytes(*back), to_bytes(*network));
}

TEST(ForeignNetwork, WhatDoesNotFitIsRefused) {
  EXPECT_FALSE(foreign_network_from_manifest("cell_px = 8\n", "bytes", "m.toml"));  // no mm_per_px
  EXPECT_FALSE(foreign_network_from_manifest("mm_per_px = 2.0\ncell_px = 8\nmultiple_of_px = 12\n", "bytes", "m.toml"));
  EXPECT_FALSE(foreign_network_from_manifest("mm_per_px = 2.0\ncell_px = 8\nscale = [1.0, 0.0, 1.0]\n", "bytes", "m.toml"));
  EXPECT_FALSE(foreign_network_from_manifest("mm_per_px = 2.0\ncell_px = 8\ncolours = \"grey\"\n", "bytes", "m.toml"));
  EXPECT_FALSE(foreign_network_from_manifest(kManifest, "", "m.toml"));
  EXPECT_FALSE(foreign_network_from_bytes("17      name", "model"));
}

TEST(ForeignNetwork, WithoutItsProgramNothingRuns) {
  auto network = foreign_network_from_manifest(kManifest, "this is not TorchScript", "m.toml");
  ASSERT_TRUE(network);
  const auto source = open_foreign(*network);  // either there is no such program, or it refuses these bytes
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message.find("expected"), std::string::npos);
}

// Networks that beltwarden-torch-eye writes to try; only where it was built, which needs libtorch-dev.
class TorchNetworks : public ::testing::Test {
 protected:
  void SetUp() override {
    std::error_code error;
    eye_ = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "beltwarden-torch-eye";
    if (!std::filesystem::exists(eye_)) GTEST_SKIP() << "skipped: beltwarden-torch-eye is not built (no libtorch-dev)";
  }
  std::string example(const std::string& kind) {
    const auto path = std::filesystem::temp_directory_path() / ("beltwarden_torch_" + kind + ".pt");
    EXPECT_EQ(std::system((eye_.string() + " --example " + path.string() + " " + kind).c_str()), 0);
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::filesystem::remove(path);
    return bytes;
  }
  // A picture of 64 x 64 with a bright square of one cell.
  static std::vector<float> picture() {
    std::vector<float> planes(3 * 64 * 64, 60.0f);
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t y = 16; y < 24; ++y) {
        for (std::size_t x = 40; x < 48; ++x) planes[(k * 64 + y) * 64 + x] = 250.0f;
      }
    }
    return planes;
  }
  std::filesystem::path eye_;
};

TEST_F(TorchNetworks, OneThatAnswersIsAsked) {
  auto process = TorchProcess::start(example("contrast"));
  ASSERT_TRUE(process) << process.error().message;
  const auto answer = process->ask(picture(), 64, 64, 8, 8);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(std::max_element(answer->begin(), answer->end()) - answer->begin(), 2 * 8 + 5);   // the cell with the square
}

TEST_F(TorchNetworks, OneThatNeverAnswersIsGivenUp) {
  auto process = TorchProcess::start(example("endless"), std::chrono::seconds(20));
  ASSERT_TRUE(process) << process.error().message;
  const auto began = std::chrono::steady_clock::now();
  const auto answer = process->ask(picture(), 64, 64, 8, 8);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the imported network gives no answer within 20 s");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(25));
  EXPECT_FALSE(process->ask(picture(), 64, 64, 8, 8));   // and not trusted again
}

TEST_F(TorchNetworks, OneThatAnswersWithAnotherShapeIsRefused) {
  auto process = TorchProcess::start(example("wrong-shape"));
  ASSERT_TRUE(process) << process.error().message;
  const auto answer = process->ask(picture(), 64, 64, 8, 8);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the imported network: expected an answer of 8 x 8 cells, found 4 x 4");
}

TEST_F(TorchNetworks, WhatIsNoNetworkIsRefused) { EXPECT_FALSE(TorchProcess::start("not TorchScript")); }

}  // namespace
}  // namespace beltwarden::lab
