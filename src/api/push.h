// What changed, told to every open page.
#pragma once

#include <memory>

#include "api/api.h"

namespace beltwarden::api {

/// Gathers control's changes and, four times a second, sends each once however often it changed in between.
/// A session that ends, by whatever way, loses its pushes within a second.
class Push {
 public:
  Push(const ApiOptions& options, control::Control& control, record::Record& record, const Clock& clock, Log& log);
  ~Push();

  /// From now on messages go out through `server`.
  void start(Server& server);
  void stop();

  /// Called by the server's threads.
  void opened(ClientId client, const control::Actor& actor, const std::string& token);
  void closed(ClientId client);
  /// Ends the pushes of a session.
  void signed_out(const std::string& token);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::api
