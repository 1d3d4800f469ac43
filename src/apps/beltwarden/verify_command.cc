#include "apps/beltwarden/verify_command.h"

#include <cstdio>
#include <memory>
#include <string>

#include "journal/verify.h"

namespace beltwarden::app {
namespace {

int verify(const std::string& folder) {
  auto report = journal::verify(folder);
  if (!report) {
    std::fprintf(stderr, "beltwarden verify: %s\n", report.error().message.c_str());
    return 1;
  }
  std::printf("whole: site %s, epoch %llu, %llu entries", report->site.str().c_str(),
              static_cast<unsigned long long>(report->epoch), static_cast<unsigned long long>(report->entries));
  if (report->entries > 0) {
    std::printf(" (%llu to %llu)", static_cast<unsigned long long>(report->first_sequence),
                static_cast<unsigned long long>(report->last_sequence));
  }
  std::printf(" in %llu segments, %llu bytes\n", static_cast<unsigned long long>(report->segments),
              static_cast<unsigned long long>(report->bytes));
  std::printf("head hash %s\n", to_hex(report->head_hash).c_str());
  std::printf("acknowledged by the center up to %llu\n", static_cast<unsigned long long>(report->acknowledged));
  if (report->first_sequence > 1) {
    std::printf("entries before %llu were removed by retention; the chain was checked from there\n",
                static_cast<unsigned long long>(report->first_sequence));
  }
  if (report->being_written) std::printf("a site is writing this journal: checked up to what was durable\n");
  return 0;
}

}  // namespace

void add_verify_command(cli::Command& app, int& exit_code) {
  auto folder = std::make_shared<std::string>();
  auto* command = app.add_subcommand("verify", "Check every byte of a site's journal");
  command->footer("Exit status: 0 whole; 1 damaged (the first bad entry is named), no journal there, or it cannot be read.\n"
                  "Example: beltwarden verify data/journal");
  command->add_option("JOURNAL", *folder, "the journal's folder")->required()->check(cli::ExistingDirectory());
  command->callback([folder, &exit_code] { exit_code = verify(*folder); });
}

}  // namespace beltwarden::app
