#include "apps/beltwarden/replay_command.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "apps/lab/progress_bar.h"
#include "apps/beltwarden/replay.h"
#include "apps/beltwarden/replay_difference.h"
#include "base/file.h"
#include "pack/inspectors.h"
#include "pack/pack.h"

namespace beltwarden::app {
namespace {

struct ReplayOptions {
  std::string journal, pack, out = "-", difference;
  bool same = false;
};

void say_pictures(const PicturesSeenAgain::Share& share) {
  if (share.pictures == 0) return;
  if (share.seen_again == 0) {
    std::fprintf(stderr, "pictures: judged as the rim measured them; no kept picture was seen again (a network of its brand is wanted)\n");
    return;
  }
  std::fprintf(stderr, "pictures: %llu of %llu kept and seen again by the pack's networks: %.1f %% of the %.0f t that cameras saw; the "
               "others are judged as the rim measured them\n", static_cast<unsigned long long>(share.seen_again),
               static_cast<unsigned long long>(share.pictures), 100 * share.seen_again_t / std::max(1e-9, share.tonnes), share.tonnes);
}

Result<void> run(const ReplayOptions& options) {
  // Judging again decides nothing: an unsigned pack may be tried before it is signed.
  auto pack = pack::read(options.pack);
  if (!pack) return pack.error();
  auto inspectors = pack::make_inspectors(*pack);
  if (!inspectors) return inspectors.error();
  auto camera = pack::camera_models(*pack);
  if (!camera) return camera.error();
  // The journal's own findings come of what the rim measured then, not of kept JPEG pictures.
  site::RimModels models;
  if (!options.same) models = {std::move(camera->networks), std::move(camera->appearances)};
  lab::ProgressBar bar("replay");
  auto outcome = replay(options.journal, std::move(*inspectors), std::move(models), [&](double share) { bar.show(share); });
  if (!outcome) return outcome.error();
  std::fprintf(stderr, "%llu observations, %zu findings with %s; the journal holds %zu\n",
               static_cast<unsigned long long>(outcome->observations), outcome->findings.size(), pack->stamp().c_str(),
               outcome->journaled.size());
  if (!options.same) say_pictures(outcome->pictures);
  auto difference = difference_of(outcome->journaled, outcome->findings);
  if (!difference) return difference.error();
  std::fputs(in_words(*difference).c_str(), stderr);
  if (!options.difference.empty()) {
    if (auto written = write_file_atomically(options.difference, difference->csv); !written) return written;
  }
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
  command->footer("Says what is suspected otherwise than the journal has it, and which share of the tonnes the pack's networks saw again.\n"
                  "Example: beltwarden replay data/journal --pack packs/new --out findings.csv");
  command->add_option("JOURNAL", options->journal, "the site's journal folder")->required()->check(cli::ExistingDirectory());
  command->add_option("--pack", options->pack, "pack folder")->required()->check(cli::ExistingDirectory());
  command->add_option("--out", options->out, "findings as CSV (- = stdout)");
  command->add_option("--difference", options->difference, "suspicions that are new, gone or renamed, as CSV");
  command->add_flag("--same", options->same, "fail unless the findings are the journal's own, byte for byte");
  command->callback([options, &exit_code] {
    if (auto done = run(*options); !done) {
      std::fprintf(stderr, "beltwarden replay: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
