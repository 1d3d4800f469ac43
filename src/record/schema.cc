#include "record/schema.h"

#include <string>
#include <vector>

namespace beltwarden::record {
namespace {

// Types that SQLite and PostgreSQL share: BIGINT for numbers and nanoseconds, DOUBLE PRECISION, TEXT (also for
// base64). A step that has shipped is never changed; a new one is added below it.
const std::vector<std::vector<const char*>>& steps() {
  static const std::vector<std::vector<const char*>> kSteps = {
      {
          // What has arrived.
          "CREATE TABLE receipt (site TEXT NOT NULL, epoch BIGINT NOT NULL, contiguous BIGINT NOT NULL,"
          " beyond TEXT NOT NULL, PRIMARY KEY (site, epoch))",
          "CREATE TABLE unreadable (site TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,"
          " time BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (site, epoch, sequence))",
          // What was found.
          "CREATE TABLE finding (number BIGINT PRIMARY KEY, site TEXT NOT NULL, epoch BIGINT NOT NULL,"
          " cause BIGINT NOT NULL, ordinal BIGINT NOT NULL, model TEXT NOT NULL, line TEXT NOT NULL, lot TEXT NOT NULL,"
          " from_t DOUBLE PRECISION NOT NULL, to_t DOUBLE PRECISION NOT NULL, time BIGINT NOT NULL,"
          " verdict INTEGER NOT NULL, priority INTEGER NOT NULL, code TEXT NOT NULL, label TEXT NOT NULL,"
          " confidence DOUBLE PRECISION NOT NULL, body TEXT NOT NULL, UNIQUE (site, epoch, cause, ordinal))",
          "CREATE INDEX finding_by_lot ON finding (lot, verdict, number)",
          "CREATE TABLE series (id BIGINT PRIMARY KEY, line TEXT NOT NULL, lot TEXT NOT NULL, model TEXT NOT NULL,"
          " name TEXT NOT NULL, unit TEXT NOT NULL, UNIQUE (lot, model, name, unit, line))",
          "CREATE TABLE point (series BIGINT NOT NULL, from_t DOUBLE PRECISION NOT NULL, to_t DOUBLE PRECISION NOT NULL,"
          " value DOUBLE PRECISION NOT NULL, std_error DOUBLE PRECISION NOT NULL, time BIGINT NOT NULL,"
          " suspect INTEGER NOT NULL, expected DOUBLE PRECISION, low DOUBLE PRECISION, high DOUBLE PRECISION)",
          "CREATE INDEX point_by_series ON point (series, from_t)",
          // Lots and how far they were inspected.
          "CREATE TABLE lot (lot TEXT PRIMARY KEY, ordinal BIGINT NOT NULL, line TEXT NOT NULL, site TEXT NOT NULL,"
          " epoch BIGINT NOT NULL, first_sequence BIGINT NOT NULL, last_sequence BIGINT NOT NULL,"
          " passed_t DOUBLE PRECISION NOT NULL, sliced_t DOUBLE PRECISION NOT NULL, started BIGINT NOT NULL,"
          " ended BIGINT NOT NULL, finished INTEGER NOT NULL, plan TEXT NOT NULL)",
          "CREATE TABLE slice (site TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, line TEXT NOT NULL,"
          " lot TEXT NOT NULL, from_t DOUBLE PRECISION NOT NULL, to_t DOUBLE PRECISION NOT NULL, first BIGINT NOT NULL,"
          " last BIGINT NOT NULL, last_of_lot INTEGER NOT NULL, PRIMARY KEY (site, epoch, sequence))",
          "CREATE TABLE coverage (lot TEXT NOT NULL, name TEXT NOT NULL, of_model INTEGER NOT NULL,"
          " fitted INTEGER NOT NULL, covered TEXT NOT NULL, PRIMARY KEY (lot, of_model, name))",
          "CREATE TABLE increment (site TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,"
          " command TEXT NOT NULL, instrument TEXT NOT NULL, lot TEXT NOT NULL, from_t DOUBLE PRECISION NOT NULL,"
          " to_t DOUBLE PRECISION NOT NULL, increment BIGINT NOT NULL, confirmed INTEGER NOT NULL,"
          " mass_kg DOUBLE PRECISION NOT NULL, time BIGINT NOT NULL, PRIMARY KEY (site, epoch, sequence))",
          "CREATE INDEX increment_by_lot ON increment (lot)",
          "CREATE TABLE answer (site TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,"
          " command TEXT NOT NULL, kind TEXT NOT NULL, accepted INTEGER NOT NULL, detail TEXT NOT NULL,"
          " time BIGINT NOT NULL, PRIMARY KEY (site, epoch, sequence))",
          "CREATE INDEX answer_by_command ON answer (command)",
          // Newest state of lines and instruments.
          "CREATE TABLE line_state (line TEXT PRIMARY KEY, site TEXT NOT NULL, lot TEXT NOT NULL,"
          " passed_t DOUBLE PRECISION NOT NULL, body TEXT NOT NULL)",
          "CREATE TABLE run (line TEXT NOT NULL, ordinal BIGINT NOT NULL, lot TEXT NOT NULL,"
          " from_t DOUBLE PRECISION NOT NULL, to_t DOUBLE PRECISION NOT NULL, line_t DOUBLE PRECISION NOT NULL,"
          " PRIMARY KEY (line, ordinal))",
          "CREATE TABLE instrument (instrument TEXT PRIMARY KEY, line TEXT NOT NULL, since BIGINT NOT NULL,"
          " last_reading BIGINT NOT NULL, body TEXT NOT NULL)",
          "CREATE TABLE instrument_history (site TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,"
          " instrument TEXT NOT NULL, line TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (site, epoch, sequence))",
          // Evidence: the bytes are files.
          "CREATE TABLE evidence (sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, media_type TEXT NOT NULL,"
          " size BIGINT NOT NULL, instrument TEXT NOT NULL, frame_number BIGINT NOT NULL, frame_sha256 TEXT NOT NULL,"
          " line TEXT NOT NULL, lot TEXT NOT NULL, from_t DOUBLE PRECISION NOT NULL, to_t DOUBLE PRECISION NOT NULL,"
          " time BIGINT NOT NULL, width_px BIGINT NOT NULL, height_px BIGINT NOT NULL, mm_per_px DOUBLE PRECISION NOT NULL)",
          "CREATE INDEX evidence_by_frame ON evidence (frame_sha256)",
          "CREATE INDEX evidence_by_lot ON evidence (lot, kind, from_t)",
          // Acts of people and of the system.
          "CREATE TABLE event (number BIGINT PRIMARY KEY, time BIGINT NOT NULL, who TEXT NOT NULL, act TEXT NOT NULL,"
          " subject TEXT NOT NULL, payload TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL)",
          "CREATE TABLE account (who TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, consignee TEXT NOT NULL,"
          " password_hash TEXT NOT NULL, disabled INTEGER NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL)",
          "CREATE TABLE signed_in (token_sha256 TEXT PRIMARY KEY, who TEXT NOT NULL, csrf TEXT NOT NULL,"
          " created BIGINT NOT NULL, seen BIGINT NOT NULL, expires BIGINT NOT NULL)",
      },
      {
          // Increments that the site has ordered of its sampler, by plan or by command.
          "CREATE TABLE cut_order (site TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, command TEXT NOT NULL,"
          " lot TEXT NOT NULL, mark_t DOUBLE PRECISION NOT NULL, requested_by TEXT NOT NULL, time BIGINT NOT NULL,"
          " PRIMARY KEY (site, epoch, sequence))",
          "CREATE INDEX cut_order_by_lot ON cut_order (lot, mark_t)",
      },
      {
          // Of each journal that speaks of a lot, its stretch: sequences mean nothing without their epoch. Where a site has had
          // several journals it is not known to which of them the one first sequence belonged: it is taken as the beginning.
          "CREATE TABLE lot_epoch (lot TEXT NOT NULL, site TEXT NOT NULL, epoch BIGINT NOT NULL,"
          " first_sequence BIGINT NOT NULL, last_sequence BIGINT NOT NULL, announced INTEGER NOT NULL,"
          " ended INTEGER NOT NULL, PRIMARY KEY (lot, site, epoch))",
          "INSERT INTO lot_epoch SELECT l.lot, l.site, l.epoch,"
          " CASE WHEN (SELECT COUNT(*) FROM receipt r WHERE r.site = l.site) > 1 THEN 0 ELSE l.first_sequence END,"
          " l.last_sequence,"
          " CASE WHEN l.plan = '' OR (SELECT COUNT(*) FROM receipt r WHERE r.site = l.site) > 1 THEN 0 ELSE 1 END,"
          " l.finished FROM lot l",
          "INSERT INTO lot_epoch SELECT s.lot, s.site, s.epoch, 0, MAX(s.sequence), 0, 0 FROM slice s"
          " JOIN lot l ON l.lot = s.lot WHERE s.epoch <> l.epoch GROUP BY s.lot, s.site, s.epoch",
          "ALTER TABLE lot DROP COLUMN epoch",
          "ALTER TABLE lot DROP COLUMN first_sequence",
          "ALTER TABLE lot DROP COLUMN last_sequence",
      },
  };
  return kSteps;
}

}  // namespace

const int kSchemaVersion = static_cast<int>(steps().size());

Result<void> migrate(Database& database) {
  auto version = database.write("reading the schema's version", [](soci::session& sql) {
    sql << "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";
    int found = 0;
    soci::indicator present = soci::i_null;
    sql << "SELECT MAX(version) FROM schema_version", soci::into(found, present);
    return present == soci::i_ok ? found : 0;
  });
  if (!version) return version.error();
  if (*version > kSchemaVersion) {
    return unsupported("the record's schema is version " + std::to_string(*version) + ", this program knows up to " +
                       std::to_string(kSchemaVersion) + ": it was written by a newer Beltwarden; update the program");
  }
  for (int step = *version; step < kSchemaVersion; ++step) {
    auto done = database.write("bringing the schema to version " + std::to_string(step + 1), [&](soci::session& sql) {
      for (const char* statement : steps()[static_cast<std::size_t>(step)]) sql << statement;
      const int reached = step + 1;
      sql << "INSERT INTO schema_version (version) VALUES (:v)", soci::use(reached);
    });
    if (!done) return done;
  }
  return {};
}

}  // namespace beltwarden::record
