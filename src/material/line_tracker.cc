#include "material/line_tracker.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "material/belt_map.h"
#include "material/belt_motion.h"
#include "material/lot_book.h"
#include "material/scale_counter.h"
#include "material/sequence_window.h"

namespace beltwarden::material {
namespace {

constexpr double kShortestField_m = 0.01;    // a reading sees something, however narrow its slit
constexpr double kBehindLast_m = 100;        // kept beyond the farthest instrument: room to reverse
constexpr double kStretchOver_m = 10;        // this much empty belt ends a stretch of material
constexpr std::size_t kPendingPerInstrument = 2048;
constexpr std::size_t kMostNotes = 1000;
constexpr double kUnassignedNote_t = 1;

template <class... Args>
std::string text(const char* format, Args... args) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, args...);
  return buffer;
}

}  // namespace

struct LineTracker::State {
  explicit State(LineLayout l)
      : layout(std::move(l)), motion(layout.encoder_tick.value, layout.encoder_modulus, layout.silence_s),
        totaliser(layout.tick, layout.totaliser_modulus, layout.max_step), mass(layout.tick) {
    double farthest_m = 0;
    for (std::size_t i = 0; i < layout.instruments.size(); ++i) {
      const InstrumentPlace& place = layout.instruments[i];
      instruments.push_back({place, place.kind == "sampler", std::nullopt});
      if (place.kind == "sampler") sampler = i;
      channels[place.instrument].place = i;
      farthest_m = std::max(farthest_m, place.distance.value + place.field_length.value);
    }
    channels[layout.plc];
    keep_m = farthest_m + kBehindLast_m;
  }

  struct Pending {
    Reading reading;
    std::size_t place;
    Time newest_poll;                            ///< when it came
    std::optional<BeltMotion::Span> span;        ///< of belt position, once polls have caught up with it
  };
  /// What is known of one source of readings.
  struct Channel {
    std::optional<std::size_t> place;
    SequenceWindow taken;                        ///< everything it sent, for duplicates
    std::uint64_t released = 0;                  ///< highest sequence given out
    std::deque<Pending> pending;
    std::optional<Time> first_since_poll;
    bool told_gap = false;                       ///< until one gets tonnes again
  };

  LineLayout layout;
  BeltMotion motion;
  TotaliserReader totaliser;
  MassMark mass;
  BeltMap map;
  std::deque<LotBook> lots;                      // a lot keeps its place for good: the map refers to it by number
  std::unordered_map<std::int32_t, int> by_feed_number;
  std::unordered_map<LotId, int> by_id;
  std::vector<InstrumentProgress> instruments;
  std::optional<std::size_t> sampler;
  std::map<InstrumentId, Channel> channels;
  std::vector<TrackerNote> notes;

  Time now{};                                    // of the newest poll or end_of_lot
  Time now_received{};
  double weighed_m = 0;                          // high-water mark of the position
  Time weighed_when{};                           // when it last grew
  double keep_m = 0;
  double load_kg_per_m = 0;
  double unassigned_t = 0;
  double unassigned_told_t = 0;
  bool plc_silent = false;
  int newest_lot = BeltMap::kNoLot;              // of the newest mass on the map
  double newest_mass_m = 0;                      // where that mass ends

  // Belt behind its high-water mark: it is passing the scale again.
  bool behind = false;
  std::int64_t behind_ticks = 0;
  bool counted_down = false;
  double passed_again_t = 0;

  std::vector<BeltMap::Stretch> stretches;       // scratch
  std::vector<BeltMap::Marks> marks;             // scratch

  BeltState belt() const { return {now, weighed_m}; }

  void note(TrackerNote::Kind kind, Time time, std::string message) {
    if (notes.size() < kMostNotes) notes.push_back({kind, time, std::move(message)});
  }

  int add_lot(LotPlan plan) {
    const int index = static_cast<int>(lots.size());
    by_id[plan.lot] = index;
    lots.emplace_back(std::move(plan), layout.slice, instruments.size());
    return index;
  }

