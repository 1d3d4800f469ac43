// Release: refused for each thing that stands in the way, given by one officer when nothing does, by two in spite of it.
#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LotTest : public ControlTest {
 protected:
  LotDecision release(const Actor& actor = kOfficer, bool override_blockers = false) {
    auto decision = control->dispose_lot(actor, LotId{"L1"}, {"release", "all in order", "", override_blockers});
    EXPECT_TRUE(decision.ok()) << decision.error().message;
    return decision.ok() ? *decision : LotDecision{};
  }
  LotState state() { return control->lot(kOfficer, LotId{"L1"})->state; }

  record::IntakeEntry health(std::uint64_t sequence, material::HealthReading::State state) {
    material::HealthReading reading;
    reading.state = state;
    reading.message = "lamp out";
    return record::entry_of(sequence, record::observation_of("nir1", Time{static_cast<std::int64_t>(sequence)}, reading));
  }
};

TEST_F(LotTest, GoesFromDeclaredToReleased) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  EXPECT_EQ(state(), LotState::kDeclared);
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  EXPECT_EQ(state(), LotState::kDischarging);
  take(record::slice_of("L1", 50, 100, {{50_t, 100_t}}, true));
  EXPECT_EQ(state(), LotState::kInspected);
  const auto decision = release();
  EXPECT_TRUE(decision.accepted);
  EXPECT_FALSE(decision.needs_second);
  EXPECT_EQ(decision.state, LotState::kReleased);
  restart();
  EXPECT_EQ(state(), LotState::kReleased);
  EXPECT_EQ(control->lot(kOfficer, LotId{"L1"})->released, clock.now());
  EXPECT_EQ(control->dispose_lot(kOfficer, LotId{"L1"}, {"hold", "too late", "", false}).error().code, ErrorCode::kConflict);
}

TEST_F(LotTest, IsNotReleasedBeforeItEnds) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  EXPECT_THAT(codes(release().blockers), ElementsAre("not_finished"));
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  const auto refused = release();
  EXPECT_FALSE(refused.accepted);
  ASSERT_THAT(codes(refused.blockers), ElementsAre("not_finished"));
  EXPECT_EQ(refused.blockers[0].tonnes, (TonneInterval{50_t, 150_t}));
  EXPECT_THAT(refused.blockers[0].text, HasSubstr("50.0 t of 150.0 t declared"));
}

TEST_F(LotTest, AHoleInARequiredModelsCoverageBlocks) {
  take(record::slice_of("L1", 0, 50, {{0_t, 20_t}, {32.5_t, 50_t}}), record::slice_of("L1", 50, 100, {{50.4_t, 100_t}}, true));
  const auto refused = release();
  // 20 to 32.5 t is a hole; 50 to 50.4 t is shorter than the half tonne that rounding may leave.
  ASSERT_THAT(codes(refused.blockers), ElementsAre("coverage_hole"));
  EXPECT_EQ(refused.blockers[0].tonnes, (TonneInterval{20_t, 32.5_t}));
  EXPECT_EQ(refused.blockers[0].about, "slag_comparison");
  EXPECT_EQ(state(), LotState::kInspected);
  EXPECT_NEAR(control->lot(kOfficer, LotId{"L1"})->models[0].fraction, 0.871, 1e-9);
}

TEST_F(LotTest, ARequiredModelThatSaysNothingBlocks) {
  options.required_models = {"slag_comparison", "radioactivity"};
  restart();
  inspect_whole_lot();
  const auto refused = release();
  ASSERT_THAT(codes(refused.blockers), ElementsAre("coverage_hole"));
  EXPECT_EQ(refused.blockers[0].about, "radioactivity");
  EXPECT_EQ(refused.blockers[0].tonnes, (TonneInterval{0_t, 150_t}));
}

TEST_F(LotTest, ARequiredModelThatIsNotFittedBlocks) {
  auto report = record::slice_of("L1", 0, 50, {}, true);
  report.models[0].fitted = false;
  take(report);
  EXPECT_THAT(codes(release().blockers), ElementsAre("model_not_fitted"));
}

