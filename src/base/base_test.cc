// The small things everything else stands on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/bounded_queue.h"
#include "base/config.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/time.h"
#include "base/units.h"

namespace beltwarden {
namespace {

using ::testing::HasSubstr;

TEST(Result, HoldsAValueOrAReason) {
  const Result<int> seven = 7;
  ASSERT_TRUE(seven.ok());
  EXPECT_EQ(*seven, 7);
  const Result<int> bad = invalid_input("expected a digit, found 'x'");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().within("line 3").message, "line 3: expected a digit, found 'x'");
  EXPECT_THROW((void)bad.value(), std::logic_error);
}

TEST(Ids, NameAnEntryOfAJournal) { EXPECT_EQ(to_string(EntryId{SiteId{"majishan"}, 2, 17}), "majishan/2/17"); }

TEST(Units, IntervalsAreHalfOpen) {
  const TonneInterval slice{50_t, 100_t};
  EXPECT_TRUE(slice.contains(50_t));
  EXPECT_FALSE(slice.contains(100_t));
  EXPECT_FALSE(slice.overlaps({100_t, 150_t}));
  EXPECT_TRUE(slice.overlaps({99.9_t, 150_t}));
  EXPECT_EQ(slice.mass(), 50_t);
}

TEST(Time, ReadsAndWritesRfc3339) {
  // 2026-11-23T14:31:06.250Z by `date -u -d ... +%s`.
  const Time expected{1795444266'250'000'000};
  EXPECT_EQ(to_rfc3339(expected), "2026-11-23T14:31:06.250Z");
  EXPECT_EQ(*parse_rfc3339("2026-11-23T14:31:06.250Z"), expected);
  EXPECT_EQ(*parse_rfc3339("2026-11-23T22:31:06.25+08:00"), expected);
  EXPECT_EQ(*parse_rfc3339("1969-12-31T23:59:59Z"), Time{-1'000'000'000});
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T14:31:06",
                           "2026-11-23T14:31:06.Z", "2026-11-23T14:31:06Z ", "2026-11-23T14:31:06.1234567890Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).ok()) << text;
  }
}

TEST(Hash, MatchesPublishedVectors) {
  // FIPS 180-4 example "abc"; RFC 3720 B.4 for 32 zero bytes and for "123456789" (the usual check value).
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c("56789", crc32c("1234")), 0xe3069283u);
  EXPECT_EQ(*sha256_from_hex(to_hex(sha256("abc"))), sha256("abc"));
  EXPECT_FALSE(sha256_from_hex("zz").ok());
}

TEST(Rng, RepeatsForASeedAndHasTheRightMoments) {
  Rng a(7, 1), b(7, 1), c(7, 2);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  Rng r(42);
  for (const double mean : {0.3, 4.0, 29.0, 31.0, 400.0}) {
    double sum = 0, squares = 0;
    constexpr int kDraws = 40000;
    for (int i = 0; i < kDraws; ++i) {
      const double x = r.poisson(mean);
      sum += x;
      squares += x * x;
    }
    const double m = sum / kDraws, variance = squares / kDraws - m * m;
    EXPECT_NEAR(m, mean, 5 * std::sqrt(mean / kDraws)) << mean;
    EXPECT_NEAR(variance / mean, 1, 0.05) << mean;
  }
}

TEST(Config, NamesFileLineAndField) {
  const auto config = Config::parse("name = 'berth 3'\nspeed = 9\n[plc]\nport = 502\n", "site.toml");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(*config->text("name"), "berth 3");
  EXPECT_EQ(*config->integer("plc.port", 1, 65535), 502);
  EXPECT_EQ(*config->number("length_m", 0, 100, 12.5), 12.5);
  EXPECT_THAT(config->number("speed", 0, 8).error().message, HasSubstr("site.toml:2: 'speed' is 9, expected 0 to 8"));
  EXPECT_THAT(config->text("speed").error().message, HasSubstr("site.toml:2"));
  EXPECT_THAT(config->text("colour").error().message, HasSubstr("'colour' is missing"));
  EXPECT_THAT(config->only({"name", "plc"}).error().message, HasSubstr("'speed' is not a setting"));
  EXPECT_THAT(Config::parse("a = ", "x.toml").error().message, HasSubstr("x.toml:1"));
}

TEST(File, ReplacesWholeAndRefusesTooLarge) {
  const auto path = std::filesystem::temp_directory_path() / "beltwarden_base_test.txt";
  ASSERT_TRUE(write_file_atomically(path, "one").ok());
  ASSERT_TRUE(write_file_atomically(path, "two").ok());
  EXPECT_EQ(*read_file(path, 10), "two");
  EXPECT_FALSE(read_file(path, 2).ok());
  std::filesystem::remove(path);
  EXPECT_EQ(read_file(path, 10).error().code, ErrorCode::kNotFound);
}

TEST(Log, WritesACauseOnce) {
  class Counting : public Log {
   public:
    void write(LogLevel, std::string_view) override { ++lines; }
    int lines = 0;
  } log;
  EXPECT_EQ(log.warn_once("bad header", "file a: bad header"), 1u);
  EXPECT_EQ(log.warn_once("bad header", "file b: bad header"), 2u);
  EXPECT_EQ(log.lines, 1);
}

TEST(BoundedQueue, PushesBackAndDrainsAfterClose) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_FALSE(queue.try_push(3));
  std::thread reader([&] { EXPECT_EQ(*queue.pop(), 1); });
  EXPECT_TRUE(queue.push(3));
  reader.join();
  queue.close();
  EXPECT_FALSE(queue.push(4));
  EXPECT_EQ(*queue.pop(), 2);
  EXPECT_EQ(*queue.pop(), 3);
  EXPECT_FALSE(queue.pop().has_value());
}

}  // namespace
}  // namespace beltwarden
