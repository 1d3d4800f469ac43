// Objects on the belt from journaled frames: what inclusion recognition reports and impurity classification names.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "inspect/belt_load.h"
#include "material/observation.h"
#include "science/vision/appearance.h"
#include "science/vision/tracker.h"

namespace beltwarden::inspect {

/// One object, placed.
struct FoundObject {
  vision::ObjectEvent event;
  material::LotInterval where;        ///< of its best picture
  Time time;
  InstrumentId camera;
  Sha256 digest{};                    ///< of the best picture's raw pixels
  double limit = 0;                   ///< strength that clean pictures of this brand do not reach
  double false_per_frame = 1;         ///< things as odd in a clean picture of the brand
  material::FrameHeat heat;           ///< of the best picture
  std::uint32_t width_px = 0, height_px = 0;
};

/// Strength that an object of this brand must reach.
double strength_limit(const vision::BrandAppearance& brand);

/// The strength that is as rare on clean pictures of this brand as something of which a picture of clean ore shows
/// `false_per_frame`: how evidence of another kind is weighed by the same limit, which it reaches when it is as rare.
double strength_as_rare(const vision::BrandAppearance& brand, double false_per_frame);

/// Follows candidates through the frames of every lot and camera.
class ObjectEvents {
 public:
  /// Limits come from how strong the candidates of clean pictures of each brand are; a brand that is not among them
  /// gets the highest limit of all.
  explicit ObjectEvents(std::vector<vision::BrandAppearance> brands) : brands_(std::move(brands)) {}

  /// Objects that have become complete with this observation.
  std::vector<FoundObject> observe(const material::Observation& observation);

  /// What of `seen` has been judged, once the slice has been observed: not where pictures were too empty to tell an
  /// object from bare belt or too badly taken to see in, and nothing of a lot whose brand is not among those known, for which the limit is a guess.
  std::vector<TonneInterval> judged(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen);

 private:
  struct FrameNote {
    std::uint64_t number = 0;
    material::LotInterval where;
    Time time;
    Sha256 digest{};
    material::FrameHeat heat;
    std::uint32_t width_px = 0, height_px = 0;
  };
  struct View {
    View(double limit, const vision::Tail& strengths) : tracker(limit), limit(limit), strengths(strengths) {}
    vision::ObjectTracker tracker;
    double limit;
    vision::Tail strengths;           ///< of clean pictures' strongest candidates, for what the network was not asked
    std::deque<FrameNote> notes;      ///< of recent frames: an object's best one is among them
    Tonnes seen_to{0};                ///< end of the newest frame
  };
  double limit_of(const LotId& lot) const;
  void leave_unjudged(const material::Observation& observation, Tonnes seen_to);
  void hand_over(const InstrumentId& camera, View& view, std::vector<vision::ObjectEvent> ended,
                 std::vector<FoundObject>& out) const;

  std::vector<vision::BrandAppearance> brands_;
  BeltLoad load_;
  std::map<LotId, std::string> brand_of_lot_;
  std::map<std::pair<LotId, InstrumentId>, View> views_;
  std::map<LotId, std::vector<TonneInterval>> unjudged_;   ///< of slices that have not closed
};

}  // namespace beltwarden::inspect
