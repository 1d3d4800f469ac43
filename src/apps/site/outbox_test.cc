#include "apps/site/outbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "journal/test_folder.h"
#include "transport/in_process.h"
#include "transport/sequence_tracker.h"

namespace beltwarden::site {
namespace {

const SiteId kSite("qingdao");
const Time kStart = *parse_rfc3339("2026-03-01T08:00:00Z");

class OutboxTest : public testing::Test {
 protected:
  void open_journal() {
    journal::Options options;
    options.folder = folder_.journal();
    options.site = kSite;
    options.segment_bytes = 4096;
    options.retention = retention_;
    auto opened = journal::Journal::open(options, *log_, clock_);
    if (!opened) throw std::runtime_error(opened.error().message);
    journal_ = std::move(*opened);
  }
  void append(int entries) {
    for (int i = 0; i < entries; ++i) {
      const auto sequence = journal_->last_sequence() + 1;
      ASSERT_TRUE(journal_->append(journal::EntryKind::kObservation, kStart, "entry " + std::to_string(sequence)));
    }
    ASSERT_TRUE(journal_->commit());
  }
  std::vector<std::uint64_t> receive() {
    std::vector<std::uint64_t> sequences;
    for (const auto& envelope : transport_.center_end().receive(1000, {})) sequences.push_back(envelope.id.sequence);
    return sequences;
  }
  void run(Outbox& outbox) {
    while (*outbox.step()) {
    }
  }

