// Orders that nobody answers do not wait for ever, and are not given when their tonnes are gone.
#include "instruments/plc/order_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace beltwarden::instruments::plc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Duration kTimeout = seconds(30);

CutOrder cut(std::uint32_t number) { return {"L1/" + std::to_string(number), number, Time{}}; }

std::vector<std::string> said(const OrderDesk::Answers& answers) {
  std::vector<std::string> texts;
  for (const auto& payload : answers.payloads) {
    if (const auto* reading = std::get_if<material::CutterReading>(&payload)) {
      texts.push_back(reading->command_id + (reading->confirmed ? " taken" : " not taken: " + reading->reason));
    } else {
      const auto& stop = std::get<material::StopAnswerReading>(payload);
      texts.push_back(stop.command_id + (stop.accepted ? " accepted" : " refused: " + stop.reason));
    }
  }
  return texts;
}

TEST(OrderDesk, CutsThatWaitedThroughADisconnectionAreAnsweredAndNotGiven) {
  OrderDesk desk(kTimeout);
  desk.numbers(7, 9);
  for (std::uint32_t n = 1; n <= 3; ++n) ASSERT_TRUE(desk.add(cut(n), seconds(n)).ok());
  ASSERT_TRUE(desk.add(StopOrder{"s-1", "a plate"}, seconds(3)).ok());
  EXPECT_EQ(desk.next(seconds(4))->cut, false);
  EXPECT_EQ(desk.next(seconds(4))->increment, 1);
  desk.numbers(std::nullopt, std::nullopt);       // the plug is pulled
  EXPECT_THAT(said(desk.overdue(seconds(31.9))), IsEmpty());
  EXPECT_THAT(said(desk.overdue(seconds(32))), ElementsAre("L1/2 not taken: the PLC could not be asked in time"));
  const auto late = desk.overdue(seconds(34));
  EXPECT_THAT(said(late), ElementsAre("L1/1 not taken: the PLC did not answer in time",
                                      "L1/3 not taken: the PLC could not be asked in time",
                                      "s-1 refused: the PLC did not answer in time"));
  EXPECT_THAT(late.faults, ElementsAre("cut command was not answered in time", "cut command waited too long for the PLC",
                                       "stop request was not answered in time"));
  desk.numbers(8, 10);
  EXPECT_FALSE(desk.next(seconds(600)).has_value()) << "nothing of before is given now";
  ASSERT_TRUE(desk.add(cut(4), seconds(600)).ok());
  EXPECT_EQ(desk.next(seconds(600))->number, 9);
}

TEST(OrderDesk, TakesNoMoreThanItCanGive) {
  OrderDesk desk(kTimeout);
  EXPECT_EQ(desk.add(cut(1), seconds(0)).error().message, "cut order not sent: the PLC is not connected or has no register for it");
  desk.numbers(0, std::nullopt);
  for (std::uint32_t n = 1; n <= 16; ++n) ASSERT_TRUE(desk.add(cut(n), seconds(0)).ok()) << n;
  EXPECT_EQ(desk.add(cut(17), seconds(0)).error().message, "cut order not sent: 16 wait already for the PLC's answer");
  EXPECT_EQ(desk.add(StopOrder{"s-1", ""}, seconds(0)).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace beltwarden::instruments::plc
