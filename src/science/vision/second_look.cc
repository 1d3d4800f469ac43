#include "science/vision/second_look.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/hash.h"
#include "base/rng.h"

namespace beltwarden::vision {

namespace {

// The light that windows are put in: medians and spread of the logarithm as of well-lit grey ore.
constexpr double kMiddle = 4.5, kSpread = 0.8;
constexpr int kApart = 6;             // cells between places
constexpr int kReach = 6, kFar = 16;  // cells round a place that are changed with it; those that belong to it as far as this
constexpr float kBelongs = 3;         // evidence below the place's that still belongs to it,
constexpr float kOreFrom = -3;        // but what is lower than this is ore
constexpr double kMostShift = 12;
constexpr double kTrust = 0.6;        // of a reading against the brand's network: things of classes that no crop shows are read less surely

double lamp_at(const Tone& tone, double x, double y, const ImageView& frame) {
  if (tone.columns == 0 || tone.lamp.empty()) return 0;
  const int column = std::clamp(static_cast<int>(x), 0, frame.width_px - 1) / kToneCell;
  const int row = std::clamp(static_cast<int>(y), 0, frame.height_px - 1) / kToneCell;
  return static_cast<double>(tone.lamp[std::min(tone.lamp.size() - 1, static_cast<std::size_t>(row * tone.columns + std::min(column, tone.columns - 1)))]);
}

// What each value of each colour becomes.
using LitValues = std::array<std::array<float, 256>, 3>;

LitValues lit_values(const Window& window) {
  const Tone& tone = *window.tone;
  const double lamp = lamp_at(tone, window.x, window.y, *window.frame);
  LitValues lit;
  for (std::size_t c = 0; c < 3; ++c) {
    for (int v = 0; v < 256; ++v) {
      const double z = (std::log(v + kToneFloor) - tone.middle[c] - lamp) / tone.spread;
      const double value = std::clamp(std::exp(kMiddle + kSpread * z) - kToneFloor, 0.0, 255.0);
      lit[c][static_cast<std::size_t>(v)] = static_cast<float>(value / 127.5 - 1);
    }
  }
  return lit;
}

}  // namespace

void put_windows(std::span<const Window> windows, net::Planes& input) {
  std::array<LitValues, net::Backbone::kWindows> lit;
  for (std::size_t w = 0; w < windows.size(); ++w) lit[w] = lit_values(windows[w]);
  for (int y = 0; y < kWindowSide; ++y) {   // row by row, as the windows lie side by side
    float* to[3] = {input.row(0, 2, y), input.row(0, 1, y), input.row(0, 0, y)};   // the backbone begins with red
    for (std::size_t w = 0; w < windows.size(); ++w) {
      const ImageView& frame = *windows[w].frame;
      const int left = static_cast<int>(std::lround(windows[w].x)) - kWindowSide / 2, top = static_cast<int>(std::lround(windows[w].y)) - kWindowSide / 2;
      const std::uint8_t* from = frame.bgr + std::clamp(top + y, 0, frame.height_px - 1) * frame.stride_bytes;
      for (int x = 0; x < kWindowSide; ++x) {
        const std::uint8_t* pixel = from + 3 * std::clamp(left + x, 0, frame.width_px - 1);
        for (std::size_t c = 0; c < 3; ++c) to[c][net::Backbone::at(x, static_cast<int>(w))] = lit[w][c][pixel[c]];
      }
    }
  }
}

std::vector<Place> oddest_places(const EvidenceMap& evidence, std::size_t most) {
  // The highest of each block, then the highest of those that are apart.
  std::vector<Place> all;
  for (int top = 0; top < evidence.rows; top += kApart) {
    for (int left = 0; left < evidence.columns; left += kApart) {
      Place best{0, 0, left, top, evidence.at(left, top)};
      for (int y = top; y < std::min(top + kApart, evidence.rows); ++y) {
        for (int x = left; x < std::min(left + kApart, evidence.columns); ++x) {
          if (evidence.at(x, y) > best.logit) best = {0, 0, x, y, evidence.at(x, y)};
        }
      }
      all.push_back(best);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Place& a, const Place& b) { return a.logit > b.logit; });
  std::vector<Place> out;
  for (const Place& place : all) {
    if (out.size() == most) break;
    const bool near = std::any_of(out.begin(), out.end(), [&](const Place& other) {
      return std::abs(other.column - place.column) < kApart && std::abs(other.row - place.row) < kApart;
    });
    if (near) continue;
    out.push_back(place);
    out.back().x = (place.column + 0.5) * evidence.cell_px;
    out.back().y = (place.row + 0.5) * evidence.cell_px;
  }
  return out;
}

std::size_t places_of(const ImageView& frame) {
  const double share = static_cast<double>(frame.width_px) * frame.height_px / (480.0 * 360.0);
  return static_cast<std::size_t>(std::clamp(std::ceil(8 * share), 1.0, share > 1.5 ? 16.0 : 8.0));
}

std::vector<std::vector<float>> SecondLooker::features(std::span<const Window> windows, const Executor& executor) {
  constexpr std::size_t kTogether = net::Backbone::kWindows;
  std::vector<std::vector<float>> out(windows.size());
  const std::size_t lanes = scratch_.size();
  executor(lanes, [&](std::size_t lane) {
    for (std::size_t first = lane * kTogether; first < windows.size(); first += lanes * kTogether) {
      const std::size_t count = std::min(kTogether, windows.size() - first);
      net::Planes& input = look_.backbone->prepare(kWindowSide, scratch_[lane]);
      put_windows(windows.subspan(first, count), input);
      auto seen = look_.backbone->run(static_cast<int>(count), scratch_[lane]);
      std::move(seen.begin(), seen.end(), out.begin() + static_cast<std::ptrdiff_t>(first));
    }
  });
  return out;
}

std::vector<Window> windows_round(std::span<const Place> places, const ImageView& frame, const Tone& tone) {
  std::vector<Window> out;
  for (const Place& place : places) out.push_back({&frame, &tone, place.x, place.y});
  return out;
}

namespace {

double reading(const SecondLook& look, const std::vector<float>& features) {
  double sum = look.bias;
  for (std::size_t i = 0; i < features.size(); ++i) {
    sum += static_cast<double>(look.weight[i]) * static_cast<double>((features[i] - look.centre[i]) / look.scale[i]);
  }
  return sum;
}

// Cells that belong to a place: those near it, and those joined to it by evidence hardly lower than its own.
void mark(const EvidenceMap& evidence, const Place& place, float shift, std::vector<float>& shifts) {
  const auto index = [&](int x, int y) { return static_cast<std::size_t>(y * evidence.columns + x); };
  const auto inside = [&](int x, int y) { return x >= 0 && y >= 0 && x < evidence.columns && y < evidence.rows; };
  const auto give = [&](std::size_t i) { shifts[i] = std::isnan(shifts[i]) ? shift : std::max(shifts[i], shift); };
  for (int y = place.row - kReach; y <= place.row + kReach; ++y) {
    for (int x = place.column - kReach; x <= place.column + kReach; ++x) {
      if (inside(x, y)) give(index(x, y));
    }
  }
  constexpr int kSide = 2 * kFar + 1;
  std::array<bool, static_cast<std::size_t>(kSide) * kSide> seen{};
  std::vector<std::pair<int, int>> stack{{place.column, place.row}};
  while (!stack.empty()) {
    const auto [x, y] = stack.back();
    stack.pop_back();
    const int dx = x - place.column + kFar, dy = y - place.row + kFar;
    if (!inside(x, y) || dx < 0 || dy < 0 || dx >= kSide || dy >= kSide) continue;
    bool& was = seen[static_cast<std::size_t>(dy * kSide + dx)];
    if (was || evidence.at(x, y) < std::max(place.logit - kBelongs, kOreFrom)) continue;
    was = true;
    give(index(x, y));
    for (const auto& [i, j] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) stack.emplace_back(x + i, y + j);
  }
}

}  // namespace

void SecondLooker::look_again(const ImageView& frame, const Tone& tone, EvidenceMap& evidence, const Executor& executor) {
  const std::vector<Place> places = oddest_places(evidence, places_of(frame));
  const auto seen = features(windows_round(places, frame, tone), executor);
  std::vector<float> shifts(evidence.logit.size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < places.size(); ++i) {
    mark(evidence, places[i], static_cast<float>(std::clamp(kTrust * reading(look_, seen[i]), -kMostShift, kMostShift)), shifts);
  }
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    if (!std::isnan(shifts[i])) evidence.logit[i] += shifts[i];
  }
}

