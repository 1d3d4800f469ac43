#include "science/vision/net/plan.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/hash.h"
#include "base/rng.h"

namespace beltwarden::vision::net {

namespace {

constexpr std::string_view kMagic = "BWNET001";
constexpr std::uint32_t kMaxSteps = 256;
constexpr std::uint32_t kMaxNumbers = 1u << 20;

void append(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool take(std::uint32_t& value) {
    if (bytes_.size() < 4) return false;
    value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)]);
    bytes_.remove_prefix(4);
    return true;
  }

 private:
  std::string_view bytes_;
};

}  // namespace

Plan::Plan(int input_channels) { push({StepKind::kInput, -1, -1, input_channels, 1}); }

int Plan::parameter_count(const Step& step) const {
  const int ins = step.input < 0 ? 0 : steps_[static_cast<std::size_t>(step.input)].channels;
  switch (step.kind) {
    case StepKind::kDepthwise: return 9 * step.channels;
    case StepKind::kMix: return (ins + 1) * step.channels;
    case StepKind::kNormalise: return 2 * step.channels;
    default: return 0;
  }
}

int Plan::push(Step step) {
  step.parameters = parameters_;
  step.state = state_;
  steps_.push_back(step);
  parameters_ += parameter_count(step);
  if (step.kind == StepKind::kNormalise) state_ += 2 * step.channels;
  return static_cast<int>(steps_.size()) - 1;
}

int Plan::fold(int input) {
  const Step& in = steps_[static_cast<std::size_t>(input)];
  return push({StepKind::kFold, input, -1, 4 * in.channels, 2 * in.scale});
}

int Plan::depthwise(int input) {
  const Step& in = steps_[static_cast<std::size_t>(input)];
  return push({StepKind::kDepthwise, input, -1, in.channels, in.scale});
}

int Plan::mix(int input, int channels) {
  return push({StepKind::kMix, input, -1, channels, steps_[static_cast<std::size_t>(input)].scale});
}

int Plan::normalise(int input) {
  const Step& in = steps_[static_cast<std::size_t>(input)];
  return push({StepKind::kNormalise, input, -1, in.channels, in.scale});
}

int Plan::unfold(int input) {
  const Step& in = steps_[static_cast<std::size_t>(input)];
  return push({StepKind::kUnfold, input, -1, in.channels, in.scale / 2});
}

int Plan::add(int input, int other) {
  const Step& in = steps_[static_cast<std::size_t>(input)];
  return push({StepKind::kAdd, input, other, in.channels, in.scale});
}

int Plan::block(int input, int channels, bool residual) {
  const int out = normalise(mix(depthwise(input), channels));
  return residual ? add(out, input) : out;
}

double Plan::multiply_adds_per_px() const {
  double sum = 0;
  for (const Step& step : steps_) {
    if (step.kind != StepKind::kDepthwise && step.kind != StepKind::kMix) continue;
    const int ins = step.kind == StepKind::kDepthwise ? 9 : steps_[static_cast<std::size_t>(step.input)].channels;
    sum += static_cast<double>(ins) * step.channels / (static_cast<double>(step.scale) * step.scale);
  }
  return sum;
}

Network make_network(Plan plan, std::vector<int> outputs, std::uint64_t seed) {
  Network network{std::move(plan), {}, {}, std::move(outputs)};
  network.parameters.assign(static_cast<std::size_t>(network.plan.parameter_count()), 0.0f);
  network.state.assign(static_cast<std::size_t>(network.plan.state_count()), 0.0f);
  Rng rng(seed);
  for (const Step& step : network.plan.steps()) {
    float* p = network.parameters.data() + step.parameters;
    const int ins = step.input < 0 ? 0 : network.plan.steps()[static_cast<std::size_t>(step.input)].channels;
    if (step.kind == StepKind::kDepthwise || step.kind == StepKind::kMix) {
      const int fan_in = step.kind == StepKind::kDepthwise ? 9 : ins;
      const double sd = std::sqrt(2.0 / fan_in);
      for (int i = 0; i < fan_in * step.channels; ++i) p[i] = static_cast<float>(sd * rng.normal());
    } else if (step.kind == StepKind::kNormalise) {
      for (int c = 0; c < step.channels; ++c) {
        p[c] = 1;
        network.state[static_cast<std::size_t>(step.state + step.channels + c)] = 1;
      }
    }
  }
  return network;
}

