#include "science/gamma/disturb.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace beltwarden::gamma {
namespace {
constexpr double kSwing_s = 600;       // of the energy scale, to and fro
constexpr double kJump_s = 5;
constexpr double kNoiseKev = 10;       // mean height of noise above the threshold
}  // namespace

std::optional<Disturbance> disturbance_of(std::string_view name) {
  if (name == "gain") return Disturbance::kGain;
  if (name == "jump") return Disturbance::kJump;
  if (name == "stuck") return Disturbance::kStuck;
  if (name == "dead") return Disturbance::kDead;
  if (name == "noisy") return Disturbance::kNoisy;
  return {};
}

Disturber::Disturber(Disturbance what, double size, int detectors, std::vector<double> edges, std::uint64_t seed)
    : what_(what), size_(size), detectors_(std::max(detectors, 1)), edges_(std::move(edges)), rng_(seed) {}

void Disturber::apply(double time, double live, std::span<std::uint32_t> counts) {
  const double share = 1.0 / detectors_;
  const auto part_of = [&](std::uint32_t count) {
    std::uint32_t part = 0;
    for (std::uint32_t i = 0; i < count; ++i) part += rng_.uniform() < share;
    return part;
  };
  switch (what_) {
    case Disturbance::kGain:
    case Disturbance::kJump: {
      if (begun_s_ < 0) begun_s_ = time;
      const double gain = 1 + size_ * (what_ == Disturbance::kGain ? std::sin(2 * std::numbers::pi * time / kSwing_s)
                                                                  : std::min(1.0, (time - begun_s_) / kJump_s));
      std::vector<std::uint32_t> moved(counts.size(), 0);
      for (std::size_t c = 0; c < counts.size(); ++c) {
        for (std::uint32_t i = 0; i < counts[c]; ++i) {
          const double energy = gain * (edges_[c] + rng_.uniform() * (edges_[c + 1] - edges_[c]));
          const auto above = std::upper_bound(edges_.begin(), edges_.end(), energy);
          // What falls out at one end comes in from beyond it.
          const auto to = std::clamp<std::ptrdiff_t>(above - edges_.begin() - 1, 0, static_cast<std::ptrdiff_t>(counts.size()) - 1);
          ++moved[static_cast<std::size_t>(to)];
        }
      }
      std::copy(moved.begin(), moved.end(), counts.begin());
      break;
    }
    case Disturbance::kStuck: {
      if (frozen_.empty()) {
        for (const std::uint32_t count : counts) frozen_.push_back(part_of(count));
      }
      for (std::size_t c = 0; c < counts.size(); ++c) counts[c] = counts[c] - part_of(counts[c]) + frozen_[c];
      break;
    }
    case Disturbance::kDead:
      for (std::uint32_t& count : counts) count -= part_of(count);
      break;
    case Disturbance::kNoisy: {
      double all = 0;
      std::vector<double> height;
      for (std::size_t c = 0; c < counts.size(); ++c)
        all += height.emplace_back(std::exp(-(edges_[c] - edges_[0]) / kNoiseKev) - std::exp(-(edges_[c + 1] - edges_[0]) / kNoiseKev));
      for (std::size_t c = 0; c < counts.size(); ++c) counts[c] += rng_.poisson(size_ * live * height[c] / all);
      break;
    }
  }
}

}  // namespace beltwarden::gamma