  journal::TestFolder folder_;
  std::unique_ptr<Log> log_ = make_null_log();
  ManualClock clock_{kStart};
  journal::Retention retention_;
  std::unique_ptr<journal::Journal> journal_;
  transport::InProcessTransport transport_;
};

using Sequences = std::vector<std::uint64_t>;

TEST_F(OutboxTest, SendsWhatIsDurableAndStopsAtTheWindow) {
  open_journal();
  append(5);
  OutboxOptions options;
  options.window = 3;
  Outbox outbox(*journal_, transport_.site_end(kSite), options, {}, *log_, clock_);
  run(outbox);
  EXPECT_EQ(receive(), (Sequences{1, 2, 3}));
  ASSERT_TRUE(transport_.center_end().acknowledge(kSite, journal_->epoch(), 2));
  run(outbox);
  EXPECT_EQ(receive(), (Sequences{4, 5}));
  EXPECT_EQ(journal_->acknowledged(), 2u);
}

TEST_F(OutboxTest, BeginsAgainAfterTheLastAcknowledgement) {
  open_journal();
  append(4);
  OutboxOptions options;
  options.resend_after = seconds(3);
  Outbox outbox(*journal_, transport_.site_end(kSite), options, {}, *log_, clock_);
  run(outbox);
  EXPECT_EQ(receive(), (Sequences{1, 2, 3, 4}));
  ASSERT_TRUE(transport_.center_end().acknowledge(kSite, journal_->epoch(), 2));
  run(outbox);
  clock_.advance(milliseconds(2999));
  run(outbox);
  EXPECT_EQ(receive(), Sequences{});
  clock_.advance(milliseconds(1));
  run(outbox);
  EXPECT_EQ(receive(), (Sequences{3, 4}));
  EXPECT_EQ(outbox.counts().resent, 2u);
  ASSERT_TRUE(transport_.center_end().acknowledge(kSite, journal_->epoch(), 4));
  run(outbox);
  clock_.advance(seconds(60));
  run(outbox);
  EXPECT_EQ(receive(), Sequences{});  // nothing is owed
}

TEST_F(OutboxTest, ARestartedSiteSendsWhatWasNotAcknowledged) {
  open_journal();
  append(4);
  {
    Outbox outbox(*journal_, transport_.site_end(kSite), {}, {}, *log_, clock_);
    run(outbox);
    ASSERT_TRUE(transport_.center_end().acknowledge(kSite, journal_->epoch(), 3));
    run(outbox);
  }
  receive();
  journal_.reset();
  open_journal();
  Outbox outbox(*journal_, transport_.site_end(kSite), {}, {}, *log_, clock_);
  run(outbox);
  EXPECT_EQ(receive(), Sequences{4});
}

TEST_F(OutboxTest, AnswersRepairs) {
  open_journal();
  append(30);
  OutboxOptions options;
  options.batch = 4;
  options.max_repair = 10;
  Outbox outbox(*journal_, transport_.site_end(kSite), options, {}, *log_, clock_);
  run(outbox);
  receive();
  auto& center = transport_.center_end();
  ASSERT_TRUE(center.request_repair({kSite, journal_->epoch(), 7, 12}));
  ASSERT_TRUE(center.request_repair({kSite, journal_->epoch() + 1, 1, 2}));   // an epoch of another disk
  ASSERT_TRUE(center.request_repair({kSite, journal_->epoch(), 31, 40}));     // never written
  ASSERT_TRUE(center.request_repair({kSite, journal_->epoch(), 0, 40}));      // no such entry
  ASSERT_TRUE(center.request_repair({kSite, journal_->epoch(), 5, 4}));       // turned round
  ASSERT_TRUE(center.request_repair({kSite, journal_->epoch(), 15, 1000}));   // more than is sent at once
  run(outbox);
  EXPECT_EQ(receive(), (Sequences{7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}));
  EXPECT_EQ(outbox.counts().repaired, 16u);
}

TEST_F(OutboxTest, WhatRetentionRemovedIsAnsweredWithTheOldestLeft) {
  retention_.max_bytes = 4096;
  open_journal();
  append(120);
  journal_->acknowledge(120);
  append(1);
  append(1);
  const auto oldest = journal_->first_sequence();
  ASSERT_GT(oldest, 1u);
  Outbox outbox(*journal_, transport_.site_end(kSite), {}, {}, *log_, clock_);
  // A center whose record was restored from a copy that was too old.
  ASSERT_TRUE(transport_.center_end().request_repair({kSite, journal_->epoch(), 1, 10}));
  run(outbox);
  transport::SequenceTracker tracker;
  auto delivered = tracker.take(transport_.center_end().receive(1000, {}), {});
  ASSERT_FALSE(delivered.empty());
  EXPECT_EQ(delivered.front().id.sequence, oldest);
  EXPECT_EQ(tracker.take_lost(), (std::vector<transport::RepairRequest>{{kSite, journal_->epoch(), 1, oldest - 1}}));
}

TEST_F(OutboxTest, ThePackerDecidesWhatTravels) {
  open_journal();
  append(2);
  Packer packer = [](const journal::Entry& entry, transport::Envelope& envelope) -> Result<void> {
    if (entry.id.sequence == 2) return invalid_input("not an observation");
    envelope.payload = "summary";
    envelope.received = kStart + seconds(1);
    return {};
  };
  Outbox outbox(*journal_, transport_.site_end(kSite), {}, packer, *log_, clock_);
  run(outbox);
  auto envelopes = transport_.center_end().receive(10, {});
  ASSERT_EQ(envelopes.size(), 2u);
  EXPECT_EQ(envelopes[0].payload, "summary");
  EXPECT_EQ(envelopes[0].received, kStart + seconds(1));
  EXPECT_EQ(envelopes[1].payload, "entry 2");
  EXPECT_EQ(envelopes[1].received, kStart);
  EXPECT_EQ(envelopes[1].kind, 1);
}

// Site and center on threads of their own, the way between them losing, doubling and mixing a fifth of everything.
TEST_F(OutboxTest, EverythingArrivesOnceAndInOrderOverABadWay) {
  open_journal();
  constexpr std::uint64_t kEntries = 5000;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    transport::InProcessTransport::Options bad;
    bad.max_envelopes = 512;
    bad.faults = {seed, 0.2, 0.2, 0.3, 40};
    transport::InProcessTransport transport(bad);
    const std::uint64_t begin = journal_->last_sequence();
    SystemClock machine;
    OutboxOptions options;
    options.resend_after = milliseconds(50);
    options.window = 1024;
    Outbox outbox(*journal_, transport.site_end(kSite), options, {}, *log_, machine);
    outbox.start();
    std::thread appender([&] { append(kEntries); });

    transport::SequenceTracker::Options patient;
    patient.patience = milliseconds(2);
    patient.repeat_after = milliseconds(10);
    transport::SequenceTracker tracker(patient);
    tracker.resume(kSite, journal_->epoch(), begin);
    auto& center = transport.center_end();
    std::uint64_t expected = begin + 1;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (journal_->acknowledged() < begin + kEntries && std::chrono::steady_clock::now() < deadline) {
      auto arrived = center.receive(256, milliseconds(1));
      const bool any = !arrived.empty();
      for (const auto& envelope : tracker.take(std::move(arrived), machine.monotonic())) {
        ASSERT_EQ(envelope.id.sequence, expected);
        ASSERT_EQ(envelope.payload, "entry " + std::to_string(expected));
        ++expected;
      }
      if (any) (void)center.acknowledge(kSite, journal_->epoch(), tracker.contiguous(kSite, journal_->epoch()));
      for (const auto& repair : tracker.due_repairs(machine.monotonic())) (void)center.request_repair(repair);
    }
    appender.join();
    transport.close();
    outbox.stop();
    ASSERT_EQ(expected, begin + kEntries + 1) << "seed " << seed;
    ASSERT_EQ(journal_->acknowledged(), begin + kEntries) << "seed " << seed;
    EXPECT_TRUE(tracker.take_lost().empty());
  }
}

}  // namespace
}  // namespace beltwarden::site
