// Threads for work that can be spread; what comes of it does not depend on how many there are.
#pragma once

#include "base/executor.h"

namespace beltwarden {

/// Runs tasks on as many threads as the machine has cores, at most `most`, the caller's among them. Where the system gives no
/// more threads, fewer do the work. What a task throws is thrown again once all have ended.
Executor workers(unsigned most = 8);

}  // namespace beltwarden
