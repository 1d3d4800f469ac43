#include "api/answers.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <map>
#include <utility>

#include "api/json.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

const Time kSome{1'795'444'266'000'000'000};
const TonneInterval kTonnes{Tonnes{100}, Tonnes{150}};
const wire::Measured kMeasured{"Fe", 62.1, 0.3, "%", 62.0, 60.0, 64.0};

const char* type_of(const value& v) {
  if (v.is_string()) return "string";
  if (v.is_bool()) return "boolean";
  if (v.is_number()) return "number";
  if (v.is_array()) return "array";
  return v.is_object() ? "object" : "null";
}

// The schema of `full`; `empty` is the same thing with nothing in it.
object schema_of(const value& full, const value* empty) {
  object schema;
  if (empty && empty->is_null() && !full.is_null()) {
    schema["type"] = array{type_of(full), "null"};
    empty = nullptr;
  } else {
    schema["type"] = type_of(full);
  }
  if (const auto* list = full.if_array(); list && !list->empty()) {
    const bool alike = std::all_of(list->begin(), list->end(), [&](const value& v) { return v.kind() == list->front().kind(); });
    if (alike) schema["items"] = schema_of(list->front(), nullptr);
  }
  if (const auto* fields = full.if_object()) {
    object properties;
    array required;
    const object* known = empty ? empty->if_object() : nullptr;
    for (const auto& [name, field] : *fields) {
      const value* none = known ? known->if_contains(name) : nullptr;
      properties[name] = schema_of(field, none);
      if (none) required.push_back(boost::json::string(name));
    }
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
  }
  return schema;
}

object shape(const object& full, const object& empty) {
  const value none(empty);
  return schema_of(value(full), &none);
}

control::DispositionView disposition() {
  control::DispositionView view;
  view.time = kSome;
  view.tonnes = kTonnes;
  view.levels = {{"Th-232", 90, "Bq/kg"}};
  view.second = control::SecondSignature{UserId{"chen.jie"}, "Chen Jie", kSome, "agreed"};
  return view;
}

control::AlarmView alarm() {
  control::AlarmView view;
  view.raised = view.updated = kSome;
  view.shelved_until = kSome;
  view.classes = {{"steel", 0.9}};
  view.measured = {kMeasured};
  view.position = {true, 12, 3};
  return view;
}

control::CaseView one_case() {
  control::CaseView view;
  view.opened = kSome;
  view.alarms = {alarm()};
  view.dispositions = {disposition()};
  return view;
}

record::StoredFinding finding() {
  record::StoredFinding stored;
  stored.finding.time = kSome;
  stored.finding.measured = {kMeasured};
  wire::Evidence evidence;
  evidence.box = material::Box{1, 2, 3, 4};
  stored.finding.evidence = {evidence};
  stored.evidence_sha256 = {"00"};
  return stored;
}

control::LotView lot() {
  control::LotView view;
  view.eta = view.started = view.ended = view.released = kSome;
  view.declared_composition = {};
  view.required_models = {"slag_comparison"};
  view.models = view.instruments = {{"slag_comparison", true, true, 1, {kTonnes}}};
  view.composition = {{"Fe", "%", 62.1, 0.3, Tonnes{50}, 62.0, 60.0, 64.0}};
  view.increments_planned = view.increments_taken = {Tonnes{50}};
  view.blockers = {{"coverage_hole", "", "", kTonnes}};
  view.dispositions = {disposition()};
  return view;
}

control::LineView line() {
  control::LineView view;
  view.time = kSome;
  view.instruments.resize(1);
  view.segments.resize(1);
  view.runs.resize(1);
  return view;
}

control::InstrumentView instrument() {
  control::InstrumentView view;
  view.row.since = view.row.last_reading = kSome;
  view.row.health.dropped = {{"unreadable", 3}};
  return view;
}

record::EvidenceRow frame() {
  record::EvidenceRow row;
  row.time = kSome;
  row.width_px = 2048;
  row.height_px = 1024;
  row.mm_per_px = 1;
  row.where = material::LotInterval{LotId{"L1"}, kTonnes};
  return row;
}

