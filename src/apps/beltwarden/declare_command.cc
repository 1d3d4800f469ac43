#include "apps/beltwarden/declare_command.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "apps/beltwarden/http_client.h"
#include "apps/beltwarden/password_input.h"
#include "base/file.h"

namespace beltwarden::app {
namespace {

// As much as the center takes in one request.
constexpr std::uint64_t kMaxBytes = 1 << 20;

struct Options {
  std::string file, user;
  std::string server = "http://127.0.0.1:8080";
};

Result<std::uint16_t> port_of(std::string_view server) {
  std::string_view rest = server;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  for (const std::string_view host : {"127.0.0.1:", "localhost:"}) {
    if (!rest.starts_with(host)) continue;
    rest.remove_prefix(host.size());
    std::uint16_t port = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), port);
    if (read.ec == std::errc{} && read.ptr == rest.data() + rest.size() && port > 0) return port;
  }
  // Beyond this machine a password wants TLS, which this command does not speak.
  return invalid_input("--server: expected http://127.0.0.1:PORT, found \"" + std::string(server.substr(0, 80)) + "\"");
}

// "row 2, mass_t: expected a number, ..." for every field that the center refused, or its one message.
std::string refusal(const HttpClient::Answer& answer) {
  const auto* body = answer.body.if_object();
  const auto* error = body && body->contains("error") ? body->at("error").if_object() : nullptr;
  const auto text = [](const boost::json::object& from, const char* name) {
    const auto* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
  };
  if (!error) return "the center answered with status " + std::to_string(answer.status);
  std::string out = text(*error, "message");
  const auto* fields = error->if_contains("fields");
  if (!fields || !fields->is_array()) return out;
  for (const auto& each : fields->as_array()) {
    if (!each.is_object()) continue;
    const auto& field = each.as_object();
    const auto* row = field.if_contains("row");
    out += "\n  " + (row ? "row " + boost::json::serialize(*row) + ", " : std::string()) + text(field, "field") + ": " + text(field, "message");
  }
  return out;
}

Result<void> declare(const Options& o) {
  auto port = port_of(o.server);
  if (!port) return port.error();
  auto text = read_file(o.file, kMaxBytes);
  if (!text) return text.error();
  HttpClient client(*port);
  if (auto signed_in = client.sign_in(o.user, read_password()); !signed_in) return signed_in;
  const bool csv = o.file.ends_with(".csv");
  auto answer = client.post("/api/v1/declarations", csv ? "text/csv" : "application/json", *text);
  if (!answer) return answer.error();
  if (answer->status != 200) return invalid_input(refusal(*answer));
  const auto number = [&](const char* name) {
    const auto* body = answer->body.if_object();
    const auto* value = body ? body->if_contains(name) : nullptr;
    return value ? boost::json::serialize(*value) : std::string("?");
  };
  std::printf("%s declarations accepted, %s known already\n", number("accepted").c_str(), number("unchanged").c_str());
  return {};
}

}  // namespace

void add_declare_command(cli::Command& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("declare", "Import declarations from JSON or CSV into a running center");
  command->footer("The password is read from stdin.\nExample: beltwarden declare ship.csv --user li.wei");
  command->add_option("FILE", options->file, "declarations: .csv with a header, anything else is read as JSON")
      ->required()
      ->check(cli::ExistingFile());
  command->add_option("--user", options->user, "officer, supervisor or admin")->required();
  command->add_option("--server", options->server, "the center, on this machine (http://127.0.0.1:8080)");
  command->callback([options, &exit_code] {
    if (auto done = declare(*options); !done) {
      std::fprintf(stderr, "beltwarden declare: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
