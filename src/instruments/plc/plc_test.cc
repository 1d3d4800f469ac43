// The PLC driver against real Modbus TCP servers on loopback: a good one (libmodbus), and ones that misbehave.
#include "instruments/plc/plc_servers_test.h"

namespace beltwarden::instruments {
namespace {

using namespace plc_test;

TEST(ModbusPlc, ReadsBeltAndScale) {
  Plc plc;
  // Running, lot 3, -1.5 m/s = -1500 mm/s, encoder 70000, 2718.3 t/h, totaliser 4,000,000,001.
  plc.set(0, {1, 3, 0xffff, 0xfa24, 1, 4464, 0, 27183, 0xee6b, 0x2801});
  Listener site(plc.port());
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= 5; }));
  const auto said = site.said<BeltReading>();
  const auto& belt = std::get<BeltReading>(said[2].payload);
  EXPECT_DOUBLE_EQ(belt.speed_mps, -1.5);
  EXPECT_EQ(belt.encoder_ticks, 70000u);
  EXPECT_DOUBLE_EQ(belt.rate_tph, 2718.3);
  EXPECT_EQ(belt.totaliser_ticks, 4'000'000'001u);
  EXPECT_TRUE(belt.running);
  EXPECT_FALSE(belt.empty_belt);
  EXPECT_EQ(belt.feed_lot, 3);
  EXPECT_EQ(said[2].device_sequence, 3u);
  EXPECT_LE(said[2].time, said[2].received);
  EXPECT_EQ(site.state(), HealthReading::State::kWorking);
}

TEST(ModbusPlc, CutsAndStopsAndTellsTheAnswers) {
  Plc plc;
  Listener site(plc.port(), "sampler = 'sampler'\n");
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= 1; }));
  ASSERT_TRUE(site.driver->order(CutOrder{"cut-1", 17}).ok());
  ASSERT_TRUE(eventually([&] { return plc.held(0) == 1; }));
  EXPECT_EQ(plc.held(1), 17);
  plc.set(20, {1, 1, 17, 123});
  ASSERT_TRUE(eventually([&] { return site.said<CutterReading>().size() == 1; }));
  const auto cut = site.said<CutterReading>()[0];
  EXPECT_EQ(cut.instrument, InstrumentId{"sampler"});
  const auto& answer = std::get<CutterReading>(cut.payload);
  EXPECT_EQ(answer.increment, 17u);
  EXPECT_TRUE(answer.confirmed);
  EXPECT_DOUBLE_EQ(answer.mass_kg, 12.3);
  EXPECT_EQ(answer.command_id, "cut-1");

  ASSERT_TRUE(site.driver->order(CutOrder{"cut-2", 18}).ok());
  ASSERT_TRUE(eventually([&] { return plc.held(0) == 2; }));
  plc.set(20, {2, 2, 18, 0});
  ASSERT_TRUE(eventually([&] { return site.said<CutterReading>().size() == 2; }));
  EXPECT_FALSE(std::get<CutterReading>(site.said<CutterReading>()[1].payload).confirmed);

  ASSERT_TRUE(site.driver->order(StopOrder{"stop-1", "plate on the belt"}).ok());
  ASSERT_TRUE(eventually([&] { return plc.held(10) == 1; }));
  plc.set(30, {1, 2});
  ASSERT_TRUE(eventually([&] { return site.said<StopAnswerReading>().size() == 1; }));
  const auto stop = std::get<StopAnswerReading>(site.said<StopAnswerReading>()[0].payload);
  EXPECT_FALSE(stop.accepted);
  EXPECT_EQ(stop.command_id, "stop-1");
}

TEST(ModbusPlc, TellsHowTheSamplerIs) {
  Plc plc;
  Listener site(plc.port(), "sampler = 'sampler'\n");
  const auto state_of_sampler = [&]() -> std::optional<HealthReading::State> {
    std::optional<HealthReading::State> last;
    for (const auto& said : site.said<HealthReading>()) {
      if (said.instrument == InstrumentId{"sampler"}) last = std::get<HealthReading>(said.payload).state;
    }
    return last;
  };
  EXPECT_TRUE(eventually([&] { return state_of_sampler() == HealthReading::State::kWorking; }));
  plc.set(0, {0b1001});   // running, sampler fault
  EXPECT_TRUE(eventually([&] { return state_of_sampler() == HealthReading::State::kFaulty; }));
  plc.set(0, {0b0001});
  EXPECT_TRUE(eventually([&] { return state_of_sampler() == HealthReading::State::kWorking; }));
  plc.kill();
  EXPECT_TRUE(eventually([&] { return state_of_sampler() == HealthReading::State::kDisconnected; }));
}

