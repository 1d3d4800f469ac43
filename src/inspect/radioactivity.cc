#include "inspect/radioactivity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "inspect/belt_load.h"
#include "inspect/main_interval.h"
#include "inspect/round.h"
#include "material/intervals.h"
#include "science/gamma/detector_health.h"
#include "science/gamma/monitor.h"

namespace beltwarden::inspect {
namespace {

constexpr double kRate = 10;                 // steps per cps of every rate said
constexpr std::size_t kNotesKept = 20000;    // readings that an event may reach back: an hour at 5 a second
constexpr double kMixedLoadSd = 0.15;        // of the load, where two lots lie under the detector
constexpr double kEndLoadSd = 0.7;           // of the load, where it begins or ends: anything from none to all of it

// The spectrum of an event as the UI draws it: bin centres, counts and expected counts.
std::string spectrum_json(const gamma::ExcessEvent& event) {
  std::string json = "{\"energy_kev\":[", counts, expected;
  char number[32];
  const auto append = [&](std::string& to, const char* format, double value) {
    std::snprintf(number, sizeof number, format, value);
    if (!to.empty() && to.back() != '[') to += ',';
    to += number;
  };
  for (std::size_t b = 0; b < gamma::kCoarseBins; ++b) {
    append(json, "%.0f", (gamma::coarse_edge_kev(b) + gamma::coarse_edge_kev(b + 1)) / 2);
    append(counts, "%.0f", event.observed[b]);
    append(expected, "%.1f", event.expected[b]);
  }
  std::snprintf(number, sizeof number, "%.2f", event.live_s);
  return json + "],\"counts\":[" + counts + "],\"expected\":[" + expected + "],\"live_s\":" + number +
         ",\"nuclide\":\"" + event.identification.nuclide + "\"}";
}

struct Note {
  std::uint64_t tag = 0;
  TonneInterval tonnes;
  Time time;
  double cps = 0, expected_cps = 0, live_s = 0;
};

class Radioactivity final : public Inspector {
 public:
  Radioactivity(InspectorInfo info, gamma::MonitorModel model)
      : info_(std::move(info)), model_(std::move(model)), shapes_(gamma::ShapeLibrary::make()) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    if (!info_.fitted) return;
    load_.observe(observation);
    const auto* reading = std::get_if<material::GammaReading>(&observation.payload);
    if (reading == nullptr || reading->counts.empty() || !(reading->live_s > 0)) return;
    const auto* where = main_interval(observation);
    if (where == nullptr) return;
    watch_detectors(observation, *reading, *where, say);
    count(observation, *reading, *where, say);
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    if (!info_.fitted) return {};
    const auto found = lots_.find(slice.interval.lot);
    if (found == lots_.end()) return {};
    Lot& lot = found->second;
    say_slice(slice, lot, say);
    std::vector<TonneInterval> judged = seen;
    if (!lot.unfit.empty()) {
      const auto fit = material::holes(material::merged(lot.unfit), slice.interval.tonnes);
      judged = material::intersection(seen, fit);
      std::erase_if(lot.unfit, [&](const TonneInterval& i) { return i.to <= slice.interval.tonnes.to; });
    }
    if (slice.last_of_lot) {
      if (const auto last = lot.monitor.finish()) say_event(*last, slice.interval.lot, lot, say);
      lots_.erase(found);
    }
    return judged;
  }

 private:
  struct Lot {
    Lot(const gamma::MonitorModel& model, const gamma::ShapeLibrary& shapes) : monitor(model, shapes) {}
    gamma::LotMonitor monitor;
    std::deque<Note> notes;
    std::uint64_t sliced = 0;                  // tag of the last reading that a slice has reported
    std::vector<TonneInterval> unfit;          // not judged
  };

  Lot& lot_of(const LotId& id) {
    const auto found = lots_.find(id);
    if (found != lots_.end()) return found->second;
    return lots_.emplace(id, Lot(model_, shapes_)).first->second;
  }

