#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/json.h"
#include "api/routes.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;

// An accepted decision, or 409 with what blocks it.
Response decision_response(const Result<control::LotDecision>& decision) {
  if (!decision) return error_response(decision.error());
  array blockers;
  for (const auto& blocker : decision->blockers) blockers.push_back(to_json(blocker));
  object out{{"state", control::to_string(decision->state)}, {"needs_second", decision->needs_second}};
  if (decision->disposition) out["disposition"] = to_json(*decision->disposition);
  if (!decision->accepted) {
    out["error"] = object{{"code", "blocked"}, {"message", "the lot cannot be released yet: see what blocks it"}, {"blockers", blockers}};
  }
  out["blockers"] = std::move(blockers);
  return json_response(out, decision->accepted ? 200 : 409);
}

Response dispose_lot(Desk& desk, const Call& call) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  control::Control::LotRequest request;
  for (const auto& [name, target] : {std::pair{"kind", &request.kind}, {"reason", &request.reason}, {"note", &request.note}}) {
    auto text = text_field(*body, name);
    if (!text) return error_response(text.error());
    *target = std::move(*text);
  }
  if (const auto* flag = body->if_contains("override")) {
    if (!flag->is_bool()) return error_response(invalid_input("'override' should be true or false"));
    request.override_blockers = flag->as_bool();
  }
  return decision_response(desk.control.dispose_lot(call.actor, LotId(call.parts[0]), request));
}

Response with_reason(const Call& call, const std::function<Response(const std::string&)>& act) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  auto reason = text_field(*body, "reason");
  return reason ? act(*reason) : error_response(reason.error());
}

Response findings(Desk& desk, const Call& call) {
  // Seeing the lot is the condition for seeing its findings.
  if (auto lot = desk.control.lot(call.actor, LotId(call.parts[0])); !lot) return error_response(lot.error());
  record::FindingQuery query;
  query.lot = LotId(call.parts[0]);
  auto verdict = query_word(call.request, "min_verdict", {"ok", "suspect", "dont_know"});
  if (!verdict) return error_response(verdict.error());
  if (*verdict == "suspect") query.verdict = wire::Verdict::kSuspect;
  if (*verdict == "dont_know") query.verdict = wire::Verdict::kDontKnow;
  auto limit = query_number(call.request, "limit", 1, 5000);
  if (!limit) return error_response(limit.error());
  query.limit = static_cast<std::uint32_t>(limit->value_or(500));
  auto found = desk.record.findings(query);
  if (!found) return error_response(found.error());
  array out;
  for (const auto& finding : *found) out.push_back(to_json(finding));
  return json_response(object{{"findings", std::move(out)}});
}

}  // namespace

void add_lot_routes(Router& router, Desk& desk) {
  router.add({"GET", "/api/v1/lots", Access::kSignedIn, "Lots; a consignee sees its own", "", [&desk](const Call& call) {
                array out;
                for (const auto& lot : desk.control.lots(call.actor)) {
                  out.push_back(to_json(lot, control::sees_inspection(call.actor.role), false));
                }
                return json_response(object{{"lots", std::move(out)}});
              }});
  router.add({"GET", "/api/v1/lots/{lot}", Access::kSignedIn, "A lot with coverage, composition, sampling and what blocks its release", "",
              [&desk](const Call& call) {
                auto lot = desk.control.lot(call.actor, LotId(call.parts[0]));
                return lot ? json_response(to_json(*lot, control::sees_inspection(call.actor.role), true)) : error_response(lot.error());
              }});
  router.add({"GET", "/api/v1/lots/{lot}/findings", Access::kInspection, "Findings of a lot (min_verdict, limit)", "",
              [&desk](const Call& call) { return findings(desk, call); }});
  router.add({"POST", "/api/v1/lots/{lot}/dispositions", Access::kDecides, "release, hold, resume or reject a lot",
              R"({"kind":"release","reason":"...","override":false})", [&desk](const Call& call) { return dispose_lot(desk, call); }});
  router.add({"POST", "/api/v1/lots/{lot}/end", Access::kFeedsOrDecides, "The lot's last tonne has been fed", "{}",
              [&desk](const Call& call) {
                if (auto body = no_body_or_object(call.request); !body) return error_response(body.error());
                auto ended = desk.control.end_lot(call.actor, LotId(call.parts[0]));
                return ended ? json_response(object{{"lot", call.parts[0]}}) : error_response(ended.error());
              }});
  router.add({"POST", "/api/v1/dispositions/{id}/consent", Access::kDecides, "The second signature, on one's own session",
              R"({"reason":"..."})", [&desk](const Call& call) {
                return with_reason(call, [&](const std::string& reason) {
                  return decision_response(desk.control.consent(call.actor, call.parts[0], reason));
                });
              }});
  router.add({"POST", "/api/v1/dispositions/{id}/withdraw", Access::kSupervises, "Take back that it is natural ore", R"({"reason":"..."})",
              [&desk](const Call& call) {
                return with_reason(call, [&](const std::string& reason) {
                  auto withdrawn = desk.control.withdraw_explanation(call.actor, call.parts[0], reason);
                  return withdrawn ? json_response(to_json(*withdrawn)) : error_response(withdrawn.error());
                });
              }});
  router.add({"POST", "/api/v1/dispositions/{id}/lift", Access::kDecides, "End a held interval", R"({"reason":"..."})",
              [&desk](const Call& call) {
                return with_reason(call, [&](const std::string& reason) {
                  auto lifted = desk.control.lift_hold(call.actor, call.parts[0], reason);
                  return lifted ? json_response(to_json(*lifted)) : error_response(lifted.error());
                });
              }});
}

}  // namespace beltwarden::api
