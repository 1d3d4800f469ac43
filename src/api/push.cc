#include "api/push.h"

#include <boost/json/array.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "api/json.h"
#include "api/json_text.h"
#include "api/utf8.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;
using Kind = control::Change::Kind;

constexpr auto kPeriod = std::chrono::milliseconds(250);
constexpr int kPeriodsASecond = 4;
constexpr std::size_t kMaxPoints = 4000;  // a page that missed some asks for the series anew

struct Client {
  control::Actor actor;
  std::string token;
};

}  // namespace

struct Push::State {
  State(const ApiOptions& o, control::Control& c, record::Record& r, const Clock& k, Log& l)
      : options(o), control(c), record(r), clock(k), log(l) {}

  void note(const control::Change& change) {
    std::lock_guard lock(mutex);
    if (change.kind == Kind::kPoints) {
      for (const auto& point : change.points) {
        if (points.size() < kMaxPoints) {
          points.push_back(point);
        } else {
          ++missed_points;
        }
      }
    } else if (change.kind == Kind::kAudit) {
      changed[change.kind] = {change.id};  // the newest is enough to ask for the page
    } else {
      changed[change.kind].insert(change.id);
    }
  }

  void run() {
    for (int period = 0;; ++period) {
      std::map<Kind, std::set<std::string>> now;
      std::vector<control::Change::NewPoint> new_points;
      std::size_t missed = 0;
      const bool second = period % kPeriodsASecond == 0;
      {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, kPeriod, [&] { return stopping; });
        if (stopping) return;
        if (clients.empty()) {
          changed.clear();
          points.clear();
          missed_points = 0;
          continue;
        }
        for (auto it = changed.begin(); it != changed.end();) {
          if (it->first == Kind::kLot && !second) {
            ++it;
          } else {
            now.insert(changed.extract(it++));
          }
        }
        new_points.swap(points);
        missed = std::exchange(missed_points, 0);
      }
      try {
        if (second) end_dead_sessions();
        if (second) send_tick();
        for (const auto& [kind, ids] : now) {
          for (const auto& id : ids) send(kind, id);
        }
        send_points(new_points, missed);
      } catch (const std::exception& failure) {
        log.error(std::string("push: ") + failure.what());
      }
    }
  }

  // Signed out elsewhere, disabled, idled out: nobody told us, so we ask.
  void end_dead_sessions() {
    std::map<std::string, std::vector<ClientId>> by_token;
    {
      std::lock_guard lock(mutex);
      for (const auto& [id, client] : clients) by_token[client.token].push_back(id);
    }
    for (const auto& [token, ids] : by_token) {
      if (const auto actor = control.signed_in(token)) {
        // A role or consignee that changed counts from now on.
        std::lock_guard lock(mutex);
        for (const auto id : ids) {
          if (auto client = clients.find(id); client != clients.end()) client->second.actor = *actor;
        }
        continue;
      }
      for (const auto id : ids) server->disconnect(id);
    }
  }

  void send_tick() {
    const object tick{{"type", "tick"}, {"time", to_json(clock.now())}, {"speed", options.clock_speed}};
    to_inspectors(tick);
    to_those(tick, [](const control::Actor& actor) { return !inspects(actor); });
  }

  void send(Kind kind, const std::string& id) {
    switch (kind) {
      case Kind::kAlarm:
        if (auto alarm = control.alarm(AlarmId(id))) inspection("alarm", to_json(*alarm));
        break;
      case Kind::kCase:
        if (auto view = control.case_of(CaseId(id))) inspection("case", to_json(*view, false));
        break;
      case Kind::kLine:
        if (auto line = control.line(LineId(id))) inspection("line", to_json(*line));
        break;
      case Kind::kInstrument:
        for (const auto& instrument : control.instruments()) {
          if (instrument.row.instrument.str() == id) inspection("instrument", to_json(instrument));
        }
        break;
      case Kind::kAudit: inspection("audit", {{"number", std::stoll(id)}}); break;
      case Kind::kFrame:
        if (auto row = record.evidence(id)) inspection("frame", to_json(*row));
        break;
      case Kind::kLot: send_lot(LotId(id)); break;
      case Kind::kPoints: break;
    }
  }

  void send_lot(const LotId& lot) {
    const control::Actor all{UserId("push"), "", control::Role::kSupervisor, ""};
    auto view = control.lot(all, lot);
    if (!view) return;
    to_inspectors({{"type", "lot"}, {"lot", to_json(*view, true, false)}});
    to_those({{"type", "lot"}, {"lot", to_json(*view, false, false)}}, [&](const control::Actor& actor) {
      return actor.role == control::Role::kTerminal || (actor.role == control::Role::kConsignee && actor.consignee == view->consignee);
    });
  }

  void send_points(const std::vector<control::Change::NewPoint>& list, std::size_t missed) {
    if (list.empty()) return;
    array out;
    for (const auto& p : list) {
      object one{{"line", p.line.str()}, {"lot", p.lot.str()}, {"name", p.name}, {"model", p.model}, {"unit", p.unit}};
      if (p.low) one["low"] = number(*p.low);
      if (p.high) one["high"] = number(*p.high);
      one["point"] = to_json(p.point);
      out.push_back(std::move(one));
    }
    to_inspectors({{"type", "points"}, {"points", std::move(out)}, {"missed", missed}});
  }

  void inspection(const char* type, object value) {
    to_inspectors({{"type", type}, {type, std::move(value)}});
  }

  static bool inspects(const control::Actor& actor) { return control::sees_inspection(actor.role); }

  // Numbered without holes. The others' messages are not: holes would tell of what they may not see.
  void to_inspectors(object message) {
    message["seq"] = ++sequence;
    to_those(message, inspects);
  }

  template <class Sees>
  void to_those(const object& message, Sees sees) {
    std::vector<ClientId> to;
    {
      std::lock_guard lock(mutex);
      for (const auto& [id, client] : clients) {
        if (sees(client.actor)) to.push_back(id);
      }
    }
    if (to.empty()) return;
    const auto text = std::make_shared<const std::string>(to_utf8(json_text(message)));
    for (const auto id : to) server->push(id, text);
  }

  const ApiOptions& options;
  control::Control& control;
  record::Record& record;
  const Clock& clock;
  Log& log;
  Server* server = nullptr;
  std::uint64_t subscription = 0;
  std::uint64_t sequence = 0;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::map<Kind, std::set<std::string>> changed;
  std::vector<control::Change::NewPoint> points;
  std::size_t missed_points = 0;
  std::map<ClientId, Client> clients;
  std::thread thread;
};

