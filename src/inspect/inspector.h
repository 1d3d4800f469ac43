// A model or a watch that judges material: a state machine from observations to findings.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"
#include "material/observation.h"
#include "wire/finding.h"

namespace beltwarden::inspect {

/// Takes what an inspector says. `line`, `cause`, `ordinal` and `model` and `model_version` are filled in by the host.
using FindingSink = std::function<void(wire::Finding)>;

/// What an inspector is and what it needs to judge.
struct InspectorInfo {
  std::string name;                             ///< as the pack and R.json name it: "brand_regression", ...
  std::string version;                          ///< of the model it judges with; empty when not fitted
  bool fitted = false;                          ///< false: it says so in coverage and judges nothing
  std::vector<std::string> instrument_kinds;    ///< whose coverage its own needs: {"spectrometer"}; empty = none
};

/// One model or watch on one line. Deterministic: no clock, no randomness, no I/O, no threads; what it says depends on
/// the observations alone, and every number it says is rounded to its declared resolution. Lots may interleave: keep
/// state by lot.
class Inspector {
 public:
  virtual ~Inspector() = default;

  virtual const InspectorInfo& info() const = 0;

  /// Called for every observation of the line, in journal order.
  virtual void observe(const material::Observation& observation, const FindingSink& say) = 0;

  /// Called when every instrument has passed a slice, after all its observations. `seen` is what this inspector's
  /// instruments covered of it (the intersection over its kinds, the union over instruments of a kind). Returns the part
  /// it has judged: `seen`, or less where it does not know (outside calibration, dirty window).
  virtual std::vector<TonneInterval> close_slice(const material::SliceClosed& slice,
                                                 const std::vector<TonneInterval>& seen, const FindingSink& say) = 0;
};

}  // namespace beltwarden::inspect
