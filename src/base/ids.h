// Names of things. Each kind is a type of its own, so that a lot never stands where a line is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace beltwarden {

/// A name of one kind (`Tag`). Compares and hashes as its text; empty means "none".
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

using SiteId = Id<struct SiteTag>;                  ///< a supervised terminal
using LineId = Id<struct LineTag>;                  ///< one conveyor route of a site
using InstrumentId = Id<struct InstrumentTag>;      ///< one instrument on a line
using CallId = Id<struct CallTag>;                  ///< a ship's or train's visit
using ConsignmentId = Id<struct ConsignmentTag>;    ///< one import declaration, by its number
using LotId = Id<struct LotTag>;                    ///< unit of inspection and release
using AlarmId = Id<struct AlarmTag>;
using CaseId = Id<struct CaseTag>;
using UserId = Id<struct UserTag>;

/// The name of one entry of a site's journal. `epoch` grows each time a journal is begun anew (a
/// replaced disk); `sequence` counts from 1 without holes within an epoch, so a missing entry is visible.
struct EntryId {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const EntryId&) const = default;
};

/// "site/epoch/sequence", as findings, evidence and messages cite an entry.
inline std::string to_string(const EntryId& id) {
  return id.site.str() + "/" + std::to_string(id.epoch) + "/" + std::to_string(id.sequence);
}

}  // namespace beltwarden

template <class Tag>
struct std::hash<beltwarden::Id<Tag>> {
  std::size_t operator()(const beltwarden::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
