// How often this thread took memory, in a program of which one source includes base/counting_malloc_for_tests.h.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace beltwarden::testing {

inline thread_local std::size_t allocations = 0;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
inline constexpr bool kCountsAllocations = false;   // a sanitizer has malloc
#else
inline constexpr bool kCountsAllocations = true;
#endif

}  // namespace beltwarden::testing
