// Bytes, limits and connections: what the server does whatever the requests mean.
#include "api/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "api/client_for_tests.h"

namespace beltwarden::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LinesLog final : public Log {
 public:
  void write(LogLevel, std::string_view message) override {
    std::lock_guard lock(mutex);
    lines.emplace_back(message);
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options.max_body = 1000;
    options.max_headers = 2000;
    options.max_backlog = 1u << 20;
    serve();
  }
  void serve() {
    server.reset();
    auto listening = Server::open(options, log);
    ASSERT_TRUE(listening.ok()) << listening.error().message;
    server = std::move(*listening);
    server->run({[this](const Request& request) { return answer(request); },
                 [](const Request& request) -> std::optional<Response> {
                   if (request.path == "/stream") return std::nullopt;
                   if (request.path == "/burst") throw std::runtime_error("the knock went wrong");
                   return Response{404, "text/plain", "no push here", {}};
                 },
                 [this](ClientId id, const Request&) {
                   newest = id;
                   ++opened;
                 },
                 [this](ClientId) { ++closed; }});
  }
  Response answer(const Request& request) {
    if (request.path == "/burst") throw std::runtime_error("the scale fell over");
    if (request.path == "/odd") throw 7;
    if (request.path == "/type") return {200, "text/plain\r\nSet-Cookie: stolen=1", "x", {}};
    return {200, "text/plain", request.method + " " + request.path + " " + request.value("q") + " " + request.body, {}};
  }
  /// Waits until `happened`, or 20 s.
  template <class Condition>
  bool soon(Condition happened) {
    for (int i = 0; i < 2000; ++i) {
      if (happened()) return true;
      std::this_thread::sleep_for(Milliseconds(10));
    }
    return false;
  }
  static std::string request(const std::string& target, const std::string& more = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
  }

  LinesLog log;
  ServerOptions options;
  std::atomic<ClientId> newest{0};
  std::atomic<int> opened{0}, closed{0};
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, AnswersManyRequestsOnOneConnectionInOrder) {
  Wire wire(server->port());
  wire.send(request("/a?q=1") + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour" + request("/c", "Connection: close\r\n"));
  EXPECT_EQ(wire.read().body, "GET /a 1 ");
  EXPECT_EQ(wire.read().body, "POST /b  four");
  EXPECT_EQ(wire.read().body, "GET /c  ");
  EXPECT_TRUE(wire.ended());
}

TEST_F(ServerTest, GoesOnAfterAHandlerFails) {
  Wire wire(server->port());
  wire.send(request("/burst") + request("/odd") + request("/still-here"));
  const auto failed = wire.read();
  EXPECT_EQ(failed.status, 500u);
  EXPECT_EQ(failed.code(), "internal");
  EXPECT_THAT(failed.body, ::testing::Not(HasSubstr("scale")));  // why is for the log, not for strangers
  EXPECT_EQ(wire.read().status, 500u);
  EXPECT_EQ(wire.read().body, "GET /still-here  ");
  EXPECT_THAT(log.lines, ElementsAre("GET /burst failed: the scale fell over", HasSubstr("GET /odd failed")));
  EXPECT_EQ(server->counts().failed, 2u);
}

TEST_F(ServerTest, RefusesWhatIsTooLarge) {
  Wire announced(server->port());
  announced.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
  EXPECT_EQ(announced.read().status, 413u);
  EXPECT_TRUE(announced.ended());
  Wire fits(server->port());
  fits.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_EQ(fits.read().status, 200u);
  Wire chunked(server->port());
  chunked.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read().code(), "payload_too_large");
  Wire headers(server->port());
  headers.send(request("/a", "X-Long: " + std::string(2000, 'x') + "\r\n"));
  const auto refused = headers.read();
  EXPECT_EQ(refused.status, 431u);
  EXPECT_EQ(refused.message(), "headers may have at most 2000 bytes");
  EXPECT_EQ(server->counts().refused, 3u);
}

