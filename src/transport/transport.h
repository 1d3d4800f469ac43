// The way between sites and the center: entries one way, commands the other. docs/transport.md.
//
// The broker is transport, never the record: anything sent may be lost, doubled or come out of order. The site's
// journal sends again until the center's record has acknowledged; the center orders and de-duplicates by
// (site, epoch, sequence) and asks for what is missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace beltwarden::transport {

/// One journal entry on its way to the center.
struct Envelope {
  EntryId id;
  std::uint8_t kind = 0;          ///< journal::EntryKind
  Time time;                      ///< of the entry
  Time received;                  ///< when a driver received the reading, for measuring latency; else as `time`
  std::uint64_t oldest_kept = 0;  ///< oldest entry that the site's retention has kept; 0 = not said
  std::string payload;
};

/// An order for a site. `payload` is a wire::SiteCommand.
struct Command {
  std::string id;  ///< unique: the site takes each id once, however often it arrives
  SiteId site;
  LineId line;
  Time time;
  std::string payload;
};

/// The center misses entries `from` ... `to` (both included) of a site's epoch.
struct RepairRequest {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool operator==(const RepairRequest&) const = default;
};

/// A site's end. Safe from any thread.
class SiteEnd {
 public:
  virtual ~SiteEnd() = default;

  /// Hands entries over, all or none. Waits a while for room; kUnavailable when there is none or nobody to take them:
  /// send again later. Success does not mean that they will arrive.
  virtual Result<void> send(std::vector<Envelope> envelopes) = 0;

  /// The highest sequence of `epoch` that the center's record is known to have; 0 when nothing is known.
  virtual std::uint64_t acknowledged(std::uint64_t epoch) = 0;

  /// Takes up to `most` waiting repair requests; returns at once.
  virtual std::vector<RepairRequest> repair_requests(std::size_t most) = 0;

  /// Takes up to `most` waiting commands, after waiting up to `timeout` for the first.
  virtual std::vector<Command> receive_commands(std::size_t most, Duration timeout) = 0;
};

/// The center's end, for all sites. Safe from any thread.
class CenterEnd {
 public:
  virtual ~CenterEnd() = default;

  /// Takes up to `most` entries, after waiting up to `timeout` for the first; in any order, some perhaps twice.
  virtual std::vector<Envelope> receive(std::size_t most, Duration timeout) = 0;

  /// The record has committed everything up to `sequence`. Repeat it whenever entries of the site arrive, also such
  /// as were known already: the site sends them because it has not heard.
  virtual Result<void> acknowledge(const SiteId& site, std::uint64_t epoch, std::uint64_t sequence) = 0;

  virtual Result<void> request_repair(const RepairRequest& request) = 0;

  /// May be lost: repeat until the site's journal shows that the command was taken.
  virtual Result<void> send_command(const Command& command) = 0;
};

/// Both ends, in one process or through a broker. Ends live as long as the transport.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual SiteEnd& site_end(const SiteId& site) = 0;
  virtual CenterEnd& center_end() = 0;
  /// Waiting calls return, later ones find nothing or fail with kUnavailable. For shutting down.
  virtual void close() = 0;
};

}  // namespace beltwarden::transport
