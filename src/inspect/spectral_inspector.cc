#include "inspect/spectral_inspector.h"

namespace beltwarden::inspect {

void SpectralInspector::observe(const material::Observation& observation, const FindingSink& say) {
  if (!info_.fitted) return;
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    plans_[plan->lot] = *plan;
    planned(*plan, observation.time, say);
  } else if (const auto* spectrum = std::get_if<material::SpectrumReading>(&observation.payload)) {
    spectra_.add(observation, *spectrum);
  }
}

std::vector<TonneInterval> SpectralInspector::close_slice(const material::SliceClosed& slice,
                                                          const std::vector<TonneInterval>& seen, const FindingSink& say) {
  if (!info_.fitted) return {};
  const auto& plan = plans_[slice.interval.lot];
  auto spectrum = spectra_.take(slice.interval);
  if (spectrum.readings == 0) spectrum.time = slice.last;
  const auto judgement = judge_slice(*models_, spectrum, plan.brand, scratch_, wants_composition());
  auto judged = judge({slice, seen, plan, spectrum, judgement}, say);
  if (slice.last_of_lot) {
    ended(slice.interval.lot);
    spectra_.forget(slice.interval.lot);
    plans_.erase(slice.interval.lot);
  }
  return judged;
}

const InspectorSources::Limit* limit_in_percent(const std::vector<InspectorSources::Limit>& limits, std::string_view quantity,
                                                std::string_view brand) {
  const InspectorSources::Limit* found = nullptr;
  for (const auto& l : limits) {
    if (l.quantity != quantity || l.unit != "%") continue;
    if (l.brand == brand) return &l;
    if (l.brand.empty()) found = &l;
  }
  return found;
}

wire::Finding finding_about(const material::LotInterval& where, Time time, wire::Verdict verdict, std::string code) {
  wire::Finding finding;
  finding.where = where;
  finding.time = time;
  finding.verdict = verdict;
  finding.code = std::move(code);
  return finding;
}

}  // namespace beltwarden::inspect
