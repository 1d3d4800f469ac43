// Random numbers that are the same on every run and every library: generators, noise and tests that draw
// from a seed use this instead of <random>, whose distributions differ between implementations.
#pragma once

#include <cstdint>

namespace beltwarden {

/// xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64. Not for secrets.
class Rng {
 public:
  /// Streams with different `seed` or `stream` are independent for our purposes: give each instrument and
  /// each reading index its own, and a reading can be made again without making those before it.
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t next();
  double uniform();                             ///< [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::uint64_t below(std::uint64_t n);         ///< 0 ... n-1; n > 0
  double normal();                              ///< mean 0, standard deviation 1 (polar method)
  double normal(double mean, double sd) { return mean + sd * normal(); }
  std::uint32_t poisson(double mean);           ///< exact below 30, rounded normal with skew correction above

 private:
  std::uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace beltwarden
