// What arrives is kept once, whole, and found again after a restart; on both databases.
#include <gmock/gmock.h>

#include <limits>

#include "record/record_for_tests.h"

namespace beltwarden::record {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Databases, RecordTest, ::testing::Values(Backend::kSqlite, Backend::kPostgresql), backend_name);

TEST_P(RecordTest, TakesABatchOnceHoweverOftenItIsSent) {
  wire::Finding finding = finding_of(1, "brand_regression", 0, 50);
  finding.measured = {{"Fe", 61.8, 0.3, "%", 62.1, 60.0, {}}};
  const IntakeBatch batch{{entry_of(1, finding), entry_of(2, slice_of("L1", 0, 50, {{0_t, 50_t}}))}};
  for (int time = 0; time < 3; ++time) {
    const auto committed = record->commit(batch);
    ASSERT_TRUE(committed.ok()) << committed.error().message;
    EXPECT_EQ(committed->fresh.size(), time == 0 ? 2u : 0u);
    EXPECT_EQ(committed->duplicates, time == 0 ? 0u : 2u);
    if (time == 1) open();
  }
  EXPECT_EQ(record->findings({})->size(), 1u);
  EXPECT_EQ(record->series({LineId{"A"}, LotId{"L1"}})->at(0).points.size(), 1u);
  EXPECT_EQ(record->entries(), 2u);
}

TEST_P(RecordTest, TheSameFindingUnderANewSequenceIsNotTakenTwice) {
  wire::Finding finding = finding_of(7, "radioactivity", 0, 50);
  finding.measured = {{"gamma_rate", 100, 5, "cps", {}, {}, {}}};
  ASSERT_TRUE(record->commit({{entry_of(1, finding)}}).ok());
  const auto again = record->commit({{entry_of(2, finding)}});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_THAT(again->finding_numbers, ElementsAre(0));
  EXPECT_EQ(record->findings({})->size(), 1u);
  EXPECT_EQ(record->series({LineId{"A"}, LotId{"L1"}})->at(0).points.size(), 1u);
}

TEST_P(RecordTest, NamesTheGapsInASequence) {
  const auto belt = [](std::uint64_t n) { return entry_of(n, observation_of("plc", Time{1}, material::BeltReading{})); };
  ASSERT_TRUE(record->commit({{belt(1), belt(2), belt(5), belt(6), belt(9)}}).ok());
  open();
  const Receipt receipt = record->receipt(SiteId{"majishan"}, 1);
  EXPECT_EQ(receipt.contiguous, 2u);
  EXPECT_THAT(receipt.gaps(), ElementsAre(SequenceRange{3, 4}, SequenceRange{7, 8}));
  ASSERT_TRUE(record->commit({{belt(4), belt(3)}}).ok());
  EXPECT_EQ(record->receipt(SiteId{"majishan"}, 1).contiguous, 6u);
  EXPECT_THAT(record->receipt(SiteId{"majishan"}, 1).gaps(), ElementsAre(SequenceRange{7, 8}));
  EXPECT_EQ(record->entries(), 7u);
}

TEST_P(RecordTest, CoverageIsTheUnionOfSlicesAndSurvivesARestart) {
  ASSERT_TRUE(record->commit({{entry_of(1, slice_of("L1", 0, 50, {{0_t, 50_t}})),
                               entry_of(2, slice_of("L1", 50, 100, {{50_t, 60_t}, {75_t, 100_t}})),
                               entry_of(3, slice_of("L1", 100, 150, {{100_t, 150_t}}, true))}}).ok());
  open();
  const auto coverage = record->coverage(LotId{"L1"});
  ASSERT_EQ(coverage.size(), 2u);
  for (const auto& row : coverage) {
    if (row.of_model) {
      EXPECT_EQ(row.name, "slag_comparison");
      EXPECT_THAT(row.covered, ElementsAre(TonneInterval{0_t, 60_t}, TonneInterval{75_t, 150_t}));
    } else {
      EXPECT_THAT(row.covered, ElementsAre(TonneInterval{0_t, 150_t}));
    }
  }
  const auto lot = record->lot(LotId{"L1"});
  ASSERT_TRUE(lot.has_value());
  EXPECT_TRUE(lot->finished);
  EXPECT_EQ(lot->sliced, 150_t);
}

