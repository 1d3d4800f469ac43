#include "material/line_tracker.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <utility>

#include "material/encoder_stamps.h"
#include "material/sequence_window.h"
#include "material/weighed_line.h"

namespace beltwarden::material {
namespace {

using Kind = TrackerNote::Kind;

constexpr std::size_t kPendingPerInstrument = 2048;

Observation stamped(const LineId& line, Reading&& reading, std::vector<LotInterval> intervals) {
  Observation o;
  o.line = line;
  o.instrument = std::move(reading.instrument);
  o.device_sequence = reading.device_sequence;
  o.time = reading.time;
  o.received = reading.received;
  o.intervals = std::move(intervals);
  std::visit([&](auto&& payload) { o.payload = std::move(payload); }, std::move(reading.payload));
  return o;
}

}  // namespace

/// Readings on their way to their tonnes: held until polls have caught up with them and the scale with their material.
struct LineTracker::State {
  struct Pending {
    Reading reading;
    std::size_t place;
    std::uint64_t arrival;                       ///< running number over all channels
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
    EncoderStamps encoder;                       ///< for an instrument that the belt triggers
  };

  WeighedLine line;
  std::optional<std::size_t> sampler;
  std::map<InstrumentId, Channel> channels;
  bool plc_silent = false;
  std::optional<Time> first_poll;
  std::uint64_t arrivals = 0;
  std::vector<std::uint64_t> released_arrivals;  ///< of what the running call has given out of channels, in its order

  explicit State(LineLayout layout) : line(std::move(layout)) {
    const auto& places = line.layout().instruments;
    for (std::size_t i = 0; i < places.size(); ++i) {
      channels[places[i].instrument].place = i;
      if (places[i].kind == kSamplerKind) sampler = i;
    }
    channels[line.layout().plc];
  }

  /// Which place on the belt a payload of `channel` speaks of; none for health and answers.
  template <class AnyPayload>
  std::optional<std::size_t> place_of(const Channel& channel, const AnyPayload& payload) const {
    if (std::holds_alternative<CutterReading>(payload)) return sampler;
    if (std::holds_alternative<HealthReading>(payload) || std::holds_alternative<StopAnswerReading>(payload)) return std::nullopt;
    return channel.place;
  }

  /// Late polls have no say any more; a clock that was set back has.
  std::vector<LotInterval> take_poll(const BeltReading& belt, std::uint64_t sequence, SequenceWindow::Verdict verdict, Time time,
                                     Time received) {
    const BeltMotion& motion = line.motion();
    const bool older = motion.started() && time < motion.newest();
    const double back_s = older ? (motion.newest() - time).seconds() : 0;
    const bool newer_number = sequence != 0 ? verdict == SequenceWindow::Verdict::kNew : back_s > line.layout().silence_s;
    if (older && !newer_number) {
      line.note(Kind::kLatePoll, time, "a PLC poll came after a newer one: it is kept, but moves nothing");
      return {};
    }
    if (older) {
      line.note(Kind::kClockWentBack, time, "the PLC's clock went back from " + to_rfc3339(motion.newest()) + " to " + to_rfc3339(time));
    }
    if (!first_poll || older) first_poll = time;
    plc_silent = false;
    for (auto& [id, channel] : channels) channel.first_since_poll.reset();
    return line.poll(belt, time, received, older);
  }

  /// True when this reading shows that the PLC has been silent for too long: its instrument alone has been speaking that long.
  bool hears_silence(Channel& channel, Time time) {
    if (plc_silent || (line.motion().started() && time <= line.motion().newest())) return false;
    if (!channel.first_since_poll) channel.first_since_poll = time;
    if ((time - *channel.first_since_poll).seconds() <= line.layout().silence_s) return false;
    plc_silent = true;
    return true;
  }

  Observation release(Channel& channel, std::vector<LotInterval> intervals) {
    Pending first = std::move(channel.pending.front());
    channel.pending.pop_front();
    released_arrivals.push_back(first.arrival);
    line.cover(first.place, intervals, first.reading.time);
    channel.released = std::max(channel.released, first.reading.device_sequence);
    return stamped(line.layout().line, std::move(first.reading), std::move(intervals));
  }

  void give_up(Channel& channel, std::vector<Observation>& out, const char* why) {
    const Reading& reading = channel.pending.front().reading;
    // From before the first poll: nothing had been weighed, nothing is lost.
    const bool before_all = first_poll && reading.time < *first_poll + seconds(reading.exposure_s / 2);
    if (!channel.told_gap && !before_all) line.note(Kind::kGap, reading.time, reading.instrument.str() + " gets no tonnes: " + why);
    channel.told_gap = !before_all;
    out.push_back(release(channel, {}));
  }