TEST_F(LotTest, AModelThatThePackDoesNotRequireMayHaveHoles) {
  auto report = record::slice_of("L1", 0, 50, {{0_t, 50_t}}, true);
  report.models.push_back({"visual_anomaly", {{0_t, 10_t}}, true});
  take(report);
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AGapInTheSequenceBlocksUntilItIsFilled) {
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  const std::uint64_t missing = next_sequence++;
  take(record::slice_of("L1", 50, 100, {{50_t, 100_t}}, true));
  const auto refused = release();
  ASSERT_THAT(codes(refused.blockers), ElementsAre("sequence_gap"));
  EXPECT_THAT(refused.blockers[0].text, HasSubstr("entries 2 to 2 of majishan/1"));
  ASSERT_TRUE(control->intake({{health(missing, material::HealthReading::State::kWorking)}}).ok());
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AGapAfterItsLastSliceIsAnotherLotsAffair) {
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}, true));
  ++next_sequence;
  take(record::slice_of("L2", 0, 50, {{0_t, 50_t}}));
  EXPECT_TRUE(release().accepted);
  EXPECT_THAT(codes(control->lot(kOfficer, LotId{"L2"})->blockers), ElementsAre("not_finished", "sequence_gap"));
}

TEST_F(LotTest, ALotThatGoesOnInAReplacedJournalAnswersForBoth) {
  const auto plan = record::observation_of("", Time{1}, material::LotPlan{LotId{"L1"}});
  take_as(1, 400, plan);                          // what came before, 1 to 399, is other lots' affair
  take_as(1, 402, record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  take_as(2, 1, plan);
  take_as(2, 3, record::slice_of("L1", 50, 100, {{50_t, 100_t}}));
  take_as(2, 4, record::Unreadable{"payload: expected protobuf"});
  take_as(2, 5, record::slice_of("L1", 100, 150, {{100_t, 150_t}}, true));
  take_as(2, 7, record::Unreadable{"payload: expected protobuf"});   // after its last slice
  for (int time = 0; time < 2; ++time) {
    const auto refused = release();
    ASSERT_THAT(codes(refused.blockers), ElementsAre("sequence_gap", "sequence_gap", "unreadable_entry", "journal_replaced"));
    EXPECT_THAT(refused.blockers[0].text, HasSubstr("entries 401 to 401 of majishan/1"));
    EXPECT_THAT(refused.blockers[1].text, HasSubstr("entries 2 to 2 of majishan/2"));
    EXPECT_THAT(refused.blockers[2].text, HasSubstr("entry 4 of majishan/2"));
    EXPECT_THAT(refused.blockers[3].text, HasSubstr("what followed its entry 402 has not arrived"));
    restart();
  }
  take_as(1, 401, record::slice_of("L1", 40, 45, {{40_t, 45_t}}));
  EXPECT_THAT(codes(release().blockers), ElementsAre("sequence_gap", "unreadable_entry", "journal_replaced"));
  const auto proposed = release(kOfficer, true);
  ASSERT_TRUE(proposed.needs_second);
  EXPECT_TRUE(control->consent(kSecondOfficer, proposed.disposition->id, "sampled by hand meanwhile")->accepted);
}

TEST_F(LotTest, ALotThatEndedBeforeItsJournalWasReplacedIsWhole) {
  take_as(1, 1, record::slice_of("L1", 0, 50, {{0_t, 50_t}}, true));
  take_as(2, 3, record::slice_of("L2", 0, 50, {{0_t, 50_t}}));
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AReplacedJournalIsToldOfTheLotsThatHaveNotFinished) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1), declaration_of("D2", "L2", 2)}).ok());
  const auto announce = [&](std::uint64_t epoch, std::uint64_t sequence, std::size_t which) {
    const auto plan = std::get<material::LotPlan>(sent.at(which).order);
    take_as(epoch, sequence, record::observation_of("", Time{1}, plan));
    take_as(epoch, sequence + 1, record::observation_of("", Time{1}, material::CommandTaken{sent.at(which).id, "plan", "li.wei", ""}));
  };
  const auto pending = [&] {
    std::vector<std::string> ids;
    for (const auto& command : control->pending_commands()) ids.push_back(command.id);
    return ids;
  };
  announce(1, 1, 0);
  announce(1, 3, 1);
  take_as(1, 5, record::slice_of("L1", 0, 50, {{0_t, 50_t}}, true));
  take_as(1, 6, record::slice_of("L2", 0, 50, {{0_t, 50_t}}));
  ASSERT_TRUE(control->end_lot(kTerminal, LotId{"L2"}).ok());
  take_as(1, 7, record::observation_of("", Time{1}, material::CommandTaken{sent.at(2).id, "end_lot", "pier3", ""}));
  EXPECT_THAT(pending(), IsEmpty());

  // The disk is replaced: the first that is heard of the new journal is an instrument's health.
  take_as(2, 1, record::observation_of("nir1", Time{2}, material::HealthReading{}));
  EXPECT_THAT(pending(), ElementsAre(sent.at(1).id, sent.at(2).id)) << "the plan of L2 and its end; L1 has finished";
  restart();
  EXPECT_THAT(pending(), ElementsAre(sent.at(1).id, sent.at(2).id));
  announce(2, 2, 1);
  EXPECT_THAT(pending(), ElementsAre(sent.at(2).id));
  take_as(2, 4, record::observation_of("", Time{1}, material::CommandTaken{sent.at(2).id, "end_lot", "pier3", ""}));
  EXPECT_THAT(pending(), IsEmpty());
  restart();
  EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(LotTest, AnOpenCaseBlocksUntilItIsDisposed) {
  inspect_whole_lot();
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  const auto refused = release();
  ASSERT_THAT(codes(refused.blockers), ElementsAre("case_open"));
  EXPECT_EQ(refused.blockers[0].tonnes, (TonneInterval{40_t, 60_t}));
  ASSERT_TRUE(control->acknowledge(kOfficer, AlarmId{"A-1"}).ok());
  EXPECT_FALSE(release().accepted) << "acknowledging is not deciding";
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"watch", "look closer", "", {}}).ok());
  EXPECT_FALSE(release().accepted) << "watching is not deciding";
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"refer_laboratory", "sample sent", "", {}}).ok());
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AShelvedAlarmStillBlocks) {
  inspect_whole_lot();
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  ASSERT_TRUE(control->shelve(kOfficer, AlarmId{"A-1"}, 60, "known nuisance").ok());
  EXPECT_THAT(codes(release().blockers), ElementsAre("case_open"));
}

