// Belt, scale and lots together: what has passed the datum, and what every instrument has covered of it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "material/belt_map.h"
#include "material/belt_motion.h"
#include "material/lot_book.h"
#include "material/scale_counter.h"

namespace beltwarden::material {

/// The line's state as PLC polls move it. Depends on polls, plans, ends of lots and stamped intervals alone, all of which are
/// journaled: fed with the same ones it is the same. Not thread-safe.
class WeighedLine {
 public:
  explicit WeighedLine(LineLayout layout);

  void learn(const LotPlan& plan);

  /// A journal whose beginning has been removed: the marks go on from what its first poll says was weighed.
  void begin_in_the_middle(const BeltReading& belt, const std::vector<LotInterval>& weighed);

  /// Moves belt and marks on by one poll that is newer than the one before. Returns the tonnes weighed in it.
  std::vector<LotInterval> poll(const BeltReading& belt, Time time, Time received, bool clock_went_back);

  /// False when there is no such lot or it has ended before.
  bool end(const LotId& lot, Time time);

  /// The belt coordinate up to which a reading at `place` looks, when the belt went through `span`.
  static double leading_edge_m(const InstrumentPlace& place, BeltMotion::Span span);

  /// The tonnes that a reading at `place` saw, by lot in belt order.
  std::vector<LotInterval> seen(const InstrumentPlace& place, BeltMotion::Span span);

  /// Instrument `i` has seen `intervals` (empty: nothing, but it is alive).
  void cover(std::size_t i, const std::vector<LotInterval>& intervals, Time time);

  /// The next slice that can be judged, taken off.
  std::optional<SliceClosed> close_slice();

  /// After a restart: this slice was closed.
  void closed_before(const SliceClosed& slice);

  /// Nothing new has reached the scale for `seconds`.
  bool standing_for(double seconds) const { return (now_ - weighed_when_).seconds() > seconds; }

  void note(TrackerNote::Kind kind, Time time, std::string message);
  std::vector<TrackerNote> take_notes() { return std::exchange(notes_, {}); }

  const LineLayout& layout() const { return layout_; }
  const BeltMotion& motion() const { return motion_; }
  const BeltMap& map() const { return map_; }
  const std::deque<LotBook>& lots() const { return lots_; }
  std::optional<int> find(const LotId& lot) const;
  double weighed_m() const { return weighed_m_; }      ///< belt coordinate up to which the belt has been weighed
  double weighed_t() const { return mass_.mass_t(); }
  double unassigned_t() const { return unassigned_t_; }
  double load_kg_per_m() const { return load_kg_per_m_; }
  Time now() const { return now_; }                    ///< of the newest poll or end of a lot
  Time now_received() const { return now_received_; }

 private:
  int add_lot(LotPlan plan, bool stand_in);
  LotBook& lot(int index) { return lots_[static_cast<std::size_t>(index)]; }
  std::pair<int, bool> fed(std::int32_t number, Time time);
  void feed(int lot, bool feeding);
  void stand_or_reverse(double from_m, double to_m, std::int64_t ticks);
  void advance(const BeltReading& belt, double from_m, double to_m, double dt_s, std::int64_t ticks, Time time,
               std::vector<LotInterval>& weighed);
  void lay(const BeltMap::Stretch& stretch, double mass_t, Time time, std::vector<LotInterval>& weighed);
  void lay_unassigned(const BeltMap::Stretch& stretch, double mass_t, Time time);
  bool stretch_over(int lot) const;
  BeltState belt() const { return {now_, weighed_m_}; }

  const LineLayout layout_;
  double keep_m_ = 0;
  BeltMotion motion_;
  TotaliserReader totaliser_;
  MassMark mass_;
  BeltMap map_;
  std::deque<LotBook> lots_;                     // a lot keeps its place for good: the map refers to it by number
  std::unordered_map<LotId, int> by_id_;
  std::unordered_map<std::int32_t, std::deque<int>> by_feed_number_;   // in the order in which they were planned
  std::vector<InstrumentProgress> instruments_;
  std::vector<TrackerNote> notes_;

  Time now_{}, now_received_{};
  double weighed_m_ = 0;                         // high-water mark of the position
  Time weighed_when_{};                          // when it last grew
  double load_kg_per_m_ = 0;
  double unassigned_t_ = 0, unassigned_told_t_ = 0;
  int newest_lot_ = BeltMap::kNoLot;             // of the newest mass on the map
  double newest_mass_m_ = 0;                     // where that mass ends

  // The belt is behind its high-water mark: what it brings is passing the scale again.
  bool behind_ = false, counted_down_ = false;
  std::int64_t behind_ticks_ = 0;
  double passed_again_t_ = 0;

  std::vector<BeltMap::Stretch> stretches_;      // scratch
  std::vector<BeltMap::Marks> marks_;            // scratch
};

}  // namespace beltwarden::material
