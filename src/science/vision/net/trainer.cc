#include "science/vision/net/trainer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thread>

namespace beltwarden::vision::net {

namespace {
constexpr double kStateShare = 0.03;  // how much of a batch's means enters the running ones, after the first batches
}

void Adam::step(std::span<const float> gradient, double rate, std::vector<float>& parameters) {
  constexpr double kFirst = 0.9, kSecond = 0.99, kFloor = 1e-8;
  ++steps_;
  double norm = 0;
  for (const float g : gradient) norm += static_cast<double>(g) * static_cast<double>(g);
  norm = std::sqrt(norm);
  if (!std::isfinite(norm)) return;
  const double shrink = norm > clip ? clip / norm : 1;
  const double first_share = 1 - std::pow(kFirst, steps_), second_share = 1 - std::pow(kSecond, steps_);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double g = shrink * static_cast<double>(gradient[i]);
    const double m = kFirst * static_cast<double>(first_[i]) + (1 - kFirst) * g;
    const double v = kSecond * static_cast<double>(second_[i]) + (1 - kSecond) * g * g;
    first_[i] = static_cast<float>(m);
    second_[i] = static_cast<float>(v);
    const double value = static_cast<double>(parameters[i]);
    const double move = m / first_share / (std::sqrt(v / second_share) + kFloor) + weight_decay * value;
    parameters[i] = static_cast<float>(value - rate * move);
  }
}

void AverageNumbers::add(const Network& network) {
  if (added_++ == 0) {
    parameters_ = network.parameters;
    state_ = network.state;
    return;
  }
  const float share = static_cast<float>(std::max(1.0 / added_, least_share_));
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i] += share * (network.parameters[i] - parameters_[i]);
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += share * (network.state[i] - state_[i]);
}

void AverageNumbers::put_into(Network& network) const {
  if (added_ == 0) return;
  network.parameters = parameters_;
  network.state = state_;
}

double rate_at(const TrainingRun& run, int step) {
  const double warm = std::max(1.0, run.steps / 20.0);
  if (step < warm) return run.peak_rate * (step + 1) / warm;
  const double done = static_cast<double>(step) / run.steps;
  return run.peak_rate * std::max(run.least_rate_share, 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

void train(Network& network, const TrainingRun& run, const FillBatch& fill, const LossGradient& loss,
           const AfterStep& after) {
  std::vector<Lane> lanes;
  for (int i = 0; i < run.lanes; ++i) lanes.emplace_back(network, run.samples_per_lane, run.width, run.height);
  std::vector<double> losses(lanes.size());
  std::vector<float> gradient(network.parameters.size());
  Adam adam(network.parameters.size());
  for (int step = 0; step < run.steps; ++step) {
    const auto work = [&](int i) {
      Lane& lane = lanes[static_cast<std::size_t>(i)];
      fill(step, i, lane.input());
      lane.forward(network);
      losses[static_cast<std::size_t>(i)] = loss(step, i, lane);
      lane.backward(network);
    };
    {
      std::vector<std::jthread> threads;
      for (int i = 1; i < run.lanes; ++i) threads.emplace_back(work, i);
      work(0);
    }
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    const float share = 1.0f / static_cast<float>(run.lanes);
    const float state_share = static_cast<float>(std::max(kStateShare, 1.0 / (step + 1)));
    for (float& value : network.state) value *= 1 - state_share;
    for (const Lane& lane : lanes) {
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += share * lane.parameter_gradient()[i];
      for (std::size_t i = 0; i < network.state.size(); ++i) network.state[i] += state_share * share * lane.batch_state()[i];
    }
    adam.step(gradient, rate_at(run, step), network.parameters);
    double mean = 0;
    for (const double value : losses) mean += value / run.lanes;
    if (!after(step, mean)) return;
  }
}

}  // namespace beltwarden::vision::net
