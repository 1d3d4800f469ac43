#include "api/json.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "api/json_text.h"
#include "api/utf8.h"

namespace beltwarden::api {

using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

template <class List>
array list_of(const List& list) {
  array out;
  out.reserve(list.size());
  for (const auto& element : list) out.push_back(to_json(element));
  return out;
}

array pairs_of(const std::vector<TonneInterval>& intervals) {
  array out;
  for (const auto& interval : intervals) out.push_back(array{number(interval.from.value), number(interval.to.value)});
  return out;
}

array marks_of(const std::vector<Tonnes>& marks) {
  array out;
  for (const auto mark : marks) out.push_back(number(mark.value));
  return out;
}

object map_of(const std::map<std::string, double>& values) {
  object out;
  for (const auto& [name, v] : values) out[name] = number(v);
  return out;
}

array coverage_of(const std::vector<control::CoverageView>& coverage) {
  array out;
  for (const auto& c : coverage) {
    out.push_back(object{{"name", c.name}, {"fitted", c.fitted}, {"required", c.required}, {"fraction", number(c.fraction)},
                         {"intervals", pairs_of(c.covered)}});
  }
  return out;
}

const char* health_state(material::HealthReading::State state) {
  using State = material::HealthReading::State;
  switch (state) {
    case State::kConnecting: return "connecting";
    case State::kWorking: return "working";
    case State::kDegraded: return "degraded";
    case State::kFaulty: return "faulty";
    case State::kDisconnected: return "disconnected";
  }
  return "disconnected";
}

void add_interval(object& out, const TonneInterval& tonnes) {
  out["from_t"] = number(tonnes.from.value);
  out["to_t"] = number(tonnes.to.value);
}

}  // namespace

value number(double v) { return std::isfinite(v) ? value(v) : value(nullptr); }

value to_json(Time time) { return time.ns == 0 ? value(nullptr) : value(to_rfc3339(time)); }
value to_json(const std::optional<Time>& time) { return time ? to_json(*time) : value(nullptr); }

object to_json(const wire::Measured& m) {
  object out{{"name", m.name}, {"value", number(m.value)}, {"std_error", number(m.std_error)}, {"unit", m.unit}};
  if (m.expected) out["expected"] = number(*m.expected);
  if (m.low) out["low"] = number(*m.low);
  if (m.high) out["high"] = number(*m.high);
  return out;
}

namespace {
object mean_json(const record::LotMean& mean) {
  object out{{"name", mean.name}, {"value", number(mean.value)}, {"std_error", number(mean.std_error)},
             {"unit", mean.unit}, {"tonnes", number(mean.tonnes.value)}};
  if (mean.expected) out["expected"] = number(*mean.expected);
  if (mean.low) out["low"] = number(*mean.low);
  if (mean.high) out["high"] = number(*mean.high);
  if (mean.std_error_500t) out["std_error_500t"] = number(*mean.std_error_500t);
  if (mean.std_error_lot) out["std_error_lot"] = number(*mean.std_error_lot);
  if (mean.detection_limit) out["detection_limit"] = number(*mean.detection_limit);
  if (mean.detection_limit_500t) out["detection_limit_500t"] = number(*mean.detection_limit_500t);
  if (mean.detection_limit_lot) out["detection_limit_lot"] = number(*mean.detection_limit_lot);
  return out;
}
}  // namespace

object to_json(const record::StoredFinding& stored) {
  const wire::Finding& f = stored.finding;
  object out{{"id", stored.id}, {"model", f.model}, {"model_version", f.model_version}, {"code", f.code}, {"label", f.label},
             {"confidence", number(f.confidence)}, {"verdict", control::to_string(f.verdict)},
             {"priority", control::to_string(f.priority)}, {"line", f.line.str()}, {"lot", f.where.lot.str()},
             {"time", to_json(f.time)}};
  add_interval(out, f.where.tonnes);
  out["measured"] = list_of(f.measured);
  array evidence;
  for (std::size_t i = 0; i < f.evidence.size(); ++i) {
    const auto& e = f.evidence[i];
    const std::string sha = i < stored.evidence_sha256.size() ? stored.evidence_sha256[i] : std::string();
    object item{{"kind", e.kind}, {"media_type", e.media_type}, {"sha256", sha.empty() ? value(nullptr) : value(sha)},
                {"instrument", e.instrument.str()}, {"frame_number", e.frame_number}};
    if (e.box) item["box"] = object{{"x", e.box->x}, {"y", e.box->y}, {"w", e.box->w}, {"h", e.box->h}};
    evidence.push_back(std::move(item));
  }
  out["evidence"] = std::move(evidence);
  return out;
}

