#include "base/workers.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace beltwarden {

Executor workers(unsigned most) {
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, std::max(most, 1u));
  return [threads](std::size_t count, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next{0};
    std::exception_ptr failed;
    std::mutex mutex;
    const auto work = [&] {
      try {
        for (auto i = next++; i < count; i = next++) task(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failed = std::current_exception();
      }
    };
    std::vector<std::jthread> others;
    try {
      for (unsigned k = 1; k < std::min<std::size_t>(threads, count); ++k) others.emplace_back(work);
    } catch (const std::system_error&) {
      // No more threads to be had: those there are do it.
    }
    work();
    others.clear();
    if (failed) std::rethrow_exception(failed);
  };
}

}  // namespace beltwarden