  void learn(const LotPlan& plan) {
    const auto known = by_id.find(plan.lot);
    int index;
    if (known != by_id.end()) {
      index = known->second;
      LotPlan& old = lots[static_cast<std::size_t>(index)].plan;
      if (old.feed_number != plan.feed_number) std::erase_if(by_feed_number, [&](const auto& e) { return e.second == index; });
      old = plan;
    } else {
      index = add_lot(plan);
    }
    const auto before = by_feed_number.find(plan.feed_number);
    if (before != by_feed_number.end() && before->second != index) {
      LotBook& displaced = lots[static_cast<std::size_t>(before->second)];
      if (displaced.plan.call.empty()) displaced.ended = true;    // it stood in for this plan
    }
    by_feed_number[plan.feed_number] = index;
  }

  /// The lot that lands on the belt now, and whether feeding goes on.
  std::pair<int, bool> fed(std::int32_t number, Time time) {
    if (number <= 0) return {map.fed_lot(), false};
    auto found = by_feed_number.find(number);
    if (found == by_feed_number.end()) {
      note(TrackerNote::Kind::kUnplannedLot, time,
           text("PLC feeds lot number %d, which nobody has planned: its tonnes are kept as lot unplanned-%d", number, number));
      LotPlan plan;
      plan.lot = LotId{"unplanned-" + std::to_string(number)};
      plan.feed_number = number;
      const auto same = by_id.find(plan.lot);
      const int index = same != by_id.end() ? same->second : add_lot(plan);
      found = by_feed_number.emplace(number, index).first;
    }
    if (lots[static_cast<std::size_t>(found->second)].ended) return {BeltMap::kNoLot, false};
    return {found->second, true};
  }

  void feed(int lot, bool feeding) {
    const int before = map.fed_lot();
    const bool was_feeding = map.fed_now();
    if (lot == before && feeding == was_feeding) return;
    const double at_m = weighed_m - std::min(0.0, layout.feed_distance.value);
    if (before != BeltMap::kNoLot && was_feeding) lots[static_cast<std::size_t>(before)].fed_until_m = at_m;
    if (lot != BeltMap::kNoLot && feeding) {
      lots[static_cast<std::size_t>(lot)].fed_until_m = std::numeric_limits<double>::infinity();
    }
    map.feed(at_m, lot, feeding);
  }

  /// Moves belt and marks on by one poll. Returns the tonnes weighed in it.
  std::vector<LotInterval> poll(const BeltReading& belt, Time time, Time received, bool clock_went_back) {
    std::vector<LotInterval> weighed;
    const bool first = !motion.started();
    const double dt_silent = first || clock_went_back ? 0 : (time - motion.newest()).seconds();
    const double from_m = motion.position_m();
    const bool moving_back = behind || belt.speed_mps < 0;
    const std::int64_t ticks = totaliser.step(belt.totaliser_ticks, dt_silent, moving_back, time, notes);
    const BeltMotion::Step step = motion.advance(belt, time, clock_went_back, ticks > 0, notes);
    const double to_m = motion.position_m();
    now = time;
    now_received = received;
    if (first) {
      weighed_when = time;
    } else if (to_m > weighed_m) {
      advance(belt, from_m, to_m, step, ticks, time, weighed);
    } else {
      stand_or_reverse(from_m, to_m, ticks);
    }
    const auto [lot, feeding] = fed(belt.feed_lot, time);
    feed(lot, feeding);
    for (std::size_t i = 0; i < lots.size(); ++i) {
      if (lots[i].open()) lots[i].watch(this->belt(), stretch_over(static_cast<int>(i)), instruments);
    }
    plc_silent = false;
    for (auto& [id, channel] : channels) channel.first_since_poll.reset();
    return weighed;
  }

  void stand_or_reverse(double from_m, double to_m, std::int64_t ticks) {
    if (to_m < weighed_m) behind = true;
    if (!behind) {
      mass.count(ticks);
      return;
    }
    behind_ticks += ticks;
    counted_down = counted_down || ticks < 0;
    if (to_m > from_m) passed_again_t += map.mass_t(from_m, to_m);
  }