TEST(ModbusPlc, OrdersWithoutAnswerAreToldAsNotDone) {
  Plc plc;
  Listener site(plc.port(), "answer_s = 1\n");
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= 1; }));
  ASSERT_TRUE(site.driver->order(CutOrder{"cut-1", 1}).ok());
  ASSERT_TRUE(eventually([&] { return site.said<CutterReading>().size() == 1; }));
  EXPECT_FALSE(std::get<CutterReading>(site.said<CutterReading>()[0].payload).confirmed);
  EXPECT_EQ(site.drops("order not answered as expected"), 1u);
}

TEST(ModbusPlc, AnOrderIsRefusedWhileThePlcIsAway) {
  Listener site(1);
  const auto ordered = site.driver->order(StopOrder{"stop-1", "plate"});
  ASSERT_FALSE(ordered.ok());
  EXPECT_EQ(ordered.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(ordered.error().message, HasSubstr("not connected"));
}

TEST(ModbusPlc, ComesBackWhenThePlcIsRestarted) {
  Plc plc;
  Listener site(plc.port());
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= 3; }));
  plc.kill();
  ASSERT_TRUE(eventually([&] { return site.state() == HealthReading::State::kDisconnected; }));
  const auto before = site.said<BeltReading>().size();
  plc.start(plc.port());
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= before + 3; }));
  EXPECT_EQ(site.state(), HealthReading::State::kWorking);
  // It was told on the way: connecting, working, away, working.
  EXPECT_GE(site.said<HealthReading>().size(), 3u);
}

TEST(ModbusPlc, AStoppedProgramIsNoNews) {
  Plc plc;
  Listener site(plc.port());
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= 3; }));
  plc.beating = false;
  ASSERT_TRUE(eventually([&] { return site.drops("PLC stopped") > 0; }));
  EXPECT_GT(site.drops("same PLC cycle"), 0u);
  EXPECT_EQ(site.state(), HealthReading::State::kFaulty);
  const auto before = site.said<BeltReading>().size();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(site.said<BeltReading>().size(), before);
  plc.beating = true;
  EXPECT_TRUE(eventually([&] { return site.said<BeltReading>().size() > before && site.state() == HealthReading::State::kWorking; }));
}

TEST(ModbusPlc, ValuesThatNoBeltHasAreDropped) {
  Plc plc;
  Listener site(plc.port());
  ASSERT_TRUE(eventually([&] { return site.said<BeltReading>().size() >= 1; }));
  plc.set(2, {1, 0});      // 65536 mm/s
  ASSERT_TRUE(eventually([&] { return site.drops("value out of range") > 0; }));
  EXPECT_THAT(site.driver->health().message, HasSubstr("register 2 (speed) says 65.536, expected -12 to 12"));
  plc.set(2, {0, 3000});
  EXPECT_TRUE(eventually([&] { return site.state() == HealthReading::State::kWorking; }));
}

/// Answers a read of 32 registers and a read of one, then does `wrong` to the 32.
Bytes good_answer(const Bytes& request) {
  const std::uint8_t count = request[11];
  Bytes reply{request[0], request[1], 0, 0, 0, static_cast<std::uint8_t>(3 + 2 * count), request[6], request[7],
              static_cast<std::uint8_t>(2 * count)};
  reply.resize(reply.size() + 2u * count);
  if (count == 32) reply[9 + 21] = static_cast<std::uint8_t>(request[1]);      // the heartbeat follows the transaction
  return reply;
}

void expect_drop(const std::function<Bytes(Bytes)>& wrong, const std::string& cause, bool reconnects) {
  std::atomic<bool> spoil{true};
  Server server([&](const Bytes& request) {
    Bytes reply = good_answer(request);
    return spoil && request[11] == 32 ? wrong(reply) : reply;
  });
  Listener site(server.port());
  ASSERT_TRUE(eventually([&] { return site.drops(cause) >= 2; })) << cause;
  EXPECT_TRUE(site.said<BeltReading>().empty());
  if (reconnects) {
    EXPECT_GE(server.connections(), 2);
  } else {
    EXPECT_EQ(server.connections(), 1);
  }
  spoil = false;
  EXPECT_TRUE(eventually([&] { return site.said<BeltReading>().size() > 2; })) << cause;
}