TEST_F(LotTest, ASickInstrumentBlocksWhenItWasSickAtTheEnd) {
  using State = material::HealthReading::State;
  ASSERT_TRUE(control->intake({{health(next_sequence++, State::kFaulty)}}).ok());
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  EXPECT_THAT(codes(control->lot(kOfficer, LotId{"L1"})->blockers), ElementsAre("not_finished", "instrument_sick"));
  ASSERT_TRUE(control->intake({{health(next_sequence++, State::kWorking)}}).ok());
  EXPECT_THAT(codes(control->lot(kOfficer, LotId{"L1"})->blockers), ElementsAre("not_finished"));
  ASSERT_TRUE(control->intake({{health(next_sequence++, State::kDisconnected)}}).ok());
  take(record::slice_of("L1", 50, 100, {{50_t, 100_t}}, true));
  ASSERT_TRUE(control->intake({{health(next_sequence++, State::kWorking)}}).ok());
  const auto refused = release();
  ASSERT_THAT(codes(refused.blockers), ElementsAre("instrument_sick")) << "what it does now says nothing about this lot";
  EXPECT_EQ(refused.blockers[0].text, "nir1 is disconnected: lamp out");
  restart();
  EXPECT_THAT(codes(release().blockers), ElementsAre("instrument_sick"));
}

