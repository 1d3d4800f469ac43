// The berth in process: the same ship, belt and instruments as over the real protocols, under a virtual clock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "base/time.h"
#include "instruments/driver.h"
#include "material/line_tracker.h"
#include "material/observation.h"
#include "wire/command.h"

namespace beltwarden::twin {

/// A fault that the scenario planted. `where` is in true tonnes of its lot; `measured` is the same stretch in the marks
/// that the lot's scale gives, which differ once the scale drifts: compare findings with these.
struct PlantedFault {
  std::string kind;  ///< "slag", "wrong_brand", "steel_plate", "wooden_beam", "rope", "cs137_source",
                     ///< "high_thorium", "wet_stretch", "dirty_window", "stuck_detector", "scale_drift"
  material::LotInterval where;
  std::string detail;
  material::LotInterval measured;
};

/// What the scenario says, read and checked.
struct Scenario;

class Berth {
 public:
  /// `data_folder` holds the reference data, or is empty: then the berth generates everything. Deterministic for a
  /// scenario (its seed included) and the same data.
  static Result<std::unique_ptr<Berth>> create(const Config& scenario, const std::string& data_folder);
  virtual ~Berth() = default;

  /// The line as it should be configured for this berth.
  virtual material::LineLayout layout() const = 0;

  /// The ship's declarations as a customs file would bring them: JSON of docs/api.md, "Declarations".
  virtual std::string declarations_json() const = 0;

  /// The call's lots in feed order, as the center plans them.
  virtual std::vector<material::LotPlan> lot_plans() const = 0;

  /// The next thing an instrument says, in time order; nothing when the ship is empty and the belt has run clear.
  virtual std::optional<instruments::Output> next() = 0;

  /// Virtual time of what `next` returned last.
  virtual Time now() const = 0;

  /// Makes the berth go on as if everything up to these device sequences had been said already (a resumed run):
  /// `next` skips what is not later, without making its contents.
  virtual void skip_to(const std::vector<std::pair<InstrumentId, std::uint64_t>>& last_sequences) = 0;

  /// The terminal acts on orders of the site: the cutter cuts, the belt stops for a while. Answers come out of `next`.
  virtual void order(const instruments::Order& order) = 0;

  /// What was planted: for reports only. Nothing that inspects may see it.
  virtual std::vector<PlantedFault> truth() const = 0;

  /// Feed finished: lots in the order they ended, for LineTracker::end_of_lot. Empty until then.
  virtual std::vector<LotId> ended_lots() const = 0;

  /// "real", "semi-synthetic" or "synthetic" for each of "spectra", "vision", "gamma", and why.
  struct Provenance {
    std::string what, kind, source;
  };
  virtual std::vector<Provenance> provenance() const = 0;

  /// Rates and picture sizes of this scenario, printed in R.json.
  virtual std::vector<std::pair<std::string, double>> rates() const = 0;
};

}  // namespace beltwarden::twin