// Closing over what was not read would reset the connection, and the client would see that instead of the 413.
TEST_F(ServerTest, ARefusalReachesOneWhoIsStillSending) {
  Wire wire(server->port());
  wire.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n" + std::string(4'000'000, 'x'));
  EXPECT_EQ(wire.read().status, 413u);
  EXPECT_TRUE(wire.ended());
}

TEST_F(ServerTest, AsksForABodyThatWaitsToBeAsked) {
  Wire wire(server->port());
  wire.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(wire.read().status, 100u);
  wire.send("four");
  EXPECT_EQ(wire.read().body, "POST /a  four");
  Wire large(server->port());
  large.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(large.read().status, 413u);  // and is spared the sending
}

TEST_F(ServerTest, RefusesWhatIsNoHttp) {
  for (const std::string nonsense : {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /a HTTP/1.1\r\nContent-Length: -3\r\n\r\n",
                                     "GET /a HTTP/1.1\r\nno colon here\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"}) {
    Wire wire(server->port());
    wire.send(nonsense);
    wire.end();
    const auto refused = wire.read();
    EXPECT_EQ(refused.status, 400u) << nonsense;
    EXPECT_EQ(refused.code(), "invalid_input") << nonsense;
    EXPECT_TRUE(wire.ended()) << nonsense;
  }
  Wire cut(server->port());
  cut.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this");
  cut.end();
  EXPECT_EQ(cut.read().status, 400u);
}

TEST_F(ServerTest, RefusesAddressesThatClimbOrHideSomething) {
  for (const std::string target : {"/../etc/passwd", "/a/../b", "/%2e%2e/etc/passwd", "/a/%2E%2E", "/..%2fetc%2fpasswd", "/a%00b",
                                   "/a%0d%0aSet-Cookie:%20x", "/%ff%fe", "/a?q=%00", "/a?q=%c0%af", "/%zz", "*", "http://x/a"}) {
    Wire wire(server->port());
    wire.send(request(target));
    const auto refused = wire.read();
    EXPECT_EQ(refused.status, 400u) << target;
    EXPECT_EQ(refused.message(), "the address of this request is not a proper one") << target;
  }
  Wire wire(server->port());
  wire.send(request("/%E7%9F%BF/a%2Fb?q=a+b%26c"));
  EXPECT_EQ(wire.read().body, "GET /矿/a/b a b&c ");
}

TEST_F(ServerTest, AHeaderCannotBeSmuggledIntoAnAnswer) {
  Wire wire(server->port());
  wire.send(request("/type"));
  const auto answer = wire.read();
  EXPECT_EQ(answer.header("content-type"), "application/octet-stream");
  EXPECT_EQ(answer.header("set-cookie"), "");
}

TEST_F(ServerTest, HeadHasTheLengthButNotTheBody) {
  Wire wire(server->port());
  wire.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n" + request("/next"));
  const auto head = wire.read(true);
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.header("content-length"), "11");  // "HEAD /abc  "
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(wire.read().body, "GET /next  ");
}

TEST_F(ServerTest, TurnsAwayConnectionsBeyondTheLimit) {
  options.max_connections = 3;
  serve();
  Wire one(server->port()), two(server->port()), three(server->port());
  for (auto* wire : {&one, &two, &three}) {
    wire->send(request("/a"));
    EXPECT_EQ(wire->read().status, 200u);
  }
  Wire four(server->port());
  four.send(request("/a"));
  EXPECT_EQ(four.read().status, 0u);
  one.send(request("/a", "Connection: close\r\n"));
  EXPECT_EQ(one.read().status, 200u);
  EXPECT_TRUE(one.ended());
  one.end();
  ASSERT_TRUE(soon([&] { return server->counts().connections < 3; }));
  Wire five(server->port());
  five.send(request("/a"));
  EXPECT_EQ(five.read().status, 200u);
}

