// Full disks, locks, lost connections and sudden death: a batch is taken whole or not at all.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "record/record_for_tests.h"

namespace beltwarden::record {
namespace {

using ::testing::HasSubstr;

IntakeBatch big_batch(std::uint64_t first) {
  IntakeBatch batch;
  for (std::uint64_t i = first; i < first + 50; ++i) {
    wire::Finding finding = finding_of(i, "brand_regression", 50.0 * static_cast<double>(i), 50.0 * static_cast<double>(i) + 50);
    finding.label = std::string(100, 'x');
    finding.measured = {{"Fe", 61.8, 0.3, "%", 62.1, 60.0, {}}};
    batch.entries.push_back(entry_of(i, finding));
  }
  return batch;
}

/// Files of this process cannot grow past a size while it lives: what a full disk looks like to a program.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(Trouble, AFullDiskRefusesTheBatchAndTakesItLater) {
  TestDatabase database(Backend::kSqlite);
  ManualClock clock{Time{0}};
  const auto log = make_null_log();
  auto record = Record::open(database.options(), clock, *log);
  ASSERT_TRUE(record.ok());
  ASSERT_TRUE((*record)->commit(big_batch(1)).ok());
  {
    FullDisk full(std::filesystem::file_size(database.folder / "center.db-wal"));
    const auto refused = (*record)->commit(big_batch(51));
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("committing a batch"));
    EXPECT_EQ(refused.error().code, ErrorCode::kIo);
    EXPECT_FALSE((*record)->append({{{Time{1}, UserId{"a"}, std::string(20'000, 'b'), "c", "d"}}}).ok());
  }
  EXPECT_EQ((*record)->entries(), 50u);
  const auto later = (*record)->commit(big_batch(51));
  ASSERT_TRUE(later.ok()) << later.error().message;
  EXPECT_EQ(later->fresh.size(), 50u);
  EXPECT_EQ((*record)->findings({})->size(), 100u);
}

TEST(Trouble, EvidenceThatDoesNotFitOnTheDiskRefusesTheBatch) {
  TestDatabase database(Backend::kSqlite);
  ManualClock clock{Time{0}};
  const auto log = make_null_log();
  auto record = Record::open(database.options(), clock, *log);
  ASSERT_TRUE(record.ok());
  const std::string picture(300'000, 'p');
  const IntakeBatch batch{{entry_of(1, wire::EvidenceBlob{sha256(picture), "image/jpeg", picture, sha256("pixels"),
                                                           InstrumentId{"cam1"}, 1, stretch("L1", 0, 1)})}};
  {
    FullDisk full(100'000);
    EXPECT_FALSE((*record)->commit(batch).ok());
  }
  ASSERT_TRUE((*record)->commit(batch).ok());
  EXPECT_EQ(*(*record)->evidence_bytes(to_hex(sha256(picture))), picture);
}

TEST(Trouble, AnotherWriterIsWaitedForAndThenReported) {
  TestDatabase database(Backend::kSqlite);
  ManualClock clock{Time{0}};
  const auto log = make_null_log();
  RecordOptions options = database.options();
  options.lock_timeout = milliseconds(50);
  auto record = Record::open(options, clock, *log);
  ASSERT_TRUE(record.ok());
  Database other(*DatabaseUrl::parse(database.url));
  const auto held = other.write("holding the lock", [&](soci::session&) {
    const auto refused = (*record)->commit(big_batch(1));
    EXPECT_FALSE(refused.ok());
    if (!refused) {
      EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << refused.error().message;
    }
  });
  ASSERT_TRUE(held.ok());
  EXPECT_TRUE((*record)->commit(big_batch(1)).ok());
}

TEST(Trouble, ALostConnectionIsOpenedAnew) {
  if (!test_postgres()) GTEST_SKIP() << "no PostgreSQL server";
  TestDatabase database(Backend::kPostgresql);
  ManualClock clock{Time{0}};
  const auto log = make_null_log();
  RecordOptions options = database.options();
  const std::string name = database.folder.filename().string();
  options.database += " application_name=" + name;
  auto record = Record::open(options, clock, *log);
  ASSERT_TRUE(record.ok()) << record.error().message;
  ASSERT_TRUE((*record)->commit(big_batch(1)).ok());
  EXPECT_EQ((*record)->findings({})->size(), 50u);
  database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '" + name + "'");
  const auto refused = (*record)->commit(big_batch(51));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << refused.error().message;
  EXPECT_FALSE((*record)->findings({}).ok());
  const auto again = (*record)->commit(big_batch(51));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ((*record)->findings({})->size(), 100u);
}

TEST(Trouble, KilledAtAnyMomentNothingIsHalfAndNothingDoubled) {
  TestDatabase database(Backend::kSqlite);
  const auto log = make_null_log();
  ManualClock clock{Time{0}};
  for (int round = 0; round < 6; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Offers everything from the beginning, as a site does that has not heard, beside acts, until it is killed.
      auto record = Record::open(database.options(), clock, *log);
      for (std::uint64_t n = 0; record.ok(); ++n) {
        if (!(*record)->commit(big_batch(1 + 50 * n)).ok()) break;
        if (!(*record)->append({{{Time{1}, UserId{"a"}, "act", "b", "c"}}}).ok()) break;
      }
      ::_exit(1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 35 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": the child gave up by itself";

    auto record = Record::open(database.options(), clock, *log);
    ASSERT_TRUE(record.ok()) << record.error().message;
    const Receipt receipt = (*record)->receipt(SiteId{"majishan"}, 1);
    EXPECT_EQ(receipt.contiguous % 50, 0u) << "half a batch";
    EXPECT_TRUE(receipt.beyond.empty());
    FindingQuery all;
    all.limit = 100'000;
    EXPECT_EQ((*record)->findings(all)->size(), receipt.contiguous);
    if (receipt.contiguous > 0) {
      SeriesQuery series{LineId{"A"}, LotId{"L1"}};
      series.max = 1'000'000;
      EXPECT_EQ((*record)->series(series)->at(0).points.size(), receipt.contiguous);
    }
    EXPECT_TRUE((*record)->verify_events()->whole);
  }
}

}  // namespace
}  // namespace beltwarden::record
