// The detector of one brand: what clean frames taught it, and how often clean ore looks as odd as a given score.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "science/vision/appearance.h"
#include "science/vision/blobs.h"
#include "science/vision/net/frozen.h"
#include "science/vision/picture.h"
#include "science/vision/scenes.h"
#include "science/vision/second_look.h"
#include "science/vision/tone.h"

namespace beltwarden::vision {

/// What generated scenes of frames kept out of training say of a model. A rate on pasted things means nothing without
/// the rate on ore pasted the same way: the two are only ever given together.
struct SyntheticRates {
  double found = 0;              ///< share of scenes with pasted objects that have a blob above the threshold
  double seams_called = 0;       ///< the same of scenes with pasted ore
  double clean_called = 0;       ///< and of scenes with nothing pasted
  double auroc_clean = 0;        ///< objects against clean, by scene score
  double auroc_seams = 0;        ///< objects against pasted ore
  int scenes = 0;                ///< of each kind
};

struct DetectorModel {
  net::Network network;               ///< outputs: evidence and classes by cell; features fine, middle, coarse
  SecondLook second;                  ///< at the oddest places; may be empty
  bool foreign = false;               ///< evidence comes from elsewhere; `network` is empty
  double mm_per_px = 0;
  double threshold = 0;               ///< blob score above which a detection is reported
  double claimed_false_per_frame = 0; ///< blobs above `threshold` in a clean frame
  double event_threshold = 0;         ///< of the joined evidence of a sequence: kEventShare of the claim in a frame's height of belt
  Tail frame_tail;                    ///< of the frame scores of clean frames kept out of training
  SyntheticRates synthetic;
  int smallest_side_px = 16;          ///< smallest long side from which half of plain objects are found; 0: none are
};

/// What is fitted and how long.
struct DetectorFit {
  double mm_per_px = 2;
  int steps = 4000;
  std::uint64_t seed = 1;
  double claimed_false_per_frame = 0.1;
  int classes = 0;                     ///< of the crops
  int side_px = 256;                   ///< of the scenes it is trained on, a multiple of 16
  std::shared_ptr<const net::Backbone> backbone;   ///< of a second look; none: there is none
};

/// Fits on clean frames of one brand (8 or more, 128 x 128 pixels or larger) and crops, which may be none. `progress` is
/// told the share done. A sixth of the frames is kept out for the first part of the run, to set what frames' scores mean; the thresholds
/// are set by all of them at the end.
Result<DetectorModel> fit_detector(std::span<const Picture> clean, std::span<const Crop> crops, const DetectorFit& fit,
                                   const std::function<void(double)>& progress);

/// The network of a fresh detector, for benchmarks too.
net::Network detector_network(int classes, std::uint64_t seed);

/// Runs a model on frames. One per thread; the model may be dropped.
class Detector {
 public:
  /// A wide frame is parted into up to `strips`, which `executor` may look at side by side; what they show does not depend on how
  /// many there are.
  explicit Detector(const DetectorModel& model, int strips = 1, Executor executor = run_in_turn);
  /// Looks through something else than the model's network: blobs, limits and scores stay the same.
  using EvidenceSource = std::function<Result<EvidenceMap>(const ImageView&)>;
  explicit Detector(EvidenceSource source) : source_(std::move(source)) {}

  struct Seen {
    EvidenceMap evidence;
    std::vector<Blob> blobs;
    double frame_score = 0;
  };
  /// Pictures of 32 x 32 to 8192 x 8192 pixels at the model's mm per pixel.
  Result<Seen> look(const ImageView& image);
  /// Evidence alone.
  Result<EvidenceMap> evidence(const ImageView& image);
  /// The same before the second look.
  Result<EvidenceMap> first_evidence(const ImageView& image);

  /// Features of the thing in the middle of a crop: maps of the network averaged over the middle half with the evidence
  /// as weights, then the mean class scores, the mean over the crop and its three mirror pictures; at the end what the second look's
  /// backbone reads in the inner third, the mean over the crop and the crop turned. The light is taken from the crop's rim, which is ore.
  /// None from a source of evidence alone.
  Result<std::vector<float>> crop_features(const ImageView& crop);
  /// The same of several: four take a backbone as long as one.
  Result<std::vector<std::vector<float>>> crop_features(std::span<const ImageView> crops);

 private:
  std::vector<float> features_of(const ImageView& crop, const Tone& tone);
  // The network ready to run, and its maps of the last picture.
  struct Eye {
    net::Frozen frozen;
    net::Frozen::Scratch scratch;
  };
  EvidenceMap map(const ImageView& image, const Tone& tone, Eye& eye);
  EvidenceMap map_in_strips(const ImageView& image, const Tone& tone);
  EvidenceSource source_;
  Eye frames_;  // keeps the evidence alone
  Eye crops_;   // keeps the features, too
  std::vector<net::Frozen::Scratch> strips_;   // of a wide frame, beside the first
  Executor executor_ = run_in_turn;
  std::vector<int> outputs_;
  SecondLooker second_{SecondLook{}};
};

/// The things that the evidence of a picture shows, within the picture.
std::vector<Blob> blobs_within(const EvidenceMap& evidence, const ImageView& image);

/// One officer's look at an event costs more than a box in a frame: so much rarer is what a sequence may call.
inline constexpr double kEventShare = 0.3;

/// What the scores of frames mean, by clean frames that the model was not trained on.
Result<void> set_frame_tail(DetectorModel& model, Detector& detector, std::span<const Picture> clean);

/// Sets all of the model's limits by clean frames that it was not trained on, for the blobs it claims.
Result<void> set_limits(DetectorModel& model, Detector& detector, std::span<const Picture> clean, std::uint64_t seed);

/// Scores of the blobs that a detector sees in clean frames, behind those that `scores` holds.
Result<void> add_blob_scores(Detector& detector, std::span<const Picture> clean, std::vector<double>& scores);

/// The threshold of single frames alone, by the scores of all blobs in `frames` clean ones, which are all there are. How odd clean ore looks
/// differs more from lot to lot than between frames that the network was trained on and others: few frames of one lot kept out say less than
/// all of several lots.
void set_threshold(DetectorModel& model, std::vector<double> blob_scores, std::size_t frames);

std::string to_bytes(const DetectorModel& model);
Result<DetectorModel> detector_from_bytes(std::string_view bytes, const std::string& origin);

}  // namespace beltwarden::vision
