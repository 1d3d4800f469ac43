#include "inspect/sampling_watch.h"

#include <map>

#include "science/sampling/ledger.h"
#include "science/sampling/plan.h"

namespace beltwarden::inspect {
namespace {

constexpr Tonnes kAnswerSlack{20};

class SamplingWatch final : public Inspector {
 public:
  explicit SamplingWatch(InspectorInfo info) : info_(std::move(info)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink&) override {
    if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
      const Tonnes interval = sampling::increment_interval(plan->commodity, Tonnes{plan->declared_mass_t});
      const auto known = lots_.find(plan->lot);
      // A plan sent again changes nothing; another declared mass before the lot has begun does.
      if (known == lots_.end() || (known->second.ledger.interval() != interval && known->second.ledger.taken() == 0)) {
        lots_.insert_or_assign(plan->lot, Lot{sampling::IncrementLedger(interval)});
      }
    } else if (const auto* cut = std::get_if<material::CutterReading>(&observation.payload)) {
      if (Lot* lot = lot_of(observation, *cut)) lot->ledger.answer(cut->increment, cut->confirmed, cut->mass_kg);
    }
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    const auto found = lots_.find(slice.interval.lot);
    if (found == lots_.end()) return {};  // nobody planned this lot: nothing says where increments are due
    Lot& lot = found->second;
    const Tonnes upto = slice.last_of_lot ? slice.interval.tonnes.to - kAnswerSlack : slice.interval.tonnes.from;
    for (const auto& missed : lot.ledger.missed_before(upto)) {
      const bool first = missed.number != lot.last_missed + 1 || lot.last_missed == 0;
      lot.last_missed = missed.number;
      wire::Finding finding;
      finding.where = {slice.interval.lot, {missed.mark, missed.mark + Tonnes{1}}};
      finding.time = slice.last;
      finding.verdict = wire::Verdict::kSuspect;
      finding.priority = first ? wire::Priority::kMedium : wire::Priority::kNone;
      finding.code = "increment_missed";
      finding.label = missed.refused ? "refused" : "no_answer";
      finding.measured.push_back({.name = "increment", .value = static_cast<double>(missed.number), .unit = "1"});
      finding.measured.push_back({.name = "increments_taken",
                                  .value = static_cast<double>(lot.ledger.taken()),
                                  .unit = "1",
                                  .expected = static_cast<double>(lot.ledger.due_before(upto))});
      say(std::move(finding));
    }
    if (slice.last_of_lot) lots_.erase(found);
    return seen;
  }

 private:
  struct Lot {
    sampling::IncrementLedger ledger;
    std::uint32_t last_missed = 0;
  };

  // Orders are named "<lot>/<increment>"; where the sampler's own answer has no such name, the tonnes it cut decide.
  Lot* lot_of(const material::Observation& observation, const material::CutterReading& cut) {
    const auto slash = cut.command_id.rfind('/');
    if (slash != std::string::npos) {
      const auto named = lots_.find(LotId{cut.command_id.substr(0, slash)});
      if (named != lots_.end()) return &named->second;
    }
    if (observation.intervals.empty()) return nullptr;
    const auto seen = lots_.find(observation.intervals.front().lot);
    return seen == lots_.end() ? nullptr : &seen->second;
  }

  InspectorInfo info_;
  std::map<LotId, Lot> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_sampling_watch(const InspectorSources& sources) {
  InspectorInfo info{.name = "sampling", .version = sources.version, .fitted = true};
  return std::unique_ptr<Inspector>(std::make_unique<SamplingWatch>(std::move(info)));
}

}  // namespace beltwarden::inspect
