// The file that `vision fit` writes: a detector and, when it was given crops, a classifier.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/vision/foreign_network.h"
#include "base/result.h"
#include "science/vision/crop_classifier.h"
#include "science/vision/detector.h"
#include "science/vision/ore_memory.h"

namespace beltwarden::lab {

struct VisionModel {
  vision::DetectorModel detector;
  vision::CropClassifier classifier;  ///< may be empty
  vision::OreMemory memory;
  std::vector<std::string> verdicts;  ///< what officers said, line by line: where from, what, by whom
  ForeignNetwork foreign;             ///< empty unless detector.foreign
};

/// What looks through the model: its own network, or the site's own in a process apart.
Result<vision::Detector> open_detector(const VisionModel& model);

/// A thing in a frame and what it is.
struct Detection {
  vision::Blob blob;
  vision::CropClass what;
};

/// What a model says of a frame: candidates strongest first, those that officers called ore lowered. Classes of those
/// above `limit`; the others stay unknown.
class ModelEye {
 public:
  static Result<ModelEye> open(const VisionModel& model);

  struct Seen {
    vision::EvidenceMap evidence;
    std::vector<Detection> detections;
    double frame_score = 0;
  };
  Result<Seen> look(const vision::Picture& frame, double limit);

  /// Features of the thing round a point of a frame.
  Result<std::vector<float>> features_at(const vision::Picture& frame, double centre_x, double centre_y);

 private:
  ModelEye(const VisionModel& model, vision::Detector frames, vision::Detector crops)
      : model_(&model), frames_(std::move(frames)), crops_(std::move(crops)) {}
  const VisionModel* model_;
  vision::Detector frames_, crops_;  // crops are of another size
};

std::string to_bytes(const VisionModel& model);
Result<VisionModel> load_vision_model(const std::string& path);

/// Evidence as red over the frame, what lies above the threshold in white boxes.
void draw_evidence(vision::Picture& frame, const ModelEye::Seen& seen, double threshold);

/// Known crops that rejection to "unknown" may cost, set when a classifier is fitted. On training crops of instances held out
/// .20 costs .016 of macro-F1 and tells a quarter of strangers, .14 costs .008 and tells a fifth.
inline constexpr double kKnownCalledUnknown = 0.15;

/// Features of a crop to learn from: as it is, and as other lamps would show it.
Result<std::vector<std::vector<float>>> crop_examples(vision::Detector& eye, const vision::Picture& crop);

/// The square of 96 pixels round a point of a frame; what lies outside repeats the edge.
vision::Picture cut_crop(const vision::Picture& frame, double centre_x, double centre_y);

/// A table with a header line as rows by column name.
class CsvTable {
 public:
  static Result<CsvTable> read(const std::string& path);
  std::size_t rows() const { return rows_.size(); }
  bool has(const std::string& column) const;
  Result<std::size_t> column(const std::string& name) const;  ///< missing is an error that names the file
  std::string text(std::size_t row) const;  ///< the row as it stands in the file
  const std::string& at(std::size_t row, std::size_t column) const { return rows_[row][column]; }

 private:
  std::string path_;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace beltwarden::lab
