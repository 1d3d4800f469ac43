// A site's line from readings to journal, with a berth whose truth is known and a cutter that does as the test says.
#include "apps/site/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "apps/site/command_receiver.h"
#include "base/rng.h"
#include "journal/reader.h"
#include "journal/test_folder.h"
#include "material/belt_for_tests.h"
#include "material/line_notes.h"
#include "transport/in_process.h"
#include "wire/codec.h"

namespace beltwarden::site {
namespace {

using ::testing::HasSubstr;
using material::Observation;

const LotId kLot{"A"};
constexpr double kCutter_m = 30, kLoad_t_per_m = 0.5;

/// Says one finding, as large as it is told, when a slice closes.
class Echo final : public inspect::Inspector {
 public:
  Echo(std::size_t evidence_bytes, bool& explained_first) : evidence_bytes_(evidence_bytes), explained_first_(explained_first) {}
  const inspect::InspectorInfo& info() const override { return info_; }
  void observe(const Observation& observation, const inspect::FindingSink&) override {
    const auto* taken = std::get_if<material::CommandTaken>(&observation.payload);
    if (taken != nullptr && taken->kind == material::kNaturalOreExplained && !belt_seen_) explained_first_ = true;
    belt_seen_ = belt_seen_ || std::holds_alternative<material::BeltReading>(observation.payload);
  }
  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const inspect::FindingSink& say) override {
    wire::Finding finding;
    finding.where = slice.interval;
    finding.verdict = wire::Verdict::kOk;
    finding.code = "slice";
    if (evidence_bytes_ > 0) {
      finding.evidence.push_back({"spectrum", "application/json", std::string(evidence_bytes_, ' '), {}, {}, 0, {}});
    }
    say(std::move(finding));
    return seen;
  }

 private:
  const std::size_t evidence_bytes_;
  bool& explained_first_;
  bool belt_seen_ = false;
  inspect::InspectorInfo info_{.name = "echo", .version = "1", .fitted = true};
};

class SiteTest : public ::testing::Test {
 protected:
  SiteTest() : belt_(layout()) {
    belt_.looking = false;
    belt_.speed_mps = 3;
    belt_.say = [this](material::Reading reading) { site_->submit(std::move(reading)); };
    options_.layout = layout();
    options_.journal_folder = folder_.journal();
  }

  static material::LineLayout layout() {
    material::LineLayout l;
    l.site = SiteId{"berth"};
    l.line = LineId{"B1"};
    l.plc = InstrumentId{"plc"};
    l.slice = 5_t;
    l.instruments = {{InstrumentId{"cutter"}, {kCutter_m}, 1_m, {}, material::kSamplerKind}};
    return l;
  }

  void open() {
    site_.reset();
    std::vector<std::unique_ptr<inspect::Inspector>> inspectors;
    inspectors.push_back(std::make_unique<Echo>(evidence_bytes_, explained_first_));
    auto actuator = [this](const instruments::Order& order) -> Result<void> {
      if (refuse_) return unavailable("the PLC is not connected");
      std::lock_guard lock(mutex_);
      orders_.push_back(order);
      return {};
    };
    auto site = Site::open(options_, std::move(inspectors), actuator, *log_, clock_);
    ASSERT_TRUE(site.ok()) << site.error().message;
    site_ = std::move(*site);
  }
  void start() {
    open();
    site_->start();
  }
  void run(double s) {
    belt_.run(s);
    site_->drain();
  }
  // 20 t of the lot have passed the scale, 5 t the cutter.
  void begin() {
    start();
    command("p-1", plan(kLot, 1));
    belt_.feed(1, kLoad_t_per_m);
    run(20);
  }
  static material::LotPlan plan(LotId lot, int number) {
    material::LotPlan p;
    p.lot = std::move(lot);
    p.feed_number = number;
    return p;
  }
  void command(const std::string& id, decltype(wire::SiteCommand::order) order) {
    site_->command({id, LineId{"B1"}, belt_.now(), "li.wei", std::move(order)});
    site_->drain();
  }
  void order_sample(double from_t, double to_t) {
    command("o-1", wire::OrderSample{{kLot, {{from_t}, {to_t}}}});
  }

