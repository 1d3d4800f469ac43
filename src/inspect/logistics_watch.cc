#include "inspect/logistics_watch.h"

#include <algorithm>
#include <map>
#include <optional>

#include "inspect/belt_load.h"
#include "inspect/round.h"
#include "material/line_notes.h"
#include "science/logistics/drift.h"
#include "science/logistics/progress.h"

namespace beltwarden::inspect {
namespace {

constexpr Duration kRateWindow = seconds(600);
constexpr std::uint64_t kNobodysTonnes = 10;   // what a chute may trickle between two lots is less
constexpr double kUnsteadyLoad = 0.1;  // relative: where the load changes that much, a cut says little of the scale

class LogisticsWatch final : public Inspector {
 public:
  explicit LogisticsWatch(InspectorInfo info) : info_(std::move(info)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    load_.observe(observation);
    if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
      const auto known = lots_.find(plan->lot);
      if (known == lots_.end() || known->second.progress.mark() == Tonnes{0}) {
        lots_.insert_or_assign(plan->lot, Lot{plan->declared_mass_t});
      }
    } else if (const auto* belt = std::get_if<material::BeltReading>(&observation.payload)) {
      weigh(observation, *belt);
    } else if (const auto* cut = std::get_if<material::CutterReading>(&observation.payload)) {
      check_scale(observation, *cut, say);
    } else if (const auto* health = std::get_if<material::HealthReading>(&observation.payload)) {
      check_assignment(observation, *health, say);
    }
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    Lot& lot = lot_of(slice.interval.lot);
    say_slice(slice, lot, say);
    if (slice.last_of_lot) {
      say_mass(slice, lot, say);
      lots_.erase(slice.interval.lot);
    }
    return seen;
  }

 private:
  struct Lot {
    explicit Lot(double declared) : declared_t(declared), progress(Tonnes{declared}) {}
    double declared_t;
    logistics::Progress progress;
    double load_sum = 0;                     // kg/m times tonnes since the last slice
    double load_t = 0;
  };

  Lot& lot_of(const LotId& id) { return lots_.try_emplace(id, Lot{0}).first->second; }

  void weigh(const material::Observation& observation, const material::BeltReading& belt) {
    speed_mps_ = belt.speed_mps;
    for (const auto& interval : observation.intervals) {
      Lot& lot = lot_of(interval.lot);
      lot.progress.passed(interval.tonnes.to, observation.time);
      newest_ = interval;
      const double mass = interval.tonnes.mass().value;
      line_t_ += mass;
      if (belt.speed_mps > 0.2) {
        lot.load_sum += mass * belt.rate_tph / 3.6 / belt.speed_mps;
        lot.load_t += mass;
      }
    }
  }

  // Tonnes that no lot owns are inspected by nobody: said where the last lot was, which is the one they most likely belong to.
  void check_assignment(const material::Observation& observation, const material::HealthReading& health, const FindingSink& say) {
    const auto drop = std::ranges::find(health.dropped, material::kTonnesOfNoLot, &material::HealthReading::Drop::cause);
    if (drop == health.dropped.end()) return;
    if (drop->count < nobodys_told_) nobodys_told_ = 0;      // counted anew since a restart
    if (newest_ && drop->count < nobodys_told_ + kNobodysTonnes) return;
    nobodys_told_ = drop->count;
    if (!newest_) return;                                    // before any lot: nowhere to say it, and no later lot's
    wire::Finding finding;
    finding.where = {newest_->lot, {newest_->tonnes.to, newest_->tonnes.to}};
    finding.time = observation.time;
    finding.verdict = wire::Verdict::kSuspect;
    finding.priority = wire::Priority::kMedium;
    finding.code = "tonnes_of_no_lot";
    finding.measured.push_back({.name = "tonnes_of_no_lot", .value = static_cast<double>(drop->count), .unit = "t", .expected = 0.0});
    say(std::move(finding));
  }

