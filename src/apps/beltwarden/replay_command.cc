#include "apps/beltwarden/replay_command.h"

#include <cstdio>
#include <memory>

#include "apps/lab/progress_bar.h"
#include "apps/beltwarden/replay.h"
#include "base/file.h"
#include "pack/inspectors.h"
#include "pack/pack.h"

namespace beltwarden::app {
namespace {

struct ReplayOptions {
  std::string journal, pack, out = "-";
  bool same = false;
};

Result<void> run(const ReplayOptions& options) {
  // Judging again decides nothing: an unsigned pack may be tried before it is signed.
  auto pack = pack::read(options.pack);
  if (!pack) return pack.error();
  auto inspectors = pack::make_inspectors(*pack);
  if (!inspectors) return inspectors.error();
  lab::ProgressBar bar("replay");
  auto outcome = replay(options.journal, std::move(*inspectors), [&](double share) { bar.show(share); });
  if (!outcome) return outcome.error();
  std::fprintf(stderr, "%llu observations, %zu findings with %s; the journal holds %zu\n",
               static_cast<unsigned long long>(outcome->observations), outcome->findings.size(), pack->stamp().c_str(),
               outcome->journaled.size());
  if (options.same && outcome->findings != outcome->journaled) {
    return conflict("the replay's findings are not those of the journal, byte for byte");
  }
  if (options.out == "-") {
    std::fputs(outcome->csv.c_str(), stdout);
    return {};
  }
  return write_file_atomically(options.out, outcome->csv);
}

}  // namespace

void add_replay_command(cli::Command& app, int& exit_code) {
  auto options = std::make_shared<ReplayOptions>();
  auto* command = app.add_subcommand("replay", "Judge a recorded journal again, with this pack or another");
  command->footer("Example: beltwarden replay data/journal --pack packs/new --out findings.csv");
  command->add_option("JOURNAL", options->journal, "the site's journal folder")->required()->check(cli::ExistingDirectory());
  command->add_option("--pack", options->pack, "pack folder")->required()->check(cli::ExistingDirectory());
  command->add_option("--out", options->out, "findings as CSV (- = stdout)");
  command->add_flag("--same", options->same, "fail unless the findings are the journal's own, byte for byte");
  command->callback([options, &exit_code] {
    if (auto done = run(*options); !done) {
      std::fprintf(stderr, "beltwarden replay: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
