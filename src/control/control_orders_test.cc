// What is asked of the site: samples, stops and what officers explain, until it is answered.
#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using OrderTest = ControlTest;

TEST_F(OrderTest, ASampleIsOrderedAndAnsweredByTheCutter) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  site_reachable = false;
  const auto made = control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", TonneInterval{110_t, 120_t}});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->state, DispositionState::kWaitingAnswer);
  EXPECT_THAT(sent, IsEmpty());
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  const wire::SiteCommand command = control->pending_commands()[0];
  EXPECT_EQ(command.line, LineId{"A"});
  EXPECT_EQ(std::get<wire::OrderSample>(command.order).where, record::stretch("L1", 110, 120));

  take(record::observation_of("", Time{1}, material::CommandTaken{command.id, "order_sample", "li.wei", ""}));
  EXPECT_THAT(control->pending_commands(), IsEmpty());
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].state, DispositionState::kWaitingAnswer);
  take(record::observation_of("sampler", Time{2}, material::CutterReading{4, true, 20, command.id}, {record::stretch("L1", 110, 111)}));
  const auto answered = control->case_of(CaseId{"C-1"})->dispositions[0];
  EXPECT_EQ(answered.state, DispositionState::kAnswered);
  EXPECT_EQ(answered.answer, "increment 4 taken, at 110.0 to 111.0 t of L1");
  EXPECT_TRUE(control->case_of(CaseId{"C-1"})->open) << "a sample explains nothing by itself";
}

TEST_F(OrderTest, ACutOfOtherTonnesAnswersNoOrder) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", TonneInterval{110_t, 120_t}}).ok());
  const auto cutter = [&] {
    return record::observation_of("sampler", Time{2}, material::CutterReading{7, true, 20, sent.at(0).id}, {record::stretch("L1", 400, 401)});
  };
  take(cutter());
  const auto other = control->case_of(CaseId{"C-1"})->dispositions[0];
  EXPECT_EQ(other.state, DispositionState::kRefused);
  EXPECT_EQ(other.answer, "increment 7 taken, at 400.0 to 401.0 t of L1: not of the 110.0 to 120.0 t that were asked for");
  // The same when the answer was committed and the process ended before it was folded.
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "once more", "", TonneInterval{110_t, 120_t}}).ok());
  const material::CutterReading late{8, true, 20, sent.at(1).id};
  ASSERT_TRUE(record->commit({{record::entry_of(next_sequence++, record::observation_of("sampler", Time{3}, late, {record::stretch("L1", 119, 121)}))}}).ok());
  restart();
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[1].state, DispositionState::kAnswered);
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[1].answer, "increment 8 taken, at 119.0 to 121.0 t of L1");
}

TEST_F(OrderTest, TheSamplersRefusalIsToldInItsOwnWords) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", {}}).ok());
  material::CutterReading passed{0, false, 0, sent.at(0).id};
  passed.reason = "material has passed the sampler";
  take(record::observation_of("sampler", Time{2}, passed));
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].state, DispositionState::kRefused);
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].answer, "material has passed the sampler");
}

TEST_F(OrderTest, WhatASiteCannotReadIsRefusedAndAPlanStaysPending) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", {}}).ok());
  ASSERT_THAT(sent, SizeIs(2));
  for (const auto& command : sent) {
    take(record::observation_of("", Time{2}, material::StopAnswerReading{command.id, false, "the site cannot read the command"}));
  }
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].state, DispositionState::kRefused);
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].answer, "the site cannot read the command");
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  EXPECT_EQ(control->pending_commands()[0].id, sent[0].id) << "the lot's plan";
}

TEST_F(OrderTest, ASampleThatWasNeverTakenIsAnsweredWhenTheLotEnds) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", {}}).ok());
  take(record::slice_of("L1", 0, 200, {{0_t, 200_t}}, true));
  const auto unanswered = control->case_of(CaseId{"C-1"})->dispositions[0];
  EXPECT_EQ(unanswered.state, DispositionState::kRefused);
  EXPECT_EQ(unanswered.answer, "the lot ended without an answer from the sampler");
  EXPECT_THAT(control->pending_commands(), IsEmpty());
}

TEST_F(OrderTest, ARequestedStopMayBeRefused) {
  take(suspect("inclusion_recognition", "inclusion", 100, 101));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"request_stop", "steel beam", "", {}}).ok());
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(std::get<wire::RequestStop>(sent[0].order).reason, "steel beam");
  take(record::observation_of("plc", Time{2}, material::StopAnswerReading{sent[0].id, false, "crane above"}));
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].state, DispositionState::kRefused);
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].answer, "crane above");
}

