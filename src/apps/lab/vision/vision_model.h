// The file that `vision fit` writes: a detector and, when it was given crops, a classifier.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/vision/foreign_network.h"
#include "base/result.h"
#include "science/vision/brand_eye.h"

namespace beltwarden::lab {

struct VisionModel : vision::BrandModel {
  std::vector<std::string> verdicts;  ///< what officers said, line by line: where from, what, by whom
  ForeignNetwork foreign;             ///< empty unless detector.foreign
};

/// What looks through the model: its own network, or the site's own in a process apart.
Result<vision::Detector> open_detector(const VisionModel& model);

/// What a model says of a frame, with bare belt found in each. One a thread; the model must outlive it.
class ModelEye {
 public:
  static Result<ModelEye> open(const VisionModel& model);
  /// Looks through another source of evidence with the model's classes, memory and limits.
  ModelEye(const VisionModel& model, vision::Detector frames) : mm_per_px_(model.detector.mm_per_px), eye_(model, std::move(frames)) {}

  /// Classes of what lies above `limit`.
  Result<vision::BrandEye::Seen> look(const vision::Picture& frame, double limit);
  Result<vision::EvidenceMap> evidence(const vision::Picture& frame, vision::Mirror mirror);

  /// Features of the thing round a point of a frame.
  Result<std::vector<float>> features_at(const vision::Picture& frame, double centre_x, double centre_y);

 private:
  vision::LoadMask load_of(const vision::Picture& frame);
  double mm_per_px_;
  vision::BrandEye eye_;
  vision::AnalyseScratch scratch_;
};

std::string to_bytes(const VisionModel& model);
Result<VisionModel> load_vision_model(const std::string& path);

/// Known crops that rejection to "unknown" may cost, set when a classifier is fitted. On training crops of instances held out .15 tells .38 of
/// strangers, .20 tells .47; at most .20 may be lost on crops that nobody has seen, where a few dozen instances a class promise too much.
inline constexpr double kKnownCalledUnknown = 0.15;

/// Features of a crop to learn from: as it is, and as other lamps would show it.
Result<std::vector<std::vector<float>>> crop_examples(vision::Detector& eye, const vision::Picture& crop);

/// A table with a header line as rows by column name.
class CsvTable {
 public:
  /// Where `path` is missing, `path`.gz is read.
  static Result<CsvTable> read(const std::string& path);
  std::size_t rows() const { return rows_.size(); }
  bool has(const std::string& column) const;
  Result<std::size_t> column(const std::string& name) const;  ///< missing is an error that names the file
  std::string text(std::size_t row) const;  ///< the row as it stands in the file
  const std::string& at(std::size_t row, std::size_t column) const { return rows_[row][column]; }
  /// A field that must be a number; the error names file, line and column.
  Result<double> number(std::size_t row, std::size_t column) const;
  std::string where(std::size_t row) const { return path_ + ": line " + std::to_string(lines_[row]); }

 private:
  std::string path_;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;   // of the rows in the file, from 1
};

}  // namespace beltwarden::lab