TEST(ModbusPlc, ATruncatedAnswerIsDropped) {
  expect_drop([](Bytes reply) { return reply.resize(20), reply; }, "no answer in time", true);
}
TEST(ModbusPlc, AnAnswerWithFewerRegistersIsDropped) {
  expect_drop([](Bytes reply) {
    reply.resize(9 + 8);
    reply[5] = 3 + 8;
    reply[8] = 8;
    return reply;
  }, "answer malformed", true);
}
TEST(ModbusPlc, AnAnswerOfAnotherFunctionIsDropped) {
  expect_drop([](Bytes reply) { return reply[7] = 3, reply; }, "answer malformed", true);
}
TEST(ModbusPlc, AnAnswerToAnotherRequestIsDropped) {
  expect_drop([](Bytes reply) { return reply[1] ^= 0x55, reply; }, "answer malformed", true);
}
TEST(ModbusPlc, AnExceptionIsCountedByItsName) {
  expect_drop([](Bytes reply) { return Bytes{reply[0], reply[1], 0, 0, 0, 3, reply[6], 0x84, 2}; },
              "exception: Illegal data address", false);
}
TEST(ModbusPlc, AnOversizedAnswerIsDropped) {
  expect_drop([](Bytes reply) {
    reply.resize(9 + 250, 0xff);
    reply[5] = 253;
    reply[8] = 250;
    return reply;
  }, "answer malformed", true);
}
TEST(ModbusPlc, SilenceIsDropped) {
  expect_drop([](Bytes) { return Bytes{}; }, "no answer in time", true);
}

TEST(ModbusPlc, StopsWithinTwoSecondsHoweverSlowThePlc) {
  Server server([](const Bytes&) { return Bytes{}; });
  Listener site(server.port());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto begin = std::chrono::steady_clock::now();
  site.driver->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(RegisterMap, FollowsTheSettings) {
  const auto config = Config::parse(R"(
[registers]
function = 3
word_order = "low_first"
missing = ["heartbeat", "encoder"]
running = { address = 100, bit = 7 }
speed = { address = 101, type = "f32", scale = 1 }
totaliser = { address = 400 }
)", "plc.toml");
  const auto map = plc::RegisterMap::read(*config);
  ASSERT_TRUE(map.ok()) << map.error().message;
  EXPECT_TRUE(map->read_holding());
  ASSERT_EQ(map->blocks().size(), 2u);         // 0 ... 102, 400 ... 401
  EXPECT_EQ(map->blocks()[0].count, 103);
  EXPECT_EQ(map->blocks()[1].start, 400);
  std::vector<std::uint16_t> registers(105);
  registers[100] = 0x80;
  registers[101] = 0x0000, registers[102] = 0x4020;    // 2.5 as IEEE 754, low word first
  registers[103] = 7, registers[104] = 1;              // 65543
  const auto image = map->decode(registers);
  ASSERT_TRUE(image.ok()) << image.error().message;
  EXPECT_EQ(*(*image)[plc::Field::kRunning], 1);
  EXPECT_EQ(*(*image)[plc::Field::kSpeed], 2.5);
  EXPECT_EQ(*(*image)[plc::Field::kTotaliser], 65543);
  EXPECT_FALSE((*image)[plc::Field::kHeartbeat].has_value());
  registers[102] = 0x7fc0;                             // not a number
  EXPECT_FALSE(map->decode(registers).ok());
}

TEST(RegisterMap, NamesWhatDoesNotFit) {
  const auto read = [](const char* text) { return plc::RegisterMap::read(*Config::parse(text, "plc.toml")).error().message; };
  EXPECT_THAT(read("[registers]\nspeed = { address = 70000 }"), HasSubstr("'address' is 70000, expected 0 to 65535"));
  EXPECT_THAT(read("[registers]\nspeed = { type = 'u64' }"), HasSubstr("expected u16, i16, u32, i32 or f32"));
  EXPECT_THAT(read("[registers]\nspede = { address = 1 }"), HasSubstr("'spede' is not a setting"));
  EXPECT_THAT(read("[registers]\nmissing = ['totaliser']"), HasSubstr("cannot be missing"));
  EXPECT_THAT(read("[registers]\nmissing = ['rate']"), HasSubstr("'rate' cannot be missing: the load of the belt"));
}

TEST(HeartbeatGuard, TellsFreshStoppedOldAndRestarted) {
  using Verdict = plc::HeartbeatGuard::Verdict;
  plc::HeartbeatGuard guard(seconds(2));
  EXPECT_EQ(guard.judge(65534, seconds(0)), Verdict::kFresh);
  EXPECT_EQ(guard.judge(1, seconds(0.1)), Verdict::kFresh);        // rolled over
  EXPECT_EQ(guard.judge(1, seconds(0.2)), Verdict::kSameCycle);
  EXPECT_EQ(guard.judge(1, seconds(2.2)), Verdict::kStopped);
  EXPECT_EQ(guard.judge(65535, seconds(2.3)), Verdict::kOlder);
  EXPECT_EQ(guard.judge(2, seconds(2.4)), Verdict::kFresh);
  EXPECT_EQ(guard.judge(40000, seconds(2.5)), Verdict::kRestarted);
}

}  // namespace
}  // namespace beltwarden::instruments