TEST_F(LotTest, AnInstrumentThatFailsAfterwardsDoesNotMatter) {
  inspect_whole_lot();
  ASSERT_TRUE(control->intake({{health(next_sequence++, material::HealthReading::State::kDisconnected)}}).ok());
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AHeldIntervalBlocksUntilItIsLifted) {
  inspect_whole_lot();
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  const auto hold = control->dispose_case(kOfficer, CaseId{"C-1"}, {"hold_interval", "stays in the yard", "", TonneInterval{35_t, 65_t}});
  ASSERT_TRUE(hold.ok());
  EXPECT_EQ(hold->state, DispositionState::kStanding) << "it is in force, not waiting";
  const auto refused = release();
  ASSERT_THAT(codes(refused.blockers), ElementsAre("held_interval"));
  EXPECT_EQ(refused.blockers[0].tonnes, (TonneInterval{35_t, 65_t}));
  EXPECT_FALSE(control->lift_hold(kOfficer, hold->id, "").ok());
  EXPECT_EQ(control->lift_hold(kOfficer, hold->id, "laboratory: ore")->state, DispositionState::kLifted);
  EXPECT_EQ(control->lift_hold(kOfficer, hold->id, "laboratory: ore").error().code, ErrorCode::kConflict);
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AHeldIntervalSignedByASecondOfficerLetsTheRestGo) {
  inspect_whole_lot();
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  const auto hold = control->dispose_case(kOfficer, CaseId{"C-1"}, {"hold_interval", "stays in the yard", "", {}});
  EXPECT_EQ(control->consent(kOfficer, hold->id, "agreed").error().code, ErrorCode::kDenied);
  ASSERT_TRUE(control->consent(kSecondOfficer, hold->id, "agreed").ok());
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, AHeldLotBlocksUntilItIsResumed) {
  inspect_whole_lot();
  ASSERT_TRUE(control->dispose_lot(kOfficer, LotId{"L1"}, {"hold", "papers missing", "", false}).ok());
  EXPECT_EQ(state(), LotState::kHeld);
  EXPECT_THAT(codes(release().blockers), ElementsAre("lot_held"));
  ASSERT_TRUE(control->dispose_lot(kOfficer, LotId{"L1"}, {"resume", "papers came", "", false}).ok());
  EXPECT_TRUE(release().accepted);
}

