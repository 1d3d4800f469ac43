#include "inspect/slag_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "inspect/round.h"
#include "inspect/running_mean.h"
#include "inspect/spectral_inspector.h"

namespace beltwarden::inspect {
namespace {

constexpr double kAtOnce = 3;             // index relative to its limit
constexpr double kMostDistance = 1000;
// Two slices outside the brand make an alarm, or four within it that slag explains better: what wanders slowly in clean ore (its
// moisture, its grain) takes neighbouring slices over that limit together.
constexpr int kForeignSlice = 2, kLikely = 1, kSure = 4;
constexpr double kSlagWindowTonnes = 500;
// Of one look at the mean of the last 500 t, or of the lot, after each slice of clean ore: so no more than one false alarm in 5,000 windows of 500 t.
constexpr double kMeanFalseAlarms = 2e-5;
constexpr double kFewestSlices = 8;       // in a mean that is judged
constexpr std::size_t kMatches = 3;       // library members that a suspect is likened to

double distance_of(const SliceJudgement& j) {
  // Against the brand that it is, when that is another known one: a wrong brand is not slag.
  const double index = j.material == Material::kOtherBrand ? j.nearest_index : j.index;
  const double likeness = j.slag.valid ? j.slag.distance / j.slag.limit : 0;
  return std::clamp(j.material == Material::kDeclared ? std::max(index, likeness) : index, 0.0, kMostDistance);
}

struct SlagLot {
  std::vector<wire::Finding> pending;     // suspect slices that wait for their neighbours, oldest first
  int weight = 0;                         // of the pending ones
  bool pending_strong = false;            // one that may be said alone
  bool after_other_brand = false;         // the slice before it was another brand
  bool in_stretch = false;                // an alarm has been asked for and the stretch goes on
  Material last = Material::kNotSeen;
  RunningMean window{kSlagWindowTonnes}, lot;  // of the share of slag
  // Of slices that look like the brand and are in no alarm: what is spread too thinly for one shows in their mean.
  RunningMean quiet_window{kSlagWindowTonnes}, quiet_lot;
  bool window_over = false, lot_over = false;
};

class SlagComparison final : public SpectralInspector {
 public:
  using SpectralInspector::SpectralInspector;

 private:
  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    auto& lot = lots_[slice.closed.interval.lot];
    const auto& j = slice.judgement;
    const Material before = std::exchange(lot.last, j.material);
    // Within the brand's bounds, and yet likelier with slag in it: too little to see at once, so more slices must agree.
    const bool likely = j.material == Material::kDeclared && j.slag.suspect() && !j.strange_by_fault;
    const bool foreign = likely || j.material == Material::kForeign;
    if (foreign) {
      auto finding = suspect(slice);
      if (lot.in_stretch) {
        say(std::move(finding));
      } else {
        if (lot.pending.empty()) {
          lot.weight = 0;
          lot.pending_strong = false;
          lot.after_other_brand = before == Material::kOtherBrand;
        }
        lot.pending_strong |= !likely && j.index > kAtOnce;
        lot.pending.push_back(std::move(finding));
        lot.weight += likely ? kLikely : kForeignSlice;
        const bool alone = slice.closed.last_of_lot && lot.pending_strong && !lot.after_other_brand;
        if (lot.weight >= kSure || alone) alarm(lot, say);
      }
    } else if (j.material != Material::kNotSeen && j.material != Material::kSickInstrument) {
      if (!lot.pending.empty() && lot.pending_strong && !lot.after_other_brand && j.material != Material::kOtherBrand) alarm(lot, say);
      lot.pending.clear();
      lot.in_stretch = false;
    }
    if (j.models == nullptr) return {};
    say_distance(slice, foreign, say);
    if (j.material == Material::kDeclared && !j.strange_by_fault && !lot.in_stretch) check_means(slice, lot, say);
    say_limits(slice, lot, say);
    return slice.seen;
  }

  void ended(const LotId& lot) override { lots_.erase(lot); }

  static void alarm(SlagLot& lot, const FindingSink& say) {
    lot.in_stretch = true;
    for (auto& finding : std::exchange(lot.pending, {})) say(std::move(finding));
  }

  wire::Finding suspect(const SliceView& slice) const {
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kSuspect, "slag_suspect");
    finding.label = "slag";
    finding.priority = wire::Priority::kHigh;
    finding.measured.push_back(
        {.name = "slag_distance", .value = rounded(distance_of(slice.judgement), kSpectralSteps), .unit = "1", .high = 1});
    add_share(slice.judgement, finding);
    say_what_it_looks_like(slice, finding);
    if (auto evidence = spectrum_evidence(models(), slice.spectrum, slice.plan.brand)) {
      finding.evidence.push_back(std::move(*evidence));
    }
    return finding;
  }

  static void add_share(const SliceJudgement& j, wire::Finding& finding) {
    if (!j.slag.valid || !std::isfinite(j.slag.slag_fraction)) return;
    finding.measured.push_back({.name = "slag_fraction", .value = rounded(100 * j.slag.slag_fraction, kSpectralSteps),
                                .std_error = rounded(100 * j.slag.slag_fraction_std, kSpectralSteps), .unit = "%"});
  }

  // "like.<material>": how sure it is that the foreign part is that material of the library.
  void say_what_it_looks_like(const SliceView& slice, wire::Finding& finding) const {
    const auto* brand = slice.judgement.models;
    if (brand == nullptr || !brand->slag) return;
    spectra::SlagScreen::Scratch scratch;
    for (const auto& match : brand->slag->match(slice.spectrum.on[models().axis_of().slag], kMatches, scratch)) {
      finding.measured.push_back({.name = "like." + match.name, .value = rounded(match.confidence, kSpectralSteps), .unit = "1"});
    }
  }

