// How long after a change every open page knows of it: 100 pages on loopback, a finding becomes an alarm, the alarm is pushed.
//
//   build/bench_push [pages] [changes]
//
// Push gathers changes for a quarter of a second by design, so the time to the first page is mostly that wait (uniform from 0
// to 250 ms) and the time from the first page to the last is the fan-out. Pages and server share the machine.
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "api/api.h"

namespace {

using namespace beltwarden;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::asio::ip::tcp;
using Wall = std::chrono::steady_clock;

constexpr const char* kUser = "officer";
constexpr const char* kPassword = "belt and tonnes";

template <class T>
T need(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

/// When each alarm was raised and when each page heard of it.
class Board {
 public:
  void raised(const std::string& alarm) {
    std::lock_guard lock(mutex_);
    raised_.try_emplace(alarm, Wall::now());
  }
  void heard(const std::string& alarm) {
    std::lock_guard lock(mutex_);
    heard_[alarm].push_back(Wall::now());
  }
  std::size_t hearers(const std::string& alarm) {
    std::lock_guard lock(mutex_);
    return heard_[alarm].size();
  }
  void print(std::size_t pages) {
    std::lock_guard lock(mutex_);
    std::vector<double> all, first, fan_out;
    std::size_t whole = 0;
    for (const auto& [alarm, at] : raised_) {
      auto& times = heard_[alarm];
      whole += times.size() == pages;
      if (times.empty()) continue;
      std::sort(times.begin(), times.end());
      for (const auto time : times) all.push_back(ms(time - at));
      first.push_back(ms(times.front() - at));
      fan_out.push_back(ms(times.back() - times.front()));
    }
    std::printf("%zu pages, %zu changes, %zu of them heard by every page\n", pages, raised_.size(), whole);
    row("change to page", all);
    row("change to first page (gathering)", first);
    row("first page to last (fan-out)", fan_out);
  }

 private:
  static double ms(Wall::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }
  static void row(const char* name, std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto at = [&](double q) {  // nearest rank
      return values.empty() ? 0.0 : values[static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))) - 1];
    };
    std::printf("%-34s p50 %7.1f ms   p99 %7.1f ms   max %7.1f ms\n", name, at(0.5), at(0.99), at(1.0));
  }

  std::mutex mutex_;
  std::map<std::string, Wall::time_point> raised_;
  std::map<std::string, std::vector<Wall::time_point>> heard_;
};

class Page : public std::enable_shared_from_this<Page> {
 public:
  Page(boost::asio::io_context& io, Board& board) : socket_(io), board_(board) {}

  void open(std::uint16_t port, const std::string& cookie) {
    beast::get_lowest_layer(socket_).connect({boost::asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      request.set(http::field::cookie, cookie);
    }));
    socket_.handshake("127.0.0.1:" + std::to_string(port), "/api/v1/stream");
    read();
  }

 private:
  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](boost::system::error_code error, std::size_t) {
      if (error) return;
      const std::string text = beast::buffers_to_string(self->buffer_.data());
      self->buffer_.clear();
      const std::string mark = R"({"type":"alarm","alarm":{"alarm":")";
      if (text.starts_with(mark)) self->board_.heard(text.substr(mark.size(), text.find('"', mark.size()) - mark.size()));
      self->read();
    });
  }

  websocket::stream<beast::tcp_stream> socket_;
  beast::flat_buffer buffer_;
  Board& board_;
};

wire::Finding suspect(std::uint64_t number) {
  wire::Finding finding;
  finding.cause = {SiteId{"bench"}, 1, number};
  finding.model = "slag_comparison";
  finding.line = LineId{"A"};
  const double from = 1000.0 * static_cast<double>(number);  // too far apart to be one alarm
  finding.where = {LotId{"L1"}, {Tonnes{from}, Tonnes{from + 10}}};
  finding.time = SystemClock().now();
  finding.verdict = wire::Verdict::kSuspect;
  finding.priority = wire::Priority::kHigh;
  finding.code = "slag_suspect";
  finding.measured = {{"slag_distance", 7, 1, "1", {}, {}, 5.0}};
  return finding;
}

}  // namespace

int main(int argc, char** argv) {
  const auto pages = static_cast<std::size_t>(argc > 1 ? std::clamp(std::atoi(argv[1]), 1, 400) : 100);
  const auto changes = static_cast<std::uint64_t>(argc > 2 ? std::clamp(std::atoi(argv[2]), 1, 60) : 30);
  char folder[] = "/tmp/beltwarden_bench_XXXXXX";
  if (!::mkdtemp(folder)) return 1;
  const SystemClock clock;
  const auto log = make_stderr_log(LogLevel::kWarning);
  {
    auto record = need(record::Record::open({"sqlite://" + std::string(folder) + "/center.db", std::string(folder) + "/evidence"}, clock, *log));
    control::ControlOptions options;
    options.site = SiteId{"bench"};
    options.lines.resize(1);
    options.lines[0].line = LineId{"A"};
    options.passwords = {8, 1, 8192};
    auto control = need(control::Control::open(std::move(options), *record, clock, *log));
    need(control->add_user({UserId{"system"}, "System", control::Role::kAdmin, ""}, {kUser, kUser, "officer", {}, kPassword, {}}));
    const auto signed_in = need(control->sign_in(kUser, kPassword, "bench"));
    Board board;
    control->subscribe([&](const control::Change& change) {
      if (change.kind == control::Change::Kind::kAlarm) board.raised(change.id);
    });
    api::ApiOptions api_options;
    api_options.site = SiteId{"bench"};
    auto api = need(api::Api::start(api_options, *control, *record, clock, *log));

    boost::asio::io_context io;
    for (std::size_t i = 0; i < pages; ++i) {
      std::make_shared<Page>(io, board)->open(api->port(), "beltwarden_session=" + signed_in.session->token);
    }
    std::thread reading([&] { io.run(); });
    std::mt19937 random(1);
    for (std::uint64_t n = 1; n <= changes; ++n) {
      need(control->intake({{{{SiteId{"bench"}, 1, n}, clock.now(), clock.now(), suspect(n)}}}));
      const auto patience = Wall::now() + std::chrono::seconds(2);
      while (board.hearers("A-" + std::to_string(n)) < pages && Wall::now() < patience) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 250));  // anywhere in the next quarter second
    }
    api->stop();
    io.stop();
    reading.join();
    board.print(pages);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}