TEST_F(OrderTest, AnOrderThatAReplacedJournalHasForgottenIsAnsweredSo) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", TonneInterval{110_t, 120_t}}).ok());
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"request_stop", "steel beam", "", {}}).ok());
  take(record::observation_of("", Time{1}, material::CommandTaken{sent.at(0).id, "order_sample", "li.wei", ""}));
  const auto of = [&](std::size_t number) { return control->case_of(CaseId{"C-1"})->dispositions[number]; };
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(of(0).state, DispositionState::kWaitingAnswer);
  restart();
  take_as(9'000, 1, record::observation_of("plc", Time{2}, material::BeltReading{}));
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(of(0).state, DispositionState::kRefused);
  EXPECT_EQ(of(0).answer, "the site's journal was replaced before the answer came: nobody knows whether it was done");
  // The old journal may have taken it and the center not heard of it; the new one's tonnes are others.
  EXPECT_EQ(of(1).state, DispositionState::kRefused);
  EXPECT_THAT(control->pending_commands(), IsEmpty());
  // What is asked for from now on is the new one's.
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"request_stop", "steel beam", "", {}}).ok());
  EXPECT_EQ(sent.back().epoch, 9'000U);
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(of(2).state, DispositionState::kWaitingAnswer);
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  EXPECT_EQ(control->pending_commands()[0].epoch, 9'000U);
}

TEST_F(OrderTest, BeforeTheNewJournalIsHeardOfAnOrderGoesOutForTheOldOne) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  site_reachable = false;
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"order_sample", "check for slag", "", TonneInterval{110_t, 120_t}}).ok());
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  const auto command = control->pending_commands()[0];
  EXPECT_EQ(command.epoch, record->receipts().at(0).epoch);
  // Which refuses it in words of its own.
  take_as(9'000, 1, record::observation_of("", Time{2}, material::StopAnswerReading{command.id, false, "the journal was replaced"}));
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].state, DispositionState::kRefused);
}

// Ore whose thorium series was raised to so much.
wire::Finding raised(wire::Finding finding, double level) {
  finding.label = "Th-232";
  finding.measured = {{"Th-232", level, 2, "Bq/kg", 10.0, {}, {}}, {"times_usual", level / 10, 0, "1", {}, {}, {}}};
  return finding;
}

// A thorium source that passed.
wire::Finding passing(wire::Finding finding) {
  finding.label = "Th-232";
  finding.measured = {{"gamma_rate", 5000, 9, "cps", 1500.0, {}, {}}, {"position", 111, 1, "t", {}, {}, {}}, {"alarm_score", 9, 0, "1", {}, {}, 5.0}};
  return finding;
}

TEST_F(OrderTest, WhatIsExplainedAsNaturalOreIsToldToTheSiteUntilItHasTakenIt) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  take(record::observation_of("", Time{1}, material::CommandTaken{sent.at(0).id, "plan", "li.wei", ""}));
  take(raised(suspect("radioactivity", "natural_radioactivity_high", 100, 150), 90.25),
       raised(suspect("radioactivity", "natural_radioactivity_high", 120, 150), 80), passing(suspect("radioactivity", "natural_radioactivity_high", 110, 112)));
  site_reachable = false;
  // The officer's tonnes are another stretch: it is of what was found.
  const auto made = control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "bauxite residue, certificate seen", "", TonneInterval{0_t, 10_t}, "natural_ore"});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->state, DispositionState::kDone);
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kClosed);
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  const wire::SiteCommand command = control->pending_commands()[0];
  const auto& explain = std::get<wire::ExplainNaturalOre>(command.order);
  EXPECT_EQ(explain.where, record::stretch("L1", 100, 150));
  EXPECT_EQ(explain.brand, "Carajas fines");
  EXPECT_EQ(explain.levels, (std::vector<material::NaturalLevel>{{"Th-232", 90.25, "Bq/kg"}}));
  EXPECT_EQ(command.requested_by, kOfficer.user.str());
  EXPECT_EQ(control->case_of(CaseId{"C-1"})->dispositions[0].code, "natural_ore");
  take(record::observation_of("", Time{1}, material::CommandTaken{command.id, material::kNaturalOreExplained, "li.wei", ""}));
  EXPECT_THAT(control->pending_commands(), IsEmpty());
}

