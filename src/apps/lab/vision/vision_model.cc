#include "apps/lab/vision/vision_model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "apps/lab/files.h"

namespace beltwarden::lab {

namespace {
constexpr std::string_view kMagic = "BWVISION2\n";
}

std::string to_bytes(const VisionModel& model) {
  std::string verdicts;
  for (const std::string& line : model.verdicts) verdicts += line + "\n";
  std::string out(kMagic);
  for (const std::string& part : {vision::to_bytes(model.detector),
                                  model.classifier.empty() ? std::string() : vision::to_text(model.classifier),
                                  model.memory.scale.empty() ? std::string() : vision::to_text(model.memory), verdicts,
                                  model.foreign.bytes.empty() ? std::string() : to_bytes(model.foreign)}) {
    out += std::to_string(part.size()) + "\n" + part;
  }
  return out;
}

Result<VisionModel> load_vision_model(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  std::string_view rest = *bytes;
  if (!rest.starts_with(kMagic)) {
    return corrupt(path + ": expected a model written by 'beltwarden vision fit' (it begins with BWVISION2)");
  }
  rest.remove_prefix(kMagic.size());
  std::array<std::string_view, 5> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = rest.substr(0, 12).find('\n');
    std::size_t length = 0;
    bool number = end != std::string_view::npos && end > 0;
    for (std::size_t i = 0; number && i < end; ++i) {
      number = rest[i] >= '0' && rest[i] <= '9';
      length = 10 * length + static_cast<std::size_t>(rest[i] - '0');
    }
    if (!number) return corrupt(path + ": expected the length of a part");
    if (rest.size() - end - 1 < length) return corrupt(path + ": a part of the model is cut off");
    part = rest.substr(end + 1, length);
    rest.remove_prefix(end + 1 + length);
  }
  VisionModel model;
  auto detector = vision::detector_from_bytes(parts[0], path);
  if (!detector) return detector.error();
  model.detector = std::move(*detector);
  if (!parts[1].empty()) {
    auto classifier = vision::crop_classifier_from_text(parts[1], path);
    if (!classifier) return classifier.error();
    model.classifier = std::move(*classifier);
  }
  if (!parts[2].empty()) {
    auto memory = vision::ore_memory_from_text(parts[2], path);
    if (!memory) return memory.error();
    model.memory = std::move(*memory);
  }
  if (model.detector.foreign) {
    auto foreign = foreign_network_from_bytes(parts[4], path);
    if (!foreign) return foreign.error();
    model.foreign = std::move(*foreign);
  }
  std::istringstream lines{std::string(parts[3])};
  for (std::string line; std::getline(lines, line);) model.verdicts.push_back(line);
  return model;
}

Result<vision::Detector> open_detector(const VisionModel& model) {
  if (!model.detector.foreign) return vision::Detector(model.detector);
  auto source = open_foreign(model.foreign);
  if (!source) return source.error();
  return vision::Detector(std::move(*source));
}

Result<ModelEye> ModelEye::open(const VisionModel& model) {
  auto frames = open_detector(model);
  if (!frames) return frames.error();
  return ModelEye(model, std::move(*frames));
}

Result<std::vector<std::vector<float>>> crop_examples(vision::Detector& eye, const vision::Picture& crop) {
  // Gamma, and what blue, green and red are multiplied with.
  constexpr std::array<std::array<double, 4>, 3> kLights = {{{1, 1, 1, 1}, {0.75, 0.93, 1, 1.07}, {1.35, 1.07, 0.96, 0.94}}};
  std::vector<vision::Picture> all;
  for (const auto& light : kLights) {
    vision::Picture& lit = all.emplace_back(crop);
    for (std::size_t i = 0; i < lit.bgr.size(); ++i) {
      const double value = 255 * std::pow(crop.bgr[i] / 255.0, light[0]) * light[1 + i % 3];
      lit.bgr[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
    }
  }
  std::vector<vision::ImageView> views;
  for (const vision::Picture& lit : all) views.push_back(lit.view());
  return eye.crop_features(views);
}

// Pictures too small or of a scale that the search for bare belt does not take are all ore.
vision::LoadMask ModelEye::load_of(const vision::Picture& frame) {
  auto analysis = vision::analyse_frame(frame.view(), mm_per_px_, scratch_);
  return analysis ? std::move(analysis->load) : vision::LoadMask{};
}

Result<vision::BrandEye::Seen> ModelEye::look(const vision::Picture& frame, double limit) {
  return eye_.look(frame.view(), load_of(frame), limit);
}

Result<vision::EvidenceMap> ModelEye::evidence(const vision::Picture& frame, vision::Mirror mirror) {
  return eye_.evidence(frame.view(), load_of(frame), mirror);
}

Result<std::vector<float>> ModelEye::features_at(const vision::Picture& frame, double centre_x, double centre_y) {
  return eye_.features_at(frame.view(), centre_x, centre_y);
}

Result<CsvTable> CsvTable::read(const std::string& path) {
  CsvTable table;
  table.path_ = std::filesystem::exists(path) || !std::filesystem::exists(path + ".gz") ? path : path + ".gz";
  auto text = read_input(table.path_);
  if (!text) return text.error();
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
      return invalid_input(table.path_ + ": line " + std::to_string(line_number) + ": expected " +
                           std::to_string(table.header_.size()) + " fields as in the header, found " +
                           std::to_string(fields.size()));
    } else {
      table.rows_.push_back(std::move(fields));
      table.lines_.push_back(line_number);
    }
  }
  if (table.header_.empty()) return invalid_input(table.path_ + ": expected a header line, found nothing");
  return table;
}

Result<double> CsvTable::number(std::size_t row, std::size_t column) const {
  const std::string& field = at(row, column);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) {
    return invalid_input(where(row) + ": expected a number as '" + header_[column] + "', found '" + field + "'");
  }
  return value;
}

std::string CsvTable::text(std::size_t row) const {
  std::string out;
  for (const std::string& field : rows_[row]) out += (out.empty() ? "" : ",") + field;
  return out;
}

bool CsvTable::has(const std::string& name) const { return std::count(header_.begin(), header_.end(), name) > 0; }

Result<std::size_t> CsvTable::column(const std::string& name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return invalid_input(path_ + ": expected a column '" + name + "'");
  return static_cast<std::size_t>(found - header_.begin());
}

}  // namespace beltwarden::lab