  std::vector<Observation> journaled() {
    std::vector<Observation> all;
    auto reader = journal::Reader::open(folder_.journal());
    if (!reader) return all;
    for (auto entry = reader->next(); entry && *entry; entry = reader->next()) {
      auto observation = wire::decode_observation((*entry)->payload);
      if ((*entry)->kind != journal::EntryKind::kObservation && (*entry)->kind != journal::EntryKind::kCommand) continue;
      if (!observation) continue;
      observation->id = (*entry)->id;
      all.push_back(std::move(*observation));
    }
    return all;
  }
  template <class Payload>
  std::vector<Payload> all() {
    std::vector<Payload> found;
    for (const auto& o : journaled()) {
      if (const auto* payload = std::get_if<Payload>(&o.payload)) found.push_back(*payload);
    }
    return found;
  }
  std::vector<instruments::CutOrder> cuts() {
    std::lock_guard lock(mutex_);
    std::vector<instruments::CutOrder> found;
    for (const auto& order : orders_) {
      if (const auto* cut = std::get_if<instruments::CutOrder>(&order)) found.push_back(*cut);
    }
    return found;
  }
  // What a sampler says when it has cut.
  void answer(const instruments::CutOrder& order) {
    material::Reading reading;
    reading.instrument = InstrumentId{"cutter"};
    reading.time = reading.received = belt_.now();
    reading.payload = material::CutterReading{order.increment, true, 20, order.command_id};
    site_->submit(std::move(reading));
  }

  journal::TestFolder folder_;
  std::unique_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  std::uint64_t frames_ = 0;
  SiteOptions options_;
  std::size_t evidence_bytes_ = 0;
  bool explained_first_ = false;   // an inspector heard an explanation before any belt reading
  std::atomic<bool> refuse_{false};
  std::mutex mutex_;
  std::vector<instruments::Order> orders_;
  material::BeltForTests belt_;
  std::unique_ptr<Site> site_;
};

TEST_F(SiteTest, AnOrderWaitsForItsTonnesToReachTheCutter) {
  begin();
  order_sample(10, 12);
  run(1);
  EXPECT_TRUE(cuts().empty());
  run(5);                                         // 11 t are at the cutter when 26 t have passed: after 4 s
  ASSERT_EQ(cuts().size(), 1u);
  EXPECT_EQ(cuts()[0].command_id, "o-1");
  EXPECT_EQ(cuts()[0].increment, 10'001u);
  EXPECT_NEAR((cuts()[0].due - belt_.now()).seconds(), -2, 0.2);
  for (const auto& o : journaled()) {
    const auto* taken = std::get_if<material::CommandTaken>(&o.payload);
    if (!taken || taken->kind != "cut") continue;
    ASSERT_EQ(o.intervals.size(), 1u);
    EXPECT_NEAR(o.intervals[0].tonnes.from.value, 11, 0.3);
  }
}

TEST_F(SiteTest, AnOrderForMaterialThatHasPassedTheCutterIsAnsweredSo) {
  begin();
  order_sample(1, 3);
  run(1);
  EXPECT_TRUE(cuts().empty());
  const auto answers = all<material::CutterReading>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command_id, "o-1");
  EXPECT_FALSE(answers[0].confirmed);
  EXPECT_EQ(answers[0].reason, "the material had passed the sampler");
}

TEST_F(SiteTest, AStretchThatStillReachesTheCutterIsCutAtOnce) {
  begin();
  order_sample(1, 8);                             // 5 t are there now
  run(0.2);
  ASSERT_EQ(cuts().size(), 1u);
  for (const auto& o : journaled()) {
    const auto* taken = std::get_if<material::CommandTaken>(&o.payload);
    if (taken && taken->kind == "cut") {
      EXPECT_NEAR(o.intervals.at(0).tonnes.from.value, 5.2, 0.5);
    }
  }
}

TEST_F(SiteTest, WhatTheActuatorRefusesIsAnsweredNotTaken) {
  begin();
  refuse_ = true;
  order_sample(10, 12);
  command("s-1", wire::RequestStop{"a plate at 12 t"});
  run(6);
  const auto stops = all<material::StopAnswerReading>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].command_id, "s-1");
  EXPECT_FALSE(stops[0].accepted);
  EXPECT_EQ(stops[0].reason, "the terminal was not asked: the PLC is not connected");
  const auto answers = all<material::CutterReading>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].confirmed);
  EXPECT_EQ(answers[0].reason, "the PLC is not connected");
}

