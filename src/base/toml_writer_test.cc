#include "base/toml_writer.h"

#include <gtest/gtest.h>

#include <array>

#include "base/config.h"

namespace beltwarden {
namespace {

TEST(TomlWriter, ReadsBackToTheSameBits) {
  const std::array<double, 4> numbers = {0.1, 3, -1e-300, 12345678901234567.0};
  TomlWriter writer;
  writer.comment("a model").put("name", "quote \" back \\ tab \t Erz 矿").put("whole", 7.0).put("count", std::int64_t{-3});
  writer.put("numbers", numbers).item("brand").put("code", "A").item("brand").put("code", "B");
  const auto config = Config::parse(writer.text(), "test");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config->text("name"), "quote \" back \\ tab \t Erz 矿");
  EXPECT_EQ(*config->number("whole", 0, 10), 7.0);
  EXPECT_EQ(*config->integer("count", -10, 10), -3);
  EXPECT_EQ(*config->numbers("numbers"), std::vector<double>(numbers.begin(), numbers.end()));
  ASSERT_EQ(config->tables("brand").size(), 2U);
  EXPECT_EQ(*config->tables("brand")[1].text("code"), "B");
}

}  // namespace
}  // namespace beltwarden
