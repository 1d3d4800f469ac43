// An officer's order on its whole way: HTTP, journal, Modbus registers of the twin's PLC over TCP, and what was done back in the API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "apps/beltwarden/http_client.h"
#include "apps/beltwarden/node.h"
#include "instruments/driver.h"
#include "journal/reader.h"
#include "twin/plc_server.h"
#include "wire/codec.h"

namespace beltwarden::app {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using boost::json::value;

constexpr const char* kPassword = "belt and tonnes";
constexpr double kSpeed_mps = 3, kLoad_t_per_m = 1.0 / 3;   // 1 t/s
const control::Actor kRoot{UserId{"system"}, "System", control::Role::kAdmin, ""};

/// A terminal: a belt that feeds lot 1 while it runs, a cutter that misses the first increment, and a PLC that can be unplugged.
class Terminal {
 public:
  explicit Terminal(Log& log) : log_(log) { plug_in(); }

  void plug_in() {
    twin::PlcTerminal terminal;
    terminal.belt = [this] { return belt(); };
    terminal.heartbeat = [this] { return ++beats_; };
    terminal.cut = [this](std::uint32_t increment) {
      std::lock_guard lock(mutex_);
      cut_.push_back(increment);
      return increment == 1 ? 0.0 : 21.5;
    };
    terminal.stop = [this] {
      ++stops_;
      return true;
    };
    terminal.answer_s = 0.1;
    auto plc = twin::PlcServer::listen("127.0.0.1", port_, std::move(terminal), log_);
    ASSERT_TRUE(plc.ok()) << plc.error().message;
    plc_ = std::move(*plc);
    port_ = plc_->port();
  }
  void unplug() { plc_.reset(); }
  std::uint16_t port() const { return port_; }

  void run(bool on) {
    std::lock_guard lock(mutex_);
    move();
    running_ = on;
  }
  std::vector<std::uint32_t> cut() {
    std::lock_guard lock(mutex_);
    return cut_;
  }
  int stops() const { return stops_; }

 private:
  void move() {
    const auto now = std::chrono::steady_clock::now();
    if (running_) metres_ += kSpeed_mps * std::chrono::duration<double>(now - moved_).count();
    moved_ = now;
  }
  material::BeltReading belt() {
    std::lock_guard lock(mutex_);
    move();
    material::BeltReading belt;
    belt.running = running_;
    belt.speed_mps = running_ ? kSpeed_mps : 0;
    belt.rate_tph = running_ ? 3600 : 0;
    belt.encoder_ticks = static_cast<std::uint32_t>(metres_ / 0.01);
    belt.totaliser_ticks = static_cast<std::uint32_t>(metres_ * kLoad_t_per_m / 0.1);
    belt.feed_lot = 1;
    return belt;
  }

