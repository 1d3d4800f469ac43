// Names of threads as the system's tools show them: whose processor time is whose.
#pragma once

#include <pthread.h>

#include <string>

namespace beltwarden {

/// While it lives, threads that this one starts begin with `name` (its first 15 bytes).
class ThreadsNamed {
 public:
  explicit ThreadsNamed(const std::string& name) {
    ::pthread_getname_np(::pthread_self(), before_, sizeof before_);
    ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  }
  ~ThreadsNamed() { ::pthread_setname_np(::pthread_self(), before_); }
  ThreadsNamed(const ThreadsNamed&) = delete;
  ThreadsNamed& operator=(const ThreadsNamed&) = delete;

 private:
  char before_[16] = {};
};

}  // namespace beltwarden
