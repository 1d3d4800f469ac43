#include "inspect/radioactivity.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <numeric>
#include <set>

#include "inspect/belt_load.h"
#include "inspect/belt_notes.h"
#include "inspect/expected_ore.h"
#include "inspect/main_interval.h"
#include "inspect/ore_weighing.h"
#include "inspect/radioactivity_findings.h"
#include "inspect/round.h"
#include "material/intervals.h"
#include "science/gamma/detector_health.h"
#include "science/gamma/energy_grid.h"
#include "science/gamma/natural_watch.h"

namespace beltwarden::inspect {
namespace {

constexpr double kMixedLoadSd = 0.15;        // of the load, where two lots lie under the detector
constexpr double kFilledShare = 0.7;         // of what the load puts under the detector while it counts: less is an end of it
constexpr double kFaultAgain_s = 600, kLongAgo_s = -1e9;   // a fault that the spectra show, or a rise of the ore, is not said again within
constexpr double kStepRange = 1.5;           // readings longer or shorter by more than this ratio than the model's are another instrument's
constexpr double kOverload = 0.30;           // share of dead time, from which the rate itself is the alarm,
constexpr double kOverloadAgain_s = 60;      // said again when it has been lower for so long
constexpr double kPileUp = 0.20;             // share of dead time, above which pulses pile up too often for a name to be relied on
constexpr double kPileUpConfidence = 0.5;
constexpr double kEnergyRange = 0.9;         // of the model's highest energy, that spectra must reach

const char* const kOtherInstrument = "spectra are not of the instrument that the model was learnt with";

class Radioactivity final : public Inspector {
 public:
  Radioactivity(InspectorInfo info, std::unique_ptr<const gamma::BeltModel> model,
                std::unique_ptr<const gamma::BeltCalibration> calibration, const std::vector<InspectorSources::Limit>& limits)
      : info_(std::move(info)), model_(std::move(model)) {
    if (!model_) return;
    monitor_.emplace(*model_);
    expected_.emplace(usual_ore(model_->background), 0, "cps");
    if (calibration) weighing_.emplace(model_->background, std::move(calibration), limits);
  }

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    if (!info_.fitted) return;
    load_.observe(observation);
    if (const auto* belt = std::get_if<material::BeltReading>(&observation.payload)) speed_mps_ = std::abs(belt->speed_mps);
    if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
      if (weighing_) weighing_->plan(plan->lot, plan->brand);
      if (expected_->plan(plan->lot, plan->brand)) expect_anew({plan->lot});
    }
    if (const auto* taken = std::get_if<material::CommandTaken>(&observation.payload); taken != nullptr && !observation.intervals.empty()) {
      const LotId& lot = observation.intervals.front().lot;
      if (taken->kind == material::kNaturalOreExplained) {
        if (weighing_) weighing_->explained(lot, taken->brand, taken->levels);
        expect_anew(expected_->explained(lot, taken->brand, taken->levels));
      } else if (taken->kind == material::kNaturalOreWithdrawn) {
        if (weighing_) weighing_->withdrawn(lot, taken->brand, taken->levels);
        expect_anew(expected_->withdrawn(lot, taken->brand, taken->levels), true);
      }
    }
    const auto* reading = std::get_if<material::GammaReading>(&observation.payload);
    if (reading == nullptr) return;
    const auto* where = main_interval(observation);
    if (!first_time_) first_time_ = observation.time;
    watch_dead_time(observation, *reading, where);
    if (!reading->counts.empty() && reading->live_s > 0) {
      const bool fits = fold(*reading);
      watch_detectors(observation, *reading, where, fits);
      count(observation, *reading, where, fits, say);
    } else if (where != nullptr) {           // no spectrum: nothing of these tonnes has been judged
      lot_of(where->lot).unfit.push_back(where->tonnes);
    }
    if (where == nullptr) return;
    for (auto& finding : faults_) {
      if (finding.where.lot.str().empty()) finding.where = *where;
      say(std::move(finding));
    }
    faults_.clear();
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    if (!info_.fitted) return {};
    const auto found = lots_.find(slice.interval.lot);
    if (found == lots_.end()) {              // planned, and nothing was read of it
      if (slice.last_of_lot) forget(slice.interval.lot);
      return {};
    }
    Lot& lot = found->second;
    say_slice(slice, lot, say);
    std::vector<TonneInterval> judged = seen;
    if (!lot.unfit.empty()) {
      const auto fit = material::holes(material::merged(lot.unfit), slice.interval.tonnes);
      judged = material::intersection(seen, fit);
      std::erase_if(lot.unfit, [&](const TonneInterval& i) { return i.to <= slice.interval.tonnes.to; });
    }
    if (slice.last_of_lot) {
      if (lots_.size() == 1) {
        for (const auto& event : monitor_->finish()) say_event(event, say);
      }
      monitor_->forget_ore(lot.number);
      forget(slice.interval.lot);
      lots_.erase(found);
    }
    return judged;
  }

