#include <gtest/gtest.h>

#include <thread>

#include "base/rng.h"
#include "transport/in_process.h"
#include "transport/sequence_tracker.h"

namespace beltwarden::transport {
namespace {

const SiteId kQingdao("qingdao");

Envelope entry(std::uint64_t sequence, std::uint64_t epoch = 1, const SiteId& site = kQingdao) {
  Envelope e;
  e.id = {site, epoch, sequence};
  e.payload = "entry " + std::to_string(sequence);
  return e;
}

std::vector<Envelope> entries(std::initializer_list<std::uint64_t> sequences) {
  std::vector<Envelope> all;
  for (auto sequence : sequences) all.push_back(entry(sequence));
  return all;
}

std::vector<std::uint64_t> sequences(const std::vector<Envelope>& envelopes) {
  std::vector<std::uint64_t> all;
  for (const auto& envelope : envelopes) all.push_back(envelope.id.sequence);
  return all;
}

using Sequences = std::vector<std::uint64_t>;

TEST(SequenceTracker, DeliversOnceAndInOrder) {
  SequenceTracker tracker;
  EXPECT_EQ(sequences(tracker.take(entries({1, 2, 2, 1}), {})), (Sequences{1, 2}));
  EXPECT_EQ(sequences(tracker.take(entries({5, 4, 5}), {})), Sequences{});
  EXPECT_EQ(tracker.gaps(), (std::vector<RepairRequest>{{kQingdao, 1, 3, 3}}));
  EXPECT_EQ(sequences(tracker.take(entries({3}), {})), (Sequences{3, 4, 5}));
  EXPECT_EQ(tracker.contiguous(kQingdao, 1), 5u);
  EXPECT_TRUE(tracker.gaps().empty());
  EXPECT_EQ(tracker.counts().duplicates, 3u);
  EXPECT_EQ(tracker.counts().delivered, 5u);
}

TEST(SequenceTracker, StreamsDoNotWaitForEachOther) {
  SequenceTracker tracker;
  const SiteId ningbo("ningbo");
  EXPECT_TRUE(tracker.take({entry(2)}, {}).empty());
  EXPECT_EQ(tracker.take({entry(1, 1, ningbo)}, {}).size(), 1u);
  EXPECT_EQ(tracker.take({entry(1, 2)}, {}).size(), 1u);  // the disk at Qingdao was replaced
  EXPECT_EQ(tracker.gaps(), (std::vector<RepairRequest>{{kQingdao, 1, 1, 1}}));
}

TEST(SequenceTracker, GoesOnAfterWhatTheRecordHas) {
  SequenceTracker tracker;
  tracker.resume(kQingdao, 1, 10);
  EXPECT_TRUE(tracker.take(entries({9, 10}), {}).empty());
  EXPECT_EQ(sequences(tracker.take(entries({11}), {})), Sequences{11});
}

TEST(SequenceTracker, AsksForAGapAfterAWhileAndAgain) {
  SequenceTracker::Options options;
  options.patience = milliseconds(100);
  options.repeat_after = milliseconds(1000);
  options.max_repair = 3;
  SequenceTracker tracker(options);
  (void)tracker.take(entries({1, 7, 9}), milliseconds(0));
  EXPECT_TRUE(tracker.due_repairs(milliseconds(99)).empty());
  EXPECT_EQ(tracker.due_repairs(milliseconds(100)), (std::vector<RepairRequest>{{kQingdao, 1, 2, 4}, {kQingdao, 1, 8, 8}}));
  EXPECT_TRUE(tracker.due_repairs(milliseconds(1099)).empty());
  (void)tracker.take(entries({8}), milliseconds(1099));
  EXPECT_EQ(tracker.due_repairs(milliseconds(1100)), (std::vector<RepairRequest>{{kQingdao, 1, 2, 4}}));
  (void)tracker.take(entries({2, 3, 4}), milliseconds(1200));
  EXPECT_EQ(tracker.due_repairs(milliseconds(1300)), (std::vector<RepairRequest>{{kQingdao, 1, 5, 6}}));
}

TEST(SequenceTracker, WhatWaitsIsBoundedAndWhatWasDroppedIsAGap) {
  SequenceTracker::Options options;
  options.max_waiting = 2;
  SequenceTracker tracker(options);
  (void)tracker.take(entries({3, 4, 5, 6}), {});
  EXPECT_EQ(tracker.counts().dropped, 2u);
  EXPECT_EQ(tracker.gaps(), (std::vector<RepairRequest>{{kQingdao, 1, 1, 2}, {kQingdao, 1, 5, 6}}));
  EXPECT_EQ(sequences(tracker.take(entries({1, 2, 5, 6}), {})), (Sequences{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(tracker.take(entries({0}), {}).empty());
  EXPECT_EQ(tracker.counts().dropped, 3u);
}

TEST(SequenceTracker, WhatTheSiteNoLongerHasIsReportedLostOnce) {
  SequenceTracker tracker;
  (void)tracker.take(entries({1, 4}), {});
  Envelope late = entry(8);
  late.oldest_kept = 7;  // the site's retention has removed 1 to 6
  EXPECT_EQ(sequences(tracker.take({late}, {})), Sequences{4});
  EXPECT_EQ(tracker.take_lost(), (std::vector<RepairRequest>{{kQingdao, 1, 2, 3}, {kQingdao, 1, 5, 6}}));
  EXPECT_TRUE(tracker.take_lost().empty());
  EXPECT_EQ(sequences(tracker.take(entries({7}), {})), (Sequences{7, 8}));
}

// The law: whatever is lost, doubled and mixed, as long as repairs are answered everything comes once and in order.
TEST(SequenceTracker, AnyDisorderIsBroughtIntoOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    SequenceTracker::Options options;
    options.max_waiting = 40;
    SequenceTracker tracker(options);
    std::vector<Envelope> sent;
    for (std::uint64_t s = 1; s <= 300; ++s) sent.push_back(entry(s));
    Sequences delivered;
    for (int round = 0; delivered.size() < 300 && round < 10'000; ++round) {
      const Duration now = milliseconds(10.0 * round);
      std::vector<Envelope> arrived;
      while (!sent.empty() && arrived.size() < 20) {
        const std::size_t pick = static_cast<std::size_t>(rng.below(std::min<std::uint64_t>(sent.size(), 30)));
        if (rng.uniform() > 0.3) arrived.push_back(sent[pick]);
        if (rng.uniform() > 0.3) sent.erase(sent.begin() + static_cast<long>(pick));
      }
      for (auto s : sequences(tracker.take(arrived, now))) delivered.push_back(s);
      for (const auto& repair : tracker.due_repairs(now)) {
        for (auto s = repair.from; s <= repair.to; ++s) sent.push_back(entry(s));
      }
      if (sent.empty() && tracker.gaps().empty()) {
        for (auto s = tracker.contiguous(kQingdao, 1) + 1; s <= 300; ++s) sent.push_back(entry(s));
      }
    }
    ASSERT_EQ(delivered.size(), 300u) << "seed " << seed;
    for (std::uint64_t s = 1; s <= 300; ++s) ASSERT_EQ(delivered[s - 1], s) << "seed " << seed;
  }
}

TEST(InProcessTransport, CarriesBothWays) {
  InProcessTransport transport;
  auto& site = transport.site_end(kQingdao);
  auto& center = transport.center_end();
  ASSERT_TRUE(site.send(entries({1, 2, 3})));
  EXPECT_EQ(sequences(center.receive(2, milliseconds(0))), (Sequences{1, 2}));
  EXPECT_EQ(sequences(center.receive(2, milliseconds(0))), Sequences{3});
  EXPECT_TRUE(center.receive(2, milliseconds(1)).empty());

  EXPECT_EQ(site.acknowledged(1), 0u);
  ASSERT_TRUE(center.acknowledge(kQingdao, 1, 3));
  ASSERT_TRUE(center.acknowledge(kQingdao, 1, 2));
  EXPECT_EQ(site.acknowledged(1), 3u);
  EXPECT_EQ(site.acknowledged(2), 0u);
  EXPECT_EQ(transport.site_end(SiteId("ningbo")).acknowledged(1), 0u);

  ASSERT_TRUE(center.request_repair({kQingdao, 1, 2, 3}));
  EXPECT_EQ(site.repair_requests(10), (std::vector<RepairRequest>{{kQingdao, 1, 2, 3}}));
  ASSERT_TRUE(center.send_command({"c1", kQingdao, LineId("A"), {}, "cut"}));
  EXPECT_EQ(site.receive_commands(10, milliseconds(0)).at(0).id, "c1");
}

TEST(InProcessTransport, PushesBackWhenTheCenterIsBehind) {
  InProcessTransport::Options options;
  options.max_envelopes = 4;
  options.max_commands = 1;
  options.send_timeout = milliseconds(5);
  InProcessTransport transport(options);
  auto& site = transport.site_end(kQingdao);
  ASSERT_TRUE(site.send(entries({1, 2, 3})));
  auto full = site.send(entries({4, 5}));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(transport.center_end().receive(10, {}).size(), 3u);
  EXPECT_TRUE(site.send(entries({4, 5, 6, 7, 8, 9})));  // larger than the queue, which is empty
  EXPECT_TRUE(transport.center_end().send_command({"c1", kQingdao, LineId("A"), {}, ""}));
  EXPECT_FALSE(transport.center_end().send_command({"c2", kQingdao, LineId("A"), {}, ""}));
}

TEST(InProcessTransport, CloseWakesThoseWhoWait) {
  InProcessTransport transport;
  std::thread waiting([&] { EXPECT_TRUE(transport.center_end().receive(1, seconds(60)).empty()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  transport.close();
  waiting.join();
  EXPECT_FALSE(transport.site_end(kQingdao).send(entries({1})));
}

}  // namespace
}  // namespace beltwarden::transport
