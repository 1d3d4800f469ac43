#include <cmath>

#include "base/config.h"
#include "base/toml_writer.h"
#include "science/vision/appearance.h"

namespace beltwarden::vision {
namespace {

Result<void> read_vector(const Config& table, std::string_view key, double low, std::span<double> out) {
  auto numbers = table.numbers(key);
  if (!numbers) return numbers.error();
  if (numbers->size() != out.size()) {
    return invalid_input(table.where() + ": '" + std::string(key) + "' should have " + std::to_string(out.size()) +
                         " numbers, found " + std::to_string(numbers->size()));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite((*numbers)[i]) || (*numbers)[i] < low) {
      return invalid_input(table.where() + ": '" + std::string(key) + "' has a number out of range");
    }
    out[i] = (*numbers)[i];
  }
  return {};
}

Result<Tail> read_tail(const Config& table, std::string_view key) {
  std::array<double, 3> values{};
  if (auto read = read_vector(table, key, 0, values); !read) return read.error();
  if (!(values[1] > 0) || !(values[2] > 0 && values[2] <= 1)) {
    return invalid_input(table.where() + ": '" + std::string(key) + "' should be [from, scale > 0, share to 1]");
  }
  return Tail{values[0], values[1], values[2]};
}

std::array<double, 3> values_of(const Tail& tail) { return {tail.from, tail.scale, tail.share}; }

}  // namespace

std::string to_text(std::span<const BrandAppearance> brands) {
  TomlWriter writer;
  writer.put("kind", "beltwarden brand appearance").put("version", std::int64_t{1});
  for (const auto& b : brands) {
    writer.item("brand")
        .put("name", b.brand)
        .put("lots", std::int64_t{b.lots})
        .put("frames", std::int64_t{b.frames})
        .put("mm_per_px", b.mm_per_px)
        .put("mean", b.mean)
        .put("lot_variance", b.lot_variance)
        .put("slow_variance", b.slow_variance)
        .put("frame_variance", b.frame_variance)
        .put("correlation", b.correlation)
        .put("distance_tail", values_of(b.distance_tail))
        .put("strength_tail", values_of(b.strength_tail))
        .put("usual", std::array{b.usual.light, b.usual.saturated, b.usual.contrast, b.usual.detail, b.usual.dark_point});
  }
  return writer.text();
}

Result<std::vector<BrandAppearance>> appearances_from_text(std::string_view text, const std::string& origin) {
  auto document = Config::parse(text, origin);
  if (!document) return document.error();
  auto kind = document->text("kind");
  if (!kind) return kind.error();
  auto version = document->integer("version", 1, 1);
  if (!version) return version.error();
  if (*kind != "beltwarden brand appearance") {
    return invalid_input(origin + ": 'kind' is '" + *kind + "', expected 'beltwarden brand appearance'");
  }
  std::vector<BrandAppearance> brands;
  for (const auto& table : document->tables("brand")) {
    BrandAppearance b;
    auto name = table.text("name");
    auto lots = table.integer("lots", 1, 100000);
    auto frames = table.integer("frames", 1, 100000000);
    auto mm_per_px = table.number("mm_per_px", 0, 50);
    if (!name) return name.error();
    if (!lots) return lots.error();
    if (!frames) return frames.error();
    if (!mm_per_px) return mm_per_px.error();
    b.brand = *name;
    b.lots = static_cast<int>(*lots);
    b.frames = static_cast<int>(*frames);
    b.mm_per_px = *mm_per_px;
    b.correlation.assign(kAppearanceDimensions * kAppearanceDimensions, 0.0);
    if (auto read = read_vector(table, "mean", -1000, b.mean); !read) return read.error();
    if (auto read = read_vector(table, "lot_variance", 1e-12, b.lot_variance); !read) return read.error();
    if (auto read = read_vector(table, "slow_variance", 0, b.slow_variance); !read) return read.error();
    if (auto read = read_vector(table, "frame_variance", 0, b.frame_variance); !read) return read.error();
    if (auto read = read_vector(table, "correlation", -1, b.correlation); !read) return read.error();
    auto distance = read_tail(table, "distance_tail");
    if (!distance) return distance.error();
    auto strength = read_tail(table, "strength_tail");
    if (!strength) return strength.error();
    // Packs fitted before cameras were watched have none.
    if (table.has("usual")) {
      std::array<double, 5> u{};
      if (auto read = read_vector(table, "usual", 0, u); !read) return read.error();
      b.usual = {u[0], u[1], u[2], u[3], u[4]};
    }
    b.distance_tail = *distance;
    b.strength_tail = *strength;
    brands.push_back(std::move(b));
  }
  return brands;
}

}  // namespace beltwarden::vision