  Log& log_;
  std::mutex mutex_;
  bool running_ = false;
  double metres_ = 0;
  std::chrono::steady_clock::time_point moved_ = std::chrono::steady_clock::now();
  std::vector<std::uint32_t> cut_;
  std::atomic<int> stops_{0};
  std::atomic<std::uint16_t> beats_{0};
  std::uint16_t port_ = 0;
  std::unique_ptr<twin::PlcServer> plc_;
};

class OrdersTest : public ::testing::Test {
 protected:
  OrdersTest() {
    char name[] = "/tmp/beltwarden_orders_XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~OrdersTest() override {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // The node with the real driver, as `serve` joins them.
  void start() {
    NodeOptions options;
    options.layout.site = SiteId{"haiqing"};
    options.layout.line = LineId{"B1"};
    options.layout.plc = InstrumentId{"plc"};
    options.layout.feed_distance = Metres{-1};
    options.layout.slice = Tonnes{2};
    options.layout.instruments = {{InstrumentId{"cutter"}, Metres{6}, Metres{1}, {}, material::kSamplerKind}};
    options.data_dir = folder_;
    options.instruments = {{InstrumentId{"plc"}, "plc", "plc", 0, 0}, {InstrumentId{"cutter"}, material::kSamplerKind, "plc", 6, 0}};
    options.api.site = options.layout.site;
    const auto settings = Config::parse("host = '127.0.0.1'\nport = " + std::to_string(terminal_.port()) +
                                            "\nsampler = 'cutter'\nperiod_s = 0.05\ntimeout_s = 0.2\nlongest_pause_s = 0.25\nanswer_s = 3\n", "plc.toml");
    ASSERT_TRUE(settings.ok());
    auto driver = instruments::driver_registry().find("modbus_plc")->second(*settings, {InstrumentId{"plc"}, *log_, clock_});
    ASSERT_TRUE(driver.ok()) << driver.error().message;
    driver_ = std::move(*driver);
    static const pack::Pack pack = pack::read(std::filesystem::path(BELTWARDEN_PACKS) / "iron-ore").value();
    auto node = Node::open(std::move(options), pack, [this](const instruments::Order& order) { return driver_->order(order); }, clock_, clock_, *log_);
    ASSERT_TRUE(node.ok()) << node.error().message;
    node_ = std::move(*node);
    ASSERT_TRUE(node_->start().ok());
    ASSERT_TRUE(driver_->start([this](instruments::Output output) { return node_->site().submit(std::move(output)); }).ok());
  }
  void stop() {
    if (!node_) return;
    node_->site().stop_soon();
    driver_->stop();
    (void)node_->stop();
    node_.reset();
    driver_.reset();
  }

  using Client = std::unique_ptr<HttpClient>;
  Client as(const std::string& user) {
    auto client = std::make_unique<HttpClient>(node_->api().port());
    if (!user.empty()) {
      EXPECT_TRUE(client->sign_in(user, kPassword).ok()) << user;
    }
    return client;
  }
  static value got(Client& client, const std::string& path) {
    auto answer = client->get(path);
    return answer && answer->status == 200 ? answer->body : value();
  }
  template <class Condition>
  static bool until(Condition condition, double within_s = 20) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(within_s);
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return condition();
  }

  /// A declared lot on the belt, and a case about it: the cutter missed the lot's first increment.
  void open_case() {
    start();
    ASSERT_FALSE(HasFatalFailure());
    for (const char* role : {"officer", "terminal", "consignee", "admin"}) {
      const auto added = node_->control().add_user(kRoot, {role, role, role, role == std::string("consignee") ? "Haiqing Steel" : "", kPassword, {}});
      ASSERT_TRUE(added.ok()) << added.error().message;
    }
    auto officer = as("officer");
    const auto declared = officer->post("/api/v1/declarations", boost::json::parse(R"([{"number":"220920260000000001","hs_code":"2601112000",
      "brand":"Karstad fines","origin":"NO","consignee":"Haiqing Steel","ship":"MV Order","call":"HQ-1","lot":"L1","line":"B1","commodity":"iron-ore",
      "feed_number":1,"mass_t":150,"composition":{"Fe":62.5}}])"));
    ASSERT_TRUE(declared.ok()) << declared.error().message;
    ASSERT_EQ(declared->status, 200u) << boost::json::serialize(declared->body);
    ASSERT_TRUE(until([&] { return node_->site().knows_lot(LotId{"L1"}); }));
    terminal_.run(true);
    ASSERT_TRUE(until([&] {
      const auto open = got(officer, "/api/v1/alarms?state=open");
      if (open.is_null() || open.at("alarms").as_array().empty()) return false;
      case_ = std::string(open.at_pointer("/alarms/0/case").as_string());
      return true;
    })) << "the increment that was not taken raises an alarm";
    path_ = "/api/v1/cases/" + case_;
  }
  static double passed(Client& client) { return got(client, "/api/v1/lots/L1").at("tonnes_passed").to_number<double>(); }
  value order(Client& client, const std::string& kind, double from_t = -1, double to_t = -1) {
    boost::json::object body{{"kind", kind}, {"reason", "to be sure"}};
    if (from_t >= 0) body["from_t"] = from_t, body["to_t"] = to_t;
    auto answer = client->post(path_ + "/dispositions", value(body));
    EXPECT_TRUE(answer.ok());
    status_ = answer ? answer->status : 0;
    return answer ? answer->body : value();
  }
  /// State and answer of the case's newest disposition.
  std::string newest(Client& client, const char* what) {
    const auto its = got(client, path_);
    const auto* all = its.is_null() ? nullptr : &its.at("dispositions").as_array();
    return all == nullptr || all->empty() ? "" : std::string(all->back().at(what).as_string());
  }
  std::vector<std::string> taken() {
    std::vector<std::string> kinds;
    auto reader = journal::Reader::open(folder_ / "journal");
    EXPECT_TRUE(reader.ok());
    if (!reader) return kinds;
    for (auto entry = reader->next(); entry && *entry; entry = reader->next()) {
      if ((*entry)->kind != journal::EntryKind::kCommand && (*entry)->kind != journal::EntryKind::kObservation) continue;
      const auto observation = wire::decode_observation((*entry)->payload);
      if (!observation) continue;
      if (const auto* command = std::get_if<material::CommandTaken>(&observation->payload)) kinds.push_back(command->kind);
    }
    return kinds;
  }
  /// The number in "increment N taken, at ...".
  static std::uint32_t increment_in(const std::string& answer) {
    return answer.starts_with("increment ") ? static_cast<std::uint32_t>(std::stoul(answer.substr(10))) : 0;
  }

