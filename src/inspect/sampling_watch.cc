#include "inspect/sampling_watch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "science/sampling/ledger.h"
#include "science/sampling/plan.h"

namespace beltwarden::inspect {
namespace {

constexpr Tonnes kAnswerSlack{20};
// How long after its lot's end an order may still be answered: the belt to the cutter, the cut, and the PLC's polls.
constexpr Duration kLastAnswer = seconds(120);

class SamplingWatch final : public Inspector {
 public:
  explicit SamplingWatch(InspectorInfo info) : info_(std::move(info)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    newest_ = std::max(newest_, observation.time);
    if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
      const Tonnes interval = sampling::increment_interval(plan->commodity, Tonnes{plan->declared_mass_t});
      const auto known = lots_.find(plan->lot);
      // A plan sent again changes nothing; another declared mass before the lot has begun does.
      if (known == lots_.end() || (known->second.ledger.interval() != interval && known->second.ledger.taken() == 0)) {
        lots_.insert_or_assign(plan->lot, Lot{sampling::IncrementLedger(interval)});
      }
    } else if (const auto* cut = std::get_if<material::CutterReading>(&observation.payload)) {
      const auto lot = lot_of(observation, *cut);
      if (lot == lots_.end()) return;
      lot->second.ledger.answer(cut->increment, cut->confirmed, cut->mass_kg);
      const auto awaited = std::ranges::find(lot->second.owed, cut->increment, &Missed::number);
      if (awaited == lot->second.owed.end()) return;
      Missed answered = *awaited;
      lot->second.owed.erase(awaited);
      answered.refused = true;
      if (!cut->confirmed) say_missed(lot->first, lot->second, answered, observation.time, say);
    }
    if (ended_ > 0) end_waiting(observation.time, say);
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) override {
    const auto found = lots_.find(slice.interval.lot);
    if (found == lots_.end()) return {};  // nobody planned this lot: nothing says where increments are due
    Lot& lot = found->second;
    lot.judged = slice.last_of_lot ? slice.interval.tonnes.to : slice.interval.tonnes.from;
    for (const auto& missed : lot.ledger.missed_before(lot.judged)) {
      // What was asked of the cutter a moment ago may still be answered.
      if (slice.last_of_lot && !missed.refused && missed.mark > lot.judged - kAnswerSlack) {
        lot.owed.push_back(missed);
      } else {
        say_missed(found->first, lot, missed, slice.last, say);
      }
    }
    if (slice.last_of_lot) {
      // Not when its last tonne passed the datum: the belt may have stood since then.
      lot.ended = std::max(slice.last, newest_);
      ++ended_;
      end_waiting(slice.last, say);
    }
    return seen;
  }

 private:
  using Missed = sampling::IncrementLedger::Missed;
  struct Lot {
    sampling::IncrementLedger ledger;
    std::uint32_t last_missed = 0;
    Tonnes judged{};                       // marks before it were looked for
    std::optional<Time> ended{};
    std::vector<Missed> owed{};            // of the last tonnes: not answered when the lot ended
  };

  static void say_missed(const LotId& id, Lot& lot, const Missed& missed, Time time, const FindingSink& say) {
    const bool first = missed.number != lot.last_missed + 1 || lot.last_missed == 0;
    lot.last_missed = missed.number;
    wire::Finding finding;
    finding.where = {id, {missed.mark, missed.mark + Tonnes{1}}};
    finding.time = time;
    finding.verdict = wire::Verdict::kSuspect;
    finding.priority = first ? wire::Priority::kMedium : wire::Priority::kNone;
    finding.code = "increment_missed";
    finding.label = missed.refused ? "refused" : "no_answer";
    finding.measured.push_back({.name = "increment", .value = static_cast<double>(missed.number), .unit = "1"});
    finding.measured.push_back({.name = "increments_taken",
                                .value = static_cast<double>(lot.ledger.taken()),
                                .unit = "1",
                                .expected = static_cast<double>(lot.ledger.due_before(lot.judged))});
    say(std::move(finding));
  }

  /// Ended lots go when nothing is owed any more, or nothing can come.
  void end_waiting(Time now, const FindingSink& say) {
    for (auto it = lots_.begin(); it != lots_.end();) {
      Lot& lot = it->second;
      if (!lot.ended || (!lot.owed.empty() && now - *lot.ended <= kLastAnswer)) {
        ++it;
        continue;
      }
      for (const auto& missed : lot.owed) say_missed(it->first, lot, missed, now, say);
      it = lots_.erase(it);
      --ended_;
    }
  }

  // Orders are named "<lot>/<increment>"; where the sampler's own answer has no such name, the tonnes it cut decide.
  std::map<LotId, Lot>::iterator lot_of(const material::Observation& observation, const material::CutterReading& cut) {
    const auto slash = cut.command_id.rfind('/');
    if (slash != std::string::npos) {
      const auto named = lots_.find(LotId{cut.command_id.substr(0, slash)});
      if (named != lots_.end()) return named;
    }
    return observation.intervals.empty() ? lots_.end() : lots_.find(observation.intervals.front().lot);
  }

  InspectorInfo info_;
  std::map<LotId, Lot> lots_;
  Time newest_{};                          // of anything observed
  std::size_t ended_ = 0;                  // lots that wait for their last answers
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_sampling_watch(const InspectorSources& sources) {
  InspectorInfo info{.name = "sampling", .version = sources.version, .fitted = true};
  return std::unique_ptr<Inspector>(std::make_unique<SamplingWatch>(std::move(info)));
}

}  // namespace beltwarden::inspect
