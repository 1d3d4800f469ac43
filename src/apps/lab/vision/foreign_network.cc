#include "apps/lab/vision/foreign_network.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "apps/lab/vision/torch_process.h"
#include "base/config.h"
#include "base/toml_writer.h"

namespace beltwarden::lab {

namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 20;

Result<std::array<double, 3>> three(const Config& config, const char* key, double fallback, bool positive, const std::string& origin) {
  auto numbers = config.numbers(key);
  if (!numbers) return numbers.error();
  if (numbers->empty()) return std::array<double, 3>{fallback, fallback, fallback};
  if (numbers->size() != 3) return invalid_input(origin + ": " + key + ": expected three numbers, found " + std::to_string(numbers->size()));
  std::array<double, 3> out{};
  for (std::size_t i = 0; i < 3; ++i) {
    out[i] = (*numbers)[i];
    if (!std::isfinite(out[i]) || (positive && out[i] <= 0)) return invalid_input(origin + ": " + key + (positive ? ": expected numbers above 0" : ": expected finite numbers"));
  }
  return out;
}

Result<bool> one_of(const Config& config, const char* key, const char* yes, const char* no, const std::string& origin) {
  auto value = config.text(key, yes);
  if (!value) return value.error();
  if (*value != yes && *value != no) {
    return invalid_input(origin + ": " + key + ": expected '" + yes + "' or '" + no + "', found '" + *value + "'");
  }
  return *value == yes;
}

}  // namespace

Result<ForeignNetwork> foreign_network_from_manifest(std::string_view toml, std::string torchscript, const std::string& origin) {
  auto config = Config::parse(toml, origin);
  if (!config) return config.error();
  if (torchscript.empty() || torchscript.size() > kMostBytes) {
    return invalid_input(origin + ": expected a network of 1 byte to 256 MiB, found " + std::to_string(torchscript.size()) + " bytes");
  }
  auto name = config->text("name", "imported");
  auto mm = config->number("mm_per_px", 0.05, 100);
  auto cell = config->integer("cell_px", 1, 64);
  if (!name) return name.error();
  if (!mm) return mm.error();
  if (!cell) return cell.error();
  auto multiple = config->integer("multiple_of_px", 1, 256, *cell);
  if (!multiple) return multiple.error();
  if (*multiple % *cell != 0) return invalid_input(origin + ": multiple_of_px: expected a multiple of cell_px");
  auto rgb = one_of(*config, "colours", "rgb", "bgr", origin);
  if (!rgb) return rgb.error();
  auto logit = one_of(*config, "answer", "logit", "probability", origin);
  if (!logit) return logit.error();
  auto mean = three(*config, "mean", 0, false, origin), scale = three(*config, "scale", 1, true, origin);
  if (!mean) return mean.error();
  if (!scale) return scale.error();
  return ForeignNetwork{*name, *mm, static_cast<int>(*cell), static_cast<int>(*multiple), *rgb, !*logit, *mean, *scale,
                        std::move(torchscript)};
}

std::string to_bytes(const ForeignNetwork& network) {
  TomlWriter toml;
  toml.put("name", network.name).put("mm_per_px", network.mm_per_px);
  toml.put("cell_px", static_cast<std::int64_t>(network.cell_px)).put("multiple_of_px", static_cast<std::int64_t>(network.multiple_of_px));
  toml.put("colours", network.rgb ? "rgb" : "bgr").put("answer", network.probability ? "probability" : "logit");
  toml.put("mean", std::span<const double>(network.mean)).put("scale", std::span<const double>(network.scale));
  const std::string text = toml.text();
  std::string length = std::to_string(text.size());
  length.resize(8, ' ');
  return length + text + network.bytes;
}

Result<ForeignNetwork> foreign_network_from_bytes(std::string_view bytes, const std::string& origin) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, bytes.size()) && bytes[i] >= '0' && bytes[i] <= '9'; ++i) {
    length = 10 * length + static_cast<std::size_t>(bytes[i] - '0');
  }
  if (bytes.size() < 8 || length == 0 || bytes.size() - 8 < length) return corrupt(origin + ": the imported network is cut off");
  return foreign_network_from_manifest(bytes.substr(8, length), std::string(bytes.substr(8 + length)), origin);
}

Result<vision::Detector::EvidenceSource> open_foreign(const ForeignNetwork& network) {
  auto started = TorchProcess::start(network.bytes);
  if (!started) return started.error();
  auto process = std::make_shared<TorchProcess>(std::move(*started));
  ForeignNetwork how = network;
  how.bytes.clear();
  return vision::Detector::EvidenceSource([process, how](const vision::ImageView& image) -> Result<vision::EvidenceMap> {
    const int m = how.multiple_of_px;
    const int width = (image.width_px + m - 1) / m * m, height = (image.height_px + m - 1) / m * m;
    std::vector<float> values(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    std::size_t i = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      for (int y = 0; y < height; ++y) {
        const std::uint8_t* row = image.bgr + std::min(y, image.height_px - 1) * image.stride_bytes;
        for (int x = 0; x < width; ++x) {
          const double value = row[3 * std::min(x, image.width_px - 1) + static_cast<int>(how.rgb ? 2 - k : k)];
          values[i++] = static_cast<float>((value - how.mean[k]) / how.scale[k]);
        }
      }
    }
    const int columns = width / how.cell_px, rows = height / how.cell_px;
    auto answer = process->ask(values, width, height, columns, rows);
    if (!answer) return answer.error().within(how.name);
    vision::EvidenceMap map;
    map.cell_px = how.cell_px;
    map.columns = (image.width_px + how.cell_px - 1) / how.cell_px;
    map.rows = (image.height_px + how.cell_px - 1) / how.cell_px;
    for (int y = 0; y < map.rows; ++y) {
      for (int x = 0; x < map.columns; ++x) {
        double value = static_cast<double>((*answer)[static_cast<std::size_t>(y * columns + x)]);
        if (how.probability) {
          const double p = std::clamp(value, 1e-9, 1 - 1e-9);
          value = std::log(p / (1 - p));
        }
        map.logit.push_back(static_cast<float>(std::clamp(value, -50.0, 50.0)));
      }
    }
    return map;
  });
}

}  // namespace beltwarden::lab
