#include "apps/site/site_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "journal/test_folder.h"

namespace beltwarden::site {
namespace {

const std::string kHead = R"(
site = "haiqing"
data_dir = "data"
pack = "pack"
trusted_keys = []
)";
const std::string kLine = R"(
[line]
id = "B1"
[[instrument]]
id = "plc"
kind = "plc"
driver = "modbus_plc"
host = "127.0.0.1"
)";

Result<SiteConfig> load(const std::string& text) {
  const journal::TestFolder folder;
  const auto path = folder.path() / "site.toml";
  EXPECT_TRUE(write_file_atomically(path, text));
  return load_site_config(path.string());
}

TEST(SiteConfig, TheJournalIsKeptAMonthOrAHundredGigabytesUnlessTold) {
  const auto plain = load(kHead + kLine);
  ASSERT_TRUE(plain.ok()) << plain.error().message;
  EXPECT_EQ(plain->retention.max_age, seconds(30 * 86400));
  EXPECT_EQ(plain->retention.max_bytes, 100'000'000'000u);
  const auto told = load(kHead + "[journal]\nkeep_days = 0\nkeep_gb = 2.5\n" + kLine);
  ASSERT_TRUE(told.ok()) << told.error().message;
  EXPECT_EQ(told->retention.max_age, Duration{});
  EXPECT_EQ(told->retention.max_bytes, 2'500'000'000u);
}

TEST(SiteConfig, AMisspeltLimitIsRefused) {
  const auto refused = load(kHead + "[journal]\nkeep_gigabytes = 2\n" + kLine);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("keep_gigabytes"));
}

}  // namespace
}  // namespace beltwarden::site