  void advance(const BeltReading& belt, double from_m, double to_m, BeltMotion::Step step, std::int64_t ticks, Time time,
               std::vector<LotInterval>& weighed) {
    const double start_m = weighed_m;
    if (behind) {
      // A scale that counts down while the belt goes back ends where it began; one that only counts up has counted this
      // material again.
      behind_ticks += ticks;
      passed_again_t += map.mass_t(from_m, start_m);
      const auto again = static_cast<std::int64_t>(std::llround(passed_again_t / layout.tick.value));
      mass.count(counted_down || ticks < 0 ? behind_ticks : std::max<std::int64_t>(0, behind_ticks - again));
      behind = counted_down = false;
      behind_ticks = 0;
      passed_again_t = 0;
    } else {
      mass.count(ticks);
    }
    const double moved_m = to_m - start_m;
    const double laid_t = mass.advance(belt, moved_m, step.dt_s * moved_m / (to_m - from_m));
    load_kg_per_m = laid_t / moved_m * 1000;
    map.split(start_m, to_m, stretches);
    for (const BeltMap::Stretch& stretch : stretches) {
      lay(stretch, laid_t * (stretch.to_m - stretch.from_m) / moved_m, time, weighed);
    }
    weighed_m = to_m;
    weighed_when = time;
    map.forget(weighed_m - keep_m);
  }

  void lay(const BeltMap::Stretch& stretch, double mass_t, Time time, std::vector<LotInterval>& weighed) {
    int lot = stretch.lot;
    if (lot != BeltMap::kNoLot && lots[static_cast<std::size_t>(lot)].weighed_out()) lot = BeltMap::kNoLot;
    if (mass_t > 0) {
      newest_lot = lot;
      newest_mass_m = stretch.to_m;
    }
    if (lot == BeltMap::kNoLot) {
      map.lay({stretch.from_m, stretch.to_m, lot, unassigned_t, unassigned_t + mass_t});
      unassigned_t += mass_t;
      if (unassigned_t - unassigned_told_t >= kUnassignedNote_t) {
        note(TrackerNote::Kind::kUnplannedLot, time,
             text("%.1f t passed the scale while the PLC named no lot, or one that had ended", unassigned_t - unassigned_told_t));
        unassigned_told_t = unassigned_t;
      }
      return;
    }
    LotBook& book = lots[static_cast<std::size_t>(lot)];
    const double before_t = book.passed_t();
    book.pass(mass_t, stretch.from_m, stretch.to_m, time);
    map.lay({stretch.from_m, stretch.to_m, lot, before_t, book.passed_t()});
    if (book.passed_t() <= before_t) return;
    if (!weighed.empty() && weighed.back().lot == book.plan.lot && weighed.back().tonnes.to.value == before_t) {
      weighed.back().tonnes.to = Tonnes{book.passed_t()};
    } else {
      weighed.push_back({book.plan.lot, {{before_t}, {book.passed_t()}}});
    }
  }

  /// No more of this stretch of the lot follows on the belt.
  bool stretch_over(int lot) const {
    return newest_lot != lot || weighed_m - newest_mass_m >= kStretchOver_m;
  }

  std::vector<LotInterval> seen(const InstrumentPlace& place, BeltMotion::Span span) {
    const double half_m = std::max(place.field_length.value, kShortestField_m) / 2;
    map.between(span.low_m - place.distance.value - half_m, span.high_m - place.distance.value + half_m, marks);
    std::vector<LotInterval> result;
    result.reserve(marks.size());
    for (const BeltMap::Marks& m : marks) result.push_back({lots[static_cast<std::size_t>(m.lot)].plan.lot, m.tonnes});
    return result;
  }

  void account(std::size_t i, const std::vector<LotInterval>& intervals, Time time) {
    InstrumentProgress& instrument = instruments[i];
    instrument.newest = std::max(instrument.newest.value_or(time), time);
    for (const LotInterval& interval : intervals) {
      const auto lot = by_id.find(interval.lot);
      if (lot != by_id.end()) lots[static_cast<std::size_t>(lot->second)].cover(i, instrument, interval.tonnes);
    }
  }

  /// Late polls have no say any more; a clock that was set back has.
  enum class PollOrder { kNext, kClockWentBack, kLate };
  PollOrder order_of(std::uint64_t sequence, SequenceWindow::Verdict verdict, Time time) const {
    if (!motion.started() || time >= motion.newest()) return PollOrder::kNext;
    if (sequence != 0) return verdict == SequenceWindow::Verdict::kNew ? PollOrder::kClockWentBack : PollOrder::kLate;
    return (motion.newest() - time).seconds() > layout.silence_s ? PollOrder::kClockWentBack : PollOrder::kLate;
  }