  std::unique_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  std::filesystem::path folder_;
  Terminal terminal_{*log_};
  std::unique_ptr<instruments::Driver> driver_;
  std::unique_ptr<Node> node_;
  std::string case_, path_;
  unsigned status_ = 0;
};

TEST_F(OrdersTest, ASampleAndAStopGoToThePlcAndTheirAnswersComeBack) {
  open_case();
  ASSERT_FALSE(HasFatalFailure());
  auto officer = as("officer");
  const double from_t = passed(officer) + 3;
  const auto made = order(officer, "order_sample", from_t, from_t + 4);
  ASSERT_EQ(status_, 200u) << boost::json::serialize(made);
  EXPECT_EQ(made.at_pointer("/disposition/state"), "waiting_answer");
  ASSERT_TRUE(until([&] { return newest(officer, "state") == "answered"; })) << newest(officer, "state") << ": " << newest(officer, "answer");
  const std::string answer = newest(officer, "answer");
  EXPECT_THAT(answer, HasSubstr(" of L1"));
  EXPECT_THAT(terminal_.cut(), Contains(increment_in(answer))) << answer;
  EXPECT_THAT(taken(), Contains("order_sample"));

  EXPECT_EQ(terminal_.stops(), 0);
  order(officer, "request_stop");
  ASSERT_EQ(status_, 200u);
  ASSERT_TRUE(until([&] { return newest(officer, "state") == "answered"; })) << newest(officer, "answer");
  EXPECT_EQ(terminal_.stops(), 1);
  EXPECT_THAT(taken(), Contains("request_stop"));
}

TEST_F(OrdersTest, WhoMayNotDecideOrdersNothing) {
  open_case();
  ASSERT_FALSE(HasFatalFailure());
  for (const char* user : {"terminal", "consignee", "admin"}) {
    auto client = as(user);
    for (const char* kind : {"order_sample", "request_stop"}) {
      const auto refused = order(client, kind);
      EXPECT_EQ(status_, 403u) << user << ", " << kind << ": " << boost::json::serialize(refused);
    }
  }
  auto nobody = as("");
  order(nobody, "request_stop");
  EXPECT_EQ(status_, 401u);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));   // what had gone out would have come by now
  EXPECT_EQ(terminal_.stops(), 0);
  EXPECT_THAT(taken(), Each(AnyOf("plan", "cut")));   // the cutter's own, of the sampling plan
  EXPECT_THAT(taken(), Contains("plan"));
  auto officer = as("officer");
  EXPECT_TRUE(got(officer, path_).at("dispositions").as_array().empty());
}