TEST_F(LotTest, TwoOfficersReleaseInSpiteOfAHole) {
  take(record::slice_of("L1", 0, 50, {{0_t, 30_t}}, true));
  EXPECT_FALSE(release().accepted);
  const auto proposed = release(kOfficer, true);
  EXPECT_TRUE(proposed.accepted);
  EXPECT_TRUE(proposed.needs_second);
  EXPECT_EQ(proposed.state, LotState::kReleaseProposed);
  EXPECT_THAT(codes(proposed.blockers), ElementsAre("coverage_hole"));
  const std::string id = proposed.disposition->id;
  EXPECT_EQ(control->dispose_lot(kSecondOfficer, LotId{"L1"}, {"release", "me too", "", true}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(control->consent(kOfficer, id, "I insist").error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->consent(kAdmin, id, "as admin").error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->consent(kSecondOfficer, id, "").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(state(), LotState::kReleaseProposed);
  restart();
  const auto signed_off = control->consent(kSecondOfficer, id, "camera was covered by rain");
  ASSERT_TRUE(signed_off.ok()) << signed_off.error().message;
  EXPECT_TRUE(signed_off->accepted);
  EXPECT_EQ(signed_off->state, LotState::kReleased);
  EXPECT_EQ(signed_off->disposition->second->by, kSecondOfficer.user);
  EXPECT_EQ(control->consent(kSupervisor, id, "again").error().code, ErrorCode::kConflict);
}

TEST_F(LotTest, ConsentIsToWhatTheFirstOfficerSaw) {
  take(record::slice_of("L1", 0, 50, {{0_t, 30_t}}, true));
  const auto proposed = release(kOfficer, true);
  take(suspect("radioactivity", "artificial_source", 10, 11, wire::Priority::kCritical));
  const auto refused = control->consent(kSecondOfficer, proposed.disposition->id, "agreed");
  ASSERT_TRUE(refused.ok());
  EXPECT_FALSE(refused->accepted);
  EXPECT_THAT(codes(refused->blockers), ElementsAre("case_open"));
  EXPECT_EQ(state(), LotState::kReleaseProposed);
  ASSERT_TRUE(control->dispose_lot(kOfficer, LotId{"L1"}, {"hold", "a source was found", "", false}).ok());
  EXPECT_EQ(state(), LotState::kHeld);
  EXPECT_EQ(control->lot(kOfficer, LotId{"L1"})->dispositions[0].state, DispositionState::kRefused);
}

TEST_F(LotTest, RejectingTakesTwo) {
  inspect_whole_lot();
  const auto rejected = control->dispose_lot(kOfficer, LotId{"L1"}, {"reject", "solid waste", "", false});
  ASSERT_TRUE(rejected.ok());
  EXPECT_TRUE(rejected->needs_second);
  EXPECT_EQ(state(), LotState::kInspected);
  ASSERT_TRUE(control->consent(kSupervisor, rejected->disposition->id, "confirmed by laboratory").ok());
  EXPECT_EQ(state(), LotState::kRejected);
}

TEST_F(LotTest, TheTerminalSaysWhenALotEnds) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());
  EXPECT_EQ(control->end_lot(kTerminal, LotId{"L1"}).error().code, ErrorCode::kConflict) << "nothing of it has come";
  EXPECT_EQ(control->end_lot(kTerminal, LotId{"L9"}).error().code, ErrorCode::kNotFound);
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  EXPECT_EQ(control->end_lot(kImporter, LotId{"L1"}).error().code, ErrorCode::kDenied);
  sent.clear();
  ASSERT_TRUE(control->end_lot(kTerminal, LotId{"L1"}).ok());
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(std::get<wire::EndLot>(sent[0].order).lot, LotId{"L1"});
  EXPECT_EQ(control->end_lot(kTerminal, LotId{"L1"}).error().code, ErrorCode::kConflict);
  restart();
  const auto waits = [&] {
    std::size_t found = 0;
    for (const auto& command : control->pending_commands()) found += command.id == sent[0].id;
    return found;
  };
  EXPECT_EQ(waits(), 1u) << "until the site has taken it";
  take(record::observation_of("", Time{1}, material::CommandTaken{sent[0].id, "end_lot", "pier3", ""}));
  EXPECT_EQ(waits(), 0u);
  restart();
  EXPECT_EQ(waits(), 0u);
}

TEST_F(LotTest, OnlyOfficersDecide) {
  inspect_whole_lot();
  for (const Actor& actor : {kTerminal, kImporter, kAdmin}) {
    EXPECT_EQ(control->dispose_lot(actor, LotId{"L1"}, {"release", "let it go", "", true}).error().code, ErrorCode::kDenied);
  }
  EXPECT_EQ(control->dispose_lot(kOfficer, LotId{"L9"}, {"release", "let it go", "", false}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(control->dispose_lot(kOfficer, LotId{"L1"}, {"release", "", "", false}).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(control->dispose_lot(kOfficer, LotId{"L1"}, {"burn", "let it go", "", false}).error().code, ErrorCode::kInvalidInput);
}

TEST_F(LotTest, CompositionIsOfTheOreAndNotOfTheWindow) {
  inspect_whole_lot();
  auto ore = suspect("brand_regression", "composition", 0, 50), window = suspect("brand_regression", "dirty_window", 50, 100);
  ore.measured = {{"Fe", 62, 0.3, "%", {}, {}, {}}};
  window.measured = {{"dark_level", 16.5, 0, "sd", {}, {}, {}}, {"brand_distance", 3, 0, "1", {}, {}, 1.0}};
  take(ore);
  take(window);
  const auto lot = *control->lot(kOfficer, LotId{"L1"});
  ASSERT_THAT(lot.composition, SizeIs(1));
  EXPECT_EQ(lot.composition[0].name, "Fe");
}

TEST_F(LotTest, AConsigneeSeesItsOwnLotsProgressAlone) {
  inspect_whole_lot();
  auto other = declaration_of("D2", "L2", 2);
  other.consignee = "Somebody Else";
  ASSERT_TRUE(control->import_declarations(kOfficer, {other}).ok());
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  ASSERT_THAT(control->lots(kImporter), SizeIs(1));
  const auto lot = *control->lot(kImporter, LotId{"L1"});
  EXPECT_EQ(lot.alarms_open, 0u);
  EXPECT_THAT(lot.blockers, IsEmpty());
  EXPECT_THAT(lot.composition, IsEmpty());
  EXPECT_EQ(control->lot(kImporter, LotId{"L2"}).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(control->declarations(kImporter), SizeIs(1));
  EXPECT_EQ(control->lot(kOfficer, LotId{"L1"})->alarms_open, 1u);
  EXPECT_EQ(control->audit(kImporter, 0, 10).error().code, ErrorCode::kDenied);
}

}  // namespace
}  // namespace beltwarden::control
