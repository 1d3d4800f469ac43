#include "record/database.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

namespace beltwarden::record {

Result<DatabaseUrl> DatabaseUrl::parse(const std::string& text) {
  const std::string sqlite = "sqlite://", postgresql = "postgresql://";
  if (text.starts_with(sqlite) && text.size() > sqlite.size()) {
    return DatabaseUrl{Backend::kSqlite, text.substr(sqlite.size())};
  }
  if (text.starts_with(postgresql) && text.size() > postgresql.size()) {
    return DatabaseUrl{Backend::kPostgresql, text.substr(postgresql.size())};
  }
  return invalid_input("database: expected \"sqlite://<path>\" or \"postgresql://<connection words>\", found \"" +
                       text.substr(0, std::min(text.find("://"), std::size_t{20})) + "...\"");
}

soci::session& Database::connected() {
  if (session_) return *session_;
  if (url_.backend == Backend::kPostgresql) {
    session_ = std::make_unique<soci::session>(soci::postgresql, url_.connection);
    *session_ << "SET client_min_messages TO warning";
    return *session_;
  }
  // SOCI reads "key=value" words; a bare path is taken whole.
  const bool bare = url_.connection.find('=') == std::string::npos;
  session_ = std::make_unique<soci::session>(soci::sqlite3, bare ? url_.connection : "db=\"" + url_.connection + "\"");
  std::string mode;
  *session_ << "PRAGMA busy_timeout = " + std::to_string(static_cast<long>(lock_timeout_.milliseconds()));
  *session_ << "PRAGMA journal_mode = WAL", soci::into(mode);
  // The site forgets what the center has acknowledged, so a commit must outlive a power cut: in WAL mode only FULL does.
  *session_ << "PRAGMA synchronous = FULL";
  *session_ << "PRAGMA foreign_keys = ON";
  return *session_;
}

void Database::begin() {
  // IMMEDIATE takes SQLite's write lock now: a reader that turns writer half-way could not wait for it.
  *session_ << (url_.backend == Backend::kSqlite ? "BEGIN IMMEDIATE" : "BEGIN");
  open_transaction_ = true;
}

void Database::commit() {
  *session_ << "COMMIT";
  open_transaction_ = false;
}

Error Database::failed(const std::string& what, const std::exception& failure, bool transaction) {
  Error error = io_error(what + ": " + failure.what());
  const auto* from_soci = dynamic_cast<const soci::soci_error*>(&failure);
  if (error.message.find("locked") != std::string::npos) error.code = ErrorCode::kUnavailable;
  if (!session_) {
    error.code = ErrorCode::kUnavailable;
    return error;
  }
  if (transaction && open_transaction_) {
    open_transaction_ = false;
    try {
      *session_ << "ROLLBACK";
    } catch (const std::exception&) {
      // SQLite has rolled back by itself when the disk was full; a lost connection shows below.
    }
  }
  if (!from_soci) return error;
  try {
    int one = 0;
    *session_ << "SELECT 1", soci::into(one);
  } catch (const std::exception&) {
    // Not even that: the connection is gone. The next call opens a new one.
    session_.reset();
    error.code = ErrorCode::kUnavailable;
  }
  return error;
}

}  // namespace beltwarden::record
