#include "apps/beltwarden/verdict_export.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace beltwarden::app {
namespace {

constexpr std::string_view kHeader =
    "picture,x,y,w,h,verdict,brand,officer,role,time,disposition,case,lot,from_t,called,reason\n";

// A field that cannot break its row.
std::string field(std::string text) {
  for (char& c : text) {
    if (c == ',') c = ';';
    if (c == '\n' || c == '\r' || c == '"') c = ' ';
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
  return out;
}

// A class of the classifier: a word or a few joined by '_' or '/', nothing else.
bool is_class(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_' || c == '/' || c == '-';
  });
}

std::string said_in(const std::string& words) {
  constexpr std::string_view kEnglish = "it is ", kChinese = "是";
  std::string rest;
  if (const auto open = words.find('('); words.starts_with(kChinese) && open != std::string::npos) {
    rest = lower(std::string_view(words).substr(open + 1, words.find(')', open) - open - 1));
  } else if (lower(words).starts_with(kEnglish)) {
    rest = lower(std::string_view(words).substr(kEnglish.size()));
  }
  return is_class(rest) && rest != "unknown" ? rest : std::string();
}

struct Object {
  const record::StoredFinding* finding;
  const wire::Evidence* evidence;
  std::string sha256;
};

// Each place of a picture once: recognition and classification point at the same one.
std::vector<Object> objects_of(const std::vector<record::StoredFinding>& findings) {
  std::vector<Object> out;
  std::set<std::pair<std::string, material::Box>> known;
  for (const auto& stored : findings) {
    if (stored.finding.code != "inclusion" && stored.finding.code != "impurity") continue;
    for (std::size_t i = 0; i < stored.finding.evidence.size(); ++i) {
      const auto& evidence = stored.finding.evidence[i];
      if (evidence.kind != "frame" || !evidence.box || i >= stored.evidence_sha256.size() || stored.evidence_sha256[i].empty()) continue;
      if (known.insert({stored.evidence_sha256[i], *evidence.box}).second) out.push_back({&stored, &evidence, stored.evidence_sha256[i]});
    }
  }
  return out;
}

std::string called(const std::vector<record::StoredFinding>& findings, const Object& object) {
  for (const auto& stored : findings) {
    if (stored.finding.code != "impurity" || stored.finding.evidence.empty()) continue;
    const auto& evidence = stored.finding.evidence.front();
    if (evidence.box == object.evidence->box && evidence.frame_number == object.evidence->frame_number &&
        evidence.instrument == object.evidence->instrument) {
      return stored.finding.label;
    }
  }
  return {};
}

}  // namespace

std::string verdict_of(const control::DispositionView& disposition, const std::string& called) {
  for (const std::string& words : {disposition.reason, disposition.note}) {
    if (const std::string said = said_in(words); !said.empty()) return said;
  }
  if (disposition.kind == "remove_object" && called != "unknown") return called;
  return {};
}

Result<VerdictExport> export_verdicts(const control::Control& control, const record::Record& record, const std::string& brand) {
  VerdictExport out;
  out.csv = kHeader;
  std::map<LotId, std::string> brands;
  for (const auto& lot : record.lots()) brands[lot.lot] = lot.plan ? lot.plan->brand : std::string();
  for (const auto& one : control.cases(false)) {
    if (one.dispositions.empty() || (!brand.empty() && brands[one.lot] != brand)) continue;
    auto findings = control.case_findings(one.id);
    if (!findings) return findings.error();
    // Classifications ask for no alarm of their own, so they are no part of the case.
    record::FindingQuery of_classes;
    of_classes.lot = one.lot;
    of_classes.tonnes = one.tonnes;
    of_classes.model = "impurity_classification";
    of_classes.limit = 100'000;
    auto classes = record.findings(of_classes);
    if (!classes) return classes.error();
    for (const Object& object : objects_of(*findings)) {
      const std::string name = called(*classes, object);
      std::string verdict;
      const control::DispositionView* by = nullptr;
      // What an officer wrote goes before what the model called the thing, however late it was taken off the belt.
      for (const std::string& fallback : {std::string("unknown"), name}) {
        if (!verdict.empty()) break;
        for (const auto& disposition : one.dispositions) {
          const std::string said = verdict_of(disposition, fallback);
          if (said.empty() && disposition.kind != "remove_object") continue;
          if (!said.empty() || by == nullptr) verdict = said, by = &disposition;
        }
      }
      if (by == nullptr) continue;
      out.undecided += verdict.empty();
      const std::string file = object.sha256.substr(0, 24) + ".jpg";
      if (!out.pictures.contains(file)) {
        auto bytes = record.evidence_bytes(object.sha256);
        if (!bytes) return bytes.error();
        out.pictures[file] = std::move(*bytes);
      }
      const auto& box = *object.evidence->box;
      std::string row = file;
      for (const int number : {box.x, box.y, box.w, box.h}) row += "," + std::to_string(number);
      for (const std::string& text : {verdict, brands[one.lot], by->by.str(), by->role, to_rfc3339(by->time), by->id, one.id.str(),
                                      one.lot.str(), std::to_string(object.finding->finding.where.tonnes.from.value), name, by->reason}) {
        row += "," + field(text);
      }
      out.csv += row + "\n";
    }
  }
  return out;
}

}  // namespace beltwarden::app
