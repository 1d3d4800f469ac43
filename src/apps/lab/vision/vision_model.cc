#include "apps/lab/vision/vision_model.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/files.h"

namespace beltwarden::lab {

namespace {
constexpr std::string_view kMagic = "BWVISION1\n";
}

std::string to_bytes(const VisionModel& model) {
  const std::string detector = vision::to_bytes(model.detector);
  return std::string(kMagic) + std::to_string(detector.size()) + "\n" + detector +
         (model.classifier.empty() ? std::string() : vision::to_text(model.classifier));
}

Result<VisionModel> load_vision_model(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  std::string_view rest = *bytes;
  if (!rest.starts_with(kMagic)) {
    return corrupt(path + ": expected a model written by 'beltwarden vision fit' (it begins with BWVISION1)");
  }
  rest.remove_prefix(kMagic.size());
  const std::size_t end = rest.substr(0, 12).find('\n');
  std::size_t length = 0;
  for (std::size_t i = 0; end != std::string_view::npos && i < end; ++i) {
    if (rest[i] < '0' || rest[i] > '9') return corrupt(path + ": expected the detector's length in the second line");
    length = 10 * length + static_cast<std::size_t>(rest[i] - '0');
  }
  if (end == std::string_view::npos || end == 0 || rest.size() - end - 1 < length) {
    return corrupt(path + ": the detector is cut off");
  }
  rest.remove_prefix(end + 1);
  VisionModel model;
  auto detector = vision::detector_from_bytes(rest.substr(0, length), path);
  if (!detector) return detector.error();
  model.detector = std::move(*detector);
  rest.remove_prefix(length);
  if (!rest.empty()) {
    auto classifier = vision::crop_classifier_from_text(rest, path);
    if (!classifier) return classifier.error();
    model.classifier = std::move(*classifier);
  }
  return model;
}

Result<std::vector<float>> crop_features(vision::Detector& detector, const vision::Picture& crop) {
  return detector.crop_features(crop.view());
}

vision::Picture cut_crop(const vision::Picture& frame, double centre_x, double centre_y) {
  constexpr int kSide = 96;
  vision::Picture out{kSide, kSide, std::vector<std::uint8_t>(std::size_t{3} * kSide * kSide)};
  const int left = static_cast<int>(std::lround(centre_x)) - kSide / 2, top = static_cast<int>(std::lround(centre_y)) - kSide / 2;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const std::uint8_t* from = frame.at(std::clamp(left + x, 0, frame.width - 1), std::clamp(top + y, 0, frame.height - 1));
      std::copy(from, from + 3, &out.bgr[static_cast<std::size_t>(3 * (y * kSide + x))]);
    }
  }
  return out;
}

Result<CsvTable> CsvTable::read(const std::string& path) {
  auto text = read_input(path);
  if (!text) return text.error();
  CsvTable table;
  table.path_ = path;
  std::size_t at = 0, line_number = 0;
  while (at < text->size()) {
    std::size_t end = text->find('\n', at);
    if (end == std::string::npos) end = text->size();
    std::string_view line(text->data() + at, end - at);
    at = end + 1;
    ++line_number;
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    std::vector<std::string> fields;
    for (;;) {
      const std::size_t comma = line.find(',');
      fields.emplace_back(line.substr(0, comma));
      if (comma == std::string_view::npos) break;
      line.remove_prefix(comma + 1);
    }
    if (table.header_.empty()) {
      table.header_ = std::move(fields);
    } else if (fields.size() != table.header_.size()) {
      return invalid_input(path + ": line " + std::to_string(line_number) + ": expected " +
                           std::to_string(table.header_.size()) + " fields as in the header, found " +
                           std::to_string(fields.size()));
    } else {
      table.rows_.push_back(std::move(fields));
    }
  }
  if (table.header_.empty()) return invalid_input(path + ": expected a header line, found nothing");
  return table;
}

bool CsvTable::has(const std::string& name) const { return std::count(header_.begin(), header_.end(), name) > 0; }

Result<std::size_t> CsvTable::column(const std::string& name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return invalid_input(path_ + ": expected a column '" + name + "'");
  return static_cast<std::size_t>(found - header_.begin());
}

}  // namespace beltwarden::lab