TEST_F(SiteTest, AnOrderSurvivesARestartBeforeItsTonnesComeAndIsGivenOnce) {
  begin();
  order_sample(10, 12);
  start();
  run(6);
  ASSERT_EQ(cuts().size(), 1u);
  EXPECT_EQ(cuts()[0].command_id, "o-1");
  answer(cuts()[0]);
  run(1);
  start();
  run(5);
  EXPECT_EQ(cuts().size(), 1u);
}

TEST_F(SiteTest, ACutWithoutAnAnswerIsGivenAgainUntilThePlcTakesIt) {
  begin();
  order_sample(10, 12);
  run(6);
  ASSERT_EQ(cuts().size(), 1u);
  refuse_ = true;                                 // the PLC connects after the site has started
  start();
  run(1);
  EXPECT_EQ(cuts().size(), 1u);
  refuse_ = false;
  for (int i = 0; i < 100 && cuts().size() < 2; ++i) {
    run(0.1);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_EQ(cuts().size(), 2u);
  EXPECT_EQ(cuts()[1].command_id, "o-1");
  EXPECT_EQ(cuts()[1].increment, 10'001u);
}

TEST_F(SiteTest, AStopWithoutAnAnswerIsAnsweredAfterARestart) {
  begin();
  command("s-1", wire::RequestStop{"a plate"});
  EXPECT_TRUE(all<material::StopAnswerReading>().empty());
  start();
  const auto stops = all<material::StopAnswerReading>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_FALSE(stops[0].accepted);
  EXPECT_THAT(stops[0].reason, HasSubstr("restarted before the terminal answered"));
  start();
  EXPECT_EQ(all<material::StopAnswerReading>().size(), 1u);
}

TEST_F(SiteTest, AnEntryThatNobodyCanReadIsPassedOver) {
  begin();
  ASSERT_TRUE(site_->journal().append(journal::EntryKind::kObservation, belt_.now(), "\xFFno message"));
  ASSERT_TRUE(site_->journal().append(journal::EntryKind::kFinding, belt_.now(), "\xFFneither"));
  start();
  EXPECT_EQ(site_->counts().unreadable, 2u);
  run(2);
  EXPECT_GT(site_->counts().observations, 200u);
}

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
  const auto submit = [&](double late_s) {
    instruments::RawFrame frame;
    frame.instrument = InstrumentId{"cutter"};
    frame.frame_number = ++frames_;
    frame.time = belt_.now();
    frame.received = {clock_.now().ns - static_cast<std::int64_t>(late_s * 1e9)};
    frame.width_px = frame.height_px = 64;
    frame.mm_per_px = 4;
    frame.bgr.assign(std::size_t{3} * 64 * 64, 90);
    site_->submit(std::move(frame));
  };
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
    instruments::RawFrame frame;
    frame.instrument = InstrumentId{"camera"};
    frame.frame_number = ++frames_;
    frame.time = belt_.now();
    frame.received = {clock_.now().ns - static_cast<std::int64_t>(late_s * 1e9)};
    frame.width_px = frame.height_px = 64;
    frame.mm_per_px = 4;
    frame.bgr.assign(std::size_t{3} * 64 * 64, 90);
    site_->submit(std::move(frame));
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

TEST_F(SiteTest, AnOfficersWordOnTheOreIsJournaledForTheInspectors) {
  begin();
  run(20);
  const material::LotInterval where{kLot, {Tonnes{2}, Tonnes{5}}};
  const std::vector<material::NaturalLevel> levels{{"Th-232", 90, "Bq/kg"}};
  command("D-7@1", wire::ExplainNaturalOre{where, "fines", levels});
  command("D-7@1", wire::ExplainNaturalOre{where, "fines", levels});   // sent twice
  std::vector<Observation> taken;
  for (const auto& o : journaled()) {
    const auto* command = std::get_if<material::CommandTaken>(&o.payload);
    if (command != nullptr && command->kind == material::kNaturalOreExplained) taken.push_back(o);
  }
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].intervals, std::vector{where});
  const auto& command_taken = std::get<material::CommandTaken>(taken[0].payload);
  EXPECT_EQ(command_taken.brand, "fines");
  EXPECT_EQ(command_taken.levels, levels);
}