TEST_F(OrdersTest, AnOrderStaysOpenWhileThePlcIsAwayAndIsCarriedOutAfterARestart) {
  open_case();
  ASSERT_FALSE(HasFatalFailure());
  auto officer = as("officer");
  terminal_.run(false);
  const double from_t = passed(officer) + 4;
  terminal_.unplug();
  ASSERT_TRUE(until([&] {
    const auto all = got(officer, "/api/v1/instruments");
    return !all.is_null() && std::ranges::any_of(all.at("instruments").as_array(), [](const value& one) {
      return one.at("instrument") == "plc" && one.at("state") == "disconnected";
    });
  })) << "the PLC is told as disconnected";
  order(officer, "order_sample", from_t, from_t + 6);
  ASSERT_EQ(status_, 200u);
  ASSERT_TRUE(until([&] { return std::ranges::count(taken(), "order_sample") == 1; }));
  EXPECT_EQ(newest(officer, "state"), "waiting_answer") << newest(officer, "answer");
  const auto cut_before = terminal_.cut();

  order(officer, "request_stop");   // nobody hears it: a stop is for now, so it is answered at once
  ASSERT_TRUE(until([&] { return newest(officer, "state") == "refused"; })) << newest(officer, "state");
  EXPECT_THAT(newest(officer, "answer"), HasSubstr("the terminal was not asked"));

  stop();
  start();
  ASSERT_FALSE(HasFatalFailure());
  officer = as("officer");
  const auto sample = [&](const char* what) {
    const auto its = got(officer, path_);
    return its.is_null() ? std::string() : std::string(its.at_pointer(std::string("/dispositions/0/") + what).as_string());
  };
  EXPECT_EQ(sample("state"), "waiting_answer");
  terminal_.plug_in();
  terminal_.run(true);
  ASSERT_TRUE(until([&] { return sample("state") != "waiting_answer"; }));
  EXPECT_EQ(sample("state"), "answered") << sample("answer");
  EXPECT_THAT(terminal_.cut(), Contains(increment_in(sample("answer"))));
  EXPECT_THAT(cut_before, Not(Contains(increment_in(sample("answer")))));
  EXPECT_EQ(std::ranges::count(taken(), "order_sample"), 1) << "taken once, whoever sends it again";
  EXPECT_EQ(terminal_.stops(), 0) << "a stop that was not heard is not asked for later";
}

TEST_F(OrdersTest, AnOrderThatAReplacedJournalHasForgottenIsToldSo) {
  open_case();
  ASSERT_FALSE(HasFatalFailure());
  auto officer = as("officer");
  terminal_.run(false);
  const double from_t = passed(officer) + 20;
  order(officer, "order_sample", from_t, from_t + 6);
  ASSERT_EQ(status_, 200u);
  ASSERT_TRUE(until([&] { return std::ranges::count(taken(), "order_sample") == 1 && node_->underway() == 0; }));
  stop();
  std::filesystem::rename(folder_ / "journal", folder_ / "journal.old");
  start();
  ASSERT_FALSE(HasFatalFailure());
  officer = as("officer");
  terminal_.run(true);
  ASSERT_TRUE(until([&] { return newest(officer, "state") == "refused"; })) << newest(officer, "state");
  EXPECT_THAT(newest(officer, "answer"), HasSubstr("journal was replaced"));
  EXPECT_THAT(taken(), Each(AnyOf("plan", "cut", "end_lot"))) << "the new journal counts tonnes anew: it would cut elsewhere";
}

}  // namespace
}  // namespace beltwarden::app
