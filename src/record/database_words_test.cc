// Which database, and where its password comes from.
#include "record/database_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "record/record_for_tests.h"

namespace beltwarden::record {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WordsTest : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv(kDatabasePassword); }
  void TearDown() override { ::unsetenv(kDatabasePassword); }
  std::filesystem::path secret(const std::string& text, std::filesystem::perms mode) {
    const auto file = folder.folder / "secret";
    std::ofstream(file) << text;
    std::filesystem::permissions(file, mode);
    return file;
  }
  static constexpr auto kMine = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  TestDatabase folder{Backend::kSqlite};
};

TEST_F(WordsTest, WithoutAnyItIsSqliteInTheDataFolder) {
  EXPECT_EQ(*database_words("", "", "/var/lib/beltwarden"), "sqlite:///var/lib/beltwarden/center.db");
  EXPECT_EQ(*database_words("sqlite:///other.db", "", "/x"), "sqlite:///other.db");
  EXPECT_FALSE(database_words("mysql://x", "", "/x").ok());
}

TEST_F(WordsTest, APasswordComesFromAFileOfItsOwnOrTheEnvironment) {
  EXPECT_EQ(*database_words("postgresql://dbname=b", "", "/x"), "postgresql://dbname=b");
  EXPECT_EQ(*database_words("postgresql://dbname=b", secret("it's\\here\nmore\n", kMine), "/x"),
            "postgresql://dbname=b password='it\\'s\\\\here'");
  ::setenv(kDatabasePassword, "from-outside", 1);
  EXPECT_EQ(*database_words("postgresql://dbname=b", "", "/x"), "postgresql://dbname=b password='from-outside'");
  EXPECT_THAT(*database_words("postgresql://dbname=b", secret("file", kMine), "/x"), HasSubstr("password='file'"));
}

TEST_F(WordsTest, WhatWouldShowAPasswordIsRefused) {
  for (const char* words : {"postgresql://dbname=b password=hunter2", "postgresql://me:hunter2@host/b"}) {
    const auto refused = database_words(words, "", "/x");
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, Not(HasSubstr("hunter2")));
  }
  const auto open = database_words("postgresql://dbname=b", secret("hunter2", kMine | std::filesystem::perms::group_read), "/x");
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(open.error().message, HasSubstr("0600"));
  EXPECT_FALSE(database_words("postgresql://dbname=b", "/nowhere", "/x").ok());
  EXPECT_FALSE(database_words("postgresql://dbname=b", secret("", kMine), "/x").ok());
  EXPECT_FALSE(database_words("postgresql://dbname=b", secret("two words", kMine), "/x").ok());
  const auto unknown = database_words("pg://me:hunter2@host/b", "", "/x");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, Not(HasSubstr("hunter2")));
}

TEST_F(WordsTest, AServerThatRefusesIsNotToldWithThePassword) {
  const auto words = database_words("postgresql://host=/nowhere dbname=b", secret("hunter2", kMine), "/x");
  const auto log = make_null_log();
  SystemClock clock;
  const auto refused = Record::open({*words, folder.folder / "evidence"}, clock, *log);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, Not(HasSubstr("hunter2")));
}

TEST_F(WordsTest, OpensTheServerThatTheWordsName) {
  if (!test_postgres()) GTEST_SKIP() << "no PostgreSQL server";
  const TestDatabase schema(Backend::kPostgresql);
  const auto words = database_words(schema.url, secret("any'word", kMine), "/x");
  ASSERT_TRUE(words.ok()) << words.error().message;
  const auto log = make_null_log();
  SystemClock clock;
  const auto opened = Record::open({*words, folder.folder / "evidence"}, clock, *log);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_TRUE((*opened)->verify_events()->whole);
}

}  // namespace
}  // namespace beltwarden::record