  void count(const material::Observation& observation, const material::GammaReading& reading,
             const material::LotInterval& where, const FindingSink& say) {
    Lot& lot = lot_of(where.lot);
    const bool unfit =
        !reading.faults.empty() || 2 * health_.faulty() >= std::max<std::size_t>(reading.detector_cps.size(), 1);
    if (unfit) lot.unfit.push_back(where.tonnes);
    auto load = load_.at(where);
    if (!load) {  // a detector before the scale, or the first poll is still to come: not judged
      if (!unfit) lot.unfit.push_back(where.tonnes);
      return;
    }
    if (observation.intervals.size() > 1)
      load->sd_kg_per_m = std::hypot(load->sd_kg_per_m, kMixedLoadSd * load->kg_per_m);
    if (load->end) load->sd_kg_per_m = std::hypot(load->sd_kg_per_m, kEndLoadSd * load->kg_per_m);

    if (!binning_ || !binning_->fits(reading.calibration_kev, reading.counts.size())) {
      binning_.emplace(reading.calibration_kev, reading.counts.size());
    }
    gamma::MonitorReading m;
    m.tag = ++tag_;
    m.time_s = observation.time.ns * 1e-9;
    m.live_s = reading.live_s;
    m.load_kg_per_m = load->kg_per_m;
    m.load_sd = load->sd_kg_per_m;
    m.counts = binning_->windows(reading.counts);
    m.coarse = binning_->coarse(reading.counts);
    const auto result = lot.monitor.observe(m, !unfit && !health_.suspicious());
    lot.notes.push_back(
        {m.tag, where.tonnes, observation.time, m.counts[gamma::kGross] / m.live_s, result.expected_cps, m.live_s});
    if (lot.notes.size() > kNotesKept) lot.notes.pop_front();
    if (result.event) say_event(*result.event, where.lot, lot, say);
  }

  void watch_detectors(const material::Observation& observation, const material::GammaReading& reading,
                       const material::LotInterval& where, const FindingSink& say) {
    // A background learnt with another number of working detectors is another background.
    for (const auto& change : health_.observe(reading.detector_cps, reading.live_s)) {
      for (auto& [id, lot] : lots_) lot.monitor.relearn();
      if (change.is == gamma::DetectorFault::kNone) continue;
      wire::Finding finding;
      finding.where = where;
      if (const auto lot = lots_.find(where.lot); lot != lots_.end()) {
        const auto& notes = lot->second.notes;
        const auto back = static_cast<std::size_t>(change.readings_back);
        if (!notes.empty()) {
          const Note& first = notes[notes.size() - std::min(notes.size(), std::max<std::size_t>(back, 1))];
          finding.where.tonnes.from = std::min(finding.where.tonnes.from, first.tonnes.from);
        }
      }
      finding.time = observation.time;
      finding.verdict = wire::Verdict::kSuspect;
      finding.priority = wire::Priority::kMedium;
      finding.code = "detector_fault";
      finding.label = gamma::name_of(change.is);
      finding.measured.push_back({.name = "detector", .value = static_cast<double>(change.detector + 1), .unit = "1"});
      finding.measured.push_back(
          {.name = "gamma_rate", .value = rounded(reading.detector_cps[change.detector], kRate), .unit = "cps"});
      say(std::move(finding));
    }
    std::set<std::string> complaints(reading.faults.begin(), reading.faults.end());
    for (const auto& complaint : complaints) {
      if (complaints_.contains(complaint)) continue;
      wire::Finding finding;
      finding.where = where;
      finding.time = observation.time;
      finding.verdict = wire::Verdict::kSuspect;
      finding.priority = wire::Priority::kMedium;
      finding.code = "detector_fault";
      finding.label = clipped_utf8(complaint, 80);
      say(std::move(finding));
    }
    complaints_ = std::move(complaints);
  }

  static const Note* note_of(const Lot& lot, std::uint64_t tag) {
    const auto note = std::lower_bound(lot.notes.begin(), lot.notes.end(), tag,
                                       [](const Note& n, std::uint64_t t) { return n.tag < t; });
    return note == lot.notes.end() ? nullptr : &*note;
  }

