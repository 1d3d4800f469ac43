#include "journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "journal/reader.h"
#include "journal/test_folder.h"
#include "journal/verify.h"

namespace beltwarden::journal {
namespace {

const Time kStart = *parse_rfc3339("2026-03-01T08:00:00Z");

class JournalTest : public testing::Test {
 protected:
  Options options() const {
    Options o;
    o.folder = folder_.journal();
    o.site = SiteId("qingdao");
    return o;
  }
  std::unique_ptr<Journal> open(const Options& o) {
    auto journal = Journal::open(o, *log_, clock_);
    if (!journal) throw std::runtime_error(journal.error().message);
    return std::move(*journal);
  }
  std::unique_ptr<Journal> open() { return open(options()); }
  std::vector<std::string> payloads() {
    auto reader = Reader::open(folder_.journal());
    std::vector<std::string> all;
    while (true) {
      auto entry = reader->next();
      EXPECT_TRUE(entry) << entry.error().message;
      if (!entry || !*entry) return all;
      EXPECT_EQ((*entry)->id.sequence, reader->next_sequence() - 1);
      all.push_back((*entry)->payload);
    }
  }

  TestFolder folder_;
  std::unique_ptr<Log> log_ = make_null_log();
  ManualClock clock_{kStart};
};

TEST_F(JournalTest, WhatIsAppendedIsReadBack) {
  auto journal = open();
  EXPECT_TRUE(journal->recovery().begun_anew);
  EXPECT_EQ(*journal->append(EntryKind::kObservation, kStart, "moisture 6.1 %"), 1u);
  EXPECT_EQ(*journal->append(EntryKind::kFinding, kStart + seconds(2), ""), 2u);
  ASSERT_TRUE(journal->wait_durable(2));
  EXPECT_EQ(journal->durable_sequence(), 2u);

  auto reader = Reader::open(folder_.journal());
  auto first = reader->next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->id, (EntryId{SiteId("qingdao"), journal->epoch(), 1}));
  EXPECT_EQ((*first)->kind, EntryKind::kObservation);
  EXPECT_EQ((*first)->time, kStart);
  EXPECT_EQ((*first)->payload, "moisture 6.1 %");
  auto second = reader->next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->kind, EntryKind::kFinding);
  EXPECT_EQ((*second)->time, kStart + seconds(2));
  auto third = reader->next();
  ASSERT_TRUE(third);
  EXPECT_FALSE(*third);
}

TEST_F(JournalTest, AReaderFollowsTheWriter) {
  auto journal = open();
  auto reader = Reader::open(folder_.journal());
  for (int i = 1; i <= 300; ++i) {
    ASSERT_TRUE(journal->append(EntryKind::kEvent, kStart, "event " + std::to_string(i)));
    ASSERT_TRUE(journal->commit());
    auto entry = reader->next();
    ASSERT_TRUE(entry && *entry);
    EXPECT_EQ((*entry)->payload, "event " + std::to_string(i));
    EXPECT_FALSE(reader->next().value());
  }
}

TEST_F(JournalTest, GoesOnWhereItEnded) {
  std::uint64_t epoch = 0;
  {
    auto journal = open();
    epoch = journal->epoch();
    ASSERT_TRUE(journal->append(EntryKind::kEvent, kStart, "one"));
  }
  clock_.advance(seconds(3600));
  {
    auto journal = open();
    EXPECT_FALSE(journal->recovery().begun_anew);
    EXPECT_EQ(journal->epoch(), epoch);
    EXPECT_EQ(journal->last_sequence(), 1u);
    EXPECT_EQ(journal->durable_sequence(), 1u);
    EXPECT_EQ(*journal->append(EntryKind::kEvent, kStart, "two"), 2u);
  }
  EXPECT_EQ(payloads(), (std::vector<std::string>{"one", "two"}));
  auto report = verify(folder_.journal());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->entries, 2u);
  EXPECT_FALSE(report->being_written);
}

TEST_F(JournalTest, AReplacedDiskGetsAGreaterEpoch) {
  const auto epoch = open()->epoch();
  EXPECT_EQ(epoch, 1'772'352'000'000u);  // 2026-03-01T08:00:00Z in milliseconds since 1970
  std::filesystem::remove_all(folder_.journal());
  clock_.advance(milliseconds(1));
  EXPECT_EQ(open()->epoch(), epoch + 1);
  std::filesystem::remove_all(folder_.journal());
  clock_.set(Time{0});  // a machine whose clock battery is empty; the center remembers
  auto o = options();
  o.least_epoch = epoch + 2;
  EXPECT_EQ(open(o)->epoch(), epoch + 2);
}

