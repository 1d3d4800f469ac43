// Belt movement and scale counts become tonne marks. docs/tonne-marks.md tells the whole story.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "material/observation.h"
#include "material/reading.h"

namespace beltwarden::material {

/// `InstrumentPlace::kind` of what cuts increments: slices wait for its place, and it covers nothing.
inline constexpr const char* kSamplerKind = "sampler";

/// Where an instrument sits and how far one of its readings speaks.
struct InstrumentPlace {
  InstrumentId instrument;
  Metres distance;                 ///< of its field's centre, downstream from the datum (negative: upstream)
  Metres field_length;             ///< belt length one instantaneous reading sees
  Tonnes sampling_distance;        ///< a reading covers at most this many tonnes back to the one before it
  std::string kind;                ///< "spectrometer", "camera", "gamma", kSamplerKind
};

/// One conveyor line. The datum is where the belt scale weighs; everything is measured from there.
struct LineLayout {
  SiteId site;
  LineId line;
  InstrumentId plc;
  Metres feed_distance{-20};       ///< of the point where material lands on the belt; negative = upstream of the scale
  Tonnes tick{0.1};                ///< mass of one totaliser count
  std::uint64_t totaliser_modulus = std::uint64_t{1} << 32;   ///< the counter runs 0 ... modulus-1
  Metres encoder_tick{0.01};
  std::uint64_t encoder_modulus = std::uint64_t{1} << 32;
  Tonnes slice{50};
  Tonnes max_step{20};             ///< a totaliser jump beyond this a second (or a poll, if longer) is a fault, not mass
  double silence_s = 10;           ///< polls further apart leave a gap: readings from within it get no tonnes
  std::vector<InstrumentPlace> instruments;
};

/// `CommandTaken::kind` by which a lot's end is journaled.
inline constexpr const char* kEndOfLot = "end_of_lot";

/// What happened to the line's measurement that people should know: each is logged once per cause and shown.
struct TrackerNote {
  enum class Kind {
    kTotaliserReset, kTotaliserJump, kEncoderJump, kSlip, kClockWentBack, kUnknownInstrument, kUnplannedLot, kGap,
    kDuplicate, kLatePoll
  };
  Kind kind;
  Time time;
  std::string message;
};

/// Stamps readings with tonne intervals. Pure: no clock, no I/O; the same calls give the same observations.
/// Not thread-safe: one thread feeds it, in order of arrival.
class LineTracker {
 public:
  explicit LineTracker(LineLayout layout);
  ~LineTracker();
  LineTracker(LineTracker&&) noexcept;
  LineTracker& operator=(LineTracker&&) noexcept;

  /// Makes a lot known before it is fed. Returns the observation to journal.
  Observation plan(const LotPlan& plan, Time time);

  /// Takes one reading and returns every observation that has become final: usually that reading, stamped; none while
  /// it waits for its material to be weighed (instruments upstream of the scale); more when weighing releases others or
  /// closes slices.
  std::vector<Observation> take(Reading reading);

  /// The lot's last tonne has been fed (the PLC moved to another lot or the ship is empty): its last, possibly short,
  /// slice closes once every instrument has passed it. The first observation returned is the CommandTaken ("end_of_lot",
  /// the lot in `detail`) by which a restart knows it. Every reading taken before must have been passed on before.
  std::vector<Observation> end_of_lot(const LotId& lot, Time time);

  /// Rebuilds the state after a restart from one journaled observation, in journal order, returning nothing: afterwards
  /// the tracker goes on as if it had never stopped. Tonnes that passed while nobody watched belong to the lot on the belt
  /// and are covered by no instrument.
  void restore(const Observation& observation);

  /// The highest `device_sequence` seen of an instrument: what a resuming source may skip.
  std::uint64_t last_device_sequence(const InstrumentId& instrument) const;

  /// Where the middle of `interval` is now: metres downstream of the datum. Nothing before it has been weighed and once it has
  /// left the farthest instrument well behind.
  std::optional<Metres> position(const LotInterval& interval) const;

  struct LotState {
    LotPlan plan;
    Tonnes passed{0};              ///< tonne mark now at the datum
    bool ended = false;
    bool closed = false;           ///< its last slice has closed
  };
  std::vector<LotState> lots() const;
  std::optional<LotId> lot_at_datum() const;
  double speed_mps() const;
  double belt_load_kg_per_m() const;   ///< of the newest weighed stretch
  Tonnes unassigned() const;           ///< weighed while the PLC named no lot, or one that had ended
  Tonnes weighed() const;              ///< everything since the first poll: the lots' marks and the unassigned

  /// Notes since the last call.
  std::vector<TrackerNote> take_notes();

  const LineLayout& layout() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::material
