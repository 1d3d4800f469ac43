// A site and a center in one process, joined by the in-process transport: what `serve` and `demo` run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "api/api.h"
#include "apps/center/center.h"
#include "apps/site/command_receiver.h"
#include "apps/site/outbox.h"
#include "apps/site/site.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/control.h"
#include "pack/pack.h"
#include "record/record.h"
#include "transport/in_process.h"

namespace beltwarden::app {

struct NodeOptions {
  material::LineLayout layout;
  std::vector<control::LineInstrument> instruments;    ///< for people: kinds, drivers, places
  std::filesystem::path data_dir;                      ///< journal, center.db and evidence live here
  std::string database;                                ///< empty: SQLite in data_dir; else as record::database_words() reads it
  std::filesystem::path database_password_file;        ///< may be empty
  journal::Retention retention;                        ///< none: the journal keeps everything
  bool skip_late_frames = false;                       ///< the instruments do not wait for the pipeline
  control::SessionRules sessions;
  api::ApiOptions api;
};

/// Built in the order record, control, intake, pages, site; taken down backwards. The pages stand before the site's journal is read, which
/// takes half a minute and more after a whole ship: until `start` they say how much of it has been read, and nothing else.
class Node {
 public:
  /// `clock` is the site's civil time, `wall` the machine's. Both, `log` and whatever `actuator` uses must outlive the node.
  static Result<std::unique_ptr<Node>> open(NodeOptions options, const pack::Pack& pack, site::Actuator actuator,
                                            const Clock& clock, const Clock& wall, Log& log);
  ~Node();

  /// Threads run, pages show what there is.
  Result<void> start();
  /// Drains the line, lets the center take what is under way, stops. False when the center did not take all in time.
  bool stop();

  site::Site& site() { return *site_; }
  control::Control& control() { return *control_; }
  record::Record& record() { return *record_; }
  center::Center& center() { return *center_; }
  api::Api& api() { return *api_; }

  /// Journal entries that the center has not acknowledged.
  std::uint64_t underway() const;
  bool wait_for_center(Duration timeout);

 private:
  Node(NodeOptions options, const Clock& clock, const Clock& wall, Log& log);
  Result<void> open_center(const pack::Pack& pack);
  Result<void> open_pages();
  Result<void> open_site(const pack::Pack& pack, site::Actuator actuator);

  NodeOptions options_;
  const Clock& clock_;
  const Clock& wall_;
  Log& log_;
  transport::InProcessTransport transport_;
  std::unique_ptr<record::Record> record_;
  std::unique_ptr<control::Control> control_;
  std::unique_ptr<site::Site> site_;
  std::unique_ptr<site::Outbox> outbox_;
  std::unique_ptr<site::CommandReceiver> commands_;
  std::unique_ptr<center::Center> center_;
  std::unique_ptr<api::Api> api_;
  bool started_ = false;
};

}  // namespace beltwarden::app
