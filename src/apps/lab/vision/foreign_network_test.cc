#include "apps/lab/vision/foreign_network.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace beltwarden::lab
