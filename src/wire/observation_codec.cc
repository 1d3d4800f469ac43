// Observations to bytes and back.
#include <cstddef>

#include "wire/codec.h"
#include "wire/convert.h"
#include "wire/reading_codec.h"

namespace beltwarden::wire {
namespace {

using material::Observation;

constexpr std::size_t kMaxObservationBytes = 8 << 20;

void write(const material::LotPlan& plan, pb::Observation& out) { to_pb(plan, *out.mutable_plan()); }

void write(const material::SliceClosed& slice, pb::Observation& out) {
  auto& m = *out.mutable_slice();
  *m.mutable_interval() = to_pb(slice.interval);
  m.set_first_ns(slice.first.ns);
  m.set_last_ns(slice.last.ns);
  m.set_last_of_lot(slice.last_of_lot);
  for (const auto& [instrument, intervals] : slice.seen) {
    if (m.seen_size() >= kMaxParts) break;
    auto& seen = *m.add_seen();
    seen.set_name(fit_text(instrument.str(), kNameBytes));
    seen.set_fitted(true);
    to_pb(intervals, seen);
  }
}

material::SliceClosed read(const pb::SliceClosed& m, Check& check) {
  material::SliceClosed slice;
  slice.interval = from_pb(m.interval(), check);
  slice.first = {m.first_ns()};
  slice.last = {m.last_ns()};
  slice.last_of_lot = m.last_of_lot();
  check.that(m.seen_size() <= kMaxParts, "seen", "at most 256 instruments");
  if (!check.ok()) return slice;
  for (const auto& seen : m.seen()) {
    slice.seen[InstrumentId(check.text(seen.name(), "seen", kNameBytes))] = from_pb(seen, check);
  }
  return slice;
}

void write(const material::CommandTaken& taken, pb::Observation& out) {
  auto& m = *out.mutable_command();
  m.set_command_id(fit_text(taken.command_id, kNameBytes));
  m.set_kind(fit_text(taken.kind, kCodeBytes));
  m.set_requested_by(fit_text(taken.requested_by, kNameBytes));
  m.set_detail(fit_text(taken.detail));
  m.set_brand(fit_text(taken.brand, kNameBytes));
  levels_to_pb(taken.levels, m);
}

material::CommandTaken read(const pb::CommandTaken& m, Check& check) {
  return {check.text(m.command_id(), "command_id", kNameBytes), check.text(m.kind(), "kind", kCodeBytes),
          check.text(m.requested_by(), "requested_by", kNameBytes), check.text(m.detail(), "detail"),
          check.text(m.brand(), "brand", kNameBytes), levels_from_pb(m, check)};
}

pb::Observation header(const Observation& observation) {
  pb::Observation out;
  out.set_line(fit_text(observation.line.str(), kNameBytes));
  out.set_instrument(fit_text(observation.instrument.str(), kNameBytes));
  out.set_device_sequence(observation.device_sequence);
  out.set_time_ns(observation.time.ns);
  out.set_received_ns(observation.received.ns);
  for (std::size_t i = 0; i < fit_count(observation.intervals.size(), kMaxIntervals); ++i) {
    *out.add_intervals() = to_pb(observation.intervals[i]);
  }
  return out;
}

}  // namespace

std::string encode(const Observation& observation) {
  pb::Observation out = header(observation);
  std::visit([&](const auto& payload) { write(payload, out); }, observation.payload);
  return to_bytes(out);
}

std::string encode_summary(const Observation& observation) {
  pb::Observation out = header(observation);
  if (const auto* spectrum = std::get_if<material::SpectrumReading>(&observation.payload)) {
    material::SpectrumReading brief = *spectrum;
    brief.axis.reset();
    brief.reflectance.clear();
    write(brief, out);
  } else if (const auto* gamma = std::get_if<material::GammaReading>(&observation.payload)) {
    material::GammaReading brief = *gamma;
    brief.counts.clear();
    write(brief, out);
  } else if (const auto* frame = std::get_if<material::FrameReading>(&observation.payload)) {
    material::FrameReading brief = *frame;
    brief.candidates.clear();
    brief.heat = {};
    write(brief, out);
  } else {
    std::visit([&](const auto& payload) { write(payload, out); }, observation.payload);
  }
  return to_bytes(out);
}

Result<Observation> decode_observation(std::string_view bytes) {
  pb::Observation in;
  if (!from_bytes(bytes, kMaxObservationBytes, in)) {
    return invalid_input("observation: the bytes are not a whole message");
  }
  Check check;
  Observation out;
  out.line = LineId(check.text(in.line(), "line", kNameBytes));
  out.instrument = InstrumentId(check.text(in.instrument(), "instrument", kNameBytes));
  out.device_sequence = in.device_sequence();
  out.time = {in.time_ns()};
  out.received = {in.received_ns()};
  check.that(in.intervals_size() <= kMaxIntervals, "intervals", "at most 64");
  if (!check.ok()) return check.error("observation");
  for (const auto& interval : in.intervals()) out.intervals.push_back(from_pb(interval, check));
  switch (in.payload_case()) {
    case pb::Observation::kBelt: out.payload = read(in.belt(), check); break;
    case pb::Observation::kSpectrum: out.payload = read(in.spectrum(), check); break;
    case pb::Observation::kFrame: out.payload = read(in.frame(), check); break;
    case pb::Observation::kGamma: out.payload = read(in.gamma(), check); break;
    case pb::Observation::kCutter: out.payload = read(in.cutter(), check); break;
    case pb::Observation::kStopAnswer: out.payload = read(in.stop_answer(), check); break;
    case pb::Observation::kHealth: out.payload = read(in.health(), check); break;
    case pb::Observation::kPlan: out.payload = from_pb(in.plan(), check); break;
    case pb::Observation::kSlice: out.payload = read(in.slice(), check); break;
    case pb::Observation::kCommand: out.payload = read(in.command(), check); break;
    case pb::Observation::PAYLOAD_NOT_SET: return invalid_input("observation: it holds no payload that this version knows");
  }
  if (!check.ok()) return check.error("observation");
  return out;
}

}  // namespace beltwarden::wire
