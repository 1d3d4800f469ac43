#include "inspect/camera_watch.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "inspect/frame_faults.h"
#include "inspect/main_interval.h"
#include "inspect/round.h"
#include "material/intervals.h"

namespace beltwarden::inspect {
namespace {

using vision::FrameFault;

constexpr double kRepeatTonnes = 500;
constexpr double kFaultyShare = 0.5;        // of a slice's pictures
constexpr int kLeastPictures = 2;
constexpr double kDroppedShare = 0.1;
constexpr std::uint64_t kLeastDropped = 3;
constexpr std::uint64_t kLargestGap = 100'000;   // of running numbers; more is a camera that counts anew
constexpr std::array kFaults = {FrameFault::kDark,   FrameFault::kOverexposed, FrameFault::kBlurred, FrameFault::kDusty,
                                FrameFault::kFrozen, FrameFault::kDirtyWindow, FrameFault::kDropped};

struct Picture {
  TonneInterval tonnes;                     ///< back to the picture before
  std::vector<FrameFault> faults;
  bool loaded = false, blind = false;
  std::uint64_t lost_before = 0;
  wire::Evidence evidence;
  Time time;
};

struct CameraOfLot {
  std::vector<Picture> pictures;            // not yet in a closed slice
  Tonnes seen_to{0};
  std::map<FrameFault, double> said_to_t;   // faults that last, and up to where they were said
};

class CameraWatch final : public Inspector {
 public:
  CameraWatch(InspectorInfo info, std::vector<vision::BrandAppearance> brands) : info_(std::move(info)), brands_(std::move(brands)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink&) override {
    if (!info_.fitted) return;
    if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) brand_of_lot_[plan->lot] = plan->brand;
    const auto* frame = std::get_if<material::FrameReading>(&observation.payload);
    if (frame == nullptr) return;
    const std::uint64_t lost = lost_before(observation.instrument, frame->frame_number);
    const auto* where = main_interval(observation);
    if (where == nullptr || where->tonnes.empty()) return;
    CameraOfLot& camera = lots_[where->lot][observation.instrument];
    const auto* brand = find_brand(brands_, brand_of_lot_[where->lot]);
    Picture picture;
    picture.tonnes = {std::min(camera.seen_to, where->tonnes.from), where->tonnes.to};
    camera.seen_to = where->tonnes.to;
    picture.loaded = frame->load_fraction >= kLeastComparable && observation.intervals.size() == 1;
    picture.faults = faults_of(*frame, picture.loaded ? brand : nullptr);
    picture.blind = is_blind(*frame, picture.loaded ? brand : nullptr);
    picture.lost_before = lost;
    picture.time = observation.time;
    picture.evidence.kind = "frame";
    picture.evidence.media_type = "image/jpeg";
    picture.evidence.digest = frame->digest;
    picture.evidence.instrument = observation.instrument;
    picture.evidence.frame_number = frame->frame_number;
    camera.pictures.push_back(std::move(picture));
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    if (!info_.fitted) return {};
    const LotId& lot = slice.interval.lot;
    const auto* brand = find_brand(brands_, brand_of_lot_[lot]);
    std::vector<TonneInterval> unseen;
    for (auto& [camera, of_lot] : lots_[lot]) {
      std::vector<Picture> inside;
      std::erase_if(of_lot.pictures, [&](Picture& picture) {
        if (picture.blind) unseen.push_back(picture.tonnes);
        if (picture.tonnes.to > slice.interval.tonnes.to) return false;
        inside.push_back(std::move(picture));
        return true;
      });
      judge(slice, inside, of_lot, say);
    }
    if (slice.last_of_lot) {
      lots_.erase(lot);
      brand_of_lot_.erase(lot);
    }
    if (brand == nullptr || brand->usual.light <= 0) return {};
    return material::intersection(seen, material::holes(material::merged(std::move(unseen)), slice.interval.tonnes));
  }

 private:
  std::uint64_t lost_before(const InstrumentId& camera, std::uint64_t number) {
    const auto [last, first] = last_number_.try_emplace(camera, number);
    const std::uint64_t before = std::exchange(last->second, number);
    return first || number <= before || number - before > kLargestGap ? 0 : number - before - 1;
  }

  void judge(const material::SliceClosed& slice, const std::vector<Picture>& pictures, CameraOfLot& camera, const FindingSink& say) {
    if (pictures.empty()) return;
    int loaded = 0;
    std::uint64_t lost = 0;
    std::map<FrameFault, int> count;
    std::map<FrameFault, const Picture*> shown;
    for (const Picture& picture : pictures) {
      loaded += picture.loaded;
      lost += picture.lost_before;
      for (const FrameFault fault : picture.faults) {
        count[fault] += picture.loaded;
        shown[fault] = &picture;
      }
    }
    const double to_t = slice.interval.tonnes.to.value;
    for (const FrameFault fault : kFaults) {
      double share = count[fault] / static_cast<double>(std::max(1, loaded));
      bool faulty = count[fault] >= kLeastPictures && share >= kFaultyShare;
      if (fault == FrameFault::kDropped) {
        share = static_cast<double>(lost) / static_cast<double>(lost + pictures.size());
        faulty = lost >= kLeastDropped && share >= kDroppedShare;
      }
      const auto said = camera.said_to_t.find(fault);
      if (!faulty) {
        if (said != camera.said_to_t.end()) camera.said_to_t.erase(said);
      } else if (said == camera.said_to_t.end() || to_t - said->second >= kRepeatTonnes) {
        camera.said_to_t[fault] = to_t;
        const Picture* picture = shown.contains(fault) ? shown[fault] : &pictures.back();
        say_fault(slice, fault, share, *picture, fault == FrameFault::kDropped ? lost : 0, say);
      }
    }
  }

  static void say_fault(const material::SliceClosed& slice, FrameFault fault, double share, const Picture& picture, std::uint64_t lost,
                        const FindingSink& say) {
    wire::Finding finding;
    finding.where = slice.interval;
    finding.time = picture.time;
    finding.verdict = wire::Verdict::kSuspect;
    finding.priority = wire::Priority::kLow;
    finding.code = std::string("camera_") + vision::name_of(fault);
    finding.measured.push_back({.name = "pictures_affected", .value = rounded(100 * share, 1), .unit = "%"});
    if (lost > 0) finding.measured.push_back({.name = "pictures_missing", .value = static_cast<double>(lost), .unit = "1"});
    finding.evidence.push_back(picture.evidence);
    say(std::move(finding));
  }

  InspectorInfo info_;
  std::vector<vision::BrandAppearance> brands_;
  std::map<LotId, std::string> brand_of_lot_;
  std::map<LotId, std::map<InstrumentId, CameraOfLot>> lots_;
  std::map<InstrumentId, std::uint64_t> last_number_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_camera_watch(const InspectorSources& sources) {
  InspectorInfo info{.name = "camera_health", .instrument_kinds = {"camera"}};
  std::vector<vision::BrandAppearance> brands;
  if (const auto bytes = sources.model("visual_anomaly"); !bytes.empty()) {
    auto read = vision::appearances_from_text(bytes, "model visual_anomaly");
    if (!read) return read.error();
    brands = std::move(*read);
  }
  info.fitted = std::any_of(brands.begin(), brands.end(), [](const auto& brand) { return brand.usual.light > 0; });
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<CameraWatch>(std::move(info), std::move(brands)));
}

}  // namespace beltwarden::inspect
