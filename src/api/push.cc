#include "api/push.h"

#include <boost/json/array.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "api/json.h"
#include "api/json_text.h"

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
  State(const ApiOptions& o, control::Control& c, record::Record& r, const Clock& k) : options(o), control(c), record(r), clock(k) {}

  void note(const control::Change& change) {
    std::lock_guard lock(mutex);
    if (change.kind == Kind::kPoints) {
      for (const auto& point : change.points) {
        if (points.size() < kMaxPoints) points.push_back(point);
      }
    } else {
      changed[change.kind].insert(change.id);
    }
  }

  void run() {
    for (int period = 0;; ++period) {
      std::map<Kind, std::set<std::string>> now;
      std::vector<control::Change::NewPoint> new_points;
      {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, kPeriod, [&] { return stopping; });
        if (stopping) return;
        if (clients.empty()) {
          changed.clear();
          points.clear();
          continue;
        }
        const bool second = period % kPeriodsASecond == 0;
        for (auto it = changed.begin(); it != changed.end();) {
          if (it->first == Kind::kLot && !second) {
            ++it;
          } else {
            now.insert(changed.extract(it++));
          }
        }
        new_points.swap(points);
      }
      if (period % kPeriodsASecond == 0) send_tick();
      for (const auto& [kind, ids] : now) {
        for (const auto& id : ids) send(kind, id);
      }
      send_points(new_points);
    }
  }

  void send_tick() {
    broadcast({{"type", "tick"}, {"time", to_json(clock.now())}, {"speed", options.clock_speed}},
              [](const control::Actor&) { return true; });
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
      case Kind::kAudit: inspection("audit", {{"number", id}}); break;
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
    broadcast({{"type", "lot"}, {"lot", to_json(*view, true, false)}},
              [](const control::Actor& actor) { return control::sees_inspection(actor.role); });
    broadcast({{"type", "lot"}, {"lot", to_json(*view, false, false)}}, [&](const control::Actor& actor) {
      return actor.role == control::Role::kTerminal || (actor.role == control::Role::kConsignee && actor.consignee == view->consignee);
    });
  }

  void send_points(const std::vector<control::Change::NewPoint>& list) {
    if (list.empty()) return;
    array out;
    for (const auto& p : list) {
      object one{{"line", p.line.str()}, {"lot", p.lot.str()}, {"name", p.name}, {"model", p.model}, {"unit", p.unit}};
      if (p.low) one["low"] = number(*p.low);
      if (p.high) one["high"] = number(*p.high);
      one["point"] = to_json(p.point);
      out.push_back(std::move(one));
    }
    broadcast({{"type", "points"}, {"points", std::move(out)}},
              [](const control::Actor& actor) { return control::sees_inspection(actor.role); });
  }

  void inspection(const char* type, object value) {
    broadcast({{"type", type}, {type, std::move(value)}},
              [](const control::Actor& actor) { return control::sees_inspection(actor.role); });
  }

  template <class Sees>
  void broadcast(object message, Sees sees) {
    message["seq"] = ++sequence;
    const auto text = std::make_shared<const std::string>(json_text(message));
    std::vector<ClientId> to;
    {
      std::lock_guard lock(mutex);
      for (const auto& [id, client] : clients) {
        if (sees(client.actor)) to.push_back(id);
      }
    }
    for (const auto id : to) server->push(id, text);
  }

  const ApiOptions& options;
  control::Control& control;
  record::Record& record;
  const Clock& clock;
  Server* server = nullptr;
  std::uint64_t subscription = 0;
  std::uint64_t sequence = 0;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::map<Kind, std::set<std::string>> changed;
  std::vector<control::Change::NewPoint> points;
  std::map<ClientId, Client> clients;
  std::thread thread;
};

Push::Push(const ApiOptions& options, control::Control& control, record::Record& record, const Clock& clock)
    : state_(std::make_unique<State>(options, control, record, clock)) {}

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