Result<SecondLook> fit_second_look(std::shared_ptr<const net::Backbone> backbone, std::span<const WindowExample* const> examples, std::uint64_t seed) {
  constexpr int kSteps = 3000, kBatch = 256;
  constexpr double kRate = 2e-3, kDecay = 0.1, kFirst = 0.9, kSecond = 0.999;
  std::array<std::vector<std::size_t>, 2> kinds;
  std::size_t odd = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    kinds[examples[i]->object ? 1 : 0].push_back(i);
    odd += examples[i]->oddest_of_clean;
  }
  if (kinds[0].empty() || kinds[1].empty() || odd == 0) {
    return invalid_input("expected windows of things, of ore and of clean frames, found " + std::to_string(kinds[1].size()) + ", " +
                         std::to_string(kinds[0].size()) + " and " + std::to_string(odd));
  }
  SecondLook look;
  look.backbone = std::move(backbone);
  const std::size_t n = look.backbone->feature_count();
  std::vector<double> sum(n), squares(n);
  for (const WindowExample* e : examples) {
    for (std::size_t i = 0; i < n; ++i) {
      const double value = static_cast<double>(e->features[i]);
      sum[i] += value;
      squares[i] += value * value;
    }
  }
  const double count = static_cast<double>(examples.size());
  for (std::size_t i = 0; i < n; ++i) {
    look.centre.push_back(static_cast<float>(sum[i] / count));
    look.scale.push_back(static_cast<float>(std::sqrt(std::max(1e-8, squares[i] / count - sum[i] / count * sum[i] / count))));
  }
  std::vector<float> table(examples.size() * n);
  for (std::size_t e = 0; e < examples.size(); ++e) {
    for (std::size_t i = 0; i < n; ++i) table[e * n + i] = (examples[e]->features[i] - look.centre[i]) / look.scale[i];
  }
  std::vector<double> weight(n + 1), gradient(n + 1), first(n + 1), second(n + 1);
  Rng rng(seed, 4711);
  for (int step = 0; step < kSteps; ++step) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (int b = 0; b < kBatch; ++b) {
      const auto& kind = kinds[static_cast<std::size_t>(b % 2)];
      const float* x = &table[kind[rng.below(kind.size())] * n];
      double z = weight[n];
      for (std::size_t i = 0; i < n; ++i) z += weight[i] * static_cast<double>(x[i]);
      const double error = (1 / (1 + std::exp(-z)) - b % 2) / kBatch;
      for (std::size_t i = 0; i < n; ++i) gradient[i] += error * static_cast<double>(x[i]);
      gradient[n] += error;
    }
    const double rate = kRate * (1 - static_cast<double>(step) / kSteps);
    for (std::size_t i = 0; i <= n; ++i) {
      first[i] = kFirst * first[i] + (1 - kFirst) * gradient[i];
      second[i] = kSecond * second[i] + (1 - kSecond) * gradient[i] * gradient[i];
      const double moved = first[i] / (1 - std::pow(kFirst, step + 1)) / (std::sqrt(second[i] / (1 - std::pow(kSecond, step + 1))) + 1e-8);
      weight[i] -= rate * (moved + (i < n ? kDecay * weight[i] : 0));
    }
  }
  for (std::size_t i = 0; i < n; ++i) look.weight.push_back(static_cast<float>(weight[i]));
  std::vector<double> clean;
  for (const WindowExample* e : examples) {
    if (e->oddest_of_clean) clean.push_back(reading(look, e->features));
  }
  std::nth_element(clean.begin(), clean.begin() + static_cast<std::ptrdiff_t>(clean.size() / 2), clean.end());
  look.bias = static_cast<double>(static_cast<float>(-clean[clean.size() / 2]));   // as it is written
  return look;
}