namespace {
array classes_of(const std::vector<std::pair<std::string, double>>& classes) {
  array out;
  for (const auto& [label, confidence] : classes) out.push_back(object{{"label", label}, {"confidence", number(confidence)}});
  return out;
}
}  // namespace

object to_json(const control::AlarmView& a) {
  object out{{"alarm", a.alarm.str()}, {"case", a.in_case.str()}, {"priority", control::to_string(a.priority)},
             {"state", control::to_string(a.state)}, {"code", a.code}, {"model", a.model}, {"label", a.label},
             {"confidence", number(a.confidence)}, {"classes", classes_of(a.classes)}, {"line", a.line.str()},
             {"lot", a.lot.str()}, {"raised", to_json(a.raised)},
             {"updated", to_json(a.updated)}, {"acknowledged_by", a.acknowledged_by.str()},
             {"shelved_until", to_json(a.shelved_until)}, {"findings", a.findings.size()}};
  add_interval(out, a.tonnes);
  out["measured"] = list_of(a.measured);
  object position{{"where", a.position.on_belt ? "belt" : "yard"}};
  if (a.position.on_belt) position["distance_m"] = number(a.position.distance_m);
  if (a.position.seconds_to_leave) position["seconds_to_leave"] = number(*a.position.seconds_to_leave);
  out["position"] = std::move(position);
  return out;
}

object to_json(const control::DispositionView& d) {
  object out{{"id", d.id}, {"kind", d.kind}, {"by", d.by.str()}, {"name", d.name}, {"role", d.role}, {"time", to_json(d.time)},
             {"reason", d.reason}, {"note", d.note}, {"code", d.code}, {"lot", d.lot.str()}, {"case", d.in_case.str()},
             {"override", d.override_blockers}, {"state", control::to_string(d.state)}, {"answer", d.answer}};
  if (d.tonnes) add_interval(out, *d.tonnes);
  out["brand"] = d.brand;
  array levels;
  for (const auto& one : d.levels) levels.push_back(object{{"series", one.series}, {"level", number(one.level)}, {"unit", one.unit}});
  out["levels"] = std::move(levels);
  if (d.second) {
    out["second"] = object{{"by", d.second->by.str()}, {"name", d.second->name}, {"time", to_json(d.second->time)},
                           {"reason", d.second->reason}};
  } else {
    out["second"] = nullptr;
  }
  return out;
}

object to_json(const control::Blocker& b) {
  object out{{"code", b.code}, {"text", b.text}, {"about", b.about}, {"overridable", b.overridable}};
  if (b.tonnes) add_interval(out, *b.tonnes);
  return out;
}

object to_json(const control::CaseView& c, bool lists) {
  object out{{"case", c.id.str()}, {"state", c.open ? "open" : "disposed"}, {"escalated", c.escalated},
             {"priority", control::to_string(c.priority)}, {"code", c.code}, {"title_code", c.code}, {"line", c.line.str()},
             {"lot", c.lot.str()}, {"opened", to_json(c.opened)}};
  add_interval(out, c.tonnes);
  if (lists) {
    out["alarms"] = list_of(c.alarms);
    out["dispositions"] = list_of(c.dispositions);
  }
  return out;
}

