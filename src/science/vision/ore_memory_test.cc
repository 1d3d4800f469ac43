#include "science/vision/ore_memory.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::vision {
namespace {

std::vector<std::vector<float>> clean_places() {
  Rng rng(1);
  std::vector<std::vector<float>> out;
  for (int i = 0; i < 60; ++i) {
    out.emplace_back(12);
    for (float& value : out.back()) value = static_cast<float>(rng.normal(5, 2));
  }
  return out;
}

TEST(OreMemory, KnowsAPlaceAgainAndNoOther) {
  const auto clean = clean_places();
  auto memory = make_ore_memory(clean);
  ASSERT_TRUE(memory);
  EXPECT_FALSE(remembers(*memory, clean[0]));
  ASSERT_TRUE(remember(*memory, clean[0]));
  auto same = clean[0];
  for (float& value : same) value += 0.3f;  // a little other light
  EXPECT_TRUE(remembers(*memory, same));
  for (std::size_t i = 1; i < clean.size(); ++i) EXPECT_FALSE(remembers(*memory, clean[i])) << i;
}

TEST(OreMemory, ReadsBackWhatItWrote) {
  const auto clean = clean_places();
  auto memory = make_ore_memory(clean);
  ASSERT_TRUE(remember(*memory, clean[3]));
  const auto back = ore_memory_from_text(to_text(*memory), "test");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->places, memory->places);
  EXPECT_TRUE(remembers(*back, clean[3]));
  EXPECT_FALSE(ore_memory_from_text("limit = 1\ncentre = [1]\nscale = []\n", "test"));
}

TEST(OreMemory, ForgetsTheOldestWhenFull) {
  const auto clean = clean_places();
  auto memory = make_ore_memory(clean);
  ASSERT_TRUE(remember(*memory, clean[0]));
  for (std::size_t i = 0; i < OreMemory::kMostPlaces; ++i) ASSERT_TRUE(remember(*memory, clean[1]));
  EXPECT_EQ(memory->places.size(), 2000u);
  EXPECT_FALSE(remembers(*memory, clean[0]));
}

}  // namespace
}  // namespace beltwarden::vision