 private:
  struct Read {                              // that no slice has reported yet
    TonneInterval tonnes;
    Time time;
    double counts = 0, expected = 0, live_s = 0;
  };
  struct Lot {
    explicit Lot(const gamma::NaturalReference& usual) : natural(usual) {}
    std::uint64_t number = 0;
    gamma::NaturalWatch natural;
    double raised_at_s = kLongAgo_s;
    std::deque<Read> reads;
    std::vector<TonneInterval> unfit;        // not judged
  };

  Lot& lot_of(const LotId& id) {
    const auto [found, fresh] = lots_.try_emplace(id, expected_->reference(id));
    if (fresh) found->second.number = ++lots_seen_;
    return found->second;
  }

  // A lot is over: what is held of its ore beside the readings.
  void forget(const LotId& id) {
    if (weighing_) weighing_->ended(id);
    expected_->ended(id);
  }

  // What is usual for these lots' ore has changed; `say_again`: what is raised is said whenever it was said last.
  void expect_anew(const std::vector<LotId>& lots, bool say_again = false) {
    for (const LotId& id : lots) {
      const auto lot = lots_.find(id);
      if (lot != lots_.end()) lot->second.natural.expect(expected_->reference(id));
      if (lot != lots_.end() && say_again) lot->second.raised_at_s = kLongAgo_s;
    }
  }

  // Counts in the model's bins; false where the spectrum is not of the model's instrument.
  bool fold(const material::GammaReading& reading) {
    if (fold_.channels() != reading.counts.size() || reading.calibration_kev != calibration_kev_) {
      const auto& a = calibration_kev_ = reading.calibration_kev;
      std::vector<double> edges;
      for (std::size_t i = 0; i <= reading.counts.size(); ++i) {
        const auto channel = static_cast<double>(i);
        edges.push_back(a[0] + channel * (a[1] + channel * a[2]));
        if (i > 0 && !(edges[i] > edges[i - 1])) edges[i] = edges[i - 1] + 1e-6;   // turns: empty from here on
      }
      const auto& wanted = model_->background.edges_kev;
      fits_ = edges.back() >= kEnergyRange * wanted.back();
      fold_ = gamma::Fold(edges, wanted);
      bins_.resize(fold_.bins());
    }
    // The real time: a source so strong that little live time is left is no other instrument.
    const double step = (reading.real_s > 0 ? reading.real_s : reading.live_s) / model_->background.step_s;
    if (!fits_ || step > kStepRange || step < 1 / kStepRange) return false;
    fold_.apply(reading.counts, bins_);
    return true;
  }

