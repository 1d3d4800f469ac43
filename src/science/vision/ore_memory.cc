#include "science/vision/ore_memory.h"

#include <algorithm>
#include <cmath>

#include "base/config.h"
#include "base/toml_writer.h"

namespace beltwarden::vision {

namespace {

double difference(const OreMemory& memory, std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = (static_cast<double>(a[i]) - static_cast<double>(b[i])) / memory.scale[i];
    sum += d * d;
  }
  return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, a.size())));
}

}  // namespace

Result<OreMemory> make_ore_memory(std::span<const std::vector<float>> clean) {
  if (clean.size() < 20) return invalid_input("expected 20 or more clean places, found " + std::to_string(clean.size()));
  OreMemory memory;
  const std::size_t d = clean.front().size();
  memory.centre.assign(d, 0);
  memory.scale.assign(d, 0);
  for (const auto& one : clean) {
    if (one.size() != d) return invalid_input("expected features of equal length");
    for (std::size_t i = 0; i < d; ++i) memory.centre[i] += static_cast<double>(one[i]) / static_cast<double>(clean.size());
  }
  for (const auto& one : clean) {
    for (std::size_t i = 0; i < d; ++i) {
      const double miss = static_cast<double>(one[i]) - memory.centre[i];
      memory.scale[i] += miss * miss / static_cast<double>(clean.size());
    }
  }
  for (double& scale : memory.scale) scale = std::max(1e-3, std::sqrt(scale));
  std::vector<double> nearest;
  for (std::size_t a = 0; a < clean.size(); ++a) {
    double best = 1e300;
    for (std::size_t b = 0; b < clean.size(); ++b) {
      if (a != b) best = std::min(best, difference(memory, clean[a], clean[b]));
    }
    nearest.push_back(best);
  }
  std::nth_element(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2), nearest.end());
  memory.limit = 0.7 * nearest[nearest.size() / 2];
  return memory;
}

Result<void> remember(OreMemory& memory, std::vector<float> features) {
  if (features.size() != memory.scale.size()) {
    return invalid_input("expected " + std::to_string(memory.scale.size()) + " features, found " + std::to_string(features.size()));
  }
  if (memory.places.size() >= OreMemory::kMostPlaces) memory.places.erase(memory.places.begin());
  memory.places.push_back(std::move(features));
  return {};
}

bool remembers(const OreMemory& memory, std::span<const float> features) {
  if (features.size() != memory.scale.size()) return false;
  return std::any_of(memory.places.begin(), memory.places.end(),
                     [&](const auto& place) { return difference(memory, place, features) < memory.limit; });
}

std::string to_text(const OreMemory& memory) {
  TomlWriter toml;
  toml.put("limit", memory.limit).put("centre", std::span(memory.centre)).put("scale", std::span(memory.scale));
  for (const auto& place : memory.places) {
    const std::vector<double> wide(place.begin(), place.end());
    toml.item("place").put("features", std::span(wide));
  }
  return toml.text();
}

Result<OreMemory> ore_memory_from_text(std::string_view text, const std::string& origin) {
  auto config = Config::parse(text, origin);
  if (!config) return config.error();
  OreMemory memory;
  auto limit = config->number("limit", 0, 1e9);
  auto centre = config->numbers("centre"), scale = config->numbers("scale");
  if (!limit) return limit.error();
  if (!centre) return centre.error();
  if (!scale) return scale.error();
  memory.limit = *limit;
  memory.centre = std::move(*centre);
  memory.scale = std::move(*scale);
  if (memory.centre.size() != memory.scale.size()) return corrupt(origin + ": centre and scale of the memory differ in length");
  for (const double value : memory.scale) {
    if (!(value > 0)) return corrupt(origin + ": expected scales above 0");
  }
  for (const Config& table : config->tables("place")) {
    auto features = table.numbers("features");
    if (!features) return features.error();
    if (features->size() != memory.scale.size()) return corrupt(table.where() + ": expected " + std::to_string(memory.scale.size()) + " features");
    if (memory.places.size() >= OreMemory::kMostPlaces) return corrupt(origin + ": more than 2000 places");
    memory.places.emplace_back(features->begin(), features->end());
  }
  return memory;
}

}  // namespace beltwarden::vision
