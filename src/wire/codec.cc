// Findings, slice reports, commands and evidence to bytes and back.
#include "wire/codec.h"

#include <cmath>

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

// What is no number is not told.
pb::Measured write(const Measured& measured) {
  pb::Measured m;
  m.set_name(fit_text(measured.name, kNameBytes));
  m.set_value(measured.value);
  m.set_std_error(fit_number(measured.std_error));
  m.set_unit(fit_text(measured.unit, kUnitBytes));
  const auto told = [](const std::optional<double>& value) { return value && std::isfinite(*value); };
  if (told(measured.expected)) m.set_expected(*measured.expected);
  if (told(measured.low)) m.set_low(*measured.low);
  if (told(measured.high)) m.set_high(*measured.high);
  return m;
}

Measured read(const pb::Measured& m, Check& check) {
  Measured measured;
  measured.name = check.text(m.name(), "measured.name", kNameBytes);
  measured.value = check.finite(m.value(), "measured.value");
  measured.std_error = check.finite(m.std_error(), "measured.std_error");
  measured.unit = check.text(m.unit(), "measured.unit", kUnitBytes);
  if (m.has_expected()) measured.expected = check.finite(m.expected(), "measured.expected");
  if (m.has_low()) measured.low = check.finite(m.low(), "measured.low");
  if (m.has_high()) measured.high = check.finite(m.high(), "measured.high");
  return measured;
}

pb::Evidence write(const Evidence& evidence) {
  pb::Evidence m;
  m.set_kind(fit_text(evidence.kind, kCodeBytes));
  m.set_media_type(fit_text(evidence.media_type, kNameBytes));
  m.set_bytes(evidence.bytes);
  m.set_digest(evidence.digest.data(), evidence.digest.size());
  m.set_instrument(fit_text(evidence.instrument.str(), kNameBytes));
  m.set_frame_number(evidence.frame_number);
  if (evidence.box) *m.mutable_box() = to_pb(*evidence.box);
  return m;
}

Evidence read(const pb::Evidence& m, Check& check) {
  Evidence evidence;
  evidence.kind = check.text(m.kind(), "evidence.kind", kCodeBytes);
  evidence.media_type = check.text(m.media_type(), "evidence.media_type", kNameBytes);
  evidence.bytes = m.bytes();
  evidence.digest = check.digest(m.digest(), "evidence.digest");
  evidence.instrument = InstrumentId(check.text(m.instrument(), "evidence.instrument", kNameBytes));
  evidence.frame_number = m.frame_number();
  if (m.has_box()) evidence.box = from_pb(m.box());
  return evidence;
}

void add_coverage(const std::vector<SliceReport::Coverage>& from, google::protobuf::RepeatedPtrField<pb::Coverage>& to) {
  for (const auto& coverage : from) {
    if (to.size() >= kMaxParts) break;
    auto& m = *to.Add();
    m.set_name(fit_text(coverage.name, kNameBytes));
    m.set_fitted(coverage.fitted);
    to_pb(coverage.covered, m);
  }
}

std::vector<SliceReport::Coverage> read_coverage(const google::protobuf::RepeatedPtrField<pb::Coverage>& from, Check& check) {
  std::vector<SliceReport::Coverage> coverage;
  check.that(from.size() <= kMaxParts, "coverage", "at most 256 models or instruments");
  if (!check.ok()) return coverage;
  for (const auto& m : from) coverage.push_back({check.text(m.name(), "coverage", kNameBytes), from_pb(m, check), m.fitted()});
  return coverage;
}

}  // namespace

std::string encode(const Finding& finding) {
  pb::Finding m;
  m.set_ordinal(finding.ordinal);
  m.set_cause_site(fit_text(finding.cause.site.str(), kNameBytes));
  m.set_cause_epoch(finding.cause.epoch);
  m.set_cause_sequence(finding.cause.sequence);
  m.set_model(fit_text(finding.model, kNameBytes));
  m.set_model_version(fit_text(finding.model_version, kLongNameBytes));
  m.set_line(fit_text(finding.line.str(), kNameBytes));
  *m.mutable_where() = to_pb(finding.where);
  m.set_time_ns(finding.time.ns);
  m.set_verdict(static_cast<std::uint32_t>(finding.verdict));
  m.set_priority(static_cast<std::uint32_t>(finding.priority));
  m.set_code(fit_text(finding.code, kCodeBytes));
  m.set_label(fit_text(finding.label, kNameBytes));
  m.set_confidence(fit_number(finding.confidence));
  for (const auto& measured : finding.measured) {
    if (m.measured_size() < kMaxParts && std::isfinite(measured.value)) *m.add_measured() = write(measured);
  }
  for (std::size_t i = 0; i < fit_count(finding.evidence.size(), kMaxEvidence); ++i) *m.add_evidence() = write(finding.evidence[i]);
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
  check.that(m.measured_size() <= kMaxParts && m.evidence_size() <= kMaxEvidence, "measured, evidence", "at most 256 and 64");
  if (!check.ok()) return check.error("finding");
  finding.ordinal = m.ordinal();
  finding.cause = {SiteId(check.text(m.cause_site(), "cause_site", kNameBytes)), m.cause_epoch(), m.cause_sequence()};
  finding.model = check.text(m.model(), "model", kNameBytes);
  finding.model_version = check.text(m.model_version(), "model_version", kLongNameBytes);
  finding.line = LineId(check.text(m.line(), "line", kNameBytes));
  finding.where = from_pb(m.where(), check);
  finding.time = {m.time_ns()};
  finding.verdict = static_cast<Verdict>(m.verdict());
  finding.priority = static_cast<Priority>(m.priority());
  finding.code = check.text(m.code(), "code", kCodeBytes);
  finding.label = check.text(m.label(), "label", kNameBytes);
  finding.confidence = check.finite(m.confidence(), "confidence");
  for (const auto& measured : m.measured()) finding.measured.push_back(read(measured, check));
  for (const auto& evidence : m.evidence()) finding.evidence.push_back(read(evidence, check));
  if (!check.ok()) return check.error("finding");
  return finding;
}