TEST_P(RecordTest, BeltReadingsMoveLotsAndRunsAlong) {
  material::BeltReading belt;
  belt.running = true;
  belt.speed_mps = 3;
  belt.rate_tph = 5400;
  const auto at = [&](std::uint64_t n, const std::string& lot, double from, double to) {
    return entry_of(n, observation_of("plc", Time{static_cast<std::int64_t>(n) * 1'000'000'000}, belt, {stretch(lot, from, to)}));
  };
  ASSERT_TRUE(record->commit({{at(1, "L1", 0, 40), at(2, "L1", 40, 100), at(3, "L2", 0, 30)}}).ok());
  ASSERT_TRUE(record->commit({{at(4, "L2", 30, 50), at(5, "L1", 100, 120)}}).ok());
  open();
  EXPECT_EQ(record->lot(LotId{"L1"})->passed, 120_t);
  EXPECT_EQ(record->lot(LotId{"L1"})->started, Time{1'000'000'000});
  const auto runs = record->runs(LineId{"A"});
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[1].lot, LotId{"L2"});
  EXPECT_EQ(runs[1].tonnes, (TonneInterval{0_t, 50_t}));
  EXPECT_EQ(runs[2].line_t, 150_t);
  ASSERT_EQ(record->lines().size(), 1u);
  EXPECT_EQ(record->lines()[0].belt.rate_tph, 5400);
  EXPECT_EQ(record->lines()[0].lot, LotId{"L1"});
  EXPECT_EQ(record->lines()[0].passed, 120_t);
}

TEST_P(RecordTest, FindsFindingsByLotVerdictAndTonnes) {
  ASSERT_TRUE(record->commit({{entry_of(1, finding_of(1, "slag_comparison", 0, 50)),
                               entry_of(2, finding_of(2, "slag_comparison", 50, 100, wire::Verdict::kSuspect)),
                               entry_of(3, finding_of(3, "radioactivity", 100, 150, wire::Verdict::kDontKnow))}}).ok());
  FindingQuery query;
  query.lot = LotId{"L1"};
  query.verdict = wire::Verdict::kSuspect;
  auto found = record->findings(query);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).id, "majishan/1/2/0");
  EXPECT_EQ(found->at(0).finding.where, stretch("L1", 50, 100));
  query.verdict = std::nullopt;
  query.tonnes = TonneInterval{90_t, 110_t};
  query.model = "radioactivity";
  EXPECT_EQ(record->findings(query)->at(0).id, "majishan/1/3/0");
  query.lot = LotId{"L2"};
  EXPECT_THAT(*record->findings(query), IsEmpty());
  EXPECT_EQ(record->finding(99).error().code, ErrorCode::kNotFound);
}

TEST_P(RecordTest, EvidenceIsKeptByItsDigestAndFramesArriveLater) {
  wire::Finding finding = finding_of(1, "inclusion_recognition", 0, 1, wire::Verdict::kSuspect);
  finding.evidence.push_back({"spectrum", "application/json", "{}", {}, InstrumentId{"nir1"}, 0, {}});
  const Sha256 pixels = sha256("raw pixels");
  finding.evidence.push_back({"frame", "image/jpeg", "", pixels, InstrumentId{"cam1"}, 12, material::Box{1, 2, 3, 4}});
  ASSERT_TRUE(record->commit({{entry_of(1, finding)}}).ok());
  auto stored = record->finding(1);
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  // SHA-256 of "{}" by sha256sum.
  EXPECT_THAT(stored->evidence_sha256,
              ElementsAre("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", ""));
  EXPECT_EQ(*record->evidence_bytes(stored->evidence_sha256[0]), "{}");

  wire::EvidenceBlob blob{sha256("jpeg"), "image/jpeg", "jpeg", pixels, InstrumentId{"cam1"}, 12, stretch("L1", 0, 1)};
  ASSERT_TRUE(record->commit({{entry_of(2, slice_of("L1", 0, 50, {})), entry_of(3, blob)}}).ok());
  EXPECT_EQ(record->finding(1)->evidence_sha256[1], to_hex(sha256("jpeg")));
  const auto frame = record->nearest_frame(LineId{"A"}, LotId{"L1"}, 40_t);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  EXPECT_EQ(frame->frame_number, 12u);
  EXPECT_EQ(frame->media_type, "image/jpeg");
  EXPECT_EQ(record->evidence(to_hex(sha256("nothing"))).error().code, ErrorCode::kNotFound);
}

TEST_P(RecordTest, EvidenceThatIsNotItsDigestIsCountedAsUnreadable) {
  wire::EvidenceBlob blob{sha256("one thing"), "image/jpeg", "another", {}, InstrumentId{"cam1"}, 1, stretch("L1", 0, 1)};
  ASSERT_TRUE(record->commit({{entry_of(1, blob), entry_of(2, Unreadable{"expected a finding, found 3 bytes"})}}).ok());
  EXPECT_EQ(record->unreadable(), 2u);
  EXPECT_EQ(record->receipt(SiteId{"majishan"}, 1).contiguous, 2u);
}

TEST_P(RecordTest, WhatNoColumnTakesDoesNotHoldUpItsBatch) {
  wire::Finding nul = finding_of(1, std::string("slag\0comparison", 15), 0, 50);
  wire::Finding endless = finding_of(2, "radioactivity", 0, 50);
  endless.measured = {{"gamma_rate", std::numeric_limits<double>::quiet_NaN(), 1, "cps", {}, {}, {}}};
  const auto committed = record->commit({{entry_of(1, nul), entry_of(2, endless), entry_of(3, finding_of(3, "radioactivity", 0, 50)),
                                          entry_of(4, Unreadable{std::string("a\0b", 3)})}});
  ASSERT_TRUE(committed.ok()) << committed.error().message;
  EXPECT_THAT(committed->finding_numbers, ElementsAre(0, 0, 1, 0));
  EXPECT_EQ(record->unreadable(), 3u);
  EXPECT_EQ(record->findings({})->size(), 1u);
}

TEST_P(RecordTest, TellsHowInstrumentsWereWhenALotEnded) {
  const auto health = [](std::uint64_t n, const std::string& instrument, material::HealthReading::State state) {
    material::HealthReading reading;
    reading.state = state;
    reading.dropped = {{"bad checksum", 3}};
    return entry_of(n, observation_of(instrument, Time{static_cast<std::int64_t>(n)}, reading));
  };
  using State = material::HealthReading::State;
  ASSERT_TRUE(record->commit({{health(1, "nir1", State::kWorking), health(2, "cam1", State::kFaulty),
                               entry_of(3, slice_of("L1", 0, 50, {}, true)),
                               health(4, "nir1", State::kDisconnected)}}).ok());
  open();
  const auto at_end = record->instruments_at_end(LotId{"L1"});
  ASSERT_TRUE(at_end.ok()) << at_end.error().message;
  ASSERT_EQ(at_end->size(), 2u);
  EXPECT_EQ(at_end->at(0).instrument, InstrumentId{"cam1"});
  EXPECT_EQ(at_end->at(0).health.state, State::kFaulty);
  EXPECT_EQ(at_end->at(1).health.state, State::kWorking);
  EXPECT_EQ(record->instruments()[1].health.state, State::kDisconnected);
  EXPECT_EQ(record->instruments()[1].health.dropped[0].count, 3u);
  EXPECT_EQ(record->instruments_at_end(LotId{"L9"}).error().code, ErrorCode::kNotFound);
}

TEST_P(RecordTest, KeepsIncrementsAndAnswers) {
  ASSERT_TRUE(record->commit({{
      entry_of(1, observation_of("sampler", Time{5}, material::CutterReading{3, true, 12.5, "c-1"}, {stretch("L1", 10, 11)})),
      entry_of(2, observation_of("plc", Time{6}, material::StopAnswerReading{"c-2", false, "ship's crane above"}))}}).ok());
  const auto increments = record->increments(LotId{"L1"});
  ASSERT_TRUE(increments.ok()) << increments.error().message;
  ASSERT_EQ(increments->size(), 1u);
  EXPECT_EQ(increments->at(0).mass_kg, 12.5);
  ASSERT_TRUE(record->commit({{entry_of(3, observation_of("", Time{4}, material::CommandTaken{"L1/3", "cut", "plan", "L1@10.5"})),
                               entry_of(4, observation_of("", Time{4}, material::CommandTaken{"x", "cut", "plan", "L1@x"}))}}).ok());
  const auto orders = record->cut_orders(LotId{"L1"});
  ASSERT_TRUE(orders.ok()) << orders.error().message;
  ASSERT_EQ(orders->size(), 1u);
  EXPECT_EQ(orders->at(0).mark, 10.5_t);
  EXPECT_TRUE(record->answers("c-1")->at(0).accepted);
  EXPECT_EQ(record->answers("c-2")->at(0).detail, "ship's crane above");
}

TEST_P(RecordTest, MeansAreWeightedByTonnes) {
  // 50 t at 62 % and 150 t at 60 %: (50*62 + 150*60)/200 = 60.5 %.
  auto first = finding_of(1, "brand_regression", 0, 50), second = finding_of(2, "brand_regression", 50, 200);
  first.measured = {{"Fe", 62, 0.3, "%", 62.1, {}, {}}};
  second.measured = {{"Fe", 60, 0.3, "%", 62.1, {}, {}}};
  ASSERT_TRUE(record->commit({{entry_of(1, first), entry_of(2, second)}}).ok());
  const auto means = record->lot_means(LotId{"L1"}, "brand_regression");
  ASSERT_TRUE(means.ok()) << means.error().message;
  ASSERT_EQ(means->size(), 1u);
  EXPECT_DOUBLE_EQ(means->at(0).value, 60.5);
  EXPECT_DOUBLE_EQ(means->at(0).std_error, 0.3);
  EXPECT_EQ(means->at(0).tonnes, 200_t);
  EXPECT_EQ(means->at(0).expected, 62.1);
  EXPECT_FALSE(means->at(0).low.has_value());
}

TEST_P(RecordTest, LatestValuesAreThoseOfTheLastTonnes) {
  auto first = finding_of(1, "element_threshold", 0, 500), second = finding_of(2, "element_threshold", 500, 1000);
  first.measured = {{"lot_mean.Fe", 62, 0.30, "%", {}, {}, {}}, {"lot_mean.P", 0.07, 0.01, "%", {}, {}, 0.15}};
  second.measured = {{"lot_mean.Fe", 61, 0.25, "%", {}, {}, {}}};
  ASSERT_TRUE(record->commit({{entry_of(1, first), entry_of(2, second)}}).ok());
  // Since the lot's beginning: the longer one is the newer.
  auto early = finding_of(3, "element_threshold", 0, 500), late = finding_of(4, "element_threshold", 0, 1000);
  early.measured = {{"since_start", 1, 0, "%", {}, {}, {}}};
  late.measured = {{"since_start", 2, 0, "%", {}, {}, {}}};
  ASSERT_TRUE(record->commit({{entry_of(3, late), entry_of(4, early)}}).ok());
  const auto latest = record->latest_values(LotId{"L1"}, "element_threshold");
  ASSERT_TRUE(latest.ok()) << latest.error().message;
  ASSERT_EQ(latest->size(), 3u);
  EXPECT_DOUBLE_EQ(latest->at(2).value, 2);
  EXPECT_EQ(latest->at(2).where, (TonneInterval{0_t, 1000_t}));
  EXPECT_EQ(latest->at(0).name, "lot_mean.Fe");
  EXPECT_DOUBLE_EQ(latest->at(0).value, 61);
  EXPECT_DOUBLE_EQ(latest->at(0).std_error, 0.25);
  EXPECT_DOUBLE_EQ(latest->at(1).value, 0.07);
  EXPECT_EQ(latest->at(1).high, 0.15);
  EXPECT_FALSE(latest->at(0).high.has_value());
}

TEST_P(RecordTest, LatencyIsFromReceiptToCommit) {
  const Time received = clock.now();
  clock.advance(milliseconds(80));
  ASSERT_TRUE(record->commit({{entry_of(1, observation_of("plc", Time{1}, material::BeltReading{}), received)}}).ok());
  const auto latency = record->sensor_to_center();
  EXPECT_EQ(latency.count, 1u);
  EXPECT_NEAR(latency.p50_ms, 80, 4);
  EXPECT_EQ(latency.max_ms, 80);
}

std::string text_of(const std::vector<LotEpoch>& epochs) {
  std::string text;
  for (const auto& part : epochs) {
    text += part.site.str() + "/" + std::to_string(part.epoch) + " " + std::to_string(part.first_sequence) + "-" +
            std::to_string(part.last_sequence) + (part.announced ? " announced" : "") + (part.ended ? " ended" : "") + "\n";
  }
  return text;
}

TEST_P(RecordTest, KeepsTheStretchOfALotInEachJournal) {
  auto entries = IntakeBatch{{entry_of(7, observation_of("", Time{1}, material::LotPlan{LotId{"L1"}})),
                              entry_of(9, slice_of("L1", 0, 50, {})), entry_of(2, slice_of("L1", 50, 100, {})),
                              entry_of(5, slice_of("L1", 100, 150, {}, true))}};
  entries.entries[2].id.epoch = entries.entries[3].id.epoch = 1'795'444'266'000;
  ASSERT_TRUE(record->commit(entries).ok());
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(text_of(record->lot(LotId{"L1"})->epochs), "majishan/1 7-9 announced\nmajishan/1795444266000 2-5 ended\n");
    open();
  }
}

TEST_P(RecordTest, ALotOfAnOlderSchemaKeepsItsSequences) {
  // As the second step of the schema left it: L1 in one journal, L2 at another site that had two.
  record.reset();
  database->run("DROP TABLE lot_epoch");
  for (const char* column : {"epoch", "first_sequence", "last_sequence"}) {
    database->run("ALTER TABLE lot ADD COLUMN " + std::string(column) + " BIGINT NOT NULL DEFAULT 0");
  }
  database->run("DELETE FROM schema_version WHERE version > 2");
  database->run("INSERT INTO receipt (site, epoch, contiguous, beyond) VALUES ('majishan', 1, 99, ''), ('other', 1, 50, ''),"
                " ('other', 2, 20, '')");
  const auto lot = [&](const std::string& words) {
    database->run("INSERT INTO lot (lot, ordinal, line, site, epoch, first_sequence, last_sequence, passed_t, sliced_t, started,"
                  " ended, finished, plan) VALUES (" + words + ", 50, 50, 1, 2, 1, '')");
  };
  lot("'L1', 1, 'A', 'majishan', 1, 12, 80");
  lot("'L2', 2, 'B', 'other', 2, 40, 19");
  database->run("INSERT INTO slice (site, epoch, sequence, line, lot, from_t, to_t, first, last, last_of_lot) VALUES"
                " ('other', 1, 45, 'B', 'L2', 0, 50, 1, 2, 0)");
  open();
  EXPECT_EQ(text_of(record->lot(LotId{"L1"})->epochs), "majishan/1 12-80 ended\n");
  EXPECT_EQ(text_of(record->lot(LotId{"L2"})->epochs), "other/1 0-45\nother/2 0-19 ended\n");
}

TEST_P(RecordTest, RefusesANewerSchema) {
  record.reset();
  database->run("INSERT INTO schema_version (version) VALUES (999)");
  const auto opened = Record::open(database->options(), clock, *log);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(opened.error().message, HasSubstr("schema is version 999"));
}

TEST_P(RecordTest, ABatchThatFailsChangesNothingAndMayBeSentAgain) {
  // A column that refuses: the transaction fails half-way, after other tables were written.
  record.reset();
  database->run("ALTER TABLE slice RENAME TO slice_away");
  open();
  const IntakeBatch batch{{entry_of(1, finding_of(1, "slag_comparison", 0, 50)), entry_of(2, slice_of("L1", 0, 50, {}))}};
  const auto refused = record->commit(batch);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("committing a batch"));
  EXPECT_EQ(record->entries(), 0u);
  EXPECT_THAT(*record->findings({}), IsEmpty());
  EXPECT_FALSE(record->lot(LotId{"L1"}).has_value());
  database->run("ALTER TABLE slice_away RENAME TO slice");
  const auto again = record->commit(batch);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->fresh.size(), 2u);
}

TEST_P(RecordTest, RefusesSequenceZero) {
  EXPECT_FALSE(record->commit({{entry_of(0, Unreadable{"x"})}}).ok());
  EXPECT_THAT(record->receipts(), IsEmpty());
}

TEST(Record, RefusesAnUnknownDatabase) {
  ManualClock clock{Time{0}};
  const auto log = make_null_log();
  const auto opened = Record::open({"oracle://x", "/tmp"}, clock, *log);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message, HasSubstr("expected \"sqlite://<path>\""));
}

}  // namespace
}  // namespace beltwarden::record
