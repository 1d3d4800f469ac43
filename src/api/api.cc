#include "api/api.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "api/json.h"
#include "api/openapi.h"
#include "api/push.h"
#include "api/router.h"
#include "api/routes.h"
#include "api/static_files.h"

namespace beltwarden::api {

using boost::json::object;

namespace {
constexpr const char* kStream = "/api/v1/stream";
}

struct Api::State {
  State(ApiOptions o, control::Control& c, record::Record& r, const Clock& k, Log& log)
      : options(std::move(o)), ready(options.ready), desk{options, c, r, k, [this](const std::string& token) { push.signed_out(token); }},
        router(c), push(options, c, r, k, log) {
    add_session_routes(router, desk);
    add_line_routes(router, desk);
    add_alarm_routes(router, desk);
    add_lot_routes(router, desk);
    add_declaration_routes(router, desk);
    add_admin_routes(router, desk);
    router.add({"GET", "/healthz", Access::kAnyone, "Is it alive", "", [this](const Call&) {
                  return json_response(object{{"status", "ok"}, {"version", BELTWARDEN_VERSION}, {"entries", desk.record.entries()},
                                              {"lag_ms", number(desk.record.sensor_to_center().p99_ms)}});
                }});
    router.add({"GET", "/metrics", Access::kLoopbackOrAdmin, "Prometheus text", "", [this](const Call&) { return metrics(); }});
    router.add({"GET", kStream, Access::kSignedIn, "Push over WebSocket: what changed, told to every open page", "",
                [](const Call&) {
                  Response upgrade = error_response(426, "upgrade", "this address speaks WebSocket");
                  upgrade.headers.emplace_back("Upgrade", "websocket");
                  return upgrade;
                }, 101});
    router.add({"GET", "/api/v1/openapi.json", Access::kAnyone, "This document", "", [this](const Call&) {
                  return Response{200, "application/json", openapi_document(router.routes()), {}};
                }});
  }

  Response answer(const Request& request) {
    const bool for_router = request.path.starts_with("/api/") || request.path == "/api" || request.path == "/healthz" || request.path == "/metrics";
    if (for_router) return ready ? router.answer(request) : still_reading(request);
    if (request.method != "GET" && request.method != "HEAD") {
      Response refused = error_response(405, "method", "pages are only read");
      refused.headers.emplace_back("Allow", "GET, HEAD");
      return refused;
    }
    return files.answer(request.path);
  }

  // 503, so that whoever waits for a 200 of /healthz waits for the whole of it.
  Response still_reading(const Request& request) const {
    const double share = read;
    object body;
    if (request.path == "/healthz") {
      body = {{"status", "reading"}, {"version", BELTWARDEN_VERSION}, {"read", number(share)}};
    } else {
      const auto percent = static_cast<int>(std::floor(100 * share));
      body["error"] = object{{"code", "reading"}, {"message", "the site's journal is being read: " + std::to_string(percent) + " %"}, {"read", number(share)}};
    }
    auto response = json_response(std::move(body), 503);
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }

  Response metrics() {
    prometheus::Registry registry;
    const auto gauge = [&](const char* name, const char* help, double value) {
      prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({}).Set(value);
    };
    const auto total = [&](const char* name, const char* help, std::uint64_t value) {
      prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({}).Increment(static_cast<double>(value));
    };
    const auto latency = desk.record.sensor_to_center();
    const auto counts = server->counts();
    total("beltwarden_entries_total", "Journal entries in the record", desk.record.entries());
    total("beltwarden_unreadable_total", "Entries that could not be read", desk.record.unreadable());
    gauge("beltwarden_sensor_to_center_ms_p50", "Driver's receipt to record's commit, median", latency.p50_ms);
    gauge("beltwarden_sensor_to_center_ms_p99", "Driver's receipt to record's commit, 99th percentile", latency.p99_ms);
    total("beltwarden_http_requests_total", "Requests answered", counts.requests);
    total("beltwarden_http_refused_total", "Requests and connections refused by limits", counts.refused);
    total("beltwarden_http_failed_total", "Requests that failed at our side", counts.failed);
    gauge("beltwarden_http_connections", "Open connections, pages' pushes among them", static_cast<double>(counts.connections));
    gauge("beltwarden_push_clients", "Open pages", static_cast<double>(counts.clients));
    total("beltwarden_push_closed_slow_total", "Pages closed for not reading", counts.closed_slow);
    gauge("beltwarden_alarms_open", "Alarms not closed", static_cast<double>(desk.control.alarms(true, std::nullopt).size()));
    return {200, "text/plain; version=0.0.4", prometheus::TextSerializer().Serialize(registry.Collect()), {}};
  }

  // Another site's page must not open our stream with the reader's cookie. The cookie is SameSite=Strict, but another
  // port of this machine is the same site.
  std::optional<Response> knock(const Request& request) {
    if (request.path != kStream) return error_response(404, "not_found", std::string("push is at ") + kStream);
    if (!same_origin(request)) return error_response(403, "origin", "this page is not from here");
    if (!ready) return still_reading(request);
    if (!desk.control.session(session_token(request.cookie))) return error_response(401, "sign_in", "sign in first");
    return std::nullopt;
  }

  void opened(ClientId client, const Request& request) {
    const std::string token = session_token(request.cookie);
    if (auto session = desk.control.session(token)) {
      push.opened(client, session->actor, token);
    } else {
      server->disconnect(client);  // signed out since it knocked
    }
  }

  const ApiOptions options;
  std::atomic<bool> ready;
  std::atomic<double> read{0};
  Desk desk;
  Router router;
  Push push;
  StaticFiles files;
  std::unique_ptr<Server> server;
};

Api::Api(std::unique_ptr<State> state) : state_(std::move(state)) {}
Api::~Api() { stop(); }

Result<std::unique_ptr<Api>> Api::start(ApiOptions options, control::Control& control, record::Record& record,
                                        const Clock& clock, Log& log) {
  auto state = std::make_unique<State>(std::move(options), control, record, clock, log);
  if (!state->options.ui_folder.empty()) {
    auto files = StaticFiles::load(state->options.ui_folder);
    if (!files) return files.error();
    state->files = std::move(*files);
  }
  State* s = state.get();
  Handlers handlers{[s](const Request& request) { return s->answer(request); },
                    [s](const Request& request) { return s->knock(request); },
                    [s](ClientId client, const Request& request) { s->opened(client, request); },
                    [s](ClientId client) { s->push.closed(client); }};
  auto server = Server::open(s->options.server, log);
  if (!server) return server.error();
  s->server = std::move(*server);
  s->push.start(*s->server);
  s->server->run(std::move(handlers));
  return std::unique_ptr<Api>(new Api(std::move(state)));
}

std::uint16_t Api::port() const { return state_->server->port(); }

void Api::reading(double share) { state_->read = std::clamp(share, 0.0, 1.0); }
void Api::ready() { state_->ready = true; }

void Api::stop() {
  if (!state_ || !state_->server) return;
  state_->push.stop();
  state_->server->stop();
}

}  // namespace beltwarden::api
