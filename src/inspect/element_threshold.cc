#include "inspect/element_threshold.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "inspect/round.h"
#include "inspect/running_mean.h"
#include "inspect/spectral_inspector.h"
#include "science/spectra/cusum.h"

namespace beltwarden::inspect {
namespace {

constexpr double kWindowTonnes = 500;
// Of one quantity's CUSUM, for errors that are independent from slice to slice; what a lot's slices share is left to the guard band.
constexpr double kSlicesBetweenFalseAlarms = 1e5;

using Limit = InspectorSources::Limit;

struct QuantityState {
  RunningMean window{kWindowTonnes}, lot;
  bool last_over = false;                 // the slice before was beyond the guard band
  bool in_stretch = false;                // the slice before was said
  bool window_over = false, lot_over = false;
  Tonnes said_to{0};                      // what lies before has been said
  std::optional<spectra::Cusum> cusum;    // of the slices, from the first that a limit applies to
  bool drift_said = false;                // of the alarm that the sum is in
};

class ElementThreshold final : public SpectralInspector {
 public:
  ElementThreshold(InspectorInfo info, std::shared_ptr<SpectralLine> line, std::vector<Limit> limits)
      : SpectralInspector(std::move(info), std::move(line)), limits_(std::move(limits)) {}

 private:
  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    auto& lot = lots_[slice.closed.interval.lot];
    const auto& j = slice.judgement;
    const bool known = j.calibrated() && (j.material == Material::kDeclared || j.material == Material::kOtherBrand);
    if (known) {
      const double mass = slice.closed.interval.tonnes.mass().value;
      for (const auto& c : j.composition) {
        auto& q = lot[c.name];
        q.window.add(c.value, c.std_error, c.common, mass);
        q.lot.add(c.value, c.std_error, c.common, mass);
        const Limit* limit = limit_in_percent(limits_, c.name, slice.plan.brand);
        if (limit == nullptr) continue;
        check_slice(slice, c, *limit, q, say);
        check_means(slice, c.name, *limit, q, say);
        check_drift(slice, c, *limit, q, say);
      }
      if (passes(slice.closed.interval.tonnes, kWindowTonnes)) say_window_means(slice, lot, say);
    }
    if (slice.closed.last_of_lot) say_lot_means(slice, lot, say);
    return known ? slice.seen : std::vector<TonneInterval>{};
  }

  void ended(const LotId& lot) override { lots_.erase(lot); }

  void check_slice(const SliceView& slice, const Component& c, const Limit& limit, QuantityState& q, const FindingSink& say) {
    const double beyond = c.value - limit.high, guard = limit.guard_k * c.std_error;
    const bool over = beyond > guard;
    const bool exceeded = beyond > 2 * guard || (over && (q.last_over || q.in_stretch));
    if (exceeded) {
      auto finding = about(slice.closed.interval, slice.spectrum.time, c.name, "", c.value, c.std_error, limit);
      if (auto evidence = spectrum_evidence(models(), slice.spectrum, slice.judgement.models->name); evidence && !q.in_stretch) {
        finding.evidence.push_back(std::move(*evidence));
      }
      q.said_to = slice.closed.interval.tonnes.to;
      say(std::move(finding));
    }
    q.last_over = over;
    q.in_stretch = exceeded;
  }

  void check_means(const SliceView& slice, const std::string& name, const Limit& limit, QuantityState& q, const FindingSink& say) {
    const auto over = [&](const RunningMean& m) {
      return m.mass() >= kWindowTonnes && m.mean() - limit.guard_k * m.std_error() > limit.high;
    };
    const auto& where = slice.closed.interval;
    const TonneInterval window{std::max(Tonnes{0}, where.tonnes.to - Tonnes{q.window.mass()}), where.tonnes.to};
    const bool window_over = over(q.window);
    // A mean that is high because of slices said already is no news.
    if (window_over && !q.window_over && q.said_to <= window.from) {
      say(about({where.lot, window}, slice.spectrum.time, name, "mean_500t.", q.window.mean(), q.window.std_error(), limit));
    }
    if (window_over) q.said_to = where.tonnes.to;
    q.window_over = window_over;
    const bool lot_over = over(q.lot);
    if (lot_over && !q.lot_over) {
      auto finding = about({where.lot, {Tonnes{0}, where.tonnes.to}}, slice.spectrum.time, name, "lot_mean.", q.lot.mean(), q.lot.std_error(),
                           limit);
      // The slices or the window that carry it have their alarm; this one says that it is the lot.
      if (q.said_to == where.tonnes.to) finding.priority = wire::Priority::kNone;
      say(std::move(finding));
    }
    q.lot_over = lot_over;
  }