object to_json(const control::LotView& l, bool inspection, bool lists) {
  object out{{"lot", l.lot.str()}, {"call", l.call.str()}, {"ship", l.ship}, {"consignment", l.consignment}, {"brand", l.brand},
             {"origin", l.origin}, {"consignee", l.consignee}, {"hs_code", l.hs_code}, {"commodity", l.commodity},
             {"line", l.line.str()}, {"declared_mass_t", number(l.declared_mass_t)}, {"state", control::to_string(l.state)},
             {"tonnes_passed", number(l.passed.value)}, {"rate_tph", number(l.rate_tph)}, {"eta", to_json(l.eta)},
             {"started", to_json(l.started)}, {"ended", to_json(l.ended)}, {"released", to_json(l.released)}};
  if (lists) out["increments"] = object{{"planned", marks_of(l.increments_planned)}, {"taken", marks_of(l.increments_taken)}};
  if (!inspection) return out;
  out["declared_composition"] = map_of(l.declared_composition);
  out["findings_open"] = l.findings_open;
  out["alarms_open"] = l.alarms_open;
  array required;
  for (const auto& model : l.required_models) required.push_back(boost::json::string(model));
  out["required_models"] = std::move(required);
  if (!lists) return out;
  out["coverage"] = object{{"models", coverage_of(l.models)}, {"instruments", coverage_of(l.instruments)}};
  array composition;
  for (const auto& mean : l.composition) composition.push_back(mean_json(mean));
  out["composition"] = std::move(composition);
  out["blockers"] = list_of(l.blockers);
  out["dispositions"] = list_of(l.dispositions);
  return out;
}

object to_json(const control::LineView& l) {
  array instruments;
  for (const auto& i : l.instruments) {
    const auto state = l.instrument_states.find(i.instrument);
    instruments.push_back(object{{"instrument", i.instrument.str()}, {"kind", i.kind}, {"driver", i.driver},
                                 {"distance_m", number(i.distance_m)}, {"sampling_distance_t", number(i.sampling_distance_t)},
                                 {"state", state == l.instrument_states.end() ? "connecting" : state->second}});
  }
  array segments;
  for (const auto& s : l.segments) {
    object segment{{"lot", s.lot.str()}, {"from_m", number(s.from_m)}, {"to_m", number(s.to_m)}};
    add_interval(segment, s.tonnes);
    segments.push_back(std::move(segment));
  }
  array runs;
  for (const auto& r : l.runs) {
    object run{{"lot", r.lot.str()}, {"line_t", number(r.line_t.value)}};
    add_interval(run, r.tonnes);
    runs.push_back(std::move(run));
  }
  return {{"line", l.line.str()}, {"name", l.name}, {"state", l.state}, {"speed_mps", number(l.speed_mps)},
          {"rate_tph", number(l.rate_tph)}, {"load_kg_per_m", number(l.load_kg_per_m)}, {"lot", l.lot.str()},
          {"tonnes_passed", number(l.passed.value)}, {"time", to_json(l.time)},
          {"layout", object{{"feed_m", number(l.feed_m)}, {"belt_end_m", number(l.belt_end_m)}, {"instruments", std::move(instruments)}}},
          {"segments", std::move(segments)}, {"coverage", map_of(l.coverage)}, {"runs", std::move(runs)}};
}

object to_json(const control::InstrumentView& i) {
  array dropped;
  for (const auto& drop : i.row.health.dropped) dropped.push_back(object{{"cause", drop.cause}, {"count", drop.count}});
  return {{"instrument", i.row.instrument.str()}, {"line", i.row.line.str()}, {"kind", i.kind}, {"driver", i.driver},
          {"state", i.state.empty() ? health_state(i.row.health.state) : i.state}, {"message", i.row.health.message},
          {"since", to_json(i.row.since)}, {"last_reading", to_json(i.row.last_reading)}, {"accepted", i.row.health.accepted},
          {"dropped", std::move(dropped)}, {"values", array{}}};
}

object to_json(const control::AuditEntry& e) {
  return {{"number", e.number}, {"time", to_json(e.time)}, {"user", e.user.str()}, {"name", e.name}, {"role", e.role},
          {"act", e.act}, {"subject", e.subject}, {"reason", e.reason}, {"detail", e.detail}, {"hash", e.hash},
          {"previous_hash", e.previous_hash}};
}

object to_json(const control::OutOfServiceView& o) {
  return {{"line", o.line.str()}, {"model", o.model}, {"by", o.by.str()}, {"since", to_json(o.since)}, {"reason", o.reason}};
}

object to_json(const control::UserView& u) {
  return {{"user", u.user.str()}, {"name", u.name}, {"role", u.role}, {"consignee", u.consignee}, {"disabled", u.disabled},
          {"created", to_json(u.created)}, {"locked_until", to_json(u.locked_until)}};
}

