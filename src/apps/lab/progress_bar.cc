#include "apps/lab/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace beltwarden::lab {

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)), started_(clock_.monotonic()), terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (visible_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(double share) {
  const Duration now = clock_.monotonic();
  if (!terminal_ || now - started_ < seconds(2) || now - drawn_ < milliseconds(100)) return;
  drawn_ = now;
  visible_ = true;
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * 40);
  std::fprintf(stderr, "\r\033[K%s [%s%s] %3.0f %%", what_.c_str(), std::string(static_cast<std::size_t>(filled), '#').c_str(),
               std::string(static_cast<std::size_t>(40 - filled), '.').c_str(), share * 100);
  std::fflush(stderr);
}

void ProgressBar::show(const std::string& what, double share) {
  what_ = what;
  show(share);
}

}  // namespace beltwarden::lab
