// The site's settings file: what the center is told in it.
#include "apps/site/site_config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace beltwarden::site {
namespace {

class SiteConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/beltwarden_config_XXXXXX";
    folder = ::mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Result<SiteConfig> load(const std::string& center) {
    const auto file = folder / "site.toml";
    std::ofstream(file) << "site = 'majishan'\ndata_dir = '/var/lib/beltwarden'\npack = 'iron-ore'\ntrusted_keys = []\n"
                        << center << "[line]\nid = 'A'\n[[instrument]]\nid = 'plc'\nkind = 'plc'\ndriver = 'modbus'\n";
    return load_site_config(file.string());
  }
  std::filesystem::path folder;
};

TEST_F(SiteConfigTest, NamesTheCentersDatabaseAndWhereItsPasswordIs) {
  const auto plain = load("");
  ASSERT_TRUE(plain.ok()) << plain.error().message;
  EXPECT_EQ(plain->database, "");
  const auto chosen = load("[center]\ndatabase = 'postgresql://dbname=b'\npassword_file = '/etc/b.password'\n");
  ASSERT_TRUE(chosen.ok()) << chosen.error().message;
  EXPECT_EQ(chosen->database, "postgresql://dbname=b");
  EXPECT_EQ(chosen->database_password_file, "/etc/b.password");
}

}  // namespace
}  // namespace beltwarden::site
