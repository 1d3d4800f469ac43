// How often this thread took memory: allocations_test.cc replaces malloc, which operator new and Eigen call.
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
