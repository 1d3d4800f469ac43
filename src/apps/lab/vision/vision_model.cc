#include "apps/lab/vision/vision_model.h"

#include <algorithm>
#include <array>
#include <cmath>
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
  return ModelEye(model, std::move(*frames), vision::Detector(model.detector));
}

Result<std::vector<std::vector<float>>> crop_examples(vision::Detector& eye, const vision::Picture& crop) {
  // Gamma, and what blue, green and red are multiplied with.
  constexpr std::array<std::array<double, 4>, 3> kLights = {{{1, 1, 1, 1}, {0.75, 0.93, 1, 1.07}, {1.35, 1.07, 0.96, 0.94}}};
  std::vector<std::vector<float>> out;
  for (const auto& light : kLights) {
    vision::Picture lit = crop;
    for (std::size_t i = 0; i < lit.bgr.size(); ++i) {
      const double value = 255 * std::pow(crop.bgr[i] / 255.0, light[0]) * light[1 + i % 3];
      lit.bgr[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
    }
    auto features = eye.crop_features(lit.view());
    if (!features) return features.error();
    out.push_back(std::move(*features));
  }
  return out;
}

Result<std::vector<float>> ModelEye::features_at(const vision::Picture& frame, double centre_x, double centre_y) {
  if (model_->detector.foreign) return std::vector<float>{};
  return crops_.crop_features(cut_crop(frame, centre_x, centre_y).view());
}

Result<ModelEye::Seen> ModelEye::look(const vision::Picture& frame, double limit) {
  auto seen = frames_.look(frame.view());
  if (!seen) return seen.error();
  Seen out{std::move(seen->evidence), {}, seen->frame_score};
  bool changed = false;
  for (vision::Blob& blob : seen->blobs) {
    Detection detection{blob, {"unknown", false, 0}};
    if (blob.score > limit && (!model_->classifier.empty() || !model_->memory.places.empty())) {
      auto features = features_at(frame, blob.x + blob.w / 2.0, blob.y + blob.h / 2.0);
      if (!features) return features.error();
      if (vision::remembers(model_->memory, *features)) {
        detection.blob.score -= vision::kRememberedScore;
        detection.blob.peak -= vision::kRememberedScore;
        blob = detection.blob;
        changed = true;
      }
      if (detection.blob.score > limit) detection.what = vision::classify(*features, model_->classifier);
    }
    out.detections.push_back(std::move(detection));
  }
  if (changed) {
    std::stable_sort(out.detections.begin(), out.detections.end(),
                     [](const Detection& a, const Detection& b) { return a.blob.score > b.blob.score; });
    std::stable_sort(seen->blobs.begin(), seen->blobs.end(),
                     [](const vision::Blob& a, const vision::Blob& b) { return a.score > b.score; });
    out.frame_score = vision::frame_score(seen->blobs);
  }
  return out;
}

void draw_evidence(vision::Picture& frame, const ModelEye::Seen& seen, double threshold) {
  const auto& map = seen.evidence;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const double z = static_cast<double>(map.at(std::min(x / map.cell_px, map.columns - 1), std::min(y / map.cell_px, map.rows - 1)));
      const double share = std::clamp((z + 3) / 8, 0.0, 0.7);
      std::uint8_t* p = &frame.bgr[static_cast<std::size_t>(3 * (y * frame.width + x))];
      p[2] = static_cast<std::uint8_t>(p[2] + share * (255 - p[2]));
    }
  }
  for (const Detection& detection : seen.detections) {
    const vision::Blob& blob = detection.blob;
    if (blob.score <= threshold) continue;
    for (int y = blob.y; y < blob.y + blob.h; ++y) {
      for (int x = blob.x; x < blob.x + blob.w; ++x) {
        if (x > blob.x && y > blob.y && x < blob.x + blob.w - 1 && y < blob.y + blob.h - 1) continue;
        std::uint8_t* p = &frame.bgr[static_cast<std::size_t>(3 * (y * frame.width + x))];
        p[0] = p[1] = p[2] = 255;
      }
    }
  }
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