TEST_F(SiteTest, PlansAndTheLotOnTheBeltSurviveTheRemovalOfOldSegments) {
  options_.segment_bytes = 8192;
  options_.retention.max_bytes = 16'384;
  options_.renew_plans_after = 100;
  begin();
  const LotId next{"B"};
  command("p-2", plan(next, 2));
  belt_.feed(2, kLoad_t_per_m);
  run(60);                                        // the last of the first lot has passed the cutter
  command("e-1", wire::EndLot{kLot});
  run(20);
  site_->journal().acknowledge(site_->journal().durable_sequence());
  run(10);
  const double passed_t = belt_.passed_t(2);
  const auto oldest = site_->journal().first_sequence();
  EXPECT_GT(oldest, 1u);                          // the plans' first entries are gone, with those of the first lot
  const auto plans = all<material::LotPlan>();
  ASSERT_FALSE(plans.empty());
  for (const auto& plan : plans) EXPECT_TRUE(plan.lot == next || plan.lot == kLot);
  EXPECT_EQ(plans.back().lot, next);
  double first_mark = 1e9;
  for (const auto& o : journaled()) {
    for (const auto& interval : o.intervals) {
      if (interval.lot == next) first_mark = std::min(first_mark, interval.tonnes.from.value);
    }
  }
  EXPECT_EQ(first_mark, 0);                       // everything since its first tonne

  start();
  EXPECT_TRUE(site_->knows_lot(next));
  run(10);
  double mark = 0;
  for (const auto& o : journaled()) {
    if (!std::holds_alternative<material::BeltReading>(o.payload) || o.intervals.empty()) continue;
    mark = o.intervals.back().tonnes.to.value;
  }
  EXPECT_GT(mark, passed_t);
  EXPECT_NEAR(mark, belt_.passed_t(2), 0.5);
}

// Judged without it, what is left would be said to be raised again.
TEST_F(SiteTest, WhatWasExplainedIsKnownBeforeWhatRetentionHasLeft) {
  options_.segment_bytes = 8192;
  options_.retention.max_bytes = 16'384;
  options_.renew_plans_after = 100;
  begin();
  command("D-7@1", wire::ExplainNaturalOre{{kLot, {Tonnes{2}, Tonnes{5}}}, "fines", {{"Th-232", 90, "Bq/kg"}}});
  run(20);
  command("e-1", wire::EndLot{kLot});              // nor is it the lot's: the brand keeps it
  run(60);
  // Where retention cuts depends on what was committed together: until a belt reading is left before the explanation told again.
  std::optional<std::uint64_t> belt, explained;
  for (int more = 0; more < 100 && !(belt && explained && *belt < *explained); ++more) {
    site_->journal().acknowledge(site_->journal().durable_sequence());
    run(10);
    belt.reset(), explained.reset();
    for (const auto& o : journaled()) {
      const auto* taken = std::get_if<material::CommandTaken>(&o.payload);
      if (!explained && taken != nullptr && taken->kind == material::kNaturalOreExplained) explained = o.id.sequence;
      if (!belt && std::holds_alternative<material::BeltReading>(o.payload)) belt = o.id.sequence;
    }
  }
  EXPECT_GT(site_->journal().first_sequence(), 1u);
  ASSERT_TRUE(belt && explained);
  EXPECT_LT(*belt, *explained) << "or the order in the journal would do";
  explained_first_ = false;
  start();
  EXPECT_TRUE(explained_first_);
}

