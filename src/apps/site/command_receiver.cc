#include "apps/site/command_receiver.h"

#include "wire/codec.h"

namespace beltwarden::site {

CommandReceiver::CommandReceiver(transport::SiteEnd& end, Site& site, Log& log) : end_(end), site_(site), log_(log) {}

CommandReceiver::~CommandReceiver() { stop(); }

void CommandReceiver::start() {
  thread_ = std::thread([this] { run(); });
}

void CommandReceiver::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void CommandReceiver::run() {
  while (!stopping_) {
    for (const auto& received : end_.receive_commands(64, milliseconds(200))) {
      auto command = wire::decode_command(received.payload);
      if (!command) {
        log_.warn_once("command", "command " + received.id + " of the center was refused: " + command.error().message);
        if (!received.id.empty()) site_.refuse(received.id, "the site cannot read the command: " + command.error().message);
        continue;
      }
      site_.command(std::move(*command));
    }
  }
}

}  // namespace beltwarden::site