  std::vector<LotInterval> take_poll(const BeltReading& belt, std::uint64_t sequence, SequenceWindow::Verdict verdict, Time time,
                                     Time received) {
    const PollOrder order = order_of(sequence, verdict, time);
    if (order == PollOrder::kLate) {
      note(TrackerNote::Kind::kLatePoll, time, "a PLC poll came after a newer one: it is kept, but moves nothing");
      return {};
    }
    if (order == PollOrder::kClockWentBack) {
      note(TrackerNote::Kind::kClockWentBack, time,
           text("the PLC's clock went back by %.3f s", (motion.newest() - time).seconds()));
    }
    return poll(belt, time, received, order == PollOrder::kClockWentBack);
  }

  Observation stamped(Reading&& reading, std::vector<LotInterval> intervals) const {
    Observation o;
    o.line = layout.line;
    o.instrument = std::move(reading.instrument);
    o.device_sequence = reading.device_sequence;
    o.time = reading.time;
    o.received = reading.received;
    o.intervals = std::move(intervals);
    std::visit([&](auto&& payload) { o.payload = std::move(payload); }, std::move(reading.payload));
    return o;
  }

  Observation release(Channel& channel, std::vector<LotInterval> intervals) {
    Pending first = std::move(channel.pending.front());
    channel.pending.pop_front();
    account(first.place, intervals, first.reading.time);
    channel.released = std::max(channel.released, first.reading.device_sequence);
    return stamped(std::move(first.reading), std::move(intervals));
  }

  void give_up(Channel& channel, std::vector<Observation>& out, const char* why) {
    const Reading& reading = channel.pending.front().reading;
    if (!channel.told_gap) note(TrackerNote::Kind::kGap, reading.time, reading.instrument.str() + " gets no tonnes: " + why);
    channel.told_gap = true;
    out.push_back(release(channel, {}));
  }

  /// Gives out what has become final of one channel, in its order.
  void drain(Channel& channel, std::vector<Observation>& out) {
    while (!channel.pending.empty()) {
      Pending& first = channel.pending.front();
      if (!first.span) {
        const Duration half = seconds(first.reading.exposure_s / 2);
        const Time until = first.reading.time + half;
        if (!motion.started() || until > motion.newest()) {
          const bool ahead = motion.started() && (motion.newest() - first.newest_poll).seconds() > layout.silence_s;
          if (ahead) {
            give_up(channel, out, "its clock is ahead of the PLC's");
          } else if (plc_silent) {
            give_up(channel, out, "the PLC is silent");
          } else if (channel.pending.size() > kPendingPerInstrument) {
            give_up(channel, out, "too many of its readings wait for the PLC");
          } else {
            return;
          }
          continue;
        }
        first.span = motion.span(first.reading.time - half, until);
        if (!first.span) {
          give_up(channel, out, "its reading is from a time without PLC polls");
          continue;
        }
      }
      const InstrumentPlace& place = instruments[first.place].place;
      const double leading_m =
          first.span->high_m - place.distance.value + std::max(place.field_length.value, kShortestField_m) / 2;
      if (leading_m > weighed_m) {
        // Its material is still on the way to the scale; on a standing belt nobody knows for how long.
        const bool standing = (now - weighed_when).seconds() > layout.silence_s;
        if (!standing && channel.pending.size() <= kPendingPerInstrument) return;
      }
      channel.told_gap = false;
      out.push_back(release(channel, seen(place, *first.span)));
    }
  }

  /// Which place on the belt a reading speaks of; none for health and answers.
  template <class AnyPayload>
  std::optional<std::size_t> place_of(const Channel& channel, const AnyPayload& payload) const {
    if (std::holds_alternative<CutterReading>(payload)) return sampler;
    if (std::holds_alternative<HealthReading>(payload) || std::holds_alternative<StopAnswerReading>(payload)) return std::nullopt;
    return channel.place;
  }

