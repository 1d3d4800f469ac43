// Several rims at work at once: a picture seen through a network takes longer than the next one waits.
#pragma once

#include <cstddef>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "apps/site/rim.h"
#include "base/bounded_queue.h"

namespace beltwarden::site {

/// Measures frames on threads of its own, each with a Rim of its own. What they say does not depend on how many there are.
class RimPool {
 public:
  /// At most `rims` pictures at a time and `lanes` threads for each, as far as the machine has cores (beside the first part of each, for a moment one more): pictures that
  /// take each other's turn all come late. Without networks one thread a picture.
  RimPool(RimModels models, std::size_t rims, int lanes);
  /// Ends once every frame taken is measured.
  ~RimPool();
  RimPool(const RimPool&) = delete;
  RimPool& operator=(const RimPool&) = delete;

  void start();
  /// As the destructor; frames handed in later come back broken.
  void stop();

  /// A frame and what its rim says of it.
  struct Done {
    instruments::RawFrame frame;
    Result<MeasuredFrame> measured;
  };
  /// Waits until a rim is near its end.
  std::future<Done> measure(instruments::RawFrame frame, std::string brand);

  bool has_networks() const { return rims_.front().has_networks(); }
  /// As Rim::without_network.
  std::string without_network(std::string_view brand, double mm_per_px) const { return rims_.front().without_network(brand, mm_per_px); }

 private:
  struct Task {
    instruments::RawFrame frame;
    std::string brand;
    std::promise<Done> done;
  };
  void run(Rim& rim);

  std::vector<Rim> rims_;
  BoundedQueue<Task> tasks_{1};
  std::vector<std::thread> threads_;
};

}  // namespace beltwarden::site
