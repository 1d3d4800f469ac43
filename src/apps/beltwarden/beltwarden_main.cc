// The one binary. Each command is a file of its own and one line below.

#include "apps/beltwarden/declare_command.h"
#include "apps/beltwarden/demo_command.h"
#include "apps/beltwarden/pack_command.h"
#include "apps/beltwarden/replay_command.h"
#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/serve_command.h"
#include "apps/beltwarden/twin_command.h"
#include "apps/beltwarden/user_command.h"
#include "apps/beltwarden/verdict_command.h"
#include "apps/beltwarden/verify_command.h"
#include "apps/lab/spectra/spectra_commands.h"
#include "apps/lab/vision/vision_commands.h"
#include "apps/lab/gamma/gamma_commands.h"

int main(int argc, char** argv) {
  beltwarden::cli::Command app{"Beltwarden: smart inspection of bulk cargo on the unloading belt"};
  app.set_version_flag("--version", "beltwarden " BELTWARDEN_VERSION);
  app.require_subcommand(1);
  int exit_code = 0;
  beltwarden::app::add_demo_command(app, exit_code);
  beltwarden::app::add_replay_command(app, exit_code);
  beltwarden::app::add_serve_command(app, exit_code);
  beltwarden::app::add_twin_command(app, exit_code);
  beltwarden::app::add_declare_command(app, exit_code);
  beltwarden::app::add_pack_command(app, exit_code);
  beltwarden::app::add_user_command(app, exit_code);
  beltwarden::app::add_verdict_command(app, exit_code);
  beltwarden::app::add_verify_command(app, exit_code);
  beltwarden::lab::add_spectra_commands(app, exit_code);
  const auto backbone = beltwarden::app::find_resource("backbone/backbone.bin");
  beltwarden::lab::add_vision_commands(app, backbone ? backbone->string() : "", exit_code);
  beltwarden::lab::add_gamma_commands(app, exit_code);
  const int words = app.parse(argc, argv);
  return words != 0 ? words : exit_code;
}