  // Slices a little over the limit, each inside its own guard band, add up here: the mean since the sum rose may be sure where that of
  // a slice, or of 500 t with other ore in it, is not.
  static void check_drift(const SliceView& slice, const Component& c, const Limit& limit, QuantityState& q, const FindingSink& say) {
    if (!q.cusum) {
      auto made = spectra::guarded_cusum(limit.high, std::max(c.std_error, 1e-6), limit.guard_k, true, kSlicesBetweenFalseAlarms);
      if (!made) return;
      q.cusum = std::move(*made);
    }
    const auto& state = q.cusum->step(c.value, c.std_error);
    if (!state.alarm) q.drift_said = false;
    if (!state.alarm || q.drift_said || q.window_over || q.in_stretch) return;
    // The sum says that something has changed and since when; whether the limit is exceeded, the guard band says as always.
    const double std_error = c.std_error * RunningMean::gain(static_cast<double>(state.run), c.common);
    if (!(state.mean_since - limit.guard_k * std_error > limit.high)) return;
    const auto& where = slice.closed.interval;
    const Tonnes from = std::max(Tonnes{0}, where.tonnes.to - Tonnes{static_cast<double>(state.run) * where.tonnes.mass().value});
    if (q.said_to > from) return;         // said already by a slice or a mean
    auto finding = about({where.lot, {from, where.tonnes.to}}, slice.spectrum.time, c.name, "cusum_mean.", state.mean_since, std_error,
                         limit);
    q.drift_said = true;
    finding.measured.push_back({.name = "cusum." + c.name, .value = rounded(state.sum, kSpectralSteps), .unit = "1",
                                .high = rounded(state.threshold, kSpectralSteps)});
    q.said_to = where.tonnes.to;
    say(std::move(finding));
  }

  // Every 500 t: how sure the mean of the last 500 t and that of the lot so far are.
  static void say_window_means(const SliceView& slice, const std::map<std::string, QuantityState>& lot, const FindingSink& say) {
    const auto& where = slice.closed.interval;
    auto finding = finding_about({where.lot, {std::max(Tonnes{0}, where.tonnes.to - Tonnes{kWindowTonnes}), where.tonnes.to}},
                                 slice.spectrum.time, wire::Verdict::kOk, "mean_500t");
    for (const auto& [name, q] : lot) {
      for (const auto& [prefix, mean] : {std::pair{"mean_500t.", &q.window}, {"lot_mean.", &q.lot}}) {
        finding.measured.push_back({.name = prefix + name, .value = rounded(mean->mean(), kSpectralSteps),
                                    .std_error = rounded(mean->std_error(), kSpectralSteps), .unit = "%"});
      }
    }
    say(std::move(finding));
  }

  // A mean has a name of its own: a curve of slices must not be drawn over by it.
  static wire::Finding about(const material::LotInterval& where, Time time, const std::string& name, const std::string& mean,
                             double value, double std_error, const Limit& limit) {
    auto finding = finding_about(where, time, wire::Verdict::kSuspect, name == "moisture" ? "moisture_high" : "limit_exceeded");
    finding.label = name;
    finding.priority = wire::Priority::kMedium;
    finding.measured.push_back({.name = mean + name, .value = rounded(value, kSpectralSteps), .std_error = rounded(std_error, kSpectralSteps),
                                .unit = limit.unit, .high = limit.high});
    return finding;
  }

  void say_lot_means(const SliceView& slice, const std::map<std::string, QuantityState>& lot, const FindingSink& say) {
    if (lot.empty()) return;
    auto finding = finding_about({slice.closed.interval.lot, {Tonnes{0}, slice.closed.interval.tonnes.to}}, slice.spectrum.time,
                                 wire::Verdict::kOk, "lot_mean");
    for (const auto& [name, q] : lot) {
      wire::Measured m{.name = "lot_mean." + name, .value = rounded(q.lot.mean(), kSpectralSteps),
                       .std_error = rounded(q.lot.std_error(), kSpectralSteps), .unit = "%"};
      if (const Limit* limit = limit_in_percent(limits_, name, slice.plan.brand)) m.high = limit->high;
      if (const auto it = slice.plan.declared_composition.find(name); it != slice.plan.declared_composition.end()) m.expected = it->second;
      finding.measured.push_back(std::move(m));
    }
    say(std::move(finding));
  }

  std::vector<Limit> limits_;
  std::map<LotId, std::map<std::string, QuantityState>> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_element_threshold(const InspectorSources& sources) {
  auto made = spectral_line_of(sources);
  if (!made) return made.error();
  const auto& models = (*made)->models();
  InspectorInfo info{.name = "element_threshold", .instrument_kinds = {"spectrometer"}};
  info.fitted = models.can_regress() && models.can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<ElementThreshold>(std::move(info), std::move(*made), sources.limits));
}

}  // namespace beltwarden::inspect
