// An API to test on: a real control over a record in a temporary folder, served on loopback, with people who may sign in.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "api/api.h"
#include "api/client_for_tests.h"
#include "control/control_for_tests.h"

namespace beltwarden::api {

class ApiTest : public control::ControlTest {
 protected:
  void SetUp() override {
    control::ControlTest::SetUp();
    if (HasFatalFailure()) return;
    const control::Actor root{UserId{"system"}, "System", control::Role::kAdmin, ""};
    const auto add = [&](const char* user, const char* role, const char* consignee) {
      const auto done = control->add_user(root, {user, user, role, consignee, kPassword, {}});
      ASSERT_TRUE(done.ok()) << done.error().message;
    };
    add("officer", "officer", "");
    add("second", "officer", "");
    add("supervisor", "supervisor", "");
    add("admin", "admin", "");
    add("terminal", "terminal", "");
    add("acme", "consignee", "Acme Steel");
    add("other", "consignee", "Other Steel");
    pages = database.folder / "pages";
    std::filesystem::create_directories(pages / "assets");
    std::ofstream(pages / "index.html") << "<!doctype html><title>Beltwarden</title>";
    std::ofstream(pages / "assets" / "app.js") << "export {};";
    std::ofstream(database.folder / "secret.txt") << "not for reading";
    api_options.site = SiteId{"majishan"};
    api_options.ui_folder = pages;
    api_options.provenance = {{"spectra", "synthetic", "the twin"}};
    serve();
  }
  void TearDown() override { api.reset(); }

  void serve() {
    api.reset();
    auto started = Api::start(api_options, *control, *record, clock, *log);
    ASSERT_TRUE(started.ok()) << started.error().message;
    api = std::move(*started);
  }

  /// Somebody who has signed in; nobody for an empty name.
  HttpClient as(const std::string& user) {
    HttpClient client(api->port());
    if (!user.empty()) {
      EXPECT_EQ(client.sign_in(user, kPassword).status, 200u);
    }
    return client;
  }

  /// Another importer's lot beside L1 of inspect_whole_lot().
  void declare_for_another() {
    auto declaration = control::declaration_of("D2", "L2", 2);
    declaration.consignee = "Other Steel";
    ASSERT_EQ(control->import_declarations(control::kOfficer, {declaration})->accepted, 1u);
  }

  /// One alarm, A-1, in one case, C-1, on L1.
  void raise_alarm() { take(suspect("slag_comparison", "slag_suspect", 60, 70)); }

  static constexpr const char* kPassword = "belt and tonnes";
  ApiOptions api_options;
  std::filesystem::path pages;
  std::unique_ptr<Api> api;
};

}  // namespace beltwarden::api
