#include <algorithm>
#include <atomic>
#include <cmath>

#include "api/json.h"
#include "api/routes.h"

namespace beltwarden::api {
namespace {

using boost::json::object;

object who(const control::Actor& actor, const std::string& csrf) {
  return {{"user", actor.user.str()}, {"name", actor.name}, {"role", control::to_string(actor.role)},
          {"consignee", actor.consignee}, {"csrf", csrf}};
}

// A password costs a tenth of a second and many megabytes on purpose. A flood of them may not take every thread.
class Turn {
 public:
  explicit Turn(std::atomic<int>& under_way) : under_way_(under_way), granted_(under_way.fetch_add(1) < kMostAtOnce) {}
  ~Turn() { --under_way_; }
  bool granted() const { return granted_; }

 private:
  static constexpr int kMostAtOnce = 2;
  std::atomic<int>& under_way_;
  const bool granted_;
};

Response wait(const char* code, const char* message, double wait_s) {
  Response out = error_response(429, code, message);
  out.headers.emplace_back("Retry-After", std::to_string(std::max(1l, static_cast<long>(std::ceil(wait_s)))));
  return out;
}

Response sign_in(Desk& desk, const Call& call) {
  auto body = body_object(call.request);
  if (!body) return error_response(body.error());
  auto user = text_field(*body, "user", 64), password = text_field(*body, "password", 256);
  if (!user) return error_response(user.error());
  if (!password) return error_response(password.error());
  const Turn turn(desk.signing_in);
  if (!turn.granted()) return wait("busy", "too many are signing in at this moment", 1);
  auto answer = desk.control.sign_in(*user, *password, call.request.peer);
  if (!answer) return error_response(answer.error());
  if (answer->outcome == control::SignIn::Outcome::kLocked) {
    // The lock-out is reckoned by the site's clock, Retry-After by the reader's.
    return wait("locked", "too many failures: this account waits before it may try again",
                static_cast<double>(answer->retry_after.ns) / (1e9 * std::max(desk.options.clock_speed, 1e-3)));
  }
  if (answer->outcome != control::SignIn::Outcome::kSignedIn || !answer->session) {
    return error_response(401, "refused", "user or password is not right");
  }
  Response welcome = json_response(who(answer->session->actor, answer->session->csrf));
  welcome.headers.emplace_back("Set-Cookie", session_cookie(answer->session->token, false, call.request.https));
  return welcome;
}

}  // namespace

void add_session_routes(Router& router, Desk& desk) {
  router.add({"POST", "/api/v1/session", Access::kAnyone, "Sign in; answers who you are and the CSRF word",
              R"({"user":"officer","password":"..."})", [&desk](const Call& call) { return sign_in(desk, call); }});
  router.add({"GET", "/api/v1/session", Access::kSignedIn, "Who am I", "",
              [](const Call& call) { return json_response(who(call.actor, call.csrf)); }});
  router.add({"DELETE", "/api/v1/session", Access::kSignedIn, "Sign out", "", [&desk](const Call& call) {
                if (auto done = desk.control.sign_out(call.token); !done) return error_response(done.error());
                desk.signed_out(call.token);
                Response bye = json_response(object{});
                bye.headers.emplace_back("Set-Cookie", session_cookie("", true, call.request.https));
                return bye;
              }});
}

}  // namespace beltwarden::api
