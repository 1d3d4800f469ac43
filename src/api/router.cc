#include "api/router.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <optional>

#include "api/json.h"

namespace beltwarden::api {
namespace {

constexpr std::string_view kCookie = "beltwarden_session";

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> parts;
  std::size_t start = 1;
  while (start <= path.size()) {
    const auto end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, const std::vector<std::string>& given) {
  const auto wanted = segments_of(pattern);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> open;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].empty() && wanted[i].front() == '{') {
      if (given[i].empty() || given[i].size() > 128) return std::nullopt;
      open.emplace_back(given[i]);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return open;
}

bool allowed(Access access, const control::Actor& actor, const Request& request) {
  switch (access) {
    case Access::kAnyone:
    case Access::kSignedIn: return true;
    case Access::kInspection: return control::sees_inspection(actor.role);
    case Access::kDecides: return control::decides(actor.role);
    case Access::kSupervises: return actor.role == control::Role::kSupervisor;
    case Access::kFeedsOrDecides: return control::decides(actor.role) || actor.role == control::Role::kTerminal;
    case Access::kAdmin: return actor.role == control::Role::kAdmin;
    case Access::kLoopbackOrAdmin: return request.from_loopback || actor.role == control::Role::kAdmin;
  }
  return false;
}

bool same_text(std::string_view a, std::string_view b) {
  unsigned difference = static_cast<unsigned>(a.size() ^ b.size());
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

std::string session_token(std::string_view header) {
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    if (pair.size() > kCookie.size() && pair.starts_with(kCookie) && pair[kCookie.size()] == '=') {
      return std::string(pair.substr(kCookie.size() + 1, 128));
    }
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return {};
}

std::string session_cookie(std::string_view token, bool ended, bool secure) {
  return std::string(kCookie) + "=" + std::string(token) + "; Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "") +
         (ended ? "; Max-Age=0" : "");
}

bool same_origin(const Request& request) {
  if (request.origin.empty()) return true;
  const auto scheme = request.origin.find("://");
  if (scheme == std::string::npos) return false;
  const std::string_view host = std::string_view(request.origin).substr(scheme + 3);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(host.begin(), host.end(), request.host.begin(), request.host.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

Response error_response(unsigned status, std::string_view code, std::string_view message) {
  return json_response(boost::json::object{{"error", boost::json::object{{"code", code}, {"message", message}}}}, status);
}

Response error_response(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidInput: return error_response(400, "invalid_input", error.message);
    case ErrorCode::kNotFound: return error_response(404, "not_found", error.message);
    case ErrorCode::kConflict: return error_response(409, "conflict", error.message);
    case ErrorCode::kDenied: return error_response(403, "denied", error.message);
    case ErrorCode::kUnsupported: return error_response(415, "media_type", error.message);
    case ErrorCode::kIo:
    case ErrorCode::kUnavailable: return error_response(503, "unavailable", error.message);
    case ErrorCode::kCorrupt: return error_response(500, "corrupt", error.message);
  }
  return error_response(500, "internal", error.message);
}

Response Router::answer(const Request& request) const {
  std::string allow;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  for (const auto& route : routes_) {
    auto parts = match(route.pattern, request.segments);
    if (!parts) continue;
    allow += (allow.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
    if (route.method != request.method && !(reads && route.method == "GET")) continue;

    Call call{request, {}, {}, session_token(request.cookie), std::move(*parts)};
    if (!call.token.empty()) {
      if (auto session = control_.session(call.token)) {
        call.actor = session->actor;
        call.csrf = session->csrf;
      }
    }
    const bool signed_in = !call.actor.user.empty();
    const bool open = route.access == Access::kAnyone || (route.access == Access::kLoopbackOrAdmin && request.from_loopback);
    if (!open) {
      if (!signed_in) return error_response(401, "sign_in", "sign in first: POST /api/v1/session");
      if (!allowed(route.access, call.actor, request)) {
        return error_response(403, "denied", "the role " + std::string(control::to_string(call.actor.role)) + " may not do this");
      }
      if (!reads && !same_text(call.csrf, request.csrf)) {
        return error_response(403, "csrf", "the X-CSRF header is missing or not the one of this session");
      }
    }
    return route.handle(call);
  }
  if (!allow.empty()) {
    Response refused = error_response(405, "method", request.method.substr(0, 40) + " is not something this address takes");
    refused.headers.emplace_back("Allow", allow);
    return refused;
  }
  return error_response(404, "not_found", "there is nothing at " + request.path.substr(0, 200));
}

}  // namespace beltwarden::api