object to_json(const control::DeclarationView& d) {
  const auto& x = d.declaration;
  return {{"number", x.number}, {"hs_code", x.hs_code}, {"brand", x.brand}, {"origin", x.origin}, {"consignee", x.consignee},
          {"ship", x.ship}, {"call", x.call}, {"lot", x.lot}, {"line", x.line}, {"feed_number", x.feed_number},
          {"mass_t", number(x.mass_t)}, {"composition", map_of(x.composition)}, {"commodity", x.commodity},
          {"imported", to_json(d.imported)}, {"by", d.by}, {"state", d.state}};
}

object to_json(const record::EvidenceRow& row) {
  object out{{"evidence", row.sha256}, {"instrument", row.instrument.str()}, {"frame_number", row.frame_number},
             {"time", to_json(row.time)}, {"line", row.line.str()}, {"boxes", array{}}};
  if (row.width_px > 0 && row.height_px > 0) {
    out["width_px"] = row.width_px;
    out["height_px"] = row.height_px;
    out["mm_per_px"] = number(row.mm_per_px);
  }
  if (row.where) {
    out["lot"] = row.where->lot.str();
    add_interval(out, row.where->tonnes);
  }
  return out;
}

array to_json(const record::Point& p) {
  array out{number(p.from.value), number(p.to.value), number(p.value), number(p.std_error), p.time.ns / 1'000'000};
  if (p.expected) out.push_back(number(*p.expected));
  return out;
}

object head_of(const record::Series& s) {
  object out{{"name", s.name}, {"model", s.model}, {"unit", s.unit}};
  if (s.low) out["low"] = number(*s.low);
  if (s.high) out["high"] = number(*s.high);
  if (s.expected) out["expected"] = number(*s.expected);
  return out;
}

Response json_response(const value& v, unsigned status) {
  return {status, "application/json", to_utf8(json_text(v)), {{"Cache-Control", "no-store"}}};
}

bool is_media_type(std::string_view header, std::string_view type) {
  header = header.substr(0, header.find(';'));
  while (!header.empty() && (header.back() == ' ' || header.back() == '\t')) header.remove_suffix(1);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(header.begin(), header.end(), type.begin(), type.end(), [&](char a, char b) { return lower(a) == b; });
}

Result<object> body_object(const Request& request) {
  if (!is_media_type(request.content_type, "application/json")) {
    return unsupported("expected Content-Type application/json, found '" + request.content_type.substr(0, 80) + "'");
  }
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 16;
  value parsed = boost::json::parse(request.body, error, {}, options);
  if (error) return invalid_input("the body is no proper JSON: " + error.message());
  if (!parsed.is_object()) return invalid_input("expected a JSON object");
  return std::move(parsed.as_object());
}

Result<void> no_body_or_object(const Request& request) {
  if (request.body.empty()) return {};
  auto body = body_object(request);
  return body ? Result<void>() : Result<void>(body.error());
}

Result<std::optional<double>> number_field(const object& body, std::string_view name) {
  const auto* field = body.if_contains(name);
  if (!field || field->is_null()) return std::optional<double>();
  if (!field->is_number()) return invalid_input("'" + std::string(name) + "' should be a number");
  return std::optional<double>(field->to_number<double>());
}

Result<std::optional<double>> query_number(const Request& request, const std::string& name, double low, double high) {
  const std::string text = request.value(name);
  if (text.empty()) return std::optional<double>();
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !(number >= low && number <= high)) {
    char range[80];
    std::snprintf(range, sizeof range, "%.10g to %.10g", low, high);
    return invalid_input("'" + name + "' is '" + text.substr(0, 40) + "', expected a number from " + range);
  }
  return std::optional<double>(number);
}

Result<std::string> query_word(const Request& request, const std::string& name, std::initializer_list<const char*> words) {
  const std::string text = request.value(name, *words.begin());
  std::string expected;
  for (const auto* word : words) {
    if (text == word) return text;
    expected += (expected.empty() ? "" : ", ") + std::string(word);
  }
  return invalid_input("'" + name + "' is '" + text.substr(0, 40) + "', expected one of: " + expected);
}

Result<std::string> text_field(const object& body, std::string_view name, std::size_t most) {
  const auto* field = body.if_contains(name);
  if (!field || field->is_null()) return std::string();
  if (!field->is_string()) return invalid_input("'" + std::string(name) + "' should be a text");
  if (field->as_string().size() > most) {
    return invalid_input("'" + std::string(name) + "' may have at most " + std::to_string(most) + " bytes");
  }
  return std::string(field->as_string());
}

}  // namespace beltwarden::api
