// What stands behind Record. Inside this module only.
#pragma once

#include <mutex>
#include <shared_mutex>

#include "record/database.h"
#include "record/evidence_store.h"
#include "record/latency.h"
#include "record/mirror.h"
#include "record/record.h"

namespace beltwarden::record {

struct Record::State {
  State(DatabaseUrl url, Duration lock_timeout, EvidenceStore evidence_store, const Clock& clock, Log& sink)
      : writer(url, lock_timeout), reader(std::move(url), lock_timeout), evidence(std::move(evidence_store)), wall(clock), log(sink) {}

  Database writer, reader;
  EvidenceStore evidence;
  const Clock& wall;
  Log& log;

  std::mutex commit_mutex;                          ///< one batch at a time
  mutable std::shared_mutex mirror_mutex;           ///< guards `mirror` and `latency`; only commits write
  Mirror mirror;
  LatencyHistogram latency;
};

}  // namespace beltwarden::record
