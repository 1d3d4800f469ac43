#include "inspect/spectral_inspector.h"

namespace beltwarden::inspect {

void SpectralInspector::observe(const material::Observation& observation, const FindingSink& say) {
  if (!info_.fitted) return;
  line_.observe(observation);
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) planned(*plan, observation.time, say);
}

std::vector<TonneInterval> SpectralInspector::close_slice(const material::SliceClosed& slice,
                                                          const std::vector<TonneInterval>& seen, const FindingSink& say) {
  if (!info_.fitted) return {};
  const auto& [plan, spectrum, judgement] = line_.close(slice);
  auto judged = judge({slice, seen, plan, spectrum, judgement}, say);
  if (slice.last_of_lot) ended(slice.interval.lot);
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
