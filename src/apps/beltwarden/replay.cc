#include "apps/beltwarden/replay.h"

#include <cstdio>
#include <map>

#include "inspect/host.h"
#include "journal/reader.h"
#include "wire/codec.h"

namespace beltwarden::app {
namespace {

// The kind that an instrument's readings show it to be; empty for what carries no material evidence.
std::string kind_of(const material::ObservationPayload& payload) {
  if (std::holds_alternative<material::SpectrumReading>(payload)) return "spectrometer";
  if (std::holds_alternative<material::FrameReading>(payload)) return "camera";
  if (std::holds_alternative<material::GammaReading>(payload)) return "gamma";
  if (std::holds_alternative<material::CutterReading>(payload)) return "sampler";
  return {};
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

const char* verdict_text(wire::Verdict verdict) {
  switch (verdict) {
    case wire::Verdict::kOk: return "ok";
    case wire::Verdict::kSuspect: return "suspect";
    case wire::Verdict::kDontKnow: return "dont_know";
  }
  return "";
}

void add_rows(const wire::Finding& f, std::string& csv) {
  const std::string head = to_string(f.cause) + "/" + std::to_string(f.ordinal) + "," + f.model + "," + f.code + "," + f.label + "," +
                           verdict_text(f.verdict) + "," + std::to_string(static_cast<int>(f.priority)) + "," + f.where.lot.str() + "," +
                           number(f.where.tonnes.from.value) + "," + number(f.where.tonnes.to.value) + "," + to_rfc3339(f.time) + "," +
                           number(f.confidence) + ",";
  if (f.measured.empty()) csv += head + ",,,\n";
  for (const auto& m : f.measured) csv += head + m.name + "," + number(m.value) + "," + number(m.std_error) + "," + m.unit + "\n";
}

Result<journal::Reader> open_reader(const std::filesystem::path& folder) { return journal::Reader::open(folder); }

}  // namespace

Result<ReplayOutcome> replay(const std::filesystem::path& folder, std::vector<std::unique_ptr<inspect::Inspector>> inspectors,
                             site::RimModels models, const std::function<void(double)>& progress) {
  // First pass: who is who, how much there is, and what there is to see again.
  PicturesSeenAgain pictures(std::move(models));
  std::map<InstrumentId, std::string> kinds;
  LineId line;
  std::uint64_t entries = 0;
  auto scan = open_reader(folder);
  if (!scan) return scan.error();
  for (;;) {
    auto entry = scan->next();
    if (!entry) return entry.error();
    if (!*entry) break;
    ++entries;
    if ((*entry)->kind == journal::EntryKind::kEvidence && pictures.looks()) {
      auto picture = wire::decode_evidence((*entry)->payload);
      if (!picture) return picture.error().within("journal entry " + to_string((*entry)->id));
      if (auto seen = pictures.gather(*picture); !seen) return seen.error().within("journal entry " + to_string((*entry)->id));
    }
    if ((*entry)->kind != journal::EntryKind::kObservation) continue;
    auto observation = wire::decode_observation((*entry)->payload);
    if (!observation) return observation.error().within("journal entry " + to_string((*entry)->id));
    line = observation->line;
    pictures.gather(*observation);
    const std::string kind = kind_of(observation->payload);
    if (!kind.empty()) kinds.emplace(observation->instrument, kind);
  }

  ReplayOutcome out;
  out.csv = "id,model,code,label,verdict,priority,lot,from_t,to_t,time,confidence,name,value,std_error,unit\n";
  inspect::InspectorHost host(line, std::move(kinds), std::move(inspectors));
  auto reader = open_reader(folder);
  if (!reader) return reader.error();
  for (std::uint64_t done = 0;; ++done) {
    auto entry = reader->next();
    if (!entry) return entry.error();
    if (!*entry) break;
    const journal::Entry& e = **entry;
    if (progress && done % 1000 == 0) progress(static_cast<double>(done) / static_cast<double>(entries));
    if (e.kind == journal::EntryKind::kFinding) out.journaled.push_back(e.payload);
    if (e.kind != journal::EntryKind::kObservation && e.kind != journal::EntryKind::kCommand) continue;
    auto observation = wire::decode_observation(e.payload);
    if (!observation) return observation.error().within("journal entry " + to_string(e.id));
    observation->id = e.id;
    pictures.replace(*observation);
    ++out.observations;
    for (const auto& finding : host.observe(*observation).findings) {
      out.findings.push_back(wire::encode(finding));
      add_rows(finding, out.csv);
    }
  }
  out.pictures = pictures.share();
  return out;
}

}  // namespace beltwarden::app