TEST_F(ServerTest, APortInUseIsNamed) {
  ServerOptions same = options;
  same.port = server->port();
  const auto second = Server::open(same, log);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(server->port())));
  same.address = "belt";
  EXPECT_THAT(Server::open(same, log).error().message, HasSubstr("'belt' is no IP address"));
}

TEST_F(ServerTest, WelcomesAndRefusesWebSockets) {
  StreamClient page(server->port()), stranger(server->port()), unlucky(server->port());
  page.path = "/stream";
  EXPECT_EQ(page.open(), 101u);
  stranger.path = "/elsewhere";
  EXPECT_EQ(stranger.open(), 404u);
  unlucky.path = "/burst";
  EXPECT_EQ(unlucky.open(), 500u);
  ASSERT_TRUE(soon([&] { return opened == 1; }));
  server->push(newest, std::make_shared<const std::string>(R"({"n":1})"));
  server->push(newest + 1, std::make_shared<const std::string>(R"({"n":2})"));  // is nobody
  const auto message = page.next();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->at("n"), 1);
  server->disconnect(newest);
  EXPECT_TRUE(page.closes());
  EXPECT_TRUE(soon([&] { return closed == 1 && server->counts().clients == 0; }));
}

TEST_F(ServerTest, ClosesAPageThatTalksTooMuch) {
  StreamClient page(server->port());
  page.path = "/stream";
  ASSERT_EQ(page.open(), 101u);
  page.say("hello");
  page.say(std::string(2000, 'x'));
  EXPECT_TRUE(page.closes());
}

TEST_F(ServerTest, APageThatDoesNotReadIsClosedAndTheOthersGoOn) {
  StreamClient sleeper(server->port()), reader(server->port());
  sleeper.path = reader.path = "/stream";
  sleeper.receive_buffer = 4096;
  ASSERT_EQ(sleeper.open(), 101u);
  ASSERT_TRUE(soon([&] { return opened == 1; }));
  const ClientId asleep = newest;
  ASSERT_EQ(reader.open(), 101u);
  ASSERT_TRUE(soon([&] { return opened == 2; }));
  const ClientId awake = newest;
  const auto large = std::make_shared<const std::string>("{\"fill\":\"" + std::string(256u << 10, 'x') + "\"}");
  int sent = 0;
  for (; sent < 200 && server->counts().closed_slow == 0; ++sent) {
    server->push(asleep, large);
    server->push(awake, large);
    ASSERT_TRUE(reader.next()) << sent;
  }
  EXPECT_EQ(server->counts().closed_slow, 1u);
  EXPECT_LT(sent, 200);
  EXPECT_TRUE(soon([&] { return closed == 1; }));
  for (int i = 0; i < 5; ++i) server->push(asleep, large);
  server->push(awake, std::make_shared<const std::string>(R"({"last":true})"));
  const auto last = reader.next();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->at("last"), true);
  EXPECT_EQ(server->counts().closed_slow, 1u);  // counted once
}

TEST_F(ServerTest, StopsWithPagesOpenAndCallsNobodyAfterwards) {
  StreamClient page(server->port());
  page.path = "/stream";
  ASSERT_EQ(page.open(), 101u);
  Wire idle(server->port());
  idle.send(request("/a"));
  ASSERT_EQ(idle.read().status, 200u);
  ASSERT_TRUE(soon([&] { return opened == 1; }));
  const auto port = server->port();
  server->stop();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(server->port(), port);
  EXPECT_TRUE(page.closes());
  EXPECT_TRUE(idle.ended());
  Wire late(port);
  late.send(request("/a"));
  EXPECT_EQ(late.read().status, 0u);
  server->push(newest, std::make_shared<const std::string>("late"));
  server->disconnect(newest);
  server->stop();
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerTest, NeedNotEverHaveRun) {
  auto unused = Server::open(options, log);
  ASSERT_TRUE(unused.ok());
  (*unused)->stop();
}

}  // namespace
}  // namespace beltwarden::api
