#include <boost/json/array.hpp>

#include "api/json.h"
#include "api/routes.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;

Result<control::Control::UserChange> read_change(const object& body) {
  control::Control::UserChange change;
  auto user = text_field(body, "user", 64);
  if (!user) return user.error();
  change.user = std::move(*user);
  for (const auto& [name, target] : {std::pair{"name", &change.name}, {"role", &change.role}, {"consignee", &change.consignee},
                                     {"password", &change.password}}) {
    if (!body.if_contains(name)) continue;
    auto text = text_field(body, name, 256);
    if (!text) return text.error();
    *target = std::move(*text);
  }
  if (const auto* disabled = body.if_contains("disabled")) {
    if (!disabled->is_bool()) return invalid_input("'disabled' should be true or false");
    change.disabled = disabled->as_bool();
  }
  return change;
}

Response audit(Desk& desk, const Call& call) {
  auto before = query_number(call.request, "before", 0, 9e15);
  if (!before) return error_response(before.error());
  auto limit = query_number(call.request, "limit", 1, 1000);
  if (!limit) return error_response(limit.error());
  auto page = desk.control.audit(call.actor, static_cast<std::int64_t>(before->value_or(0)),
                                 static_cast<std::uint32_t>(limit->value_or(100)));
  if (!page) return error_response(page.error());
  array entries;
  for (const auto& entry : page->entries) entries.push_back(to_json(entry));
  return json_response(object{{"entries", std::move(entries)}, {"head", page->head}, {"whole", page->whole},
                              {"checked", to_json(page->checked)}});
}

Response change_user(Desk& desk, const Call& call, bool add) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  auto change = read_change(*body);
  if (!change) return error_response(change.error());
  if (!add) change->user = call.parts[0];
  auto view = add ? desk.control.add_user(call.actor, *change) : desk.control.change_user(call.actor, *change);
  return view ? json_response(to_json(*view)) : error_response(view.error());
}

}  // namespace

void add_admin_routes(Router& router, Desk& desk) {
  router.add({"GET", "/api/v1/audit", Access::kInspection, "The chain of acts, newest first (before, limit)", "",
              [&desk](const Call& call) { return audit(desk, call); }});
  router.add({"GET", "/api/v1/users", Access::kAdmin, "Accounts", "", [&desk](const Call& call) {
                auto users = desk.control.users(call.actor);
                if (!users) return error_response(users.error());
                array out;
                for (const auto& user : *users) out.push_back(to_json(user));
                return json_response(object{{"users", std::move(out)}});
              }});
  router.add({"POST", "/api/v1/users", Access::kAdmin, "Add an account",
              R"({"user":"li.wei","name":"Li Wei","role":"officer","password":"..."})",
              [&desk](const Call& call) { return change_user(desk, call, true); }});
  router.add({"PATCH", "/api/v1/users/{user}", Access::kAdmin, "Change an account", R"({"disabled":true})",
              [&desk](const Call& call) { return change_user(desk, call, false); }});
}

}  // namespace beltwarden::api
