#include "record/storable.h"

#include <cmath>
#include <string_view>

namespace beltwarden::record {
namespace {

/// PostgreSQL keeps no NUL in a text, SQLite no number that is none.
class Check {
 public:
  void text(std::string_view value, const char* field) {
    if (value.find('\0') != std::string_view::npos && !reason_) reason_ = std::string(field) + ": expected text, found a NUL in it";
  }
  void number(double value, const char* field) {
    if (!std::isfinite(value) && !reason_) reason_ = std::string(field) + ": expected a finite number";
  }
  void where(const material::LotInterval& interval) {
    text(interval.lot.str(), "lot");
    number(interval.tonnes.from.value, "from_t");
    number(interval.tonnes.to.value, "to_t");
  }
  std::optional<std::string> reason() const { return reason_; }

 private:
  std::optional<std::string> reason_;
};

void look(const wire::Finding& finding, Check& check) {
  check.text(finding.cause.site.str(), "cause");
  check.text(finding.model, "model");
  check.text(finding.line.str(), "line");
  check.text(finding.code, "code");
  check.text(finding.label, "label");
  check.number(finding.confidence, "confidence");
  check.where(finding.where);
  for (const auto& measured : finding.measured) {
    check.text(measured.name, "measured.name");
    check.text(measured.unit, "measured.unit");
    check.number(measured.value, "measured.value");
    check.number(measured.std_error, "measured.std_error");
    for (const auto& limit : {measured.expected, measured.low, measured.high}) check.number(limit.value_or(0), "measured");
  }
  for (const auto& evidence : finding.evidence) {
    check.text(evidence.kind, "evidence.kind");
    check.text(evidence.media_type, "evidence.media_type");
    check.text(evidence.instrument.str(), "evidence.instrument");
  }
}

void look(const wire::SliceReport& report, Check& check) {
  check.text(report.line.str(), "line");
  check.where(report.slice);
  for (const auto* parts : {&report.models, &report.instruments}) {
    for (const auto& part : *parts) {
      check.text(part.name, "coverage.name");
      for (const auto& covered : part.covered) {
        check.number(covered.from.value, "covered");
        check.number(covered.to.value, "covered");
      }
    }
  }
}

void look(const wire::EvidenceBlob& blob, Check& check) {
  check.text(blob.media_type, "media_type");
  check.text(blob.instrument.str(), "instrument");
  check.where(blob.where);
}

void look(const material::Observation& observation, Check& check) {
  check.text(observation.line.str(), "line");
  check.text(observation.instrument.str(), "instrument");
  for (const auto& interval : observation.intervals) check.where(interval);
  if (const auto* cutter = std::get_if<material::CutterReading>(&observation.payload)) {
    check.text(cutter->command_id, "command_id");
    check.number(cutter->mass_kg, "mass_kg");
  } else if (const auto* stop = std::get_if<material::StopAnswerReading>(&observation.payload)) {
    check.text(stop->command_id, "command_id");
    check.text(stop->reason, "reason");
  } else if (const auto* command = std::get_if<material::CommandTaken>(&observation.payload)) {
    check.text(command->command_id, "command_id");
    check.text(command->requested_by, "requested_by");
    check.text(command->detail, "detail");
  } else if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    check.text(plan->lot.str(), "lot");
  } else if (const auto* frame = std::get_if<material::FrameReading>(&observation.payload)) {
    check.number(frame->mm_per_px, "mm_per_px");
  }
}

void look(const Unreadable&, Check&) {}

}  // namespace

std::optional<std::string> not_storable(const IntakeEntry& entry) {
  Check check;
  std::visit([&](const auto& content) { look(content, check); }, entry.content);
  return check.reason();
}

}  // namespace beltwarden::record
