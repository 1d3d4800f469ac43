// The transport of a site and a center that share a process.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.h"
#include "transport/transport.h"

namespace beltwarden::transport {

/// What goes wrong on purpose, for tests: the same for the same seed and order of calls. Probabilities, 0 to 1.
struct Faults {
  std::uint64_t seed = 1;
  double drop = 0;       ///< of each entry, acknowledgement, repair request and command
  double duplicate = 0;  ///< of each entry and command
  double reorder = 0;    ///< of each entry: it overtakes up to `reach` that were sent before it
  std::size_t reach = 32;
};

/// Bounded queues: send() waits while the center is behind, which in turn slows an accelerated twin.
class InProcessTransport final : public Transport {
 public:
  struct Options {
    std::size_t max_envelopes = 4096;       ///< waiting for the center, of all sites
    std::size_t max_bytes = 64u << 20;      ///< of their payloads
    std::size_t max_commands = 256;         ///< waiting for a site; more are refused
    std::size_t max_repairs = 256;          ///< waiting for a site; more are dropped, the center repeats them
    Duration send_timeout = milliseconds(1000);
    Faults faults;
  };

  InProcessTransport();
  explicit InProcessTransport(Options options);
  ~InProcessTransport() override;

  SiteEnd& site_end(const SiteId& site) override;
  CenterEnd& center_end() override;
  void close() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace beltwarden::transport
