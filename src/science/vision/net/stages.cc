#include "science/vision/net/stages.h"

#include <cstdint>

namespace beltwarden::vision::net {

namespace {

Stage::Kind kind_of(StepKind kind) {
  switch (kind) {
    case StepKind::kUnfold: return Stage::Kind::kUnfold;
    case StepKind::kAdd: return Stage::Kind::kAdd;
    case StepKind::kDepthwise: return Stage::Kind::kDepthwise;
    case StepKind::kFold: return Stage::Kind::kFold;
    case StepKind::kNormalise: return Stage::Kind::kNormalise;
    default: return Stage::Kind::kMix;
  }
}

}  // namespace

std::vector<Stage> stages_of(const Network& network) {
  const std::vector<Step>& steps = network.plan.steps();
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<int> readers(steps.size(), 0);
  for (const Step& step : steps) {
    if (step.input >= 0) ++readers[at(step.input)];
    if (step.other >= 0) ++readers[at(step.other)];
  }
  for (const int output : network.outputs) readers[at(output)] += 2;  // kept whatever else reads it
  std::vector<std::uint8_t> absorbed(steps.size(), 0), gathered(steps.size(), 0);
  for (const Step& step : steps) {
    if (step.kind != StepKind::kMix || readers[at(step.input)] != 1) continue;
    const StepKind before = steps[at(step.input)].kind;
    if (before == StepKind::kDepthwise || before == StepKind::kFold) absorbed[at(step.input)] = gathered[at(step.input)] = 1;
  }
  std::vector<Stage> stages;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (absorbed[i] != 0) continue;
    const Step& step = steps[i];
    const int self = static_cast<int>(i);
    Stage stage{kind_of(step.kind), step.input, self, step.other, -1, -1, -1};
    if (step.kind == StepKind::kNormalise) stage.normalise = self;
    if (step.kind == StepKind::kMix) {
      stage.mix = self;
      if (gathered[at(step.input)] != 0) {
        stage.gather = step.input;
        stage.input = steps[at(step.input)].input;
      }
      for (std::size_t j = i + 1; j < steps.size() && readers[at(stage.output)] == 1; ++j) {
        const Step& next = steps[j];
        if (stage.normalise < 0 && next.kind == StepKind::kNormalise && next.input == stage.output) {
          stage.normalise = stage.output = static_cast<int>(j);
          absorbed[j] = 1;
        } else if (stage.normalise >= 0 && next.kind == StepKind::kAdd && next.input == stage.output && next.other < self) {
          stage.other = next.other;
          stage.output = static_cast<int>(j);
          absorbed[j] = 1;
          break;
        }
      }
    }
    stages.push_back(stage);
  }
  return stages;
}

}  // namespace beltwarden::vision::net