  // The last 500 t against what the lot was like before them and what lots usually are.
  static spectra::SlagScreen::MeanLimit window_limit(const SlagLot& lot, const spectra::SlagScreen& screen) {
    const double mass = lot.quiet_lot.mass() - lot.quiet_window.mass(), slices = std::max(lot.quiet_lot.effective() - lot.quiet_window.effective(), 0.0);
    const double before = mass > 0 ? (lot.quiet_lot.mass() * lot.quiet_lot.mean() - lot.quiet_window.mass() * lot.quiet_window.mean()) / mass : 0;
    return screen.mean_limit(std::max(lot.quiet_window.effective(), 1.0), before / 100, mass > 0 ? slices : 0, kMeanFalseAlarms);
  }

  // Slag spread so thinly that no slice shows it: the mean of the last 500 t, or of the lot, exceeds what clean ore's would.
  void check_means(const SliceView& slice, SlagLot& lot, const FindingSink& say) const {
    const auto& j = slice.judgement;
    if (!j.slag.valid || !j.models->slag->knows_means() || !std::isfinite(j.slag.slag_fraction)) return;
    const auto& where = slice.closed.interval;
    const double mass = where.tonnes.mass().value, percent = 100 * j.slag.slag_fraction;
    for (auto* mean : {&lot.quiet_window, &lot.quiet_lot}) {
      mean->add(percent, 100 * j.slag.slag_fraction_std, j.slag.slag_fraction_common, mass, where.tonnes.from.value);
    }
    const auto check = [&](const RunningMean& mean, double limit, bool& over, const char* prefix) {
      const bool now = mean.effective() >= kFewestSlices && mean.mean() > limit;
      if (now && (!over || passes(where.tonnes, kSlagWindowTonnes))) {
        auto finding = finding_about({where.lot, {Tonnes{mean.from()}, where.tonnes.to}}, slice.spectrum.time, wire::Verdict::kSuspect, "slag_suspect");
        finding.label = "slag";
        finding.priority = wire::Priority::kHigh;
        finding.measured.push_back({.name = std::string(prefix) + "slag_fraction", .value = rounded(mean.mean(), kSpectralSteps),
                                    .std_error = rounded(mean.std_error(), kSpectralSteps), .unit = "%", .high = rounded(limit, kSpectralSteps)});
        say_what_it_looks_like(slice, finding);
        say(std::move(finding));
      }
      over = now;
    };
    const auto& screen = *j.models->slag;
    check(lot.quiet_window, 100 * window_limit(lot, screen).limit, lot.window_over, "mean_500t.");
    check(lot.quiet_lot, 100 * screen.mean_limit(std::max(lot.quiet_lot.effective(), 1.0), 0, 0, kMeanFalseAlarms).limit, lot.lot_over, "lot_mean.");
  }

  // Every 500 t and at the lot's end: what has been found on average, and what could have been.
  static void say_limits(const SliceView& slice, SlagLot& lot, const FindingSink& say) {
    const auto& j = slice.judgement;
    if (!j.slag.valid || !std::isfinite(j.slag.slag_fraction)) return;
    const auto& where = slice.closed.interval;
    const double mass = where.tonnes.mass().value;
    lot.window.add(100 * j.slag.slag_fraction, 100 * j.slag.slag_fraction_std, j.slag.slag_fraction_common, mass);
    lot.lot.add(100 * j.slag.slag_fraction, 100 * j.slag.slag_fraction_std, j.slag.slag_fraction_common, mass);
    if (!slice.closed.last_of_lot && !passes(where.tonnes, kSlagWindowTonnes)) return;
    const double limit = 100 * j.models->slag->detection_limit(std::min<double>(slice.spectrum.readings, j.models->slag->most_scans()));
    if (!std::isfinite(limit)) return;
    auto finding = finding_about({where.lot, {Tonnes{0}, where.tonnes.to}}, slice.spectrum.time, wire::Verdict::kOk, "detection_limit");
    const auto add = [&](std::string name, double value, double std_error) {
      finding.measured.push_back({.name = std::move(name), .value = rounded(value, kSpectralSteps),
                                  .std_error = rounded(std_error, kSpectralSteps), .unit = "%"});
    };
    add("slag_detection_limit", limit, 0);
    if (j.models->slag->knows_means()) {
      add("mean_500t.slag_detection_limit", std::min(limit, 100 * window_limit(lot, *j.models->slag).detection), 0);
      add("lot_mean.slag_detection_limit", std::min(limit, 100 * j.models->slag->mean_limit(lot.lot.effective(), 0, 0, kMeanFalseAlarms).detection), 0);
    }
    add("mean_500t.slag_fraction", lot.window.mean(), lot.window.std_error());
    add("lot_mean.slag_fraction", lot.lot.mean(), lot.lot.std_error());
    say(std::move(finding));
  }

  void say_distance(const SliceView& slice, bool foreign, const FindingSink& say) {
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kOk, "slice");
    finding.label = foreign ? "" : slice.judgement.models->name;
    finding.measured.push_back(
        {.name = "slag_distance", .value = rounded(distance_of(slice.judgement), kSpectralSteps), .unit = "1", .high = 1});
    add_share(slice.judgement, finding);
    say(std::move(finding));
  }

  std::map<LotId, SlagLot> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_slag_comparison(const InspectorSources& sources) {
  auto made = spectral_line_of(sources);
  if (!made) return made.error();
  const auto& models = (*made)->models();
  InspectorInfo info{.name = "slag_comparison", .instrument_kinds = {"spectrometer"}};
  info.fitted = models.can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<SlagComparison>(std::move(info), std::move(*made)));
}

}  // namespace beltwarden::inspect