// A template as JSON: "Alarm" is that shape, "string" that type, a list is of what is in it.
object from_template(const value& v) {
  if (const auto* name = v.if_string()) {
    static const char* const kTypes[] = {"string", "number", "boolean", "object"};
    const bool plain = std::any_of(std::begin(kTypes), std::end(kTypes), [&](const char* type) { return *name == type; });
    if (plain) return {{"type", *name}};
    return {{"$ref", "#/components/schemas/" + std::string(*name)}};
  }
  if (const auto* list = v.if_array()) return {{"type", "array"}, {"items", from_template(list->front())}};
  object properties;
  for (const auto& [name, field] : v.as_object()) properties[name] = from_template(field);
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

// By method and pattern: what the handlers wrap the shapes in.
const std::map<std::string, const char*>& templates() {
  static const char* const kSession =
      R"({"user":"string","name":"string","role":"string","consignee":"string","csrf":"string"})";
  static const char* const kDecision = R"({"disposition":"Disposition","state":"string","needs_second":"boolean","blockers":["Blocker"]})";
  static const char* const kService = R"({"out_of_service":["OutOfService"]})";
  static const std::map<std::string, const char*> kTemplates{
      {"GET /healthz", R"({"status":"string","version":"string","entries":"number","lag_ms":"number"})"},
      {"GET /api/v1/openapi.json", R"("object")"},
      {"POST /api/v1/session", kSession},
      {"GET /api/v1/session", kSession},
      {"DELETE /api/v1/session", R"("object")"},
      {"GET /api/v1/site", R"({"site":"string","timezone":"string","time":"string","lines":["Line"],
        "provenance":[{"what":"string","kind":"string","source":"string"}]})"},
      {"GET /api/v1/lines/{line}", R"("Line")"},
      {"GET /api/v1/lines/{line}/series", R"({"series":["Series"]})"},
      {"GET /api/v1/lines/{line}/frames", R"({"frame":"Frame"})"},
      {"GET /api/v1/instruments", R"({"instruments":["Instrument"]})"},
      {"GET /api/v1/lots", R"({"lots":["Lot"]})"},
      {"GET /api/v1/lots/{lot}", R"("Lot")"},
      {"GET /api/v1/lots/{lot}/findings", R"({"findings":["Finding"]})"},
      {"POST /api/v1/lots/{lot}/dispositions", kDecision},
      {"POST /api/v1/lots/{lot}/end", R"({"lot":"string"})"},
      {"POST /api/v1/dispositions/{id}/consent", kDecision},
      {"POST /api/v1/dispositions/{id}/lift", R"("Disposition")"},
      {"POST /api/v1/dispositions/{id}/withdraw", R"("Disposition")"},
      {"GET /api/v1/alarms", R"({"alarms":["Alarm"],"next_before":"number"})"},
      {"POST /api/v1/alarms/{alarm}/acknowledge", R"("Alarm")"},
      {"POST /api/v1/alarms/{alarm}/shelve", R"("Alarm")"},
      {"POST /api/v1/alarms/{alarm}/unshelve", R"("Alarm")"},
      {"GET /api/v1/service", kService},
      {"POST /api/v1/lines/{line}/models/{model}/service", kService},
      {"GET /api/v1/cases", R"({"cases":["Case"],"next_before":"number"})"},
      {"GET /api/v1/cases/{case}", R"("Case")"},
      {"POST /api/v1/cases/{case}/dispositions", R"({"disposition":"Disposition","state":"string"})"},
      {"GET /api/v1/audit", R"({"entries":["AuditEntry"],"head":"string","whole":"boolean","checked":"string"})"},
      {"GET /api/v1/declarations", R"({"declarations":["Declaration"]})"},
      {"POST /api/v1/declarations", R"({"accepted":"number","unchanged":"number","numbers":["string"]})"},
      {"GET /api/v1/users", R"({"users":["User"]})"},
      {"POST /api/v1/users", R"("User")"},
      {"PATCH /api/v1/users/{user}", R"("User")"},
  };
  return kTemplates;
}

}  // namespace

object answer_shapes() {
  control::UserView user;
  user.created = kSome;
  user.locked_until = kSome;
  control::AuditEntry entry;
  entry.time = kSome;
  control::OutOfServiceView source;
  source.since = kSome;
  control::DeclarationView declaration;
  declaration.imported = kSome;
  record::Series series;
  series.low = series.high = series.expected = 1;
  object with_points = head_of(series), no_points = head_of({});
  with_points["points"] = no_points["points"] = array{to_json(record::Point{})};

  object with_findings = to_json(one_case(), true);
  with_findings["findings"] = array{to_json(finding())};
  object shapes{
      {"Alarm", shape(to_json(alarm()), to_json(control::AlarmView{}))},
      {"Case", shape(with_findings, to_json(control::CaseView{}, false))},
      {"Finding", shape(to_json(finding()), to_json(record::StoredFinding{}))},
      {"Disposition", shape(to_json(disposition()), to_json(control::DispositionView{}))},
      {"Blocker", shape(to_json(control::Blocker{"", "", "", kTonnes}), to_json(control::Blocker{}))},
      {"Lot", shape(to_json(lot(), true, true), to_json(control::LotView{}, false, false))},
      {"Line", shape(to_json(line()), to_json(control::LineView{}))},
      {"Instrument", shape(to_json(instrument()), to_json(control::InstrumentView{}))},
      {"AuditEntry", shape(to_json(entry), to_json(control::AuditEntry{}))},
      {"OutOfService", shape(to_json(source), to_json(control::OutOfServiceView{}))},
      {"User", shape(to_json(user), to_json(control::UserView{}))},
      {"Declaration", shape(to_json(declaration), to_json(control::DeclarationView{}))},
      {"Frame", shape(to_json(frame()), to_json(record::EvidenceRow{}))},
      {"Series", shape(with_points, no_points)},
  };
  // Lists of things that have a shape of their own refer to it.
  const auto refer = [&](const char* shape, const char* list, const char* to) {
    shapes[shape].as_object()["properties"].as_object()[list] = from_template(array{to});
  };
  refer("Case", "alarms", "Alarm");
  refer("Case", "findings", "Finding");
  refer("Case", "dispositions", "Disposition");
  refer("Lot", "blockers", "Blocker");
  refer("Lot", "dispositions", "Disposition");
  return shapes;
}

std::optional<object> answer_schema(const std::string& method, const std::string& pattern) {
  const auto found = templates().find(method + " " + pattern);
  if (found == templates().end()) return std::nullopt;
  return from_template(boost::json::parse(found->second));
}

}  // namespace beltwarden::api
