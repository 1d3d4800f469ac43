// The file that `vision fit` writes: a detector and, when it was given crops, a classifier.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "science/vision/crop_classifier.h"
#include "science/vision/detector.h"

namespace beltwarden::lab {

struct VisionModel {
  vision::DetectorModel detector;
  vision::CropClassifier classifier;  ///< may be empty
};

std::string to_bytes(const VisionModel& model);
Result<VisionModel> load_vision_model(const std::string& path);

/// Features of the thing in the middle of a square picture.
Result<std::vector<float>> crop_features(vision::Detector& detector, const vision::Picture& crop);

/// The square of 96 pixels round a point of a frame; what lies outside repeats the edge.
vision::Picture cut_crop(const vision::Picture& frame, double centre_x, double centre_y);

/// A table with a header line as rows by column name.
class CsvTable {
 public:
  static Result<CsvTable> read(const std::string& path);
  std::size_t rows() const { return rows_.size(); }
  bool has(const std::string& column) const;
  Result<std::size_t> column(const std::string& name) const;  ///< missing is an error that names the file
  const std::string& at(std::size_t row, std::size_t column) const { return rows_[row][column]; }

 private:
  std::string path_;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace beltwarden::lab