std::string encode(const SliceReport& report) {
  pb::SliceReport m;
  m.set_line(fit_text(report.line.str(), kNameBytes));
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
  report.line = LineId(check.text(parsed->line(), "line", kNameBytes));
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
  m.set_id(fit_text(command.id, kNameBytes));
  m.set_line(fit_text(command.line.str(), kNameBytes));
  m.set_time_ns(command.time.ns);
  m.set_requested_by(fit_text(command.requested_by, kNameBytes));
  m.set_epoch(command.epoch);
  if (const auto* plan = std::get_if<material::LotPlan>(&command.order)) {
    to_pb(*plan, *m.mutable_plan());
  } else if (const auto* sample = std::get_if<OrderSample>(&command.order)) {
    *m.mutable_order_sample()->mutable_where() = to_pb(sample->where);
  } else if (const auto* stop = std::get_if<RequestStop>(&command.order)) {
    m.mutable_request_stop()->set_reason(fit_text(stop->reason));
  } else if (const auto* end = std::get_if<EndLot>(&command.order)) {
    m.mutable_end_lot()->set_lot(fit_text(end->lot.str(), kNameBytes));
  } else if (const auto* natural = std::get_if<ExplainNaturalOre>(&command.order)) {
    auto& explain = *m.mutable_explain_natural_ore();
    *explain.mutable_where() = to_pb(natural->where);
    explain.set_brand(fit_text(natural->brand, kNameBytes));
    levels_to_pb(natural->levels, explain);
    explain.set_instead(natural->instead);
  }
  return to_bytes(m);
}

Result<SiteCommand> decode_command(std::string_view bytes) {
  auto parsed = parse<pb::SiteCommand>(bytes, "command");
  if (!parsed) return parsed.error();
  Check check;
  SiteCommand command;
  command.id = check.text(parsed->id(), "id", kNameBytes);
  check.that(!command.id.empty(), "id", "a name");
  command.line = LineId(check.text(parsed->line(), "line", kNameBytes));
  command.time = {parsed->time_ns()};
  command.requested_by = check.text(parsed->requested_by(), "requested_by", kNameBytes);
  command.epoch = parsed->epoch();
  switch (parsed->order_case()) {
    case pb::SiteCommand::kPlan: command.order = from_pb(parsed->plan(), check); break;
    case pb::SiteCommand::kOrderSample: command.order = OrderSample{from_pb(parsed->order_sample().where(), check)}; break;
    case pb::SiteCommand::kRequestStop:
      command.order = RequestStop{check.text(parsed->request_stop().reason(), "reason")};
      break;
    case pb::SiteCommand::kEndLot:
      command.order = EndLot{LotId(check.text(parsed->end_lot().lot(), "lot", kNameBytes))};
      break;
    case pb::SiteCommand::kExplainNaturalOre:
      command.order = ExplainNaturalOre{from_pb(parsed->explain_natural_ore().where(), check),
                                        check.text(parsed->explain_natural_ore().brand(), "brand", kNameBytes),
                                        levels_from_pb(parsed->explain_natural_ore(), check), parsed->explain_natural_ore().instead()};
      break;
    case pb::SiteCommand::ORDER_NOT_SET: return invalid_input("command: it holds no order that this version knows");
  }
  if (!check.ok()) return check.error("command");
  return command;
}

std::string encode(const EvidenceBlob& blob) {
  pb::EvidenceBlob m;
  m.set_digest(blob.digest.data(), blob.digest.size());
  m.set_media_type(fit_text(blob.media_type, kNameBytes));
  m.set_bytes(blob.bytes);
  m.set_frame_digest(blob.frame_digest.data(), blob.frame_digest.size());
  m.set_instrument(fit_text(blob.instrument.str(), kNameBytes));
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
  blob.media_type = check.text(parsed->media_type(), "media_type", kNameBytes);
  blob.bytes = parsed->bytes();
  blob.frame_digest = check.digest(parsed->frame_digest(), "frame_digest");
  blob.instrument = InstrumentId(check.text(parsed->instrument(), "instrument", kNameBytes));
  blob.frame_number = parsed->frame_number();
  blob.where = from_pb(parsed->where(), check);
  check.that(sha256(blob.bytes) == blob.digest, "digest", "the SHA-256 of the bytes");
  if (!check.ok()) return check.error("evidence");
  return blob;
}

}  // namespace beltwarden::wire
