// Runs a line's inspectors over its observations.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspect/inspector.h"

namespace beltwarden::inspect {

/// What one observation led to, ready for the journal: findings in a fixed order, then the slice's report if one closed.
struct Outcome {
  std::vector<wire::Finding> findings;
  std::optional<wire::SliceReport> report;
};

/// All inspectors of one line. Not thread-safe.
class InspectorHost {
 public:
  /// `kinds` names the kind of each instrument ("camera", ...), as in the line's layout.
  InspectorHost(LineId line, std::map<InstrumentId, std::string> kinds, std::vector<std::unique_ptr<Inspector>> inspectors);

  /// A plan that says again what is known is no news: the site repeats plans for its own restarts.
  Outcome observe(const material::Observation& observation);

  std::vector<InspectorInfo> inspectors() const;

 private:
  std::vector<TonneInterval> seen_by(const InspectorInfo& info, const material::SliceClosed& slice) const;

  LineId line_;
  std::map<InstrumentId, std::string> kinds_;
  std::vector<std::unique_ptr<Inspector>> inspectors_;
  std::map<LotId, material::LotPlan> plans_;        // of lots that have not ended
};

}  // namespace beltwarden::inspect