  void say_event(const gamma::ExcessEvent& event, const LotId& id, const Lot& lot, const FindingSink& say) {
    const Note* first = note_of(lot, event.first_tag);
    const Note* last = note_of(lot, event.last_tag);
    const Note* peak = note_of(lot, event.peak_tag);
    if (first == nullptr || last == nullptr || peak == nullptr) return;
    using Kind = gamma::Identification::Kind;
    wire::Finding finding;
    finding.where = {id, {first->tonnes.from, last->tonnes.to}};
    finding.time = peak->time;
    finding.verdict = wire::Verdict::kSuspect;
    finding.priority = wire::Priority::kHigh;
    finding.code = "gamma_excess";
    if (event.identification.kind == Kind::kArtificial) {
      finding.code = "artificial_source";
      finding.priority = wire::Priority::kCritical;
    } else if (event.identification.kind == Kind::kNatural) {
      finding.code = "natural_radioactivity_high";
    }
    finding.label = event.identification.nuclide;
    finding.confidence = rounded(event.identification.confidence, 100);
    finding.measured.push_back({.name = "gamma_rate",
                                .value = rounded(event.peak_cps, kRate),
                                .std_error = rounded(std::sqrt(event.peak_cps / std::max(peak->live_s, 1e-3)), kRate),
                                .unit = "cps",
                                .expected = rounded(event.peak_expected_cps, kRate)});
    double observed = 0, expected = 0;
    for (std::size_t b = 0; b < gamma::kCoarseBins; ++b) {
      observed += event.observed[b];
      expected += event.expected[b];
    }
    finding.measured.push_back({.name = "excess",
                                .value = rounded((observed - expected) / event.live_s, kRate),
                                .std_error = rounded(std::sqrt(observed + expected) / event.live_s, kRate),
                                .unit = "cps"});
    finding.measured.push_back(
        {.name = "deviations", .value = rounded(event.deviations, kRate), .unit = "1", .high = 6.0});
    wire::Evidence evidence;
    evidence.kind = "gamma_spectrum";
    evidence.media_type = "application/json";
    evidence.bytes = spectrum_json(event);
    evidence.digest = sha256(evidence.bytes);
    finding.evidence.push_back(std::move(evidence));
    say(std::move(finding));
  }

  void say_slice(const material::SliceClosed& slice, Lot& lot, const FindingSink& say) {
    double counts = 0, expected = 0, live = 0;
    Time time;
    for (auto note = std::upper_bound(lot.notes.begin(), lot.notes.end(), lot.sliced,
                                      [](std::uint64_t tag, const Note& n) { return tag < n.tag; });
         note != lot.notes.end() && note->tonnes.from < slice.interval.tonnes.to; ++note) {
      counts += note->cps * note->live_s;
      expected += note->expected_cps * note->live_s;
      live += note->live_s;
      time = note->time;
      lot.sliced = note->tag;
    }
    if (!(live > 0)) return;
    wire::Finding finding;
    finding.where = slice.interval;
    finding.time = time;
    finding.verdict = wire::Verdict::kOk;
    finding.code = "slice";
    finding.measured.push_back({.name = "gamma_rate", .value = rounded(counts / live, kRate),
                                .std_error = rounded(std::sqrt(counts) / live, kRate), .unit = "cps",
                                .expected = rounded(expected / live, kRate)});
    say(std::move(finding));
  }

  InspectorInfo info_;
  gamma::MonitorModel model_;
  gamma::ShapeLibrary shapes_;
  BeltLoad load_;
  gamma::DetectorHealth health_;
  std::optional<gamma::Binning> binning_;
  std::map<LotId, Lot> lots_;
  std::set<std::string> complaints_;
  std::uint64_t tag_ = 0;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_radioactivity(const InspectorSources& sources) {
  InspectorInfo info{.name = "radioactivity", .instrument_kinds = {"gamma"}};
  gamma::MonitorModel model;
  const std::string_view bytes = sources.model(info.name);
  if (!bytes.empty()) {
    auto read = gamma::monitor_from_text(bytes, "model radioactivity");
    if (!read) return read.error();
    model = std::move(*read);
    info.fitted = true;
    info.version = sources.version;
  }
  return std::unique_ptr<Inspector>(std::make_unique<Radioactivity>(std::move(info), std::move(model)));
}

}  // namespace beltwarden::inspect