std::string to_bytes(const Network& network) {
  std::string out(kMagic);
  append(out, static_cast<std::uint32_t>(network.plan.steps().size()));
  for (const Step& step : network.plan.steps()) {
    append(out, static_cast<std::uint32_t>(step.kind));
    append(out, static_cast<std::uint32_t>(step.input));
    append(out, static_cast<std::uint32_t>(step.other));
    append(out, static_cast<std::uint32_t>(step.channels));
  }
  append(out, static_cast<std::uint32_t>(network.outputs.size()));
  for (const int step : network.outputs) append(out, static_cast<std::uint32_t>(step));
  for (const auto* numbers : {&network.parameters, &network.state}) {
    append(out, static_cast<std::uint32_t>(numbers->size()));
    for (const float value : *numbers) append(out, std::bit_cast<std::uint32_t>(value));
  }
  append(out, crc32c(out));
  return out;
}

Result<Network> network_from_bytes(std::string_view bytes, const std::string& origin) {
  const auto bad = [&](const std::string& what) { return corrupt(origin + ": " + what); };
  if (!bytes.starts_with(kMagic)) return bad("expected a network that begins with " + std::string(kMagic));
  if (bytes.size() < kMagic.size() + 4) return bad("the network ends before its check sum");
  std::uint32_t sum = 0;
  Reader(bytes.substr(bytes.size() - 4)).take(sum);
  if (sum != crc32c(bytes.substr(0, bytes.size() - 4))) return bad("the check sum of the network does not fit");
  Reader reader(bytes.substr(kMagic.size(), bytes.size() - kMagic.size() - 4));
  std::uint32_t count = 0;
  if (!reader.take(count) || count < 1 || count > kMaxSteps) return bad("expected 1 to 256 steps");
  Network network;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t kind = 0, input = 0, other = 0, channels = 0;
    if (!reader.take(kind) || !reader.take(input) || !reader.take(other) || !reader.take(channels)) {
      return bad("the list of steps ends early");
    }
    if (channels < 1 || channels > 1024) return bad("expected 1 to 1024 channels in step " + std::to_string(i));
    if (i == 0) {
      if (kind != static_cast<std::uint32_t>(StepKind::kInput)) return bad("expected step 0 to be the input");
      network.plan = Plan(static_cast<int>(channels));
      continue;
    }
    if (input >= i) return bad("step " + std::to_string(i) + " reads a later one");
    Plan& plan = network.plan;
    const int in = static_cast<int>(input);
    switch (static_cast<StepKind>(kind)) {
      case StepKind::kFold: plan.fold(in); break;
      case StepKind::kDepthwise: plan.depthwise(in); break;
      case StepKind::kMix: plan.mix(in, static_cast<int>(channels)); break;
      case StepKind::kNormalise: plan.normalise(in); break;
      case StepKind::kUnfold:
        if (plan.steps()[input].scale < 2) return bad("step " + std::to_string(i) + " is finer than the picture");
        plan.unfold(in);
        break;
      case StepKind::kAdd:
        if (other >= i) return bad("step " + std::to_string(i) + " reads a later one");
        if (plan.steps()[input].channels != plan.steps()[other].channels ||
            plan.steps()[input].scale != plan.steps()[other].scale) {
          return bad("step " + std::to_string(i) + " adds maps of different shape");
        }
        plan.add(in, static_cast<int>(other));
        break;
      default: return bad("step " + std::to_string(i) + " is of an unknown kind");
    }
    if (plan.steps()[i].channels != static_cast<int>(channels) || plan.steps()[i].scale > 64) {
      return bad("step " + std::to_string(i) + " has other channels or a coarser scale than its kind allows");
    }
  }
  if (!reader.take(count) || count > kMaxSteps) return bad("expected up to 256 outputs");
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t step = 0;
    if (!reader.take(step) || step >= network.plan.steps().size()) return bad("an output names a missing step");
    network.outputs.push_back(static_cast<int>(step));
  }
  const std::pair<std::vector<float>*, int> parts[] = {{&network.parameters, network.plan.parameter_count()},
                                                       {&network.state, network.plan.state_count()}};
  for (const auto& [numbers, expected] : parts) {
    if (!reader.take(count) || count > kMaxNumbers || static_cast<int>(count) != expected) {
      return bad("expected " + std::to_string(expected) + " numbers of the steps");
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t bits = 0;
      if (!reader.take(bits)) return bad("the numbers end early");
      const float value = std::bit_cast<float>(bits);
      if (!std::isfinite(value)) return bad("a number is not finite");
      numbers->push_back(value);
    }
  }
  return network;
}

}  // namespace beltwarden::vision::net
