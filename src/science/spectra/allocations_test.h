// How often memory is taken: in one file of a test executable only, for it replaces malloc (which operator new and Eigen call).
#pragma once

#include <cstddef>
#include <cstdlib>

namespace beltwarden::spectra::testing {

inline thread_local std::size_t allocations = 0;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
inline constexpr bool kCountsAllocations = false;
#else
inline constexpr bool kCountsAllocations = true;
#endif

}  // namespace beltwarden::spectra::testing

#if !(defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)) && defined(__GLIBC__)
extern "C" void* __libc_malloc(std::size_t size) noexcept;
extern "C" void* malloc(std::size_t size) noexcept {
  ++beltwarden::spectra::testing::allocations;
  return __libc_malloc(size);
}
#endif