TEST_F(OrderTest, WhatWasExplainedAsNaturalOreIsWithdrawnByASupervisorAndAsksAgain) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  take(record::observation_of("", Time{1}, material::CommandTaken{sent.at(0).id, "plan", "li.wei", ""}));
  const auto explain = [&](double from, double level) {
    take(raised(suspect("radioactivity", "natural_radioactivity_high", from, from + 50), level));
    const CaseId its = control->alarms(true, std::nullopt).at(0).in_case;
    auto made = control->dispose_case(kOfficer, its, {"explain", "bauxite residue", "", {}, "natural_ore"});
    EXPECT_TRUE(made.ok());
    const auto id = sent.back().id;
    take(record::observation_of("", Time{1}, material::CommandTaken{id, material::kNaturalOreExplained, "li.wei", ""}));
    return made->id;
  };
  const std::string high = explain(100, 90), low = explain(5'000, 60);
  EXPECT_EQ(control->withdraw_explanation(kOfficer, high, "certificate was forged").error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->withdraw_explanation(kSupervisor, high, "").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(control->withdraw_explanation(kSupervisor, "D-99", "certificate was forged").error().code, ErrorCode::kNotFound);
  site_reachable = false;
  const auto withdrawn = control->withdraw_explanation(kSupervisor, high, "certificate was forged");
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.error().message;
  EXPECT_EQ(withdrawn->state, DispositionState::kWithdrawn);
  EXPECT_EQ(withdrawn->answer, "certificate was forged");
  EXPECT_EQ(control->withdraw_explanation(kSupervisor, high, "twice").error().code, ErrorCode::kConflict);
  EXPECT_EQ(control->audit(kSupervisor, 0, 1)->entries.at(0).act, "disposition_withdrawn");
  restart();
  ASSERT_THAT(control->pending_commands(), SizeIs(1));
  const wire::SiteCommand command = control->pending_commands()[0];
  const auto& left = std::get<wire::ExplainNaturalOre>(command.order);
  EXPECT_TRUE(left.instead);
  EXPECT_EQ(left.brand, "Carajas fines");
  EXPECT_EQ(left.levels, (std::vector<material::NaturalLevel>{{"Th-232", 60, "Bq/kg"}})) << "what the other case explained";
  EXPECT_EQ(command.requested_by, kSupervisor.user.str());
  take(record::observation_of("", Time{1}, material::CommandTaken{command.id, material::kNaturalOreWithdrawn, "wang", ""}));
  EXPECT_THAT(control->pending_commands(), IsEmpty());
  // The case stays disposed, but what goes on there is no longer settled by it.
  EXPECT_FALSE(control->case_of(CaseId{"C-1"})->open);
  EXPECT_THAT(control->alarms(true, std::nullopt), IsEmpty());
  take(raised(suspect("radioactivity", "natural_radioactivity_high", 150, 200), 90));
  EXPECT_THAT(control->alarms(true, std::nullopt), SizeIs(1));
}

TEST_F(OrderTest, WhatIsAboveALimitIsNotExplainedAsNaturalOre) {
  auto above = suspect("radioactivity", "natural_radioactivity_high", 100, 150);
  above.label = "Th-232";
  above.measured = {{"Th-232", 1500, 20, "Bq/kg", {}, {}, 1000.0}};
  take(raised(suspect("radioactivity", "natural_radioactivity_high", 90, 110), 90), above, passing(suspect("radioactivity", "natural_radioactivity_high", 500, 502)));
  const auto refused = control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "the ore", "", {}, "natural_ore"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("Th-232 above its limit"));
  EXPECT_TRUE(control->case_of(CaseId{"C-1"})->open);
  // A natural source that passed may be the ore's, but is no level of it: the site is told nothing.
  const CaseId source = control->alarm(AlarmId{"A-2"})->in_case;
  EXPECT_TRUE(control->dispose_case(kOfficer, source, {"explain", "zircon sand", "", {}, "natural_ore"}).ok());
  EXPECT_THAT(sent, IsEmpty());
}

TEST_F(OrderTest, NothingElseIsExplainedAsNaturalOre) {
  take(suspect("radioactivity", "natural_radioactivity_high", 100, 150), suspect("radioactivity", "artificial_source", 120, 121, wire::Priority::kCritical),
       suspect("radioactivity", "natural_radioactivity_high", 500, 550));
  const auto mixed = control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "the ore", "", {}, "natural_ore"});
  EXPECT_EQ(mixed.error().code, ErrorCode::kConflict);
  EXPECT_THAT(mixed.error().message, HasSubstr("artificial_source"));
  const CaseId natural = control->alarm(AlarmId{"A-2"})->in_case;
  EXPECT_THAT(control->dispose_case(kOfficer, natural, {"watch", "the ore", "", {}, "natural_ore"}).error().message, HasSubstr("code"));
  EXPECT_THAT(control->dispose_case(kOfficer, natural, {"explain", "the ore", "", {}, "harmless"}).error().message, HasSubstr("harmless"));
  EXPECT_TRUE(control->dispose_case(kOfficer, natural, {"explain", "a word without a code", "", {}}).ok());
  EXPECT_THAT(sent, IsEmpty());
}

}  // namespace
}  // namespace beltwarden::control
