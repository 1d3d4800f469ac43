// The small parts of the record, alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "record/base64.h"
#include "record/evidence_store.h"
#include "record/intake.h"
#include "record/latency.h"
#include "record/thinning.h"

namespace beltwarden::record {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Base64, MatchesRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},  {"foob", "Zm9vYg=="},  {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  for (const char* bad : {"Z", "Zg=", "Z===", "Zm9v!AAA", "Zg==Zg=="}) EXPECT_FALSE(from_base64(bad).has_value()) << bad;
}

TEST(Receipt, FillsGapsFromEitherSide) {
  Receipt receipt;
  EXPECT_TRUE(receipt.add(5));
  EXPECT_TRUE(receipt.add(7));
  EXPECT_TRUE(receipt.add(6));
  EXPECT_THAT(receipt.beyond, ElementsAre(SequenceRange{5, 7}));
  EXPECT_TRUE(receipt.add(1));
  EXPECT_TRUE(receipt.add(3));
  EXPECT_THAT(receipt.gaps(), ElementsAre(SequenceRange{2, 2}, SequenceRange{4, 4}));
  EXPECT_FALSE(receipt.add(6));
  EXPECT_FALSE(receipt.add(0));
  EXPECT_TRUE(receipt.add(2));
  EXPECT_EQ(receipt.contiguous, 3u);
  EXPECT_TRUE(receipt.add(4));
  EXPECT_EQ(receipt.contiguous, 7u);
  EXPECT_THAT(receipt.beyond, IsEmpty());
  EXPECT_EQ(receipt.highest(), 7u);
}

TEST(Latency, QuantilesAreWithinABucket) {
  LatencyHistogram histogram;
  for (int ms = 1; ms <= 100; ++ms) histogram.add(milliseconds(ms));
  EXPECT_NEAR(histogram.summary().p50_ms, 50, 2.6);
  EXPECT_NEAR(histogram.summary().p99_ms, 99, 5);
  EXPECT_EQ(histogram.summary().max_ms, 100);
  EXPECT_EQ(LatencyHistogram().summary().count, 0u);
}

TEST(Thinning, NeverHidesASpikeOrASuspect) {
  std::vector<Point> points;
  for (int i = 0; i < 10'000; ++i) points.push_back({Tonnes{i * 50.0}, Tonnes{i * 50.0 + 50}, 60 + (i % 7) * 0.01, 0.3});
  points[1234].value = 55;
  points[4321].value = 66;
  points[7777].suspect = true;
  const auto kept = thinned(points, 200);
  EXPECT_LE(kept.size(), 200u);
  EXPECT_THAT(kept, ::testing::Contains(points[1234]));
  EXPECT_THAT(kept, ::testing::Contains(points[4321]));
  EXPECT_THAT(kept, ::testing::Contains(points[7777]));
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), [](auto& a, auto& b) { return a.from < b.from; }));
  EXPECT_EQ(thinned(points, 10'000), points);
}

TEST(EvidenceStore, ChecksBytesOnTheWayInAndOut) {
  const auto folder = std::filesystem::temp_directory_path() / ("beltwarden_evidence_" + std::to_string(::getpid()));
  auto store = EvidenceStore::open(folder);
  ASSERT_TRUE(store.ok());
  const auto digest = store->put("spectrum");
  ASSERT_TRUE(digest.ok());
  ASSERT_TRUE(store->put("spectrum").ok());
  EXPECT_EQ(*store->get(*digest), "spectrum");
  EXPECT_EQ(store->put(*digest, "something else").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(store->get(sha256("never stored")).error().code, ErrorCode::kNotFound);

  const std::string hex = to_hex(*digest);
  std::ofstream(folder / hex.substr(0, 2) / hex) << "spectrun";
  EXPECT_EQ(store->get(*digest).error().code, ErrorCode::kCorrupt);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace beltwarden::record
