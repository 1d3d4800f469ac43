// One lot on a line: its marks, what each instrument has covered of it, and its slices on their way to being judged.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

#include "base/time.h"
#include "base/units.h"
#include "material/line_tracker.h"
#include "material/observation.h"

namespace beltwarden::material {

/// What is known of the belt when slices are looked at.
struct BeltState {
  Time now;                        ///< of the newest poll
  double weighed_m = 0;            ///< belt coordinate up to which the belt has been weighed
};

/// How far an instrument has come: shared by all lots.
struct InstrumentProgress {
  InstrumentPlace place;
  bool sampler = false;            ///< cuts material, sees none: slices wait for its place, not for its readings
  std::optional<Time> newest;      ///< of its stamped readings
};

/// The marks, coverage and open slices of one lot. Pure state machine; docs/tonne-marks.md, "Slices" and "Coverage".
class LotBook {
 public:
  LotBook(LotPlan plan, Tonnes slice, std::size_t instruments);

  LotPlan plan;
  bool ended = false;              ///< end_of_lot was called
  bool closed = false;
  bool stand_in = false;           ///< for a lot that the PLC feeds before anyone has planned it
  double fed_until_m = -std::numeric_limits<double>::infinity();  ///< belt coordinate of its last fed spot; infinite while fed

  double passed_t() const { return passed_t_; }
  bool weighed_out() const { return weighed_out_; }
  bool open() const { return !ripe_.empty() || (ended && !closed); }

  /// `mass_t` more tonnes have passed the datum on [from_m, to_m) at `time`.
  void pass(double mass_t, double from_m, double to_m, Time time);

  /// Instrument `i` has seen `seen` of this lot.
  void cover(std::size_t i, const InstrumentProgress& instrument, TonneInterval seen);

  /// Notes which instruments have passed which slices. `stretch_over`: no more of this stretch of the lot follows on the belt
  /// (another lot or ten empty metres came after it).
  void watch(const BeltState& belt, bool stretch_over, const std::vector<InstrumentProgress>& instruments);

  /// No reading from before now will come any more: slices that every instrument has passed need not wait for late ones.
  void waive_waiting();

  /// The first slice, if it can be judged now: every instrument has passed it, and has reported since or kept silent for
  /// `late_s` seconds. It is taken off.
  std::optional<SliceClosed> close(const BeltState& belt, double late_s, const std::vector<InstrumentProgress>& instruments);

  /// Without its beginning: the marks go on from `passed`, and slices from the grid line below it.
  void go_on_from(Tonnes passed);

  /// After a restart: this slice was closed.
  void closed_before(const SliceClosed& slice);

 private:
  struct Pass {
    double target_m = std::numeric_limits<double>::quiet_NaN();  ///< its trailing edge must come here
    double tail_t = std::numeric_limits<double>::quiet_NaN();    ///< mark at which the stretch of the lot ended
    bool passed = false, waived = false;
    Time when{};
  };
  struct Ripe {
    TonneInterval tonnes;
    double end_m;
    Time first, last;
    bool last_of_lot;
    std::vector<Pass> passes;
  };
  struct Cover {
    double read_from_t = -1, read_to_t = 0;   ///< of the reading that reached farthest
    bool any = false;
    std::vector<TonneInterval> seen;          ///< not yet closed, sorted, disjoint
  };

  void ripen(double to_t, double end_m, Time last, bool last_of_lot);
  bool done(const Ripe& slice, std::size_t i, const InstrumentProgress& instrument, const BeltState& belt, double late_s) const;
  void forget_before(double mark_t);

  const double slice_t_;
  double passed_t_ = 0;
  double last_mass_m_ = -std::numeric_limits<double>::infinity();
  double slice_from_t_ = 0;
  std::int64_t slices_ = 0;
  std::optional<Time> slice_first_;
  Time last_time_{};
  bool weighed_out_ = false;
  std::deque<Ripe> ripe_;
  std::vector<Cover> covers_;
};

}  // namespace beltwarden::material
