// Replaces malloc, which operator new and Eigen call, by one that counts. For one source of a test or bench.
#pragma once

#include "base/allocations_for_tests.h"

#if !(defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)) && defined(__GLIBC__)
extern "C" void* __libc_malloc(std::size_t size) noexcept;
extern "C" void* malloc(std::size_t size) noexcept {
  ++beltwarden::testing::allocations;
  return __libc_malloc(size);
}
#endif