  /// True when this reading shows that the PLC has been silent for too long: its instrument alone has been speaking that long.
  bool hears_silence(Channel& channel, Time time) {
    if (plc_silent || (motion.started() && time <= motion.newest())) return false;
    if (!channel.first_since_poll) channel.first_since_poll = time;
    if ((time - *channel.first_since_poll).seconds() <= layout.silence_s) return false;
    plc_silent = true;
    return true;
  }

  /// A journal whose beginning has been removed: the marks go on from what its first poll says.
  void begin_in_the_middle(const BeltReading& belt, const std::vector<LotInterval>& weighed) {
    for (const LotInterval& interval : weighed) {
      auto known = by_id.find(interval.lot);
      if (known == by_id.end()) {
        LotPlan plan;
        plan.lot = interval.lot;
        if (interval == weighed.back()) plan.feed_number = belt.feed_lot;
        learn(plan);
        known = by_id.find(interval.lot);
      }
      lots[static_cast<std::size_t>(known->second)].go_on_from(interval.tonnes.to);
    }
  }

  void drain_all(std::vector<Observation>& out) {
    const std::size_t start = out.size();
    for (auto& [id, channel] : channels) {
      if (!channel.pending.empty()) drain(channel, out);
    }
    std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
                     [](const Observation& a, const Observation& b) { return a.time < b.time; });
  }

  void close_slices(std::vector<Observation>& out) {
    for (LotBook& lot : lots) {
      if (!lot.open()) continue;
      while (auto slice = lot.close(belt(), layout.silence_s, instruments)) {
        Observation o;
        o.line = layout.line;
        o.time = now;
        o.received = now_received;
        o.intervals = {slice->interval};
        o.payload = std::move(*slice);
        out.push_back(std::move(o));
      }
    }
  }

  void end(const LotId& id, Time time) {
    const auto found = by_id.find(id);
    if (found == by_id.end()) return;
    LotBook& lot = lots[static_cast<std::size_t>(found->second)];
    lot.ended = true;
    if (map.fed_lot() == found->second) feed(found->second, false);
    lot.watch(belt(), stretch_over(found->second), instruments);
    lot.waive_waiting();
    now = std::max(now, time);
  }
};

LineTracker::LineTracker(LineLayout layout) : state_(std::make_unique<State>(std::move(layout))) {}
LineTracker::~LineTracker() = default;
LineTracker::LineTracker(LineTracker&&) noexcept = default;
LineTracker& LineTracker::operator=(LineTracker&&) noexcept = default;

Observation LineTracker::plan(const LotPlan& plan, Time time) {
  state_->learn(plan);
  Observation o;
  o.line = state_->layout.line;
  o.time = o.received = time;
  o.payload = plan;
  return o;
}

std::vector<Observation> LineTracker::take(Reading reading) {
  State& s = *state_;
  std::vector<Observation> out;
  s.close_slices(out);     // those whose closing a stop of the process cut off
  const auto found = s.channels.find(reading.instrument);
  if (found == s.channels.end()) {
    s.note(TrackerNote::Kind::kUnknownInstrument, reading.time,
           "instrument " + reading.instrument.str() + " is not in the line's layout: its readings get no tonnes");
    out.push_back(s.stamped(std::move(reading), {}));
    return out;
  }
  State::Channel& channel = found->second;
  const auto verdict = channel.taken.insert(reading.device_sequence, reading.time);
  if (verdict == SequenceWindow::Verdict::kDuplicate) {
    s.note(TrackerNote::Kind::kDuplicate, reading.time,
           text("reading %llu of %s came before, or is older than the last 64: dropped",
                static_cast<unsigned long long>(reading.device_sequence), reading.instrument.str().c_str()));
    return out;
  }
  if (verdict == SequenceWindow::Verdict::kRestarted) channel.released = 0;

  if (const auto* belt = std::get_if<BeltReading>(&reading.payload)) {
    auto weighed = s.take_poll(*belt, reading.device_sequence, verdict, reading.time, reading.received);
    channel.released = std::max(channel.released, reading.device_sequence);
    out.push_back(s.stamped(std::move(reading), std::move(weighed)));
    s.drain_all(out);
    s.close_slices(out);
    return out;
  }
  const auto place = s.place_of(channel, reading.payload);
  if (!place) {
    channel.released = std::max(channel.released, reading.device_sequence);
    out.push_back(s.stamped(std::move(reading), {}));
    return out;
  }
  const bool silent_now = s.hears_silence(channel, reading.time);
  channel.pending.push_back({std::move(reading), *place, s.motion.newest(), std::nullopt});
  if (silent_now) {
    s.drain_all(out);
  } else {
    s.drain(channel, out);
  }
  if (!out.empty()) s.close_slices(out);
  return out;
}