Push::Push(const ApiOptions& options, control::Control& control, record::Record& record, const Clock& clock, Log& log)
    : state_(std::make_unique<State>(options, control, record, clock, log)) {}

Push::~Push() { stop(); }

void Push::start(Server& server) {
  state_->server = &server;
  state_->subscription = state_->control.subscribe([s = state_.get()](const control::Change& change) { s->note(change); });
  state_->thread = std::thread([s = state_.get()] { s->run(); });
}

void Push::stop() {
  if (!state_->thread.joinable()) return;
  state_->control.unsubscribe(state_->subscription);
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  state_->thread.join();
}

void Push::opened(ClientId client, const control::Actor& actor, const std::string& token) {
  std::lock_guard lock(state_->mutex);
  state_->clients[client] = {actor, token};
}

void Push::closed(ClientId client) {
  std::lock_guard lock(state_->mutex);
  state_->clients.erase(client);
}

void Push::signed_out(const std::string& token) {
  std::vector<ClientId> gone;
  {
    std::lock_guard lock(state_->mutex);
    for (const auto& [id, client] : state_->clients) {
      if (client.token == token) gone.push_back(id);
    }
  }
  for (const auto id : gone) {
    if (state_->server) state_->server->disconnect(id);
  }
}

}  // namespace beltwarden::api
