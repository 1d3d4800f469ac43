// One connection to SQLite or PostgreSQL through SOCI. Inside this module only.
#pragma once

#include <soci/soci.h>

#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::record {

enum class Backend { kSqlite, kPostgresql };

/// Where the database is, taken apart.
struct DatabaseUrl {
  Backend backend = Backend::kSqlite;
  std::string connection;                           ///< a path, or libpq's words
  static Result<DatabaseUrl> parse(const std::string& text);
};

/// A connection used by one caller at a time; opened anew when it was lost.
class Database {
 public:
  explicit Database(DatabaseUrl url, Duration lock_timeout = seconds(5)) : url_(std::move(url)), lock_timeout_(lock_timeout) {}

  Backend backend() const { return url_.backend; }

  /// Calls `work(session)` and turns what the database throws into an error. A plain read.
  template <class Work>
  auto read(const std::string& what, Work work) -> Result<std::invoke_result_t<Work, soci::session&>> {
    return guarded(what, false, std::move(work));
  }

  /// The same in a transaction that begins as a writer: committed when `work` returns, rolled back when it throws.
  template <class Work>
  auto write(const std::string& what, Work work) -> Result<std::invoke_result_t<Work, soci::session&>> {
    return guarded(what, true, std::move(work));
  }

 private:
  template <class Work>
  auto guarded(const std::string& what, bool transaction, Work work)
      -> Result<std::invoke_result_t<Work, soci::session&>> {
    using Value = std::invoke_result_t<Work, soci::session&>;
    std::lock_guard lock(mutex_);
    try {
      soci::session& session = connected();
      if (transaction) begin();
      if constexpr (std::is_void_v<Value>) {
        work(session);
        if (transaction) commit();
        return {};
      } else {
        Value value = work(session);
        if (transaction) commit();
        return value;
      }
    } catch (const std::exception& failure) {
      return failed(what, failure, transaction);
    }
  }

  soci::session& connected();
  void begin();
  void commit();
  Error failed(const std::string& what, const std::exception& failure, bool transaction);

  DatabaseUrl url_;
  Duration lock_timeout_;
  std::mutex mutex_;
  std::unique_ptr<soci::session> session_;
  bool open_transaction_ = false;
};

}  // namespace beltwarden::record
