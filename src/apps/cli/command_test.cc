#include "apps/cli/command.h"

#include <gtest/gtest.h>

namespace beltwarden::cli {
namespace {

struct Program {
  Command app{"a program"};
  std::vector<std::string> files;
  double share = 0.5;
  bool loud = false;
  int ran = 0;

  Program() {
    app.require_subcommand(1);
    auto* read = app.add_subcommand("read", "Reads");
    read->add_option("FILE", files, "files")->required();
    read->add_option("--share", share, "part of them")->check(Range(0, 1))->capture_default_str();
    read->add_flag("--loud", loud, "say it");
    read->callback([this] {
      if (loud && share == 0) throw UsageError("--loud with nothing to say");
      ++ran;
    });
  }
};

TEST(Command, RunsTheCommandThatTheWordsName) {
  Program p;
  EXPECT_EQ(p.app.parse({"read", "a.csv", "b.csv", "--share", "0.25", "--loud"}), 0);
  EXPECT_EQ(p.ran, 1);
  EXPECT_EQ(p.files, (std::vector<std::string>{"a.csv", "b.csv"}));
  EXPECT_EQ(p.share, 0.25);
  EXPECT_TRUE(p.loud);
}

TEST(Command, WordsThatDoNotFitEndWithTwo) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"write"}, {"read"}, {"read", "a", "--share", "2"}, {"read", "a", "--share", "x"},
        {"read", "a", "--loud", "--share", "0"}}) {
    Program p;
    EXPECT_EQ(p.app.parse(words), 2);
    EXPECT_EQ(p.ran, 0);
  }
}

TEST(Command, HelpEndsWithZeroAndRunsNothing) {
  Program p;
  EXPECT_EQ(p.app.parse({"read", "--help"}), 0);
  EXPECT_EQ(p.ran, 0);
}

}  // namespace
}  // namespace beltwarden::cli
