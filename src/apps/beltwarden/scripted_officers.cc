#include "apps/beltwarden/scripted_officers.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <map>
#include <string_view>

#include "apps/beltwarden/http_client.h"

namespace beltwarden::app {
namespace {

using boost::json::object;
using boost::json::value;

constexpr auto kLook = std::chrono::milliseconds(500);

std::string text(const value& v, std::string_view key) {
  const auto* o = v.if_object();
  const auto* field = o ? o->if_contains(key) : nullptr;
  return field && field->is_string() ? std::string(field->as_string()) : std::string();
}

const boost::json::array& list(const value& v, std::string_view key) {
  static const boost::json::array kEmpty;
  const auto* o = v.if_object();
  const auto* field = o ? o->if_contains(key) : nullptr;
  return field && field->is_array() ? field->as_array() : kEmpty;
}

bool flag(const value& v, std::string_view key) {
  const auto* o = v.if_object();
  const auto* field = o ? o->if_contains(key) : nullptr;
  return field && field->is_bool() && field->as_bool();
}

// What a careful officer does about a case, by what it is about.
struct Routine {
  const char* kind;
  const char* reason;
};
Routine routine_for(const std::string& code) {
  static const std::map<std::string, Routine> routines{
      {"inclusion", {"remove_object", "Scripted: object picked off the belt by the terminal"}},
      {"overload", {"escalate", "Scripted: belt cleared of people, radiation safety called"}},
      {"artificial_source", {"escalate", "Scripted: source isolated by radiation safety"}},
      {"natural_radioactivity_high", {"refer_laboratory", "Scripted: sample sent for gamma spectrometry"}},
      {"slag_suspect", {"refer_laboratory", "Scripted: sample sent for solid waste identification"}},
      {"wrong_brand", {"refer_laboratory", "Scripted: sample sent for brand identification"}},
      {"limit_exceeded", {"refer_laboratory", "Scripted: sample sent for chemical analysis"}},
      {"moisture_high", {"explain", "Scripted: rain during discharge, moisture sample taken"}},
  };
  const auto it = routines.find(code);
  return it != routines.end() ? it->second : Routine{"explain", "Scripted: looked into and explained"};
}

}  // namespace

ScriptedOfficers::ScriptedOfficers(std::uint16_t port, DemoUser first, DemoUser second, Log& log)
    : port_(port), first_(std::move(first)), second_(std::move(second)), log_(log) {}

ScriptedOfficers::~ScriptedOfficers() { stop(); }

void ScriptedOfficers::start() {
  thread_ = std::thread([this] { run(); });
}

void ScriptedOfficers::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void ScriptedOfficers::run() {
  HttpClient officer(port_), second(port_);
  for (const auto& [client, who] : {std::pair{&officer, &first_}, std::pair{&second, &second_}}) {
    if (auto signed_in = client->sign_in(who->user, who->password); !signed_in) {
      std::lock_guard lock(left_mutex_);
      left_ = signed_in.error();
      return;
    }
    ++actions_;
  }
  for (bool all_released = false; !stopping_ && !all_released; std::this_thread::sleep_for(kLook)) {
    if (auto handled = handle_cases(officer); !handled) log_.warn_once("scripted cases", handled.error().message);
    auto done = handle_lots(officer, second);
    if (!done) log_.warn_once("scripted lots", done.error().message);
    all_released = done && *done;
  }
}

Result<void> ScriptedOfficers::acting() const {
  std::lock_guard lock(left_mutex_);
  return left_ ? Result<void>(*left_) : Result<void>();
}

Result<void> ScriptedOfficers::handle_cases(HttpClient& officer) {
  auto alarms = officer.get("/api/v1/alarms?state=open");
  if (!alarms) return alarms.error();
  for (const auto& alarm : list(alarms->body, "alarms")) {
    if (text(alarm, "state") != "unacknowledged") continue;
    auto done = officer.post("/api/v1/alarms/" + text(alarm, "alarm") + "/acknowledge", object{});
    if (!done) return done.error();
    if (done->status == 200) ++actions_;
  }
  auto cases = officer.get("/api/v1/cases?state=open");
  if (!cases) return cases.error();
  for (const auto& c : list(cases->body, "cases")) {
    const std::string id = text(c, "case");
    const Routine routine = routine_for(text(c, "code"));
    auto done = officer.post("/api/v1/cases/" + id + "/dispositions",
                             object{{"kind", routine.kind}, {"reason", routine.reason}, {"note", "scripted officer"}});
    if (!done) return done.error();
    if (done->status == 200) ++actions_;
    // An escalated case is the supervisor's to resolve: see handle_lots, which acts with both sessions.
  }
  return {};
}

Result<bool> ScriptedOfficers::handle_lots(HttpClient& officer, HttpClient& second) {
  auto cases = second.get("/api/v1/cases?state=open");
  if (!cases) return cases.error();
  for (const auto& c : list(cases->body, "cases")) {
    if (!flag(c, "escalated")) continue;
    auto done = second.post("/api/v1/cases/" + text(c, "case") + "/dispositions",
                            object{{"kind", "explain"}, {"reason", "Scripted: source removed and secured; area measured clear"},
                                   {"note", "scripted supervisor"}});
    if (!done) return done.error();
    if (done->status == 200) ++actions_;
  }

  auto lots = officer.get("/api/v1/lots");
  if (!lots) return lots.error();
  bool all = !list(lots->body, "lots").empty();
  for (const auto& lot : list(lots->body, "lots")) {
    const std::string id = text(lot, "lot"), state = text(lot, "state");
    if (state == "released" || state == "rejected") continue;
    all = false;
    if (state != "inspected") continue;
    const std::string path = "/api/v1/lots/" + id + "/dispositions";
    auto asked = officer.post(path, object{{"kind", "release"}, {"reason", "Scripted: all tonnes inspected, cases disposed"}});
    if (!asked) return asked.error();
    if (asked->status == 200) {
      ++actions_;
      continue;
    }
    // Blocked: only what a second officer may take upon themselves is overridden; open cases are waited for.
    bool only_holes = true;
    const auto* body = asked->body.if_object();
    const auto* error = body ? body->if_contains("error") : nullptr;
    const auto& blockers = list(body && body->if_contains("blockers") ? asked->body : (error ? *error : asked->body), "blockers");
    for (const auto& blocker : blockers) {
      const std::string code = text(blocker, "code");
      only_holes = only_holes && (code == "coverage_hole" || code == "instrument_sick" || code == "model_not_fitted");
    }
    if (blockers.empty() || !only_holes) continue;
    auto proposed = officer.post(path, object{{"kind", "release"},
                                              {"reason", "Scripted: uncovered tonnes sampled by hand"},
                                              {"override", true}});
    if (!proposed) return proposed.error();
    if (proposed->status != 200) continue;
    ++actions_;
    const auto* disposition = proposed->body.if_object() ? proposed->body.as_object().if_contains("disposition") : nullptr;
    if (!disposition) continue;
    auto consent = second.post("/api/v1/dispositions/" + text(*disposition, "id") + "/consent",
                               object{{"reason", "Scripted: hand sample results seen"}});
    if (!consent) return consent.error();
    if (consent->status == 200) ++actions_;
  }
  return all;
}

}  // namespace beltwarden::app
