#include "apps/lab/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace beltwarden::lab {
namespace {

class Files : public ::testing::Test {
 protected:
  Files()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  std::filesystem::path folder_;
};

TEST_F(Files, AreReadPackedOrNot) {
  ASSERT_TRUE(write_output(path("a.csv"), "id,1000\n"));
  ASSERT_TRUE(write_output(path("a.csv.gz"), "id,1000\n"));
  EXPECT_EQ(*read_input(path("a.csv")), "id,1000\n");
  EXPECT_EQ(*read_input(path("a.csv.gz")), "id,1000\n");
  EXPECT_EQ(read_file(path("a.csv.gz"), 100)->substr(0, 2), "\x1f\x8b");
}

TEST_F(Files, ADamagedPackIsNamed) {
  ASSERT_TRUE(write_file_atomically(path("a.gz"), "\x1f\x8b\x08 and nothing more"));
  auto read = read_input(path("a.gz"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, ::testing::HasSubstr("a.gz"));
}

TEST_F(Files, WhatIsMissingIsNamed) {
  auto read = read_input(path("none.csv"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, ::testing::HasSubstr("none.csv"));
  EXPECT_EQ(exit_status("spectra fit", read.error()), 1);
}

}  // namespace
}  // namespace beltwarden::lab
