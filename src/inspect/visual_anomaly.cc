#include "inspect/visual_anomaly.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "inspect/belt_load.h"
#include "inspect/frame_faults.h"
#include "inspect/heat_evidence.h"
#include "inspect/main_interval.h"
#include "inspect/round.h"
#include "material/intervals.h"
#include "science/vision/appearance.h"

namespace beltwarden::inspect {
namespace {

constexpr double kSuspectScore = 5;       // in two slices running
constexpr double kSuspectAtOnce = 9;      // in one
constexpr double kLeastPictureLoad = 0.3;        // of a picture's width that counts
constexpr double kLeastPictureFilled = 0.7;      // and of its length
constexpr double kResolution = 100;       // steps per unit of every number said
constexpr double kHighestScore = 30;
constexpr double kDriftShare = 0.02;      // of a slice's miss that the expectation follows: 63 % of a step in 50 slices
constexpr double kMostDrift = 1;          // standard deviations between lots that it may wander in all
constexpr double kUnseenChance = 0.5;     // of a picture in which the network saw nothing worth naming

struct Picture {
  double mark = 0;
  vision::AppearanceVector look{};
  double chance = 0;                      // of a clean picture to look as odd to the network; 0: it was not asked
  Time time;
  InstrumentId camera;
  std::uint64_t frame_number = 0;
  Sha256 digest{};
  material::FrameHeat heat;
  std::uint32_t width_px = 0, height_px = 0;
  std::optional<material::Box> oddest;    // what stands out most
};

struct PictureLot {
  std::string brand;
  std::vector<Picture> pictures;          // not yet in a closed slice
  bool last_was_odd = false;
  bool in_stretch = false;                // an alarm has been asked for and the stretch goes on
  vision::AppearanceVector drift{};       // from the brand's mean, as slices without suspicion have moved it
  Tonnes seen_to{0};
  std::vector<TonneInterval> unjudged;    // of pictures too badly taken to see in
};

// Of a slice's pictures the middle one: an object in one or two of them is inclusion recognition's business.
double middle_chance(const std::vector<Picture>& pictures) {
  std::vector<double> chances;
  for (const auto& picture : pictures) {
    if (picture.chance > 0) chances.push_back(picture.chance);
  }
  if (chances.size() < pictures.size()) return 1;
  const auto middle = chances.begin() + static_cast<std::ptrdiff_t>(chances.size() / 2);
  std::nth_element(chances.begin(), middle, chances.end());
  return *middle;
}

// 0 where the rim had no network of the brand.
double chance_of(const material::FrameReading& frame) {
  double least = 0;
  for (const auto& candidate : frame.candidates) {
    if (candidate.false_per_frame > 0) least = least == 0 ? candidate.false_per_frame : std::min(least, candidate.false_per_frame);
  }
  if (least > 0) return std::min(least, kUnseenChance);
  return frame.network ? kUnseenChance : 0;
}

class VisualAnomaly final : public Inspector {
 public:
  VisualAnomaly(InspectorInfo info, std::vector<vision::BrandAppearance> brands)
      : info_(std::move(info)), brands_(std::move(brands)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    if (!info_.fitted) return;
    load_.observe(observation);
    if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
      lots_[plan->lot].brand = plan->brand;
      if (fit_of(plan->brand) == nullptr) say_unknown_brand(*plan, observation.time, say);
      return;
    }
    const auto* frame = std::get_if<material::FrameReading>(&observation.payload);
    // A picture across a lot's boundary shows two brands.
    if (frame == nullptr || observation.intervals.size() != 1 || frame->load_fraction < kLeastPictureLoad) return;
    if (filled_share(observation, *frame, load_) < kLeastPictureFilled) return;
    const auto& where = observation.intervals.front();
    auto& lot = lots_[where.lot];
    const Tonnes before = std::exchange(lot.seen_to, where.tonnes.to);
    if (is_blind(*frame, frame->load_fraction < kLeastComparable ? nullptr : fit_of(lot.brand))) {
      lot.unjudged.push_back({std::min(before, where.tonnes.from), where.tonnes.to});
      return;
    }
    lot.pictures.push_back({(where.tonnes.from.value + where.tonnes.to.value) / 2,
                            vision::appearance_vector(to_analysis(*frame).measurements), chance_of(*frame),
                            observation.time, observation.instrument, frame->frame_number, frame->digest, frame->heat,
                            frame->width_px, frame->height_px,
                            frame->candidates.empty() ? std::nullopt : std::optional(frame->candidates.front().box)});
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    if (!info_.fitted) return {};
    auto& lot = lots_[slice.interval.lot];
    std::vector<Picture> inside, later;
    for (auto& picture : lot.pictures) {
      if (picture.mark < slice.interval.tonnes.to.value) {
        inside.push_back(std::move(picture));
      } else {
        later.push_back(std::move(picture));
      }
    }
    lot.pictures = std::move(later);
    const auto* brand = fit_of(lot.brand);
    const std::string brand_name = lot.brand;
    std::vector<TonneInterval> judged;
    if (brand != nullptr && !inside.empty()) {
      judge(slice, inside, *brand, lot, say);
      judged = material::intersection(seen, material::holes(material::merged(lot.unjudged), slice.interval.tonnes));
    } else if (brand != nullptr && seen.empty()) {
      lot.last_was_odd = false;
    }
    std::erase_if(lot.unjudged, [&](const TonneInterval& i) { return i.to <= slice.interval.tonnes.to; });
    if (slice.last_of_lot) lots_.erase(slice.interval.lot);
    return judged;
  }