TEST_F(SiteTest, ACommandThatCannotBeReadIsAnsweredOnce) {
  begin();
  transport::InProcessTransport transport;
  CommandReceiver receiver(transport.site_end(layout().site), *site_, *log_);
  receiver.start();
  for (int time = 0; time < 3; ++time) {          // the center goes on sending
    ASSERT_TRUE(transport.center_end().send_command({"s-9", layout().site, LineId{"B1"}, belt_.now(), "\xFFno command"}).ok());
  }
  for (int i = 0; i < 200 && all<material::StopAnswerReading>().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  site_->drain();
  receiver.stop();
  const auto answers = all<material::StopAnswerReading>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command_id, "s-9");
  EXPECT_FALSE(answers[0].accepted);
  EXPECT_THAT(answers[0].reason, HasSubstr("the site cannot read the command"));
  EXPECT_TRUE(all<material::CommandTaken>().size() == 1u) << "p-1 alone was taken";
}

TEST_F(SiteTest, AJournalBegunAnewIsLaterThanWhatTheCenterKnows) {
  options_.least_epoch = 9'999'999'999'999;       // of a clock that was two centuries ahead
  open();
  EXPECT_EQ(site_->journal().epoch(), 9'999'999'999'999u);
  options_.least_epoch = 1;
  open();
  EXPECT_EQ(site_->journal().epoch(), 9'999'999'999'999u) << "the same journal goes on";
}

TEST_F(SiteTest, AFullDiskHoldsTheLineUpButNotItsEnd) {
  options_.queue = 16;
  begin();
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit full = before;
  full.rlim_cur = 512;                            // nothing can be written beyond: what a full disk looks like
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  auto driver = std::async(std::launch::async, [this] { belt_.run(60); });
  EXPECT_EQ(driver.wait_for(std::chrono::milliseconds(700)), std::future_status::timeout) << "the line waits for room";
  site_->stop_soon();
  const auto let_go = driver.wait_for(std::chrono::seconds(10));
  auto ended = std::async(std::launch::async, [this] { site_->drain(); site_->stop(); });
  const auto stopped = ended.wait_for(std::chrono::seconds(10));
  ::setrlimit(RLIMIT_FSIZE, &before);             // or a failure would hang here
  driver.wait();
  ended.wait();
  EXPECT_EQ(let_go, std::future_status::ready);
  EXPECT_EQ(stopped, std::future_status::ready);
  EXPECT_TRUE(site_->abandoned());
  start();                                        // what was written is whole
  run(1);
  EXPECT_TRUE(site_->knows_lot(kLot));
}

TEST_F(SiteTest, TonnesOfNoLotAreToldOnThePlcsPage) {
  start();
  belt_.feed(0, kLoad_t_per_m);                   // the PLC names no lot
  run(20);
  material::Reading reading;
  reading.instrument = InstrumentId{"plc"};
  reading.time = reading.received = belt_.now();
  reading.payload = material::HealthReading{material::HealthReading::State::kWorking, "polling", 200, {}};
  site_->submit(std::move(reading));
  site_->drain();
  const auto health = all<material::HealthReading>();
  ASSERT_EQ(health.size(), 1u);
  EXPECT_EQ(health[0].state, material::HealthReading::State::kDegraded);
  EXPECT_THAT(health[0].message, HasSubstr("names no lot"));
  std::uint64_t tonnes = 0;
  for (const auto& drop : health[0].dropped) {
    if (drop.cause == material::kTonnesOfNoLot) tonnes = drop.count;
  }
  EXPECT_NEAR(static_cast<double>(tonnes), 20, 1);
}

}  // namespace
}  // namespace beltwarden::site
