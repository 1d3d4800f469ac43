// Reads a journal's durable entries in order, also while it is being written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "journal/entry.h"

namespace beltwarden::journal {

/// Works in the writer's process or another. Not synchronised: one thread at a time; any number of readers.
/// Checks each entry's check sum and place; the chain is verify()'s business.
class Reader {
 public:
  /// Begins at the oldest entry kept. kNotFound when the folder holds no journal.
  static Result<Reader> open(const std::filesystem::path& folder);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  /// The next entry; empty when there is no durable one yet (call again). An error stays until seek():
  /// kCorrupt names the entry; kNotFound when retention removed it before it was read.
  Result<std::optional<Entry>> next();

  /// next() will return entry `sequence`, which may be the one after the last. kNotFound when retention has removed
  /// it; kInvalidInput beyond that.
  Result<void> seek(std::uint64_t sequence);

  const SiteId& site() const;
  std::uint64_t epoch() const;
  std::uint64_t next_sequence() const;     ///< what next() looks for
  Result<std::uint64_t> durable_sequence();  ///< as the writer last noted it

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace beltwarden::journal