std::vector<Observation> LineTracker::end_of_lot(const LotId& lot, Time time) {
  State& s = *state_;
  std::vector<Observation> out;
  s.close_slices(out);
  Observation o;
  o.line = s.layout.line;
  o.time = o.received = time;
  o.payload = CommandTaken{"", kEndOfLot, "", lot.str()};
  out.push_back(std::move(o));
  s.end(lot, time);
  s.close_slices(out);
  return out;
}

void LineTracker::restore(const Observation& o) {
  State& s = *state_;
  if (const auto* plan = std::get_if<LotPlan>(&o.payload)) {
    s.learn(*plan);
  } else if (const auto* command = std::get_if<CommandTaken>(&o.payload)) {
    if (command->kind == kEndOfLot) s.end(LotId{command->detail}, o.time);
  } else if (const auto* slice = std::get_if<SliceClosed>(&o.payload)) {
    const auto lot = s.by_id.find(slice->interval.lot);
    if (lot != s.by_id.end()) s.lots[static_cast<std::size_t>(lot->second)].closed_before(*slice);
  } else {
    const auto found = s.channels.find(o.instrument);
    if (found == s.channels.end()) return;
    State::Channel& channel = found->second;
    const auto verdict = channel.taken.insert(o.device_sequence, o.time);
    if (verdict == SequenceWindow::Verdict::kRestarted) channel.released = 0;
    channel.released = std::max(channel.released, o.device_sequence);
    if (const auto* belt = std::get_if<BeltReading>(&o.payload)) {
      if (!s.motion.started()) s.begin_in_the_middle(*belt, o.intervals);
      s.take_poll(*belt, o.device_sequence, verdict, o.time, o.received);
    } else if (const auto place = s.place_of(channel, o.payload)) {
      s.account(*place, o.intervals, o.time);
    }
  }
}

std::uint64_t LineTracker::last_device_sequence(const InstrumentId& instrument) const {
  const auto found = state_->channels.find(instrument);
  return found == state_->channels.end() ? 0 : found->second.released;
}

std::optional<Metres> LineTracker::position(const LotInterval& interval) const {
  const auto lot = state_->by_id.find(interval.lot);
  if (lot == state_->by_id.end()) return std::nullopt;
  const auto at_m = state_->map.find(lot->second, (interval.tonnes.from + interval.tonnes.to).value / 2);
  if (!at_m) return std::nullopt;
  return Metres{state_->motion.position_m() - *at_m};
}

std::vector<LineTracker::LotState> LineTracker::lots() const {
  std::vector<LotState> result;
  result.reserve(state_->lots.size());
  for (const LotBook& lot : state_->lots) result.push_back({lot.plan, Tonnes{lot.passed_t()}, lot.ended, lot.closed});
  return result;
}

std::optional<LotId> LineTracker::lot_at_datum() const {
  const int lot = state_->map.lot_at(state_->weighed_m);
  if (lot == BeltMap::kNoLot) return std::nullopt;
  return state_->lots[static_cast<std::size_t>(lot)].plan.lot;
}

double LineTracker::speed_mps() const { return state_->motion.speed_mps(); }
double LineTracker::belt_load_kg_per_m() const { return state_->load_kg_per_m; }
Tonnes LineTracker::unassigned() const { return Tonnes{state_->unassigned_t}; }
Tonnes LineTracker::weighed() const { return Tonnes{state_->mass.mass_t()}; }
std::vector<TrackerNote> LineTracker::take_notes() { return std::exchange(state_->notes, {}); }
const LineLayout& LineTracker::layout() const { return state_->layout; }

}  // namespace beltwarden::material
