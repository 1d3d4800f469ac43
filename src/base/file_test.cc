#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace beltwarden {
namespace {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/file_test.XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }
  std::ptrdiff_t entries() const { return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()); }

 private:
  std::filesystem::path path_;
};

TEST(File, ReplacesWhatWasThere) {
  Folder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "a", "old"));
  ASSERT_TRUE(write_file_atomically(folder.path() / "a", "new"));
  EXPECT_EQ(read_file(folder.path() / "a", 10).value(), "new");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(File, ADeviceStaysADevice) {
  ASSERT_TRUE(write_file_atomically("/dev/null", "x"));
  struct stat there;
  ASSERT_EQ(::stat("/dev/null", &there), 0);
  EXPECT_TRUE(S_ISCHR(there.st_mode));
  const auto full = write_file_atomically("/dev/full", "x");
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("cannot write /dev/full"), std::string::npos) << full.error().message;
}

TEST(File, ALinkStaysALink) {
  Folder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "a", "old"));
  std::filesystem::create_symlink(folder.path() / "a", folder.path() / "link");
  ASSERT_TRUE(write_file_atomically(folder.path() / "link", "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link"));
  EXPECT_EQ(read_file(folder.path() / "a", 10).value(), "new");
}

TEST(File, AFailureLeavesNothingBehind) {
  Folder folder;
  std::filesystem::create_directories(folder.path() / "taken" / "inside");   // no file can be renamed onto a folder
  EXPECT_FALSE(write_file_atomically(folder.path() / "taken", "x"));
  EXPECT_EQ(folder.entries(), 1);
  EXPECT_FALSE(write_file_atomically(folder.path() / "none" / "a", "x"));
}

}  // namespace
}  // namespace beltwarden