  void count(const material::Observation& observation, const material::GammaReading& reading,
             const material::LotInterval* where, bool fits, const FindingSink& say) {
    if (!fits && std::exchange(said_other_, true) == false) {
      faults_.push_back(fault_finding(kOtherInstrument, where ? *where : material::LotInterval{}, observation.time));
    }
    const double start_s = (observation.time - *first_time_).seconds() - reading.real_s / 2;
    const bool sick = !reading.faults.empty() ||
                      2 * health_.faulty() >= std::max<std::size_t>(reading.detector_cps.size(), 1);
    std::optional<LoadAt> load;
    if (where != nullptr) {
      load = load_.at(*where);
      loaded_s_ = start_s;
    } else if (!reading.occupied && start_s - loaded_s_ > 2 * reading.real_s) {
      load.emplace();
    }
    if (!fits || !load) {                    // before the scale has weighed it, or tonnes of no lot
      if (where != nullptr) lot_of(where->lot).unfit.push_back(where->tonnes);
      return;
    }
    if (observation.intervals.size() > 1) load->sd_kg_per_m = std::hypot(load->sd_kg_per_m, kMixedLoadSd * load->kg_per_m);
    const double passed_t = speed_mps_ * reading.real_s * load->kg_per_m / 1000;
    if (where != nullptr && where->tonnes.mass().value < kFilledShare * passed_t) load->end = true;
    if (where != nullptr) monitor_->change_of_ore(lot_of(where->lot).number);
    const auto outcome = monitor_->observe(start_s, reading.live_s, speed_mps_, load->kg_per_m, bins_,
                                           !sick && !load->end && !health_.suspicious(), load->sd_kg_per_m);
    const double counts = std::accumulate(bins_.begin(), bins_.end(), 0.0);
    BeltNote note{.index = next_index_++, .time = observation.time, .start_s = start_s, .live_s = reading.live_s,
              .cps = counts / reading.live_s, .expected_cps = outcome.expected_cps,
              .load_kg_per_m = load->kg_per_m, .dead_share = dead_share(reading), .groups = energy_groups(bins_)};
    if (where != nullptr) {
      note.lot = where->lot, note.tonnes = where->tonnes;
      note.tonnes_per_s = speed_mps_ * load->kg_per_m / 1000;
      Lot& lot = lot_of(where->lot);
      if (!outcome.judged) lot.unfit.push_back(where->tonnes);
      lot.reads.push_back({where->tonnes, observation.time, counts, outcome.expected_cps * reading.live_s, reading.live_s});
    }
    for (std::size_t i = 0; i < std::min(outcome.lost, notes_.size()); ++i) {
      const BeltNote& lost = notes_.back(i);
      if (const auto lot = lots_.find(lost.lot); lot != lots_.end()) lot->second.unfit.push_back(lost.tonnes);
    }
    notes_.add(std::move(note));
    for (const auto& event : outcome.events) say_event(event, say);
    if (where == nullptr && weighing_) weighing_->bare(start_s, reading.live_s, bins_);
    if (where == nullptr || !outcome.judged || health_.any_fault()) return;
    if (weighing_) {
      const auto gain = monitor_->gain();
      weighing_->read(*where, observation.time, start_s, reading.live_s, load->kg_per_m, bins_, gain.good ? gain.gain : 1);
    } else {
      watch_ore(*where, observation.time, start_s, reading.live_s, load->kg_per_m, say);
    }
  }

  // Where nothing has been calibrated, rates tell.
  void watch_ore(const material::LotInterval& where, Time time, double start_s, double live_s, double load, const FindingSink& say) {
    std::array<double, gamma::kOreSeriesCount> amounts{}, errors{};
    for (std::size_t i = 0; i < gamma::kOreSeriesCount; ++i) {
      const auto ore = monitor_->ore(static_cast<gamma::OreSeries>(i));
      amounts[i] = ore.cps, errors[i] = ore.error;
    }
    const auto raised = lot_of(where.lot).natural.observe(start_s, live_s, load, amounts, errors);
    Lot& lot = lot_of(where.lot);
    if (raised.empty() || start_s - lot.raised_at_s < kFaultAgain_s) return;
    lot.raised_at_s = start_s;
    // A rise of one series pulls the others' first estimates along: the strongest is the one.
    const auto& most = *std::ranges::max_element(raised, {}, &gamma::Raised::cps);
    material::LotInterval since = where;
    if (const BeltNote* note = notes_.at(most.start_s); note != nullptr && note->lot == where.lot)
      since.tonnes.from = std::min(since.tonnes.from, note->tonnes.from);
    const double usual = std::max(model_->background.ore_mean[most.series], expected_->explained_level(where.lot, most.series));
    say(raised_finding(most, usual, since, time));
  }

  static double dead_share(const material::GammaReading& reading) {
    return reading.real_s > 0 ? std::clamp(1 - reading.live_s / reading.real_s, 0.0, 1.0) : 0;
  }

