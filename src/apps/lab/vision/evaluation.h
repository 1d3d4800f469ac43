// Measuring a vision model on labelled frames, crops and sequences: what `vision evaluate` prints and reports. Folders as
// in docs/vision.md.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

struct Box {
  double x = 0, y = 0, w = 0, h = 0;
};

/// The blob's centre lies in the box, or intersection over union is 0.3 or more.
bool finds(const vision::Blob& blob, const Box& box);

/// Frames made to look as under other lamps: value^gamma, then each of blue, green, red times its cast.
struct Light {
  std::string name = "as taken";
  double gamma = 1;
  std::array<double, 3> cast{1, 1, 1};
};
void relight(vision::Picture& picture, const Light& light);

/// Probability that one of `high` scores above one of `low`, ties half.
double auroc(const std::vector<double>& high, const std::vector<double>& low);

/// Told the share done, 0 to 1.
using Progress = std::function<void(double)>;

struct FrameFigures {
  struct Level {
    std::string camouflage;
    std::vector<double> object_scores, seam_scores;  ///< of frames
    double auroc_clean = 0, auroc_seams = 0;
    double recall = 0, seam_rate = 0;          ///< objects found, and pieces of pasted ore called, above `limit`
    double own_recall = 0, own_seam_rate = 0;  ///< the same at the model's own threshold
    int objects = 0, seams = 0;
  };
  struct Size {
    int found = 0, found_own = 0, all = 0;
    int seams_called = 0, seams_called_own = 0, seams = 0;   ///< pieces of pasted ore of that size
  };
  Light light;
  double limit = 0;                 ///< one false blob in ten clean frames
  double own_false_per_frame = 0;   ///< blobs a clean frame above the model's own threshold
  std::vector<double> clean_scores;
  std::vector<Level> levels;
  std::map<std::string, Size> sizes;  ///< by long side
  double recall() const;              ///< of all objects, above `limit`
  double own_recall() const;
  double seam_rate() const;           ///< of all pieces of pasted ore, called above `limit`
};

/// A frame worth looking at: its path and why.
struct Example {
  std::string path, caption;
};

/// `natural_limit`: the limit to use instead of the one found in this light, as an installed system would; null: found here.
Result<FrameFigures> evaluate_frames(const VisionModel& model, const std::string& data, const Light& light,
                                     const double* natural_limit, std::vector<Example>* examples, const Progress& progress);

struct CropFigures {
  double macro_f1 = 0, known_called_unknown = 0;
  std::map<std::string, double> f1;
  double strangers_called_unknown = 0;  ///< crops of classes that the model does not know
  int strangers = 0;
  /// Each class left out of the classifier in turn, refitted on the crops of the set 'train': its crops called unknown,
  /// and the known ones so called. The network had seen the class.
  struct LeftOut {
    double called_unknown = 0, known_called_unknown = 0;
  };
  std::map<std::string, LeftOut> left_out;
};
Result<CropFigures> evaluate_crops(const VisionModel& model, const std::string& folder, const Light& light, bool leave_out, const Progress& progress);

struct SequenceFigures {
  int planted = 0, found = 0, events = 0, false_with = 0, false_without = 0, sequences = 0, without = 0;
  double largest_shift_miss_px = 0;
};
Result<SequenceFigures> evaluate_sequences(const VisionModel& model, const std::string& data, const Progress& progress);

}  // namespace beltwarden::lab
