// A control room to test on: a record in a temporary folder, a clock that stands still, three people.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "control/control.h"
#include "record/record_for_tests.h"

namespace beltwarden::control {

inline const Actor kOfficer{UserId{"li.wei"}, "Li Wei", Role::kOfficer, ""};
inline const Actor kSecondOfficer{UserId{"chen.jie"}, "Chen Jie", Role::kOfficer, ""};
inline const Actor kSupervisor{UserId{"zhao.min"}, "Zhao Min", Role::kSupervisor, ""};
inline const Actor kAdmin{UserId{"root"}, "Root", Role::kAdmin, ""};
inline const Actor kTerminal{UserId{"pier3"}, "Pier 3", Role::kTerminal, ""};
inline const Actor kImporter{UserId{"acme"}, "Acme", Role::kConsignee, "Acme Steel"};

inline Declaration declaration_of(const std::string& number, const std::string& lot, std::int64_t feed) {
  Declaration declaration;
  declaration.number = number;
  declaration.hs_code = "2601112000";
  declaration.brand = "Carajas fines";
  declaration.origin = "Brazil";
  declaration.consignee = "Acme Steel";
  declaration.ship = "Ore Sao Luis";
  declaration.call = "V2611";
  declaration.lot = lot;
  declaration.commodity = "iron-ore";
  declaration.feed_number = feed;
  declaration.mass_t = 150;
  declaration.composition = {{"Fe", 65.2}, {"SiO2", 1.8}, {"moisture", 8.5}};
  return declaration;
}

class ControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options.site = SiteId{"majishan"};
    options.lines = {{LineId{"A"}, "Line A", -20, 100, {{InstrumentId{"nir1"}, "spectrometer", "folder", 10, 5}}}};
    options.required_models = {"slag_comparison"};
    options.passwords = {8, 1, 8192};
    restart();
  }

  void restart() {
    control.reset();
    record.reset();
    auto opened_record = record::Record::open(database.options(), clock, *log);
    ASSERT_TRUE(opened_record.ok()) << opened_record.error().message;
    record = std::move(*opened_record);
    auto opened = Control::open(options, *record, clock, *log);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    control = std::move(*opened);
    control->set_command_sink([this](const wire::SiteCommand& command) -> Result<void> {
      if (!site_reachable) return unavailable("no connection");
      sent.push_back(command);
      return {};
    });
    ASSERT_TRUE(control->tick().ok());
  }

  /// Takes contents in under the next sequences.
  template <class... Contents>
  void take(Contents... contents) {
    record::IntakeBatch batch;
    (batch.entries.push_back(record::entry_of(next_sequence++, std::move(contents))), ...);
    const auto done = control->intake(batch);
    ASSERT_TRUE(done.ok()) << done.error().message;
    ASSERT_EQ(done->fresh, sizeof...(contents));
  }

  /// Takes one content in under a name of its own.
  template <class Content>
  void take_as(std::uint64_t epoch, std::uint64_t sequence, Content content) {
    auto entry = record::entry_of(sequence, std::move(content));
    entry.id.epoch = epoch;
    const auto done = control->intake({{std::move(entry)}});
    ASSERT_TRUE(done.ok()) << done.error().message;
    ASSERT_EQ(done->fresh, 1u);
  }

  /// A finding that asks for a person.
  wire::Finding suspect(const std::string& model, const std::string& code, double from, double to,
                        wire::Priority priority = wire::Priority::kHigh, const std::string& label = "") {
    wire::Finding finding = record::finding_of(next_sequence, model, from, to, wire::Verdict::kSuspect);
    finding.ordinal = next_ordinal++;
    finding.code = code;
    finding.label = label;
    finding.priority = priority;
    finding.measured = {{"score", 7, 1, "1", {}, {}, 5.0}};
    return finding;
  }

  /// The lot is declared, seen whole by its required model, and done.
  void inspect_whole_lot() {
    ASSERT_EQ(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)})->accepted, 1u);
    take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}), record::slice_of("L1", 50, 100, {{50_t, 100_t}}),
         record::slice_of("L1", 100, 150, {{100_t, 150_t}}, true));
  }

  static std::vector<std::string> codes(const std::vector<Blocker>& blockers) {
    std::vector<std::string> codes;
    for (const auto& blocker : blockers) codes.push_back(blocker.code);
    return codes;
  }

  ManualClock clock{Time{1'795'444'266'000'000'000}};
  std::unique_ptr<Log> log = make_null_log();
  record::TestDatabase database{record::Backend::kSqlite};
  ControlOptions options;
  std::unique_ptr<record::Record> record;
  std::unique_ptr<Control> control;
  std::vector<wire::SiteCommand> sent;
  bool site_reachable = true;
  std::uint64_t next_sequence = 1;
  std::uint32_t next_ordinal = 0;
};

}  // namespace beltwarden::control