TEST_F(JournalTest, HasOneWriterAndBelongsToOneSite) {
  {
    auto journal = open();
    auto second = Journal::open(options(), *log_, clock_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  }
  auto other = options();
  other.site = SiteId("ningbo");
  auto refused = Journal::open(other, *log_, clock_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("'qingdao', not of 'ningbo'"), std::string::npos) << refused.error().message;
}

TEST_F(JournalTest, RefusesWhatDoesNotFit) {
  auto journal = open();
  auto large = journal->append(EntryKind::kEvidence, kStart, std::string(kMaxPayloadBytes + 1, 'x'));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(*journal->append(EntryKind::kEvidence, kStart, std::string(kMaxPayloadBytes, 'x')), 1u);
  EXPECT_TRUE(journal->commit());
  EXPECT_FALSE(journal->wait_durable(2));
  auto o = options();
  o.site = SiteId(std::string(65, 's'));
  EXPECT_FALSE(Journal::open(o, *log_, clock_));
}

TEST_F(JournalTest, SpreadsOverSegmentsAndSeeks) {
  auto o = options();
  o.segment_bytes = 4096;
  {
    auto journal = open(o);
    for (int i = 1; i <= 100; ++i) {
      ASSERT_TRUE(journal->append(EntryKind::kEvent, kStart, std::string(432, static_cast<char>('a' + i % 26))));
    }
    // One entry is larger than a segment: it has one of its own.
    ASSERT_TRUE(journal->append(EntryKind::kEvidence, kStart, std::string(10'000, 'z')));
    ASSERT_TRUE(journal->append(EntryKind::kEvent, kStart, "last"));
  }
  auto report = verify(folder_.journal());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->entries, 102u);
  EXPECT_EQ(report->segments, 17u);  // (4096 - 160) / 500 = 7 entries each: 15 of them, the large one, the last one
  auto reader = Reader::open(folder_.journal());
  for (std::uint64_t sequence : {50u, 3u, 101u, 7u, 8u, 102u}) {
    ASSERT_TRUE(reader->seek(sequence));
    auto entry = reader->next();
    ASSERT_TRUE(entry && *entry);
    EXPECT_EQ((*entry)->id.sequence, sequence);
  }
  EXPECT_TRUE(reader->seek(103));
  EXPECT_FALSE(reader->next().value());
  EXPECT_FALSE(reader->seek(104));
}

TEST_F(JournalTest, ManyThreadsAppendWithoutHoles) {
  constexpr int kThreads = 8, kEach = 500;
  auto o = options();
  o.segment_bytes = 32 << 10;
  {
    auto journal = open(o);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        std::uint64_t before = 0;
        for (int i = 0; i < kEach; ++i) {
          auto sequence = journal->append(EntryKind::kEvent, kStart, std::to_string(t) + ":" + std::to_string(i));
          ASSERT_TRUE(sequence);
          ASSERT_GT(*sequence, before);
          before = *sequence;
          if (i % 50 == 0) {
            ASSERT_TRUE(journal->wait_durable(*sequence));
            ASSERT_GE(journal->durable_sequence(), *sequence);
          }
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(journal->last_sequence(), 4000u);
  }
  EXPECT_EQ(verify(folder_.journal())->entries, 4000u);
  std::vector<int> next(kThreads, 0);  // each thread's entries are in its own order
  for (const auto& payload : payloads()) {
    const int thread = payload[0] - '0';
    EXPECT_EQ(payload, std::to_string(thread) + ":" + std::to_string(next[thread]++));
  }
}

TEST_F(JournalTest, VerifiesBesideItsWriter) {
  auto o = options();
  o.segment_bytes = 8192;
  o.commit_interval = milliseconds(0.1);
  auto journal = open(o);
  std::thread writer([&] {
    for (int i = 0; i < 5000; ++i) ASSERT_TRUE(journal->append(EntryKind::kEvent, kStart, std::string(i % 300, 'p')));
  });
  std::uint64_t entries = 0;
  for (int i = 0; i < 20; ++i) {
    auto report = verify(folder_.journal());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->being_written);
    EXPECT_GE(report->entries, entries);
    entries = report->entries;
  }
  writer.join();
}

TEST_F(JournalTest, TheSameEntriesGiveTheSameHeadHash) {
  const auto head = [&](std::uint64_t segment_bytes) {
    auto o = options();
    o.folder = folder_.path() / std::to_string(segment_bytes);
    o.segment_bytes = segment_bytes;
    for (int run = 0; run < 4; ++run) {
      auto journal = open(o);
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(journal->append(EntryKind::kEvent, kStart, std::to_string(run * 25 + i)));
    }
    return to_hex(verify(o.folder)->head_hash);
  };
  // Group commits differ from run to run; neither they nor the cut into segments may change what is attested.
  EXPECT_EQ(head(4096), head(65536));
}

TEST_F(JournalTest, AcknowledgementIsKeptAndNeverGoesBack) {
  {
    auto journal = open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(journal->append(EntryKind::kEvent, kStart, "e"));
    ASSERT_TRUE(journal->commit());
    journal->acknowledge(3);
    journal->acknowledge(2);
    journal->acknowledge(6);  // was never written
    EXPECT_EQ(journal->acknowledged(), 3u);
  }
  EXPECT_EQ(open()->acknowledged(), 3u);
}

class RetentionTest : public JournalTest {
 protected:
  // Ten segments of seven entries, a minute apart.
  void fill(Journal& journal) {
    for (int i = 0; i < 70; ++i) {
      ASSERT_TRUE(journal.append(EntryKind::kEvent, kStart + seconds(60.0 * i), std::string(432, 'r')));
    }
    ASSERT_TRUE(journal.commit());
  }
  Options small() const {
    auto o = options();
    o.segment_bytes = 4096;
    return o;
  }
  void trigger(Journal& journal) {
    ASSERT_TRUE(journal.append(EntryKind::kEvent, kStart + seconds(4200), "trigger"));
    ASSERT_TRUE(journal.commit());
    ASSERT_TRUE(journal.append(EntryKind::kEvent, kStart + seconds(4200), "trigger"));
    ASSERT_TRUE(journal.commit());
  }
};

TEST_F(RetentionTest, KeepsWhatTheCenterHasNotAcknowledged) {
  auto o = small();
  o.retention.max_bytes = 8192;
  o.retention.max_age = seconds(60);
  auto journal = open(o);
  fill(*journal);
  clock_.set(kStart + seconds(1e6));
  trigger(*journal);
  EXPECT_EQ(journal->first_sequence(), 1u);
  journal->acknowledge(20);  // segments 1-7 and 8-14 are covered whole, 15-21 is not
  trigger(*journal);
  EXPECT_EQ(journal->first_sequence(), 15u);
  auto reader = Reader::open(folder_.journal());
  EXPECT_EQ(reader->next().value()->id.sequence, 15u);
  auto gone = reader->seek(14);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

TEST_F(RetentionTest, BySizeRemovesTheOldestAndTheRestVerifies) {
  auto o = small();
  o.retention.max_bytes = 20'000;
  auto journal = open(o);
  fill(*journal);
  journal->acknowledge(70);
  trigger(*journal);
  // Segments of 160 + 7 * 500 = 3660 bytes; five of them and the last (304 bytes more) stay below 20,000.
  EXPECT_EQ(journal->first_sequence(), 36u);
  const auto head = to_hex(verify(folder_.journal())->head_hash);
  journal.reset();
  auto report = verify(folder_.journal());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->first_sequence, 36u);
  EXPECT_EQ(report->last_sequence, 72u);
  EXPECT_EQ(to_hex(report->head_hash), head);
  EXPECT_EQ(open(o)->last_sequence(), 72u);
}

TEST_F(RetentionTest, ByAgeRemovesOldSegments) {
  auto o = small();
  o.retention.max_age = seconds(3600);
  auto journal = open(o);
  fill(*journal);
  journal->acknowledge(70);
  // Segment k (0...9) ends with minute 7 k + 6. At minute 80, those that end before minute 20 are too old: 6, 13.
  clock_.set(kStart + seconds(80 * 60));
  trigger(*journal);
  EXPECT_EQ(journal->first_sequence(), 15u);
}

TEST_F(RetentionTest, LeavesWhatTheWriterNeedsToRestart) {
  auto o = small();
  o.retention.max_bytes = 8192;
  o.keep_from = 0;                     // until the writer knows what it needs
  auto journal = open(o);
  fill(*journal);
  journal->acknowledge(70);
  trigger(*journal);
  EXPECT_EQ(journal->first_sequence(), 1u);
  journal->keep_from(20);              // in the segment 15-21
  trigger(*journal);
  EXPECT_EQ(journal->first_sequence(), 15u);
  journal->keep_from(22);
  trigger(*journal);
  EXPECT_EQ(journal->first_sequence(), 22u);
}

}  // namespace
}  // namespace beltwarden::journal