  // A source so strong that the detectors are busy most of the time: the dead time is the alarm, whatever the spectrum says.
  // No live time and no counts is a monitor that is switched off, or worse.
  void watch_dead_time(const material::Observation& observation, const material::GammaReading& reading,
                       const material::LotInterval* where) {
    const double dead = dead_share(reading);
    if (!(dead > kOverload)) return;
    const bool counted = std::ranges::any_of(reading.counts, [](std::uint32_t c) { return c > 0; }) ||
                         std::ranges::any_of(reading.detector_cps, [](double cps) { return cps > 0; });
    auto& last = counted ? overload_at_ : silent_at_;
    const bool known = last && (observation.time - *last).seconds() < kOverloadAgain_s;
    last = observation.time;
    if (known) return;
    const material::LotInterval here = where ? *where : material::LotInterval{};
    auto finding = counted ? overload_finding(here, observation.time) : fault_finding("dead", here, observation.time);
    finding.measured.push_back({.name = "dead_time_share", .value = rounded(dead, 1000), .unit = "1", .high = kOverload});
    double rate = 0;
    for (const double cps : reading.detector_cps) rate += cps;
    finding.measured.push_back({.name = "gamma_rate", .value = rounded(rate, kGammaRate), .unit = "cps"});
    faults_.push_back(std::move(finding));
  }

  void watch_detectors(const material::Observation& observation, const material::GammaReading& reading,
                       const material::LotInterval* where, bool fits) {
    const material::LotInterval here = where ? *where : material::LotInterval{};
    detectors_told_ = reading.detector_cps.size() > 1;
    // A background learnt with another number of working detectors is another background.
    const bool electronic = fits && gamma::electronic_excess(bins_, monitor_->expected(reading.live_s), model_->background.edges_kev);
    const auto changes = health_.observe({reading.detector_cps, reading.live_s, reading.real_s, electronic});
    if (!changes.empty()) monitor_->detectors_changed(1 - health_.stuck_share());
    for (const auto& change : changes) {
      if (change.is == gamma::DetectorFault::kNone) continue;
      auto finding = fault_finding(std::string(gamma::name_of(change.is)), here, observation.time);
      const auto back = static_cast<std::size_t>(std::max(change.readings_back, 1));
      for (std::size_t i = 0; where != nullptr && i < std::min(back, notes_.size()); ++i) {
        const BeltNote& note = notes_.back(i);
        if (note.lot != here.lot) break;
        finding.where.tonnes.from = std::min(finding.where.tonnes.from, note.tonnes.from);
      }
      if (where != nullptr) lot_of(here.lot).unfit.push_back(finding.where.tonnes);
      finding.measured.push_back({.name = "detector", .value = static_cast<double>(change.detector + 1), .unit = "1"});
      finding.measured.push_back(
          {.name = "gamma_rate", .value = rounded(reading.detector_cps[change.detector], kGammaRate), .unit = "cps"});
      faults_.push_back(std::move(finding));
    }
    std::set<std::string> complaints(reading.faults.begin(), reading.faults.end());
    for (const auto& complaint : complaints) {
      if (!complaints_.contains(complaint)) faults_.push_back(fault_finding(complaint, here, observation.time));
    }
    complaints_ = std::move(complaints);
  }

  // What the summed spectra show of an instrument; what the detectors' own rates have shown is known already.
  void say_fault(const gamma::BeltEvent& event, const FindingSink& say) {
    const BeltNote* note = notes_.at(event.start_s);
    if (event.over || note == nullptr || note->lot.str().empty()) return;
    // Detectors that are told apart have been compared with each other: that says more of what has fallen or frozen.
    if (detectors_told_ && (event.nuclide == "stuck" || event.nuclide == "dead")) return;
    const auto last = fault_said_.find(event.nuclide);
    if (last != fault_said_.end() && (note->time - last->second).seconds() < kFaultAgain_s) return;
    fault_said_[event.nuclide] = note->time;
    auto finding = fault_finding(event.nuclide, {note->lot, note->tonnes}, note->time);
    finding.confidence = rounded(event.confidence, 100);
    say(std::move(finding));
  }