 private:
  const vision::BrandAppearance* fit_of(const std::string& brand) const {
    return find_brand(brands_, brand);
  }

  void say_unknown_brand(const material::LotPlan& plan, Time time, const FindingSink& say) {
    wire::Finding finding;
    finding.where = {plan.lot, {}};
    finding.time = time;
    finding.verdict = wire::Verdict::kDontKnow;
    finding.code = "unknown_brand";
    finding.label = plan.brand;
    say(std::move(finding));
  }

  // What the lot has come to look like, as long as nothing was suspicious.
  static void follow(const vision::AppearanceVector& mean, const vision::BrandAppearance& brand, vision::AppearanceVector& drift) {
    for (std::size_t d = 0; d < mean.size(); ++d) {
      const double most = kMostDrift * std::sqrt(brand.lot_variance[d]);
      drift[d] = std::clamp(drift[d] + kDriftShare * (mean[d] - brand.mean[d] - drift[d]), -most, most);
    }
  }

  void judge(const material::SliceClosed& slice, const std::vector<Picture>& pictures,
             const vision::BrandAppearance& fitted, PictureLot& lot, const FindingSink& say) {
    vision::BrandAppearance brand = fitted;
    for (std::size_t d = 0; d < brand.mean.size(); ++d) brand.mean[d] += lot.drift[d];
    vision::AppearanceVector mean{};
    for (const auto& picture : pictures) {
      for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += picture.look[d] / static_cast<double>(pictures.size());
    }
    const int count = static_cast<int>(pictures.size());
    const double chance = middle_chance(pictures);
    const double by_network = -std::log10(chance);
    const double score = std::min(kHighestScore, std::max(vision::anomaly_score(mean, count, brand), by_network));
    const bool odd = score > kSuspectScore;
    const bool suspect = score > kSuspectAtOnce || (odd && (lot.last_was_odd || lot.in_stretch));
    const bool first = suspect && !lot.in_stretch;
    lot.last_was_odd = odd;
    lot.in_stretch = suspect || (lot.in_stretch && odd);
    if (!odd && !lot.in_stretch) follow(mean, fitted, lot.drift);

    wire::Finding finding;
    finding.where = slice.interval;
    finding.time = pictures[pictures.size() / 2].time;
    finding.verdict = suspect ? wire::Verdict::kSuspect : wire::Verdict::kOk;
    finding.priority = first ? wire::Priority::kMedium : wire::Priority::kNone;
    finding.code = suspect ? "visual_anomaly" : "slice";
    finding.measured.push_back(
        {.name = "anomaly_score", .value = rounded(score, kResolution), .unit = "1", .high = kSuspectScore});
    finding.measured.push_back({.name = "one_in_clean_stretches", .value = vision::one_in(std::pow(10.0, -score)), .unit = "1"});
    if (chance < 1) finding.measured.push_back({.name = "network_score", .value = rounded(by_network, kResolution), .unit = "1"});
    constexpr std::array<const char*, 3> kNames = {"L*", "a*", "b*"};
    for (std::size_t d = 0; d < kNames.size(); ++d) {
      const double variance = brand.slow_variance[d] + brand.frame_variance[d] / count;
      finding.measured.push_back({.name = kNames[d], .value = rounded(mean[d], kResolution),
                                  .std_error = rounded(std::sqrt(variance), kResolution), .unit = "1",
                                  .expected = rounded(brand.mean[d], kResolution)});
    }
    if (suspect) {
      // The picture farthest from the brand shows best what is meant.
      const Picture* worst = &pictures.front();
      double farthest = -1;
      for (const auto& picture : pictures) {
        const double distance = vision::appearance_distance(picture.look, 1, brand);
        if (distance > farthest) farthest = distance, worst = &picture;
      }
      wire::Evidence evidence;
      evidence.kind = "frame";
      evidence.media_type = "image/jpeg";
      evidence.digest = worst->digest;
      evidence.instrument = worst->camera;
      evidence.frame_number = worst->frame_number;
      if (worst->heat.columns > 0) evidence.box = worst->oddest;
      auto heat = heat_evidence(worst->heat, evidence, worst->width_px, worst->height_px);
      finding.evidence.push_back(std::move(evidence));
      if (heat) finding.evidence.push_back(std::move(*heat));
    }
    say(std::move(finding));
  }

  InspectorInfo info_;
  std::vector<vision::BrandAppearance> brands_;
  BeltLoad load_;
  std::map<LotId, PictureLot> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_visual_anomaly(const InspectorSources& sources) {
  InspectorInfo info{.name = "visual_anomaly", .instrument_kinds = {"camera"}};
  std::vector<vision::BrandAppearance> brands;
  const std::string_view bytes = sources.model(info.name);
  if (!bytes.empty()) {
    auto read = vision::appearances_from_text(bytes, "model visual_anomaly");
    if (!read) return read.error();
    brands = std::move(*read);
    info.fitted = !brands.empty();
    info.version = info.fitted ? sources.version : "";
  }
  return std::unique_ptr<Inspector>(std::make_unique<VisualAnomaly>(std::move(info), std::move(brands)));
}

}  // namespace beltwarden::inspect
