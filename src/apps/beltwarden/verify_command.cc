#include "apps/beltwarden/verify_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "journal/verify.h"
#include "pack/signature.h"

namespace beltwarden::app {
namespace {

namespace fs = std::filesystem;

Result<void> verify_journal(const fs::path& folder) {
  auto report = journal::verify(folder);
  if (!report) return report.error();
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
  return {};
}

Result<void> verify_pack(const fs::path& folder, const std::vector<std::string>& trusted) {
  auto keys = pack::public_keys_from_hex(trusted);
  if (!keys) return keys.error();
  auto files = pack::read_files(folder);
  if (!files) return files.error();
  auto key = pack::signer(folder, *files);
  if (!key) return key.error();
  const bool known = std::ranges::find(*keys, *key) != keys->end();
  if (!known && !keys->empty()) {
    return denied("pack " + folder.string() + ": every file is as it was signed, but by key " + pack::to_hex(*key) +
                  ", which is none of those given with --trust");
  }
  std::printf("whole: pack of %zu files, each as it was signed\n", files->size());
  std::printf("signed by key %s\n", pack::to_hex(*key).c_str());
  std::printf("that key is %s\n", known ? "trusted" : "not known here: give the keys that you trust with --trust KEY");
  return {};
}

Result<void> verify(const fs::path& path, const std::vector<std::string>& trusted) {
  std::error_code error;
  if (!fs::exists(path, error)) return not_found("there is nothing at " + path.string() + (error ? ": " + error.message() : ""));
  if (fs::is_directory(path, error)) {
    if (fs::exists(path / "pack.toml", error) || fs::exists(path / "pack.sig", error)) return verify_pack(path, trusted);
    if (journal::is_journal(path)) return verify_journal(path);
  }
  return invalid_input(path.string() + " is neither a journal nor a pack: expected a folder with segments or with pack.toml and pack.sig");
}

}  // namespace

void add_verify_command(cli::Command& app, int& exit_code) {
  auto path = std::make_shared<std::string>();
  auto trusted = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("verify", "Check every byte of a site's journal, or of a signed pack");
  command->footer("Exit status: 0 whole; 1 damaged (the first bad entry or file is named), no such thing there, or it cannot be read.\n"
                  "Example: beltwarden verify data/journal\n"
                  "         beltwarden verify /etc/beltwarden/packs/iron-ore-2 --trust PUBLIC_KEY");
  command->add_option("PATH", *path, "a journal's folder or a pack's")->required();
  command->add_option("--trust", *trusted, "public key, hexadecimal; repeatable: the pack must be signed by one of them");
  command->callback([path, trusted, &exit_code] {
    if (auto done = verify(*path, *trusted); !done) {
      std::fprintf(stderr, "beltwarden verify: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
