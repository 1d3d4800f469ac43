// Folders of dealt-with files keep the newest, overwrite nothing, and know what lay there before.
#include "instruments/common/kept_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace beltwarden::instruments {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class KeptFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/beltwarden_kept_XXXXXX";
    root_ = ::mkdtemp(name);
    done_ = root_ / "done";
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path) << bytes;
    // Ages that do not depend on how fine the file system's clock is.
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(10) + std::chrono::minutes(++written_));
    return path;
  }
  bool take(KeptFiles& kept, const std::string& name, const std::string& bytes, const std::string& reason = "") {
    return !kept.take(write(root_ / name, bytes), reason);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(done_)) all.push_back(entry.path().filename().string());
    return all;
  }
  std::string bytes(const std::string& name) const {
    std::ifstream in(done_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path root_, done_;
  int written_ = 0;
};

TEST_F(KeptFilesTest, TheOldestGoWithTheirReasons) {
  KeptFiles kept(done_, 2);
  ASSERT_TRUE(take(kept, "a.spc", "1", "no axis"));
  ASSERT_TRUE(take(kept, "b.spc", "2", "no axis"));
  EXPECT_THAT(names(), UnorderedElementsAre("a.spc", "a.spc.reason.txt", "b.spc", "b.spc.reason.txt"));
  ASSERT_TRUE(take(kept, "c.spc", "3"));
  EXPECT_THAT(names(), UnorderedElementsAre("b.spc", "b.spc.reason.txt", "c.spc"));
}

TEST_F(KeptFilesTest, OneNameAgainAndAgainOverwritesNothing) {
  KeptFiles kept(done_, 10);
  for (const char* text : {"1", "2", "3"}) ASSERT_TRUE(take(kept, "scan.spc", text));
  EXPECT_THAT(names(), UnorderedElementsAre("scan.spc", "scan.spc.1", "scan.spc.2"));
  EXPECT_EQ(bytes("scan.spc"), "1");
  EXPECT_EQ(bytes("scan.spc.2"), "3");
}

TEST_F(KeptFilesTest, WhatLayThereBeforeCountsAndStays) {
  fs::create_directories(done_);
  for (const char* name : {"old.spc", "scan.spc", "scan.spc.41"}) write(done_ / name, "before");
  KeptFiles kept(done_, 3);
  ASSERT_TRUE(take(kept, "scan.spc", "new"));
  EXPECT_THAT(names(), UnorderedElementsAre("scan.spc", "scan.spc.41", "scan.spc.42")) << "old.spc was the oldest";
  EXPECT_EQ(bytes("scan.spc"), "before");
  EXPECT_EQ(bytes("scan.spc.42"), "new");
}

TEST_F(KeptFilesTest, WhatSomebodyElsePutThereMeanwhileIsNotOverwritten) {
  KeptFiles kept(done_, 10);
  ASSERT_TRUE(take(kept, "a.spc", "1"));
  write(done_ / "b.spc", "somebody's");
  ASSERT_TRUE(take(kept, "b.spc", "ours"));
  EXPECT_EQ(bytes("b.spc"), "somebody's");
  EXPECT_EQ(bytes("b.spc.1"), "ours");
}

TEST_F(KeptFilesTest, NoneAreKeptWhereNoneShouldBe) {
  KeptFiles kept(done_, 0);
  ASSERT_TRUE(take(kept, "a.spc", "1", "no axis"));
  EXPECT_THAT(names(), ElementsAre());
}

TEST_F(KeptFilesTest, AFolderThatCannotBeMadeIsAnError) {
  write(root_ / "done", "a file is in the way");
  KeptFiles kept(done_, 10);
  EXPECT_FALSE(take(kept, "a.spc", "1"));
  EXPECT_TRUE(fs::exists(root_ / "a.spc"));
}

}  // namespace
}  // namespace beltwarden::instruments
