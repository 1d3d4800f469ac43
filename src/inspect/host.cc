#include "inspect/host.h"

#include <tuple>
#include <utility>

#include "material/intervals.h"

namespace beltwarden::inspect {
namespace {

bool same(const material::LotPlan& a, const material::LotPlan& b) {
  const auto all = [](const material::LotPlan& p) {
    return std::tie(p.lot, p.feed_number, p.call, p.consignment, p.commodity, p.hs_code, p.brand, p.origin, p.consignee,
                    p.declared_mass_t, p.declared_composition);
  };
  return all(a) == all(b);
}

}  // namespace

InspectorHost::InspectorHost(LineId line, std::map<InstrumentId, std::string> kinds,
                             std::vector<std::unique_ptr<Inspector>> inspectors)
    : line_(std::move(line)), kinds_(std::move(kinds)), inspectors_(std::move(inspectors)) {}

std::vector<InspectorInfo> InspectorHost::inspectors() const {
  std::vector<InspectorInfo> infos;
  for (const auto& inspector : inspectors_) infos.push_back(inspector->info());
  return infos;
}

std::vector<TonneInterval> InspectorHost::seen_by(const InspectorInfo& info, const material::SliceClosed& slice) const {
  std::vector<TonneInterval> seen{slice.interval.tonnes};
  for (const auto& kind : info.instrument_kinds) {
    std::vector<TonneInterval> of_kind;
    for (const auto& [instrument, intervals] : slice.seen) {
      const auto it = kinds_.find(instrument);
      if (it != kinds_.end() && it->second == kind) of_kind.insert(of_kind.end(), intervals.begin(), intervals.end());
    }
    seen = material::intersection(seen, material::merged(std::move(of_kind)));
  }
  return seen;
}

Outcome InspectorHost::observe(const material::Observation& observation) {
  Outcome outcome;
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    const auto [known, fresh] = plans_.try_emplace(plan->lot, *plan);
    if (!fresh && same(known->second, *plan)) return outcome;
    known->second = *plan;
  }
  const auto* slice = std::get_if<material::SliceClosed>(&observation.payload);
  if (slice) {
    if (slice->last_of_lot) plans_.erase(slice->interval.lot);
    outcome.report.emplace();
    outcome.report->line = line_;
    outcome.report->slice = slice->interval;
    outcome.report->first = slice->first;
    outcome.report->last = slice->last;
    outcome.report->last_of_lot = slice->last_of_lot;
    for (const auto& [instrument, intervals] : slice->seen) {
      outcome.report->instruments.push_back({instrument.str(), intervals, true});
    }
  }
  // One reference, which a std::function holds without taking memory.
  struct {
    const LineId& line;
    const material::Observation& cause;
    Outcome& outcome;
    const InspectorInfo* by = nullptr;
  } saying{line_, observation, outcome};
  const FindingSink say = [&saying](wire::Finding finding) {
    finding.line = saying.line;
    finding.cause = saying.cause.id;
    finding.ordinal = static_cast<std::uint32_t>(saying.outcome.findings.size());
    finding.model = saying.by->name;
    finding.model_version = saying.by->version;
    saying.outcome.findings.push_back(std::move(finding));
  };
  for (const auto& inspector : inspectors_) {
    const InspectorInfo& info = inspector->info();
    saying.by = &info;
    inspector->observe(observation, say);
    if (!slice) continue;
    wire::SliceReport::Coverage coverage{info.name, {}, info.fitted};
    const auto judged = inspector->close_slice(*slice, seen_by(info, *slice), say);
    if (info.fitted) coverage.covered = judged;
    outcome.report->models.push_back(std::move(coverage));
  }
  return outcome;
}

}  // namespace beltwarden::inspect
