// Faults put into a recorded series, to see what a monitor makes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace beltwarden::gamma {

enum class Disturbance : std::uint8_t {
  kGain,     ///< the energy scale swings to and fro by `size`
  kJump,     ///< it moves by `size` within five seconds and stays there
  kStuck,    ///< one detector of `detectors` repeats the spectrum that it had when it began
  kDead,     ///< one detector counts nothing
  kNoisy     ///< electronic noise of `size` cps at the lowest energies
};
std::optional<Disturbance> disturbance_of(std::string_view name);   ///< "gain", "jump", "stuck", "dead", "noisy"

/// Changes the counts of a series' intervals one after the other, each count drawn for itself, so that they scatter as
/// counts do. Which of them the one detector saw is drawn as well: they come summed.
class Disturber {
 public:
  Disturber(Disturbance what, double size, int detectors, std::vector<double> channel_edges_kev, std::uint64_t seed);
  void apply(double time_s, double live_s, std::span<std::uint32_t> counts);

 private:
  Disturbance what_;
  double size_, begun_s_ = -1;
  int detectors_;
  std::vector<double> edges_;
  Rng rng_;
  std::vector<std::uint32_t> frozen_;
};

}  // namespace beltwarden::gamma
