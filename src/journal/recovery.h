// What open() does before the first append: take the folder, check it, mend its torn end.
#pragma once

#include <deque>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/journal.h"
#include "journal/scan.h"
#include "journal/segment_store.h"
#include "journal/state_file.h"

namespace beltwarden::journal {

/// A journal ready to be continued: everything in it is durable.
struct Recovered {
  StateFile file;  ///< holds the writer's lock
  State state;
  std::deque<Segment> segments;
  ChainPoint end;
  RecoveryReport report;
};

Result<Recovered> recover(const Options& options, Log& log, const Clock& clock);

}  // namespace beltwarden::journal
