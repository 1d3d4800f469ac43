// A record to test on: in a temporary folder, on SQLite and, where a server is at hand, on PostgreSQL.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/log.h"
#include "record/database.h"
#include "record/record.h"

namespace beltwarden::record {

/// The environment variable that holds libpq's words of a server to test against.
inline const char* test_postgres() { return std::getenv("BELTWARDEN_TEST_POSTGRES"); }

/// A fresh database in a fresh folder, removed at the end.
class TestDatabase {
 public:
  explicit TestDatabase(Backend backend) {
    char name[] = "/tmp/beltwarden_record_XXXXXX";
    folder = ::mkdtemp(name);
    if (backend == Backend::kSqlite) {
      url = "sqlite://" + (folder / "center.db").string();
      return;
    }
    const std::string words = test_postgres();
    schema_ = folder.filename().string();
    for (auto& c : schema_) c = static_cast<char>(::tolower(c));
    server_ = "postgresql://" + words;
    run(server_, "CREATE SCHEMA " + schema_);
    url = server_ + " options='-c search_path=" + schema_ + "'";
  }
  ~TestDatabase() {
    if (!schema_.empty()) run(server_, "DROP SCHEMA " + schema_ + " CASCADE");
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  RecordOptions options() const { return {url, folder / "evidence"}; }

  /// SQL behind the record's back.
  void run(const std::string& statement) const { run(url, statement); }

  std::filesystem::path folder;
  std::string url;

 private:
  static void run(const std::string& url, const std::string& statement) {
    Database database(*DatabaseUrl::parse(url));
    const auto done = database.write("test", [&](soci::session& sql) { sql << statement; });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  std::string schema_, server_;
};

/// Tests that run on both backends.
class RecordTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    if (GetParam() == Backend::kPostgresql && !test_postgres()) GTEST_SKIP() << "no PostgreSQL server";
    database = std::make_unique<TestDatabase>(GetParam());
    open();
  }
  void open() {
    record.reset();
    auto opened = Record::open(database->options(), clock, *log);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    record = std::move(*opened);
  }

  ManualClock clock{Time{1'795'444'266'000'000'000}};
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<TestDatabase> database;
  std::unique_ptr<Record> record;
};

inline std::string backend_name(const ::testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::kSqlite ? "Sqlite" : "Postgresql";
}

// --- things to take in --------------------------------------------------------------------------------------------
inline EntryId entry_id(std::uint64_t sequence) { return {SiteId{"majishan"}, 1, sequence}; }

inline wire::Finding finding_of(std::uint64_t cause, const std::string& model, double from, double to,
                                wire::Verdict verdict = wire::Verdict::kOk) {
  wire::Finding finding;
  finding.cause = entry_id(cause);
  finding.model = model;
  finding.line = LineId{"A"};
  finding.where = {LotId{"L1"}, {Tonnes{from}, Tonnes{to}}};
  finding.time = Time{1'795'444'200'000'000'000 + static_cast<std::int64_t>(from * 1e9)};
  finding.verdict = verdict;
  finding.priority = verdict == wire::Verdict::kSuspect ? wire::Priority::kHigh : wire::Priority::kNone;
  finding.code = "slice";
  return finding;
}

template <class Content>
IntakeEntry entry_of(std::uint64_t sequence, Content content, Time received = {}) {
  return {entry_id(sequence), Time{1'795'444'200'000'000'000}, received, std::move(content)};
}

template <class Payload>
material::Observation observation_of(const std::string& instrument, Time time, Payload payload,
                                     std::vector<material::LotInterval> intervals = {}) {
  material::Observation observation;
  observation.line = LineId{"A"};
  observation.instrument = InstrumentId{instrument};
  observation.time = time;
  observation.intervals = std::move(intervals);
  observation.payload = std::move(payload);
  return observation;
}

inline material::LotInterval stretch(const std::string& lot, double from, double to) {
  return {LotId{lot}, {Tonnes{from}, Tonnes{to}}};
}

inline wire::SliceReport slice_of(const std::string& lot, double from, double to, std::vector<TonneInterval> by_model,
                                  bool last = false) {
  wire::SliceReport report;
  report.line = LineId{"A"};
  report.slice = stretch(lot, from, to);
  report.first = Time{1'795'444'100'000'000'000};
  report.last = Time{1'795'444'190'000'000'000};
  report.last_of_lot = last;
  report.models = {{"slag_comparison", std::move(by_model), true}};
  report.instruments = {{"nir1", {{Tonnes{from}, Tonnes{to}}}, true}};
  return report;
}

}  // namespace beltwarden::record
