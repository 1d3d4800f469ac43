// Takes the center's commands off the transport and hands them to the line.
#pragma once

#include <atomic>
#include <thread>

#include "apps/site/site.h"
#include "base/log.h"
#include "transport/transport.h"

namespace beltwarden::site {

class CommandReceiver {
 public:
  CommandReceiver(transport::SiteEnd& end, Site& site, Log& log);
  ~CommandReceiver();

  void start();
  void stop();

 private:
  void run();

  transport::SiteEnd& end_;
  Site& site_;
  Log& log_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace beltwarden::site