namespace {
void append(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i) & 255);
}
}  // namespace

// Centre, scale and weight of each feature, the bias, and behind them the backbone.
std::string to_bytes(const SecondLook& look) {
  std::string out;
  if (look.empty()) return out;
  for (const auto* numbers : {&look.centre, &look.scale, &look.weight}) {
    for (const float value : *numbers) append(out, std::bit_cast<std::uint32_t>(value));
  }
  append(out, std::bit_cast<std::uint32_t>(static_cast<float>(look.bias)));
  const std::string body = std::to_string(look.weight.size()) + "\n" + out + look.backbone->bytes();
  const Sha256 sum = sha256(body);
  return body + std::string(reinterpret_cast<const char*>(sum.data()), sum.size());
}

Result<SecondLook> second_look_from_bytes(std::string_view bytes, const std::string& origin) {
  const auto bad = [&](const std::string& what) { return corrupt(origin + ": the second look: " + what); };
  SecondLook look;
  if (bytes.empty()) return look;
  constexpr std::size_t kSum = 32;
  if (bytes.size() < kSum) return bad("it ends early");
  const Sha256 sum = sha256(bytes.substr(0, bytes.size() - kSum));
  if (!std::equal(sum.begin(), sum.end(), reinterpret_cast<const std::uint8_t*>(bytes.data() + bytes.size() - kSum))) {
    return bad("its check sum does not fit");
  }
  bytes.remove_suffix(kSum);
  std::size_t count = 0, digits = 0;
  while (digits < bytes.size() && digits < 6 && bytes[digits] >= '0' && bytes[digits] <= '9') {
    count = 10 * count + static_cast<std::size_t>(bytes[digits++] - '0');
  }
  if (digits == 0 || digits >= bytes.size() || bytes[digits] != '\n') return bad("expected how many features it reads");
  bytes.remove_prefix(digits + 1);
  if (bytes.size() / 4 < 3 * count + 1) return bad("it ends early");
  std::size_t at = 0;
  bool finite = true;
  const auto take = [&] {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
    at += 4;
    const float number = std::bit_cast<float>(value);
    finite = finite && std::isfinite(number);
    return number;
  };
  for (auto* numbers : {&look.centre, &look.scale, &look.weight}) {
    for (std::size_t i = 0; i < count; ++i) numbers->push_back(take());
  }
  look.bias = static_cast<double>(take());
  if (!finite || std::any_of(look.scale.begin(), look.scale.end(), [](float s) { return s <= 0; })) {
    return bad("expected finite numbers and scales above 0");
  }
  auto backbone = net::Backbone::from_bytes(bytes.substr(at), origin);
  if (!backbone) return backbone.error();
  if (backbone->feature_count() != count) return bad("expected a weight for each feature of the backbone");
  look.backbone = std::make_shared<const net::Backbone>(std::move(*backbone));
  return look;
}

}  // namespace beltwarden::vision