  /// Moves what time said to where the trigger says it was.
  void by_encoder(Channel& channel, const Reading& reading, BeltMotion::Span& span) const {
    const double by_time_m = (span.low_m + span.high_m) / 2;
    const double moved_m = channel.encoder.place(*reading.encoder, by_time_m, line.motion().forwards_at(reading.time)) - by_time_m;
    span.low_m += moved_m;
    span.high_m += moved_m;
  }

  /// Finds the belt position of the channel's first pending reading. False when it must wait or was given up.
  bool locate(Channel& channel, std::vector<Observation>& out) {
    Pending& first = channel.pending.front();
    const BeltMotion& motion = line.motion();
    const Duration half = seconds(first.reading.exposure_s / 2);
    const Time until = first.reading.time + half;
    if (motion.started() && until <= motion.newest()) {
      first.span = motion.span(first.reading.time - half, until);
      if (!first.span) {
        give_up(channel, out, "its reading is from a time without PLC polls");
        return false;
      }
      if (first.reading.encoder) by_encoder(channel, first.reading, *first.span);
      return true;
    }
    if (motion.started() && (motion.newest() - first.newest_poll).seconds() > line.layout().silence_s) {
      give_up(channel, out, "its clock is ahead of the PLC's");
    } else if (plc_silent) {
      give_up(channel, out, "the PLC is silent");
    } else if (channel.pending.size() > kPendingPerInstrument) {
      give_up(channel, out, "too many of its readings wait for the PLC");
    }
    return false;
  }

  /// Gives out what has become final of one channel, in its order.
  void drain(Channel& channel, std::vector<Observation>& out) {
    while (!channel.pending.empty()) {
      const std::size_t waiting = channel.pending.size();
      if (!channel.pending.front().span && !locate(channel, out)) {
        if (channel.pending.size() == waiting) return;
        continue;
      }
      const Pending& first = channel.pending.front();
      const InstrumentPlace& place = line.layout().instruments[first.place];
      // Material still on its way to the scale is waited for; on a standing belt nobody knows for how long, so not there.
      const bool weighed = WeighedLine::leading_edge_m(place, *first.span) <= line.weighed_m();
      if (!weighed && !line.standing_for(line.layout().silence_s) && waiting <= kPendingPerInstrument) return;
      channel.told_gap = false;
      out.push_back(release(channel, line.seen(place, *first.span)));
    }
  }

  /// In the order in which they came, over all channels: after a restart the source sends what had not been given out in
  /// that order, and the observations come out as they would have.
  void drain_all(std::vector<Observation>& out) {
    const std::size_t start = out.size();
    released_arrivals.clear();
    for (auto& [id, channel] : channels) {
      if (!channel.pending.empty()) drain(channel, out);
    }
    if (std::is_sorted(released_arrivals.begin(), released_arrivals.end())) return;
    std::vector<std::size_t> order(released_arrivals.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return released_arrivals[a] < released_arrivals[b]; });
    std::vector<Observation> sorted;
    sorted.reserve(order.size());
    for (const std::size_t i : order) sorted.push_back(std::move(out[start + i]));
    std::move(sorted.begin(), sorted.end(), out.begin() + static_cast<std::ptrdiff_t>(start));
  }

  void close_slices(std::vector<Observation>& out) {
    while (auto slice = line.close_slice()) {
      Observation o;
      o.line = line.layout().line;
      o.time = line.now();
      o.received = line.now_received();
      o.intervals = {slice->interval};
      o.payload = std::move(*slice);
      out.push_back(std::move(o));
    }
  }
};

LineTracker::LineTracker(LineLayout layout) : state_(std::make_unique<State>(std::move(layout))) {}
LineTracker::~LineTracker() = default;
LineTracker::LineTracker(LineTracker&&) noexcept = default;
LineTracker& LineTracker::operator=(LineTracker&&) noexcept = default;

