#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdlib>
#include <limits>

#include "api/json.h"
#include "api/routes.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;

template <class View>
Response answer(const Result<View>& view) {
  return view ? json_response(to_json(*view)) : error_response(view.error());
}

Response shelve(Desk& desk, const Call& call) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  auto minutes = number_field(*body, "minutes");
  auto reason = text_field(*body, "reason");
  if (!minutes) return error_response(minutes.error());
  if (!reason) return error_response(reason.error());
  if (!*minutes) return error_response(invalid_input("'minutes' is missing"));
  return answer(desk.control.shelve(call.actor, AlarmId(call.parts[0]), **minutes, *reason));
}

Response unshelve(Desk& desk, const Call& call) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  auto reason = text_field(*body, "reason");
  if (!reason) return error_response(reason.error());
  return answer(desk.control.unshelve(call.actor, AlarmId(call.parts[0]), *reason));
}

Response out_of_service(Desk& desk) {
  array out;
  for (const auto& source : desk.control.out_of_service()) out.push_back(to_json(source));
  return json_response(object{{"out_of_service", std::move(out)}});
}

Response set_service(Desk& desk, const Call& call) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  const auto* in_service = body->if_contains("in_service");
  if (!in_service || !in_service->is_bool()) return error_response(invalid_input("'in_service' should be true or false"));
  auto reason = text_field(*body, "reason");
  if (!reason) return error_response(reason.error());
  auto done = desk.control.set_out_of_service(call.actor, LineId(call.parts[0]), call.parts[1], !in_service->as_bool(), *reason);
  return done ? out_of_service(desk) : error_response(done.error());
}

Response dispose(Desk& desk, const Call& call) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  control::Control::CaseDecision decision;
  for (const auto& [name, target] : {std::pair{"kind", &decision.kind}, {"reason", &decision.reason}, {"note", &decision.note}, {"code", &decision.code}}) {
    auto text = text_field(*body, name);
    if (!text) return error_response(text.error());
    *target = std::move(*text);
  }
  auto from = number_field(*body, "from_t"), to = number_field(*body, "to_t");
  if (!from) return error_response(from.error());
  if (!to) return error_response(to.error());
  if (from->has_value() != to->has_value()) return error_response(invalid_input("'from_t' and 'to_t' go together"));
  if (*from) decision.tonnes = TonneInterval{{**from}, {**to}};
  auto done = desk.control.dispose_case(call.actor, CaseId(call.parts[0]), decision);
  if (!done) return error_response(done.error());
  auto view = desk.control.case_of(CaseId(call.parts[0]));
  return json_response(object{{"disposition", to_json(*done)}, {"state", view && view->open ? "open" : "disposed"}});
}

Response one_case(Desk& desk, const Call& call) {
  auto view = desk.control.case_of(CaseId(call.parts[0]));
  if (!view) return error_response(view.error());
  auto findings = desk.control.case_findings(CaseId(call.parts[0]));
  if (!findings) return error_response(findings.error());
  object out = to_json(*view, true);
  array list;
  for (const auto& finding : *findings) list.push_back(to_json(finding));
  out["findings"] = std::move(list);
  return json_response(out);
}

// What is closed grows without end: of all, a page at a time; of what is open, everything unless a page is asked for.
constexpr double kAPage = 500, kMostAPage = 2000;

Result<control::ListPage> page_of(const Request& request, bool all) {
  control::ListPage page;
  auto limit = query_number(request, "limit", 1, kMostAPage);
  auto before = query_number(request, "before", 1, 9e15);
  if (!limit) return limit.error();
  if (!before) return before.error();
  if (*limit || all) page.limit = static_cast<std::size_t>(limit->value_or(kAPage));
  page.before = static_cast<std::int64_t>(before->value_or(0));
  return page;
}

// With the number to go on before where there may be more.
object listed(const char* name, array list, std::size_t limit, std::int64_t lowest) {
  object out;
  if (list.size() == limit && lowest > 1) out["next_before"] = lowest;
  out[name] = std::move(list);
  return out;
}

std::int64_t number_of(const std::string& id) { return std::strtoll(id.c_str() + 2, nullptr, 10); }   // "A-17", "C-3"

Response alarms(Desk& desk, const Call& call) {
  auto state = query_word(call.request, "state", {"open", "all"});
  if (!state) return error_response(state.error());
  auto page = page_of(call.request, *state == "all");
  if (!page) return error_response(page.error());
  const std::string lot = call.request.value("lot");
  array out;
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  for (const auto& alarm : desk.control.alarms(*state == "open", lot.empty() ? std::nullopt : std::optional(LotId(lot)), *page)) {
    out.push_back(to_json(alarm));
    lowest = std::min(lowest, number_of(alarm.alarm.str()));
  }
  return json_response(listed("alarms", std::move(out), page->limit, lowest));
}

Response cases(Desk& desk, const Call& call) {
  auto state = query_word(call.request, "state", {"open", "all"});
  if (!state) return error_response(state.error());
  auto page = page_of(call.request, *state == "all");
  if (!page) return error_response(page.error());
  array out;
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  for (const auto& view : desk.control.cases(*state == "open", *page)) {
    out.push_back(to_json(view, true));
    lowest = std::min(lowest, number_of(view.id.str()));
  }
  return json_response(listed("cases", std::move(out), page->limit, lowest));
}

}  // namespace

void add_alarm_routes(Router& router, Desk& desk) {
  router.add({"GET", "/api/v1/alarms", Access::kInspection, "Alarms, newest and highest first (state=open|all, lot, limit, before)", "",
              [&desk](const Call& call) { return alarms(desk, call); }});
  router.add({"POST", "/api/v1/alarms/{alarm}/acknowledge", Access::kDecides, "I have seen it", "{}", [&desk](const Call& call) {
                if (auto body = no_body_or_object(call.request); !body) return error_response(body.error());
                return answer(desk.control.acknowledge(call.actor, AlarmId(call.parts[0])));
              }});
  router.add({"POST", "/api/v1/alarms/{alarm}/shelve", Access::kDecides, "Put it aside for a while",
              R"({"minutes":30,"reason":"..."})", [&desk](const Call& call) { return shelve(desk, call); }});
  router.add({"POST", "/api/v1/alarms/{alarm}/unshelve", Access::kDecides, "Take it back from the shelf",
              R"({"reason":"..."})", [&desk](const Call& call) { return unshelve(desk, call); }});
  router.add({"GET", "/api/v1/service", Access::kInspection, "Models whose alarms are out of service", "",
              [&desk](const Call&) { return out_of_service(desk); }});
  router.add({"POST", "/api/v1/lines/{line}/models/{model}/service", Access::kSupervises,
              "Take a model's alarms on a line out of service, or back", R"({"in_service":false,"reason":"..."})",
              [&desk](const Call& call) { return set_service(desk, call); }});
  router.add({"GET", "/api/v1/cases", Access::kInspection, "Cases, newest first (state=open|all, limit, before)", "",
              [&desk](const Call& call) { return cases(desk, call); }});
  router.add({"GET", "/api/v1/cases/{case}", Access::kInspection, "A case with its findings and evidence", "",
              [&desk](const Call& call) { return one_case(desk, call); }});
  router.add({"POST", "/api/v1/cases/{case}/dispositions", Access::kDecides,
              "Decide: explain, watch, order_sample, request_stop, remove_object, hold_interval, refer_laboratory, escalate",
              R"({"kind":"order_sample","reason":"...","note":"...","code":"","from_t":100,"to_t":150})",
              [&desk](const Call& call) { return dispose(desk, call); }});
}

}  // namespace beltwarden::api