  // A cutter takes mass in proportion to the stream that crosses it: a second scale, coarse but independent.
  void check_scale(const material::Observation& observation, const material::CutterReading& cut,
                   const FindingSink& say) {
    if (!cut.confirmed || !(cut.mass_kg > 0) || observation.intervals.size() != 1) return;
    const auto& where = observation.intervals.front();
    const auto load = load_.at(where);
    if (!load || load->end || load->sd_kg_per_m > kUnsteadyLoad * load->kg_per_m) return;
    const auto suspicion = drift_.add(line_t_, load->kg_per_m * speed_mps_, cut.mass_kg);
    if (!suspicion) return;
    wire::Finding finding;
    const double back = line_t_ - suspicion->since;
    finding.where = {where.lot, {Tonnes{std::max(0.0, rounded(where.tonnes.to.value - back, 10))}, where.tonnes.to}};
    finding.time = observation.time;
    finding.verdict = wire::Verdict::kSuspect;
    finding.priority = wire::Priority::kMedium;
    finding.code = "scale_drift";
    finding.measured.push_back({.name = "scale_drift", .value = rounded(100 * suspicion->drift, 100),
                                .std_error = rounded(100 * suspicion->std_error, 100), .unit = "%", .expected = 0.0});
    say(std::move(finding));
  }

  void say_slice(const material::SliceClosed& slice, Lot& lot, const FindingSink& say) {
    wire::Finding finding;
    finding.where = slice.interval;
    finding.time = slice.last;
    finding.verdict = wire::Verdict::kOk;
    finding.code = "slice";
    if (lot.declared_t > 0) {
      finding.measured.push_back({.name = "progress",
                                  .value = rounded(100 * slice.interval.tonnes.to.value / lot.declared_t, 100),
                                  .unit = "%"});
    }
    finding.measured.push_back(
        {.name = "rate", .value = rounded(lot.progress.rate_tph(kRateWindow), 1), .unit = "t/h"});
    if (lot.load_t > 0) {
      finding.measured.push_back(
          {.name = "belt_load", .value = rounded(lot.load_sum / lot.load_t, 10), .unit = "kg/m"});
      lot.load_sum = lot.load_t = 0;
    }
    if (const auto eta = lot.progress.eta()) {
      finding.measured.push_back(
          {.name = "hours_to_end", .value = rounded((*eta - slice.last).seconds() / 3600, 100), .unit = "h"});
    }
    say(std::move(finding));
  }

  void say_mass(const material::SliceClosed& slice, const Lot& lot, const FindingSink& say) {
    if (!(lot.declared_t > 0)) return;
    const auto compared = logistics::compare_mass(Tonnes{lot.declared_t}, slice.interval.tonnes.to);
    wire::Finding finding;
    finding.where = {slice.interval.lot, {Tonnes{0}, slice.interval.tonnes.to}};
    finding.time = slice.last;
    finding.verdict = compared.differs ? wire::Verdict::kSuspect : wire::Verdict::kOk;
    finding.priority = compared.differs ? wire::Priority::kMedium : wire::Priority::kNone;
    finding.code = compared.differs ? "mass_differs" : "mass_agrees";
    finding.measured.push_back({.name = "mass",
                                .value = rounded(slice.interval.tonnes.to.value, 10),
                                .std_error = rounded(compared.std_error.value, 10),
                                .unit = "t",
                                .expected = lot.declared_t});
    finding.measured.push_back({.name = "mass_difference",
                                .value = rounded(100 * compared.difference.value / lot.declared_t, 100),
                                .std_error = rounded(100 * compared.std_error.value / lot.declared_t, 100),
                                .unit = "%",
                                .expected = 0.0});
    say(std::move(finding));
  }

  InspectorInfo info_;
  BeltLoad load_;
  logistics::ScaleDrift drift_;
  std::map<LotId, Lot> lots_;
  double line_t_ = 0;                        // weighed on this line, all lots
  double speed_mps_ = 0;
  std::optional<material::LotInterval> newest_;   // that a poll weighed
  std::uint64_t nobodys_told_ = 0;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_logistics_watch(const InspectorSources& sources) {
  InspectorInfo info{.name = "logistics", .version = sources.version, .fitted = true};
  return std::unique_ptr<Inspector>(std::make_unique<LogisticsWatch>(std::move(info)));
}

}  // namespace beltwarden::inspect
