// How long work is spread over threads: handed in by whoever owns the threads.
#pragma once

#include <cstddef>
#include <functional>

namespace beltwarden {

/// Runs `task(0)` ... `task(count - 1)`, in any order, perhaps side by side. Results do not depend on how.
using Executor = std::function<void(std::size_t count, const std::function<void(std::size_t)>& task)>;

/// One after the other.
inline void run_in_turn(std::size_t count, const std::function<void(std::size_t)>& task) {
  for (std::size_t i = 0; i < count; ++i) task(i);
}

}  // namespace beltwarden
