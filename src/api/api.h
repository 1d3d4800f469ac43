// The center's front: JSON over HTTP, push over WebSocket, the pages. docs/api.md and /api/v1/openapi.json describe it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "api/server.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/control.h"
#include "record/record.h"

namespace beltwarden::api {

struct ApiOptions {
  ServerOptions server;
  std::filesystem::path ui_folder;               ///< built pages; empty: none are served
  SiteId site;
  std::string timezone = "Asia/Shanghai";        ///< IANA name of the site's zone, for display
  double clock_speed = 1;                        ///< how fast the site's clock runs: more in an accelerated demo
  struct Provenance {
    std::string what, kind, source;              ///< kind: real, semi-synthetic or synthetic
  };
  std::vector<Provenance> provenance;            ///< of what is shown; empty: real instruments
  bool ready = true;                             ///< false: the site's journal is still to be read
};

/// Serves until stopped or destroyed. What is passed in must outlive it. Until it is ready it serves the pages, and says how much has been
/// read: to everything else it answers 503 with the code "reading", so that nothing half read is shown or decided on.
class Api {
 public:
  static Result<std::unique_ptr<Api>> start(ApiOptions options, control::Control& control, record::Record& record,
                                            const Clock& clock, Log& log);
  ~Api();

  std::uint16_t port() const;
  /// What share of the journal has been read, 0 ... 1. Any thread.
  void reading(double share);
  void ready();
  void stop();

 private:
  struct State;
  explicit Api(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::api