Observation LineTracker::plan(const LotPlan& plan, Time time) {
  state_->line.learn(plan);
  Observation o;
  o.line = layout().line;
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
    s.line.note(Kind::kUnknownInstrument, reading.time,
                "instrument " + reading.instrument.str() + " is not in the line's layout: its readings get no tonnes");
    out.push_back(stamped(layout().line, std::move(reading), {}));
    return out;
  }
  State::Channel& channel = found->second;
  const auto verdict = channel.taken.insert(reading.device_sequence, reading.time);
  if (verdict == SequenceWindow::Verdict::kDuplicate) {
    s.line.note(Kind::kDuplicate, reading.time,
                "reading " + std::to_string(reading.device_sequence) + " of " + reading.instrument.str() +
                    " came before, or is older than its last 64: dropped");
    return out;
  }
  if (verdict == SequenceWindow::Verdict::kRestarted) channel.released = 0;

  if (const auto* belt = std::get_if<BeltReading>(&reading.payload)) {
    auto weighed = s.take_poll(*belt, reading.device_sequence, verdict, reading.time, reading.received);
    channel.released = std::max(channel.released, reading.device_sequence);
    out.push_back(stamped(layout().line, std::move(reading), std::move(weighed)));
    s.drain_all(out);
    s.close_slices(out);
    return out;
  }
  const auto place = s.place_of(channel, reading.payload);
  if (!place) {
    channel.released = std::max(channel.released, reading.device_sequence);
    out.push_back(stamped(layout().line, std::move(reading), {}));
    return out;
  }
  const bool silent_now = s.hears_silence(channel, reading.time);
  channel.pending.push_back({std::move(reading), *place, ++s.arrivals, s.line.motion().newest(), std::nullopt});
  if (silent_now) {
    s.drain_all(out);
  } else {
    s.released_arrivals.clear();
    s.drain(channel, out);
  }
  if (!out.empty()) s.close_slices(out);
  return out;
}

std::vector<Observation> LineTracker::end_of_lot(const LotId& lot, Time time) {
  State& s = *state_;
  std::vector<Observation> out;
  s.close_slices(out);
  if (!s.line.end(lot, time)) return out;
  Observation o;
  o.line = layout().line;
  o.time = o.received = time;
  o.payload = CommandTaken{"", kEndOfLot, "", lot.str()};
  out.push_back(std::move(o));
  s.close_slices(out);
  return out;
}

void LineTracker::restore(const Observation& o) {
  State& s = *state_;
  if (const auto* plan = std::get_if<LotPlan>(&o.payload)) {
    s.line.learn(*plan);
  } else if (const auto* command = std::get_if<CommandTaken>(&o.payload)) {
    if (command->kind == kEndOfLot) s.line.end(LotId{command->detail}, o.time);
  } else if (const auto* slice = std::get_if<SliceClosed>(&o.payload)) {
    s.line.closed_before(*slice);
  } else if (const auto found = s.channels.find(o.instrument); found != s.channels.end()) {
    State::Channel& channel = found->second;
    const auto verdict = channel.taken.insert(o.device_sequence, o.time);
    if (verdict == SequenceWindow::Verdict::kRestarted) channel.released = 0;
    channel.released = std::max(channel.released, o.device_sequence);
    if (const auto* belt = std::get_if<BeltReading>(&o.payload)) {
      if (!s.line.motion().started()) s.line.begin_in_the_middle(*belt, o.intervals);
      s.take_poll(*belt, o.device_sequence, verdict, o.time, o.received);
    } else if (const auto place = s.place_of(channel, o.payload)) {
      s.line.cover(*place, o.intervals, o.time);
    }
  }
}

std::uint64_t LineTracker::last_device_sequence(const InstrumentId& instrument) const {
  const auto found = state_->channels.find(instrument);
  return found == state_->channels.end() ? 0 : found->second.released;
}

std::optional<Metres> LineTracker::position(const LotInterval& interval) const {
  const WeighedLine& line = state_->line;
  const auto lot = line.find(interval.lot);
  if (!lot) return std::nullopt;
  const auto at_m = line.map().find(*lot, (interval.tonnes.from + interval.tonnes.to).value / 2);
  if (!at_m) return std::nullopt;
  return Metres{line.motion().position_m() - *at_m};
}

std::vector<LineTracker::LotState> LineTracker::lots() const {
  std::vector<LotState> result;
  for (const LotBook& lot : state_->line.lots()) result.push_back({lot.plan, Tonnes{lot.passed_t()}, lot.ended, lot.closed});
  return result;
}

std::optional<LotId> LineTracker::lot_at_datum() const {
  const int lot = state_->line.map().lot_at(state_->line.weighed_m());
  if (lot == BeltMap::kNoLot) return std::nullopt;
  return state_->line.lots()[static_cast<std::size_t>(lot)].plan.lot;
}

double LineTracker::speed_mps() const { return state_->line.motion().speed_mps(); }
double LineTracker::belt_load_kg_per_m() const { return state_->line.load_kg_per_m(); }
Tonnes LineTracker::unassigned() const { return Tonnes{state_->line.unassigned_t()}; }
Tonnes LineTracker::weighed() const { return Tonnes{state_->line.weighed_t()}; }
std::vector<TrackerNote> LineTracker::take_notes() { return state_->line.take_notes(); }
const LineLayout& LineTracker::layout() const { return state_->line.layout(); }

}  // namespace beltwarden::material