  void say_event(const gamma::BeltEvent& event, const FindingSink& say) {
    if (event.kind == gamma::SourceKind::kFault) return say_fault(event, say);
    // Where nothing lies there are no tonnes to say it of: an excess over the bare belt is the surroundings'.
    const auto place = notes_.place_of(event);
    if (!place) return;
    if (weighing_ && event.kind != gamma::SourceKind::kNatural) weighing_->leave_out(event.start_s - 1, event.end_s + 1);
    auto finding = source_finding(event, *place, model_->threshold, model_->background.edges_kev, place->waterfall);
    finding.measured.push_back({.name = "dead_time_share", .value = rounded(place->dead_share, 1000), .unit = "1"});
    if (place->dead_share > kPileUp) finding.confidence = std::min(finding.confidence, kPileUpConfidence);
    // Said before, when it had lasted for long: no second alarm.
    if (said_peak_ == event.first_index && event.over) finding.priority = wire::Priority::kNone;
    said_peak_ = event.first_index;
    say(std::move(finding));
  }

  void say_slice(const material::SliceClosed& slice, Lot& lot, const FindingSink& say) {
    Read sum;
    while (!lot.reads.empty() && lot.reads.front().tonnes.from < slice.interval.tonnes.to) {
      const Read& read = lot.reads.front();
      sum.counts += read.counts, sum.expected += read.expected, sum.live_s += read.live_s, sum.time = read.time;
      lot.reads.pop_front();
    }
    if (!(sum.live_s > 0)) return;
    wire::Finding finding;
    finding.where = slice.interval;
    finding.time = sum.time;
    finding.verdict = wire::Verdict::kOk;
    finding.code = "slice";
    finding.measured.push_back({.name = "gamma_rate",
                                .value = rounded(sum.counts / sum.live_s, kGammaRate),
                                .std_error = rounded(std::sqrt(sum.counts) / sum.live_s, kGammaRate),
                                .unit = "cps",
                                .expected = rounded(sum.expected / sum.live_s, kGammaRate)});
    if (weighing_) weighing_->close_slice(slice, finding, say);
    say(std::move(finding));
  }

  InspectorInfo info_;
  std::unique_ptr<const gamma::BeltModel> model_;
  std::optional<gamma::BeltMonitor> monitor_;
  std::optional<OreWeighing> weighing_;
  std::optional<ExpectedOre> expected_;      // by rates, where nothing is weighed
  BeltLoad load_;
  double speed_mps_ = 0;
  gamma::DetectorHealth health_;
  gamma::Fold fold_;
  std::array<double, 3> calibration_kev_{};
  std::vector<double> bins_;
  bool fits_ = false, said_other_ = false;
  std::optional<Time> first_time_, overload_at_, silent_at_;
  double loaded_s_ = kLongAgo_s;                   // when ore lay under the detector last
  BeltNotes notes_;
  std::uint64_t next_index_ = 0, lots_seen_ = 0;
  std::uint64_t said_peak_ = ~std::uint64_t{0};   // first reading of the event said last
  std::map<LotId, Lot> lots_;
  std::vector<wire::Finding> faults_;        // to be said where there are tonnes to say them of
  bool detectors_told_ = false;              // the monitor gives the rate of each
  std::map<std::string, Time> fault_said_;
  std::set<std::string> complaints_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_radioactivity(const InspectorSources& sources) {
  InspectorInfo info{.name = "radioactivity", .instrument_kinds = {"gamma"}};
  std::unique_ptr<const gamma::BeltModel> model;
  const std::string_view bytes = sources.model(info.name);
  if (!bytes.empty()) {
    auto read = gamma::belt_model_from_text(bytes, "model radioactivity");
    if (!read) return read.error();
    model = std::make_unique<const gamma::BeltModel>(std::move(*read));
    info.fitted = true;
    info.version = sources.version;
  }
  std::unique_ptr<const gamma::BeltCalibration> calibration;
  const std::string_view weighing = sources.model("radioactivity_weighing");
  if (model && !weighing.empty()) {
    auto read = gamma::belt_calibration_from_text(weighing, "model radioactivity_weighing");
    if (!read) return read.error();
    calibration = std::make_unique<const gamma::BeltCalibration>(std::move(*read));
  }
  return std::unique_ptr<Inspector>(
      std::make_unique<Radioactivity>(std::move(info), std::move(model), std::move(calibration), sources.limits));
}

}  // namespace beltwarden::inspect
