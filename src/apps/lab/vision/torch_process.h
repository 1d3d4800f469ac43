// The process that runs a site's own network: started with pipes for input and output and bounds on what it may use.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::lab {

class TorchProcess {
 public:
  /// For one answer, however it trickles in.
  static constexpr std::chrono::seconds kPatience{60};

  /// Starts beltwarden-torch-eye and hands it the network. The process dies with the thread that started it.
  static Result<TorchProcess> start(const std::string& torchscript, std::chrono::seconds patience = kPatience);
  TorchProcess(TorchProcess&& other) noexcept;
  TorchProcess& operator=(TorchProcess&&) = delete;
  ~TorchProcess();

  /// Three planes of width x height in, columns x rows of evidence back.
  Result<std::vector<float>> ask(const std::vector<float>& planes, int width, int height, int columns, int rows);

 private:
  TorchProcess(pid_t pid, int to, int from, std::chrono::seconds patience) : pid_(pid), to_(to), from_(from), patience_(patience) {}
  Result<void> write_all(const void* data, std::size_t bytes);
  Result<void> read_all(void* data, std::size_t bytes);
  bool wait_for(int file, short what) const;   // false once the deadline has passed

  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::chrono::seconds patience_{kPatience};
  bool broken_ = false;
  std::chrono::steady_clock::time_point deadline_{};   // of the answer being waited for
};

}  // namespace beltwarden::lab
