// The center's intake: what sites send is put in order, recorded, acted upon and only then acknowledged.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/log.h"
#include "base/time.h"
#include "control/control.h"
#include "record/record.h"
#include "transport/sequence_tracker.h"
#include "transport/transport.h"

namespace beltwarden::center {

/// One thread between transport and control. Everything passed in must outlive it.
class Center {
 public:
  Center(transport::CenterEnd& sites, record::Record& record, control::Control& control, const SiteId& site, Log& log,
         const Clock& wall);
  ~Center();

  void start();
  void stop();

  /// Journal entries that are in the record.
  std::uint64_t recorded() const { return recorded_; }
  /// Entries that a site no longer had when they were asked for: lost for good, and said so.
  std::uint64_t lost() const { return lost_; }
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  void run();
  void take(std::vector<transport::Envelope> arrived);
  void resend_commands();
  Result<void> send(const wire::SiteCommand& command);

  transport::CenterEnd& sites_;
  record::Record& record_;
  control::Control& control_;
  const SiteId site_;
  Log& log_;
  const Clock& wall_;
  transport::SequenceTracker sequences_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> recorded_{0}, lost_{0}, duplicates_{0};
};

}  // namespace beltwarden::center
