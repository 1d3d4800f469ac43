// A bar on stderr for work that takes a while.
#pragma once

#include <string>

#include "base/time.h"

namespace beltwarden::lab {

/// Draws nothing unless stderr is a terminal and two seconds have passed.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  ~ProgressBar();

  void show(double share);                   ///< 0 to 1
  void show(const std::string& what, double share);

 private:
  std::string what_;
  SystemClock clock_;
  Duration started_, drawn_{};
  bool terminal_, visible_ = false;
};

}  // namespace beltwarden::lab
