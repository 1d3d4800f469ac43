// Findings, slice reports, commands and evidence to bytes and back.
#include "wire/codec.h"

#include "wire/convert.h"

namespace beltwarden::wire {
namespace {

constexpr std::size_t kMaxMessageBytes = 16 << 20;

template <class Message>
Result<Message> parse(std::string_view bytes, const char* what) {
  Message message;
  if (!from_bytes(bytes, kMaxMessageBytes, message)) {
    return invalid_input(std::string(what) + ": the bytes are not a whole message");
  }
  return message;
}

pb::Measured write(const Measured& measured) {
  pb::Measured m;
  m.set_name(measured.name);
  m.set_value(measured.value);
  m.set_std_error(measured.std_error);
  m.set_unit(measured.unit);
  if (measured.expected) m.set_expected(*measured.expected);
  if (measured.low) m.set_low(*measured.low);
  if (measured.high) m.set_high(*measured.high);
  return m;
}

Measured read(const pb::Measured& m, Check& check) {
  Measured measured;
  measured.name = check.text(m.name(), "measured.name", 128);
  measured.value = check.finite(m.value(), "measured.value");
  measured.std_error = check.finite(m.std_error(), "measured.std_error");
  measured.unit = check.text(m.unit(), "measured.unit", 32);
  if (m.has_expected()) measured.expected = check.finite(m.expected(), "measured.expected");
  if (m.has_low()) measured.low = check.finite(m.low(), "measured.low");
  if (m.has_high()) measured.high = check.finite(m.high(), "measured.high");
  return measured;
}

pb::Evidence write(const Evidence& evidence) {
  pb::Evidence m;
  m.set_kind(evidence.kind);
  m.set_media_type(evidence.media_type);
  m.set_bytes(evidence.bytes);
  m.set_digest(evidence.digest.data(), evidence.digest.size());
  m.set_instrument(evidence.instrument.str());
  m.set_frame_number(evidence.frame_number);
  if (evidence.box) *m.mutable_box() = to_pb(*evidence.box);
  return m;
}

Evidence read(const pb::Evidence& m, Check& check) {
  Evidence evidence;
  evidence.kind = check.text(m.kind(), "evidence.kind", 64);
  evidence.media_type = check.text(m.media_type(), "evidence.media_type", 128);
  evidence.bytes = m.bytes();
  evidence.digest = check.digest(m.digest(), "evidence.digest");
  evidence.instrument = InstrumentId(check.text(m.instrument(), "evidence.instrument", 128));
  evidence.frame_number = m.frame_number();
  if (m.has_box()) evidence.box = from_pb(m.box());
  return evidence;
}

void add_coverage(const std::vector<SliceReport::Coverage>& from, google::protobuf::RepeatedPtrField<pb::Coverage>& to) {
  for (const auto& coverage : from) {
    auto& m = *to.Add();
    m.set_name(coverage.name);
    m.set_fitted(coverage.fitted);
    to_pb(coverage.covered, m);
  }
}

std::vector<SliceReport::Coverage> read_coverage(const google::protobuf::RepeatedPtrField<pb::Coverage>& from, Check& check) {
  std::vector<SliceReport::Coverage> coverage;
  check.that(from.size() <= 256, "coverage", "at most 256 models or instruments");
  if (!check.ok()) return coverage;
  for (const auto& m : from) coverage.push_back({check.text(m.name(), "coverage", 128), from_pb(m, check), m.fitted()});
  return coverage;
}

}  // namespace

std::string encode(const Finding& finding) {
  pb::Finding m;
  m.set_ordinal(finding.ordinal);
  m.set_cause_site(finding.cause.site.str());
  m.set_cause_epoch(finding.cause.epoch);
  m.set_cause_sequence(finding.cause.sequence);
  m.set_model(finding.model);
  m.set_model_version(finding.model_version);
  m.set_line(finding.line.str());
  *m.mutable_where() = to_pb(finding.where);
  m.set_time_ns(finding.time.ns);
  m.set_verdict(static_cast<std::uint32_t>(finding.verdict));
  m.set_priority(static_cast<std::uint32_t>(finding.priority));
  m.set_code(finding.code);
  m.set_label(finding.label);
  m.set_confidence(finding.confidence);
  for (const auto& measured : finding.measured) *m.add_measured() = write(measured);
  for (const auto& evidence : finding.evidence) *m.add_evidence() = write(evidence);
  return to_bytes(m);
}

Result<Finding> decode_finding(std::string_view bytes) {
  auto parsed = parse<pb::Finding>(bytes, "finding");
  if (!parsed) return parsed.error();
  const pb::Finding& m = *parsed;
  Check check;
  Finding finding;
  check.that(m.verdict() >= 1 && m.verdict() <= 3, "verdict", "1 to 3");
  check.that(m.priority() <= 4, "priority", "0 to 4");
  check.that(m.measured_size() <= 256 && m.evidence_size() <= 64, "measured, evidence", "at most 256 and 64");
  if (!check.ok()) return check.error("finding");
  finding.ordinal = m.ordinal();
  finding.cause = {SiteId(check.text(m.cause_site(), "cause_site", 128)), m.cause_epoch(), m.cause_sequence()};
  finding.model = check.text(m.model(), "model", 128);
  finding.model_version = check.text(m.model_version(), "model_version", 256);
  finding.line = LineId(check.text(m.line(), "line", 128));
  finding.where = from_pb(m.where(), check);
  finding.time = {m.time_ns()};
  finding.verdict = static_cast<Verdict>(m.verdict());
  finding.priority = static_cast<Priority>(m.priority());
  finding.code = check.text(m.code(), "code", 64);
  finding.label = check.text(m.label(), "label", 128);
  finding.confidence = check.finite(m.confidence(), "confidence");
  for (const auto& measured : m.measured()) finding.measured.push_back(read(measured, check));
  for (const auto& evidence : m.evidence()) finding.evidence.push_back(read(evidence, check));
  if (!check.ok()) return check.error("finding");
  return finding;
}

std::string encode(const SliceReport& report) {
  pb::SliceReport m;
  m.set_line(report.line.str());
  *m.mutable_slice() = to_pb(report.slice);
  m.set_first_ns(report.first.ns);
  m.set_last_ns(report.last.ns);
  m.set_last_of_lot(report.last_of_lot);
  add_coverage(report.models, *m.mutable_models());
  add_coverage(report.instruments, *m.mutable_instruments());
  return to_bytes(m);
}

Result<SliceReport> decode_slice_report(std::string_view bytes) {
  auto parsed = parse<pb::SliceReport>(bytes, "slice report");
  if (!parsed) return parsed.error();
  Check check;
  SliceReport report;
  report.line = LineId(check.text(parsed->line(), "line", 128));
  report.slice = from_pb(parsed->slice(), check);
  report.first = {parsed->first_ns()};
  report.last = {parsed->last_ns()};
  report.last_of_lot = parsed->last_of_lot();
  report.models = read_coverage(parsed->models(), check);
  report.instruments = read_coverage(parsed->instruments(), check);
  if (!check.ok()) return check.error("slice report");
  return report;
}

std::string encode(const SiteCommand& command) {
  pb::SiteCommand m;
  m.set_id(command.id);
  m.set_line(command.line.str());
  m.set_time_ns(command.time.ns);
  m.set_requested_by(command.requested_by);
  if (const auto* plan = std::get_if<material::LotPlan>(&command.order)) {
    to_pb(*plan, *m.mutable_plan());
  } else if (const auto* sample = std::get_if<OrderSample>(&command.order)) {
    *m.mutable_order_sample()->mutable_where() = to_pb(sample->where);
  } else if (const auto* stop = std::get_if<RequestStop>(&command.order)) {
    m.mutable_request_stop()->set_reason(stop->reason);
  } else if (const auto* end = std::get_if<EndLot>(&command.order)) {
    m.mutable_end_lot()->set_lot(end->lot.str());
  }
  return to_bytes(m);
}

Result<SiteCommand> decode_command(std::string_view bytes) {
  auto parsed = parse<pb::SiteCommand>(bytes, "command");
  if (!parsed) return parsed.error();
  Check check;
  SiteCommand command;
  command.id = check.text(parsed->id(), "id", 128);
  check.that(!command.id.empty(), "id", "a name");
  command.line = LineId(check.text(parsed->line(), "line", 128));
  command.time = {parsed->time_ns()};
  command.requested_by = check.text(parsed->requested_by(), "requested_by", 128);
  switch (parsed->order_case()) {
    case pb::SiteCommand::kPlan: command.order = from_pb(parsed->plan(), check); break;
    case pb::SiteCommand::kOrderSample: command.order = OrderSample{from_pb(parsed->order_sample().where(), check)}; break;
    case pb::SiteCommand::kRequestStop:
      command.order = RequestStop{check.text(parsed->request_stop().reason(), "reason")};
      break;
    case pb::SiteCommand::kEndLot:
      command.order = EndLot{LotId(check.text(parsed->end_lot().lot(), "lot", 128))};
      break;
    case pb::SiteCommand::ORDER_NOT_SET: return invalid_input("command: it holds no order that this version knows");
  }
  if (!check.ok()) return check.error("command");
  return command;
}

std::string encode(const EvidenceBlob& blob) {
  pb::EvidenceBlob m;
  m.set_digest(blob.digest.data(), blob.digest.size());
  m.set_media_type(blob.media_type);
  m.set_bytes(blob.bytes);
  m.set_frame_digest(blob.frame_digest.data(), blob.frame_digest.size());
  m.set_instrument(blob.instrument.str());
  m.set_frame_number(blob.frame_number);
  *m.mutable_where() = to_pb(blob.where);
  return to_bytes(m);
}

Result<EvidenceBlob> decode_evidence(std::string_view bytes) {
  auto parsed = parse<pb::EvidenceBlob>(bytes, "evidence");
  if (!parsed) return parsed.error();
  Check check;
  EvidenceBlob blob;
  blob.digest = check.digest(parsed->digest(), "digest");
  blob.media_type = check.text(parsed->media_type(), "media_type", 128);
  blob.bytes = parsed->bytes();
  blob.frame_digest = check.digest(parsed->frame_digest(), "frame_digest");
  blob.instrument = InstrumentId(check.text(parsed->instrument(), "instrument", 128));
  blob.frame_number = parsed->frame_number();
  blob.where = from_pb(parsed->where(), check);
  check.that(sha256(blob.bytes) == blob.digest, "digest", "the SHA-256 of the bytes");
  if (!check.ok()) return check.error("evidence");
  return blob;
}

}  // namespace beltwarden::wire
