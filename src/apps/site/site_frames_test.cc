// Pictures that come too late, and evidence that no journal takes.
#include "apps/site/site_for_tests.h"
#include "base/rng.h"

namespace beltwarden::site {
namespace {

TEST_F(SiteTest, AFindingLosesEvidenceThatNoJournalTakesAndTheLineGoesOn) {
  evidence_bytes_ = 17u << 20;
  begin();
  run(20);
  EXPECT_GT(site_->counts().findings, 0u);
  EXPECT_GT(site_->counts().refused, 0u);
  auto reader = journal::Reader::open(folder_.journal());
  std::size_t found = 0;
  for (auto entry = reader->next(); entry && *entry; entry = reader->next()) {
    if ((*entry)->kind != journal::EntryKind::kFinding) continue;
    ++found;
    EXPECT_TRUE(wire::decode_finding((*entry)->payload)->evidence.empty());
  }
  EXPECT_EQ(found, site_->counts().findings);
}

TEST_F(SiteTest, APictureTooLargeForTheJournalIsKeptAtLowerQualityOrNotAtAll) {
  options_.max_evidence_bytes = 12'000;
  options_.archive_every = 1_t;
  begin();
  Rng rng(1);
  std::uint64_t number = 0;
  const auto submit = [&](std::uint32_t side, bool noisy) {
    instruments::RawFrame frame;
    frame.instrument = InstrumentId{"cutter"};    // any place on the belt will do
    frame.frame_number = ++number;
    frame.time = frame.received = belt_.now();
    frame.width_px = frame.height_px = side;
    frame.mm_per_px = 4;
    frame.bgr.assign(std::size_t{3} * side * side, 90);
    if (noisy) for (auto& byte : frame.bgr) byte = static_cast<std::uint8_t>(rng.below(256));
    site_->submit(std::move(frame));
    run(40);                                      // past the next picture's due mark
  };
  submit(256, false);
  submit(256, true);
  submit(96, true);
  auto reader = journal::Reader::open(folder_.journal());
  std::vector<std::uint64_t> kept;
  for (auto entry = reader->next(); entry && *entry; entry = reader->next()) {
    if ((*entry)->kind != journal::EntryKind::kEvidence) continue;
    const auto blob = wire::decode_evidence((*entry)->payload);
    ASSERT_TRUE(blob.ok());
    EXPECT_LE(blob->bytes.size(), 12'000u);
    kept.push_back(blob->frame_number);
  }
  EXPECT_THAT(kept, ::testing::Not(::testing::Contains(2u)));
  EXPECT_THAT(kept, ::testing::IsSupersetOf({1u, 3u}));
  EXPECT_GT(site_->counts().refused, 0u);
}

TEST_F(SiteTest, FramesThatComeTooLateAreSkippedEvenlyWhereInstrumentsDoNotWait) {
  options_.skip_late_frames = true;
  begin();
  const auto submit = [&](double late_s) { submit_frame("cutter", late_s); };
  for (int i = 0; i < 8; ++i) submit(0);
  site_->drain();
  EXPECT_EQ(site_->counts().skipped_frames, 0u);
  for (int i = 0; i < 16; ++i) submit(60);
  site_->drain();
  EXPECT_EQ(site_->counts().skipped_frames, 14u);  // one of every eight is looked at
  // Evenly: frames 1 to 8, then the 9th and the 17th, counted from 1.
  std::vector<std::uint64_t> looked_at;
  for (const auto& frame : all<material::FrameReading>()) looked_at.push_back(frame.frame_number);
  EXPECT_EQ(looked_at, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 17}));
  // The camera's page counts them by their cause.
  material::Reading reading;
  reading.instrument = InstrumentId{"cutter"};
  reading.time = reading.received = belt_.now();
  reading.payload = material::HealthReading{material::HealthReading::State::kWorking, "streaming", 24, {}};
  site_->submit(std::move(reading));
  site_->drain();
  const auto health = all<material::HealthReading>();
  ASSERT_EQ(health.size(), 1u);
  EXPECT_THAT(health[0].dropped, ::testing::ElementsAre(material::HealthReading::Drop{"frames skipped evenly: the machine cannot keep up", 14}));
}

// A frame shows a metre of belt, 0.5 t. One in time for each 0.9 m leaves no hole; of late ones every eighth is looked at, which
// is a metre in 7.2.
TEST_F(SiteTest, WhatSkippedFramesDidNotSeeIsMissingFromCoverage) {
  options_.skip_late_frames = true;
  options_.layout.instruments.push_back({InstrumentId{"camera"}, {kCutter_m}, 1_m, {}, "camera"});
  begin();
  const auto submit = [&](double late_s) {
    submit_frame("camera", late_s);
    run(0.3);
  };
  for (int i = 0; i < 60; ++i) submit(0);
  for (int i = 0; i < 80; ++i) submit(60);
  run(30);
  std::vector<double> covered;
  for (const auto& slice : all<material::SliceClosed>()) {
    double sum = 0;
    const auto seen = slice.seen.find(InstrumentId{"camera"});
    if (seen == slice.seen.end()) continue;
    for (const auto& interval : seen->second) sum += interval.mass().value;
    covered.push_back(sum / slice.interval.tonnes.mass().value);
  }
  // Looking began some 7 t into the lot: 54 m, 27 t, in time; then 72 m, 36 t, late.
  EXPECT_GE(std::count_if(covered.begin(), covered.end(), [](double share) { return share > 0.99; }), 4) << ::testing::PrintToString(covered);
  EXPECT_GE(std::count_if(covered.begin(), covered.end(), [](double share) { return share > 0.08 && share < 0.25; }), 5);
}

}  // namespace
}  // namespace beltwarden::site
