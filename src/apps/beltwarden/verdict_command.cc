#include "apps/beltwarden/verdict_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/beltwarden/verdict_export.h"
#include "base/file.h"
#include "record/database_words.h"

namespace beltwarden::app {
namespace {

struct VerdictOptions {
  std::string data_dir, database, password_file, brand, out;
};

Result<void> export_to_folder(const VerdictOptions& o) {
  SystemClock clock;
  auto log = make_stderr_log(LogLevel::kWarning);
  const std::filesystem::path folder = std::filesystem::absolute(o.data_dir), out = o.out;
  auto database = record::database_words(o.database, o.password_file, folder);
  if (!database) return database.error();
  auto record = record::Record::open({*database, folder / "evidence"}, clock, *log);
  if (!record) return record.error();
  auto control = control::Control::open({}, **record, clock, *log);
  if (!control) return control.error();
  auto verdicts = export_verdicts(**control, **record, o.brand);
  if (!verdicts) return verdicts.error();
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) return io_error("cannot make " + o.out + ": " + error.message());
  for (const auto& [name, bytes] : verdicts->pictures) {
    if (auto written = write_file_atomically(out / name, bytes); !written) return written;
  }
  if (auto written = write_file_atomically(out / "verdicts.csv", verdicts->csv); !written) return written;
  const auto rows = std::count(verdicts->csv.begin(), verdicts->csv.end(), '\n') - 1;
  std::fprintf(stderr, "%td decisions on objects in %zu pictures; %zu of them without a verdict, to be filled in\n", rows,
               verdicts->pictures.size(), verdicts->undecided);
  return {};
}

}  // namespace

void add_verdict_command(cli::Command& app, int& exit_code) {
  auto options = std::make_shared<VerdictOptions>();
  auto* command = app.add_subcommand("verdicts", "Export officers' decisions on objects, with pictures, to learn from");
  command->footer("Example: beltwarden verdicts --data-dir data --brand \"Karstad fines\" --out verdicts\n"
                  "         beltwarden vision fit --resume brand.vision --verdicts verdicts/verdicts.csv --out better.vision");
  command->add_option("--data-dir", options->data_dir, "the center's data folder")->required()->check(cli::ExistingDirectory());
  command->add_option("--database", options->database, "as in the site's configuration; without it center.db in the data folder");
  command->add_option("--database-password-file", options->password_file, "a file that holds the database's password alone");
  command->add_option("--brand", options->brand, "of lots of this brand alone");
  command->add_option("--out", options->out, "folder for verdicts.csv and the pictures")->required();
  command->callback([options, &exit_code] {
    if (auto done = export_to_folder(*options); !done) {
      std::fprintf(stderr, "beltwarden verdicts: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
