// All that a brand's fit taught, looked through at once: evidence, what lies on bare belt, what officers called ore, and what
// things are. The desk's commands and the site's rim see the same.
#pragma once

#include <vector>

#include "base/result.h"
#include "science/vision/crop_classifier.h"
#include "science/vision/detector.h"
#include "science/vision/frame_analysis.h"
#include "science/vision/mirror.h"
#include "science/vision/ore_memory.h"

namespace beltwarden::vision {

struct BrandModel {
  DetectorModel detector;
  CropClassifier classifier;  ///< may be empty
  OreMemory memory;           ///< may be empty
};

/// Of how many clean frames one looks as odd as a frame of this score, as a probability (0 to the tail's share).
double false_per_frame(const DetectorModel& model, double frame_score);
/// The same of one thing: what the frame would score if it were alone in it.
double false_per_frame(const DetectorModel& model, const Blob& blob);

/// How rare each part of a picture is on clean ore.
HeatMap network_heat(const EvidenceMap& evidence, const Tail& frame_tail);

/// Evidence over cells of bare belt is lowered by this: a thing there must be plainer than on ore.
inline constexpr float kBareBeltLowers = 3;
void lower_on_belt(EvidenceMap& evidence, const LoadMask& load);

/// The square of 96 pixels round a point of a frame; what lies outside repeats the edge.
Picture cut_crop(const ImageView& frame, double centre_x, double centre_y);

/// Looks through one brand's model, which must outlive it. One a thread.
class BrandEye {
 public:
  /// `frames` gives the evidence: the model's own network, or another source.
  BrandEye(const BrandModel& model, Detector frames) : model_(&model), frames_(std::move(frames)), crops_(model.detector) {}

  struct Thing {
    Blob blob;
    CropClass what;
  };
  struct Seen {
    EvidenceMap evidence;
    std::vector<Thing> things;   ///< strongest first, those that officers called ore lowered
    double frame_score = 0;
  };
  /// The `most` strongest places are compared with the memory, so that scores do not depend on `limit`, and those above `limit`
  /// are named; others stay unknown.
  Result<Seen> look(const ImageView& frame, const LoadMask& load, double limit, std::size_t most = kAll);
  static constexpr std::size_t kAll = 1000;

  /// The two parts of `look`: evidence before it is lowered on bare belt, for which the load need not be known yet, and what it
  /// shows.
  Result<EvidenceMap> raw_evidence(const ImageView& frame) { return frames_.evidence(frame); }
  Result<Seen> things(EvidenceMap raw, const ImageView& frame, const LoadMask& load, double limit, std::size_t most = kAll);

  /// Evidence alone, lowered on bare belt, looked for in the frame's mirror picture: frames of a belt overlap, so that joined
  /// evidence is that of all four for the work of one.
  Result<EvidenceMap> evidence(const ImageView& frame, const LoadMask& load, Mirror mirror);

  /// Features of the thing round a point of a frame; none from an imported network.
  Result<std::vector<float>> features_at(const ImageView& frame, double centre_x, double centre_y);

 private:
  const BrandModel* model_;
  Detector frames_, crops_;  // crops are of another size
};

}  // namespace beltwarden::vision
