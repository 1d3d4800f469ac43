#include "inspect/ore_weighing.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "inspect/round.h"

namespace beltwarden::inspect {
namespace {

constexpr double kBqSteps = 10, kIndexSteps = 1000;      // steps per Bq/kg and per 1 of every number said
constexpr double kWindowTonnes = 500;
constexpr double kUnusual = 3;                           // standard deviations of lots above their mean: raised
constexpr double kRaisedAgain_s = 600;                   // a rise is not said again of another series within
constexpr double kLeastLotSpread = 0.4;                  // of the mean: a few lots may be alike by chance
constexpr std::array<const char*, gamma::kSeries> kNames = {"K-40", "U-238", "Th-232"};

gamma::NaturalReference usual_of(const gamma::BeltCalibration& calibration) {
  gamma::NaturalReference usual;
  for (std::size_t s = 0; s < gamma::kSeries; ++s) {
    usual.mean[s] = calibration.usual_bq_per_kg[s];
    usual.sd[s] = std::max(calibration.usual_sd[s], kLeastLotSpread * calibration.usual_bq_per_kg[s]);
  }
  return usual;
}

wire::Finding finding_of(const material::LotInterval& where, Time time, wire::Verdict verdict, const char* code) {
  wire::Finding finding;
  finding.where = where;
  finding.time = time;
  finding.verdict = verdict;
  finding.code = code;
  return finding;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

}  // namespace

OreWeighing::OreWeighing(const gamma::BackgroundModel& background, std::unique_ptr<const gamma::BeltCalibration> calibration,
                         std::vector<InspectorSources::Limit> limits)
    : calibration_(std::move(calibration)),
      weigher_(background, *calibration_),
      limits_(std::move(limits)),
      expected_(usual_of(*calibration_), kUnusual, "Bq/kg") {}

OreWeighing::Lot& OreWeighing::lot_of(const LotId& lot) { return lots_.try_emplace(lot, expected_.reference(lot)).first->second; }

void OreWeighing::plan(const LotId& lot, const std::string& brand) {
  lot_of(lot).brand = brand;
  if (expected_.plan(lot, brand)) lot_of(lot).watch.expect(expected_.reference(lot));
}

void OreWeighing::explained(const LotId& of, const std::string& brand, const std::vector<material::NaturalLevel>& levels) {
  for (const LotId& id : expected_.explained(of, brand, levels)) {
    if (const auto lot = lots_.find(id); lot != lots_.end()) lot->second.watch.expect(expected_.reference(id));
  }
}

void OreWeighing::withdrawn(const LotId& of, const std::string& brand, const std::vector<material::NaturalLevel>& levels) {
  for (const LotId& id : expected_.withdrawn(of, brand, levels)) {
    const auto lot = lots_.find(id);
    if (lot == lots_.end()) continue;
    lot->second.watch.expect(expected_.reference(id));
    lot->second.raised_at_s = kLongAgo_s;
  }
}

void OreWeighing::bare(double time_s, double live_s, std::span<const double> bins) { weigher_.bare(time_s, live_s, bins); }

void OreWeighing::read(const material::LotInterval& where, Time time, double time_s, double live_s, double load,
                       std::span<const double> bins, double gain) {
  weigher_.pass(time_s);
  lot_of(where.lot).reads.push_back({where.tonnes.from, time, time_s, load, weigher_.interval(live_s, load, bins, gain)});
}

void OreWeighing::leave_out(double from_s, double to_s) {
  for (auto& [id, lot] : lots_)
    std::erase_if(lot.reads, [&](const Read& r) { return r.time_s + r.stretch.live_s > from_s && r.time_s < to_s; });
}

const InspectorSources::Limit* OreWeighing::limit(const std::string& quantity, const std::string& brand) const {
  const InspectorSources::Limit* found = nullptr;
  for (const auto& one : limits_) {
    if (one.quantity != quantity || (!one.brand.empty() && one.brand != brand)) continue;
    if (found == nullptr || !one.brand.empty()) found = &one;   // a brand's own goes before that of all
  }
  return found;
}

// Activities with what could have been seen; indices and dose, each held against its limit where the pack has one.
std::vector<wire::Measured> OreWeighing::measured(const gamma::BeltActivity& activity, const std::string& prefix,
                                                  const std::string& brand) const {
  std::vector<wire::Measured> all;
  const auto put = [&](const std::string& name, double value, double error, const char* unit, double steps) {
    wire::Measured m{.name = prefix + name, .value = rounded(value, steps), .std_error = rounded(error, steps), .unit = unit};
    if (const auto* found = limit(name, brand); found != nullptr && found->unit == unit) m.high = found->high;
    all.push_back(std::move(m));
  };
  for (std::size_t s = 0; s < gamma::kSeries; ++s) {
    const auto& a = activity.series[s];
    put(kNames[s], a.bq_per_kg, a.error, "Bq/kg", kBqSteps);
  }
  for (const auto& [nuclide, a] : activity.artificial) put(nuclide, a.bq_per_kg, a.error, "Bq/kg", kBqSteps);
  put("I_Ra", activity.radium_index, activity.radium_error, "1", kIndexSteps);
  put("I_gamma", activity.gamma_index, activity.gamma_error, "1", kIndexSteps);
  put("dose_over_bare_belt", activity.times_bare, activity.times_bare_error, "1", kIndexSteps);
  const auto put_limits = [&](const std::string& name, const gamma::Activity& a) {
    all.push_back({.name = prefix + name + "_decision_threshold", .value = rounded(a.decision_threshold, kBqSteps), .unit = "Bq/kg"});
    all.push_back({.name = prefix + name + "_detection_limit", .value = rounded(a.detection_limit, kBqSteps), .unit = "Bq/kg"});
  };
  for (std::size_t s = 0; s < gamma::kSeries; ++s) put_limits(kNames[s], activity.series[s]);
  // Of a single slice of material that holds none of them it would be five curves more that say nothing.
  for (const auto& [nuclide, a] : activity.artificial) {
    if (!prefix.empty() || a.detected) put_limits(nuclide, a);
  }
  return all;
}

void OreWeighing::close_slice(const material::SliceClosed& slice, wire::Finding& finding, const FindingSink& say) {
  const auto found = lots_.find(slice.interval.lot);
  if (found == lots_.end()) return;
  Lot& lot = found->second;
  Part part{slice.interval.tonnes, {}};
  Time time = finding.time;
  double load = 0;
  while (!lot.reads.empty() && lot.reads.front().from < slice.interval.tonnes.to) {
    const Read& read = lot.reads.front();
    part.stretch.add(read.stretch);
    load = read.load_kg_per_m, time = read.time;
    lot.reads.pop_front();
  }
  if (const auto activity = weigher_.weigh(part.stretch)) {
    for (auto& m : measured(*activity, "", lot.brand)) finding.measured.push_back(std::move(m));
    judge(slice, *activity, part, load, time, lot, say);
    lot.all.add(part.stretch);
    lot.window.push_back(part);
    lot.since_said_t += part.tonnes.mass().value;
    while (lot.window.back().tonnes.to - lot.window.front().tonnes.from > Tonnes{kWindowTonnes}) lot.window.pop_front();
  }
  if (lot.since_said_t >= kWindowTonnes || (slice.last_of_lot && lot.since_said_t > 0)) {
    lot.since_said_t = 0;
    gamma::WeighedStretch window;
    for (const Part& one : lot.window) window.add(one.stretch);
    const auto of_window = weigher_.weigh(window), of_lot = weigher_.weigh(lot.all);
    const Tonnes to = slice.interval.tonnes.to;
    auto means = finding_of({slice.interval.lot, {lot.window.front().tonnes.from, to}}, time, wire::Verdict::kOk, "mean_500t");
    if (of_window) {
      means.measured = measured(*of_window, "mean_500t.", lot.brand);
      say(std::move(means));
    }
    auto whole = finding_of({slice.interval.lot, {Tonnes{0}, to}}, time, wire::Verdict::kOk, "lot_mean");
    if (of_lot) {
      whole.measured = measured(*of_lot, "lot_mean.", lot.brand);
      say(std::move(whole));
    }
  }
}

void OreWeighing::ended(const LotId& lot) {
  if (lots_.erase(lot) > 0) expected_.ended(lot);
}

// Which limits, where they come from, and whether somebody has compared them with that.
wire::Evidence OreWeighing::sources_of(const std::vector<wire::Measured>& beyond, const std::string& brand) const {
  std::string list;
  for (const auto& m : beyond) {
    const auto* one = limit(m.name, brand);
    if (one == nullptr) continue;
    char high[40];
    std::snprintf(high, sizeof high, "%.10g", one->high);
    list += (list.empty() ? "{\"quantity\":" : ",{\"quantity\":") + in_quotes(one->quantity) + ",\"high\":" + high + ",\"unit\":" + in_quotes(one->unit) +
            ",\"source\":" + in_quotes(one->source) + ",\"verified\":" + (one->verified ? "true" : "false") + "}";
  }
  wire::Evidence evidence;
  evidence.kind = "limits";
  evidence.media_type = "application/json";
  evidence.bytes = "{\"limits\":[" + list + "]}";
  evidence.digest = sha256(evidence.bytes);
  return evidence;
}

// One finding where a stretch begins that exceeds a limit that it did not, with all that it exceeds; or one that says the series is raised.
void OreWeighing::judge(const material::SliceClosed& slice, const gamma::BeltActivity& activity, const Part& part, double load,
                        Time time, Lot& lot, const FindingSink& say) {
  std::vector<wire::Measured> beyond;
  for (auto& m : measured(activity, "", lot.brand)) {
    if (!m.high) continue;
    if (m.value - limit(m.name, lot.brand)->guard_k * m.std_error > *m.high) beyond.push_back(std::move(m));
  }
  const auto of_the_ore = [&](const wire::Measured& m) {
    return std::ranges::none_of(activity.artificial, [&](const gamma::ArtificialActivity& a) { return a.nuclide == m.name; });
  };
  const bool before = !lot.natural_exceeded.empty() || !lot.artificial_exceeded.empty();
  // What is new of either kind. A quantity about its limit is not told each time that it crosses while others stay above theirs.
  const auto grown = [&](std::set<std::string>& exceeded, bool ore) {
    auto first = beyond.end();
    bool any = false;
    for (auto m = beyond.begin(); m != beyond.end(); ++m) {
      if (of_the_ore(*m) != ore) continue;
      any = true;
      if (exceeded.insert(m->name).second && first == beyond.end()) first = m;
    }
    if (!any) exceeded.clear();
    return first;
  };
  const auto artificial = grown(lot.artificial_exceeded, false), natural = grown(lot.natural_exceeded, true);
  std::array<double, gamma::kOreSeriesCount> amounts{}, errors{};
  for (std::size_t s = 0; s < gamma::kSeries; ++s)
    amounts[s] = activity.series[s].bq_per_kg, errors[s] = activity.series[s].error;
  auto raised = lot.watch.observe(lot.watched_s, part.stretch.live_s, load, amounts, errors);
  lot.watched_s += part.stretch.live_s;
  // What is above a limit, or was said of another series of late, is raised: no news.
  if (before || !beyond.empty() || lot.watched_s - lot.raised_at_s < kRaisedAgain_s) raised.clear();
  if (!raised.empty()) lot.raised_at_s = lot.watched_s;
  if (artificial == beyond.end() && natural == beyond.end() && raised.empty()) return;
  auto finding = finding_of(slice.interval, time, wire::Verdict::kSuspect, "natural_radioactivity_high");
  finding.priority = wire::Priority::kHigh;
  if (artificial != beyond.end()) {              // spread in the ore: as grave as a source, and nothing of the ore's own
    finding.code = "artificial_source";
    finding.priority = wire::Priority::kCritical;
    finding.label = artificial->name;
    finding.evidence.push_back(sources_of(beyond, lot.brand));
    finding.measured = std::move(beyond);
  } else if (natural != beyond.end()) {
    finding.label = natural->name;
    std::erase_if(beyond, [&](const wire::Measured& m) { return !of_the_ore(m); });   // said before
    finding.evidence.push_back(sources_of(beyond, lot.brand));
    finding.measured = std::move(beyond);
  } else {
    const LotId& id = slice.interval.lot;
    const auto share = [&](const gamma::Raised& r) { return r.cps / std::max(expected_.level(id, r.series), 1e-9); };
    const auto& most = *std::ranges::max_element(raised, {}, share);
    finding.label = kNames[most.series];
    for (const auto& one : raised) {
      finding.measured.push_back({.name = kNames[one.series], .value = rounded(one.cps, kBqSteps), .std_error = rounded(one.error, kBqSteps),
                                  .unit = "Bq/kg", .expected = rounded(expected_.level(id, one.series), kBqSteps)});
    }
    finding.measured.push_back({.name = "times_usual", .value = rounded(share(most), 10), .unit = "1"});
  }
  say(std::move(finding));
}

}  // namespace beltwarden::inspect
