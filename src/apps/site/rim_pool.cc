#include "apps/site/rim_pool.h"

#include <algorithm>

#include "base/thread_name.h"

namespace beltwarden::site {

RimPool::RimPool(RimModels models, std::size_t rims, int lanes) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  lanes = models.networks.empty() ? 1 : std::clamp(lanes, 1, cores);
  rims = std::clamp<std::size_t>(static_cast<std::size_t>(cores / lanes), 1, std::max<std::size_t>(rims, 1));
  for (std::size_t i = 1; i < rims; ++i) rims_.emplace_back(models, lanes);
  rims_.emplace_back(std::move(models), lanes);
}

RimPool::~RimPool() { stop(); }

void RimPool::start() {
  const ThreadsNamed name("rim");
  for (Rim& rim : rims_) threads_.emplace_back([this, &rim] { run(rim); });
}

void RimPool::stop() {
  tasks_.close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::future<RimPool::Done> RimPool::measure(instruments::RawFrame frame, std::string brand) {
  Task task{std::move(frame), std::move(brand), {}};
  auto done = task.done.get_future();
  tasks_.push(std::move(task));
  return done;
}

void RimPool::run(Rim& rim) {
  while (auto task = tasks_.pop()) {
    auto measured = rim.measure(task->frame, task->brand);
    task->done.set_value({std::move(task->frame), std::move(measured)});
  }
}

}  // namespace beltwarden::site
