#include <cstdio>
#include <filesystem>

#include "apps/lab/files.h"
#include "apps/lab/gamma/csv_table.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/kut.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

struct CalibrateOptions {
  std::string blocks, background, out;
};

Result<void> calibrate(const CalibrateOptions& options) {
  auto rows = read_table(options.blocks, {"name", "k40_bq_per_kg", "u238_bq_per_kg", "th232_bq_per_kg"});
  if (!rows) return rows.error();
  auto background = measured_spectrum(options.background);
  if (!background) return background.error();
  std::vector<gamma::ReferenceBlock> blocks;
  for (const auto& row : *rows) {
    const auto role = row.find("role");
    if (role != row.end() ? role->second != "block" : row.at("k40_bq_per_kg").empty()) continue;
    gamma::ReferenceBlock block;
    const fs::path stem = fs::path(options.blocks).parent_path() / row.at("name");
    std::string file = stem.string() + ".csv";
    if (!fs::exists(file)) file += ".gz";
    auto spectrum = measured_spectrum(file);
    if (!spectrum) return spectrum.error();
    block.spectrum = std::move(*spectrum);
    const char* values[] = {"k40_bq_per_kg", "u238_bq_per_kg", "th232_bq_per_kg"};
    const char* errors[] = {"k40_err", "u238_err", "th232_err"};
    for (std::size_t s = 0; s < gamma::kSeries; ++s) {
      auto value = table_number(row, values[s], options.blocks);
      if (!value) return value.error();
      block.bq_per_kg[s] = *value;
      block.error[s] = 0.03 * *value;  // where the table does not say
      if (const auto given = row.find(errors[s]); given != row.end() && !given->second.empty()) {
        auto error = table_number(row, errors[s], options.blocks);
        if (!error) return error.error();
        block.error[s] = *error;
      }
    }
    blocks.push_back(std::move(block));
  }
  auto calibration = gamma::calibrate_kut(blocks, *background);
  if (!calibration) return calibration.error().within(options.blocks);
  std::fprintf(stderr, "%d blocks; bins scatter %.1f %% around the fit beyond counting\n", calibration->blocks,
               100 * calibration->spread);
  return write_output(options.out, gamma::to_text(*calibration));
}

}  // namespace

void add_gamma_calibrate(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<CalibrateOptions>();
  auto* command = gamma.add_subcommand("calibrate", "Learn what a detector counts for a Bq/kg of K-40, U and Th series");
  command->add_option("--blocks", options->blocks,
                      "Table name,k40_bq_per_kg,u238_bq_per_kg,th232_bq_per_kg[,k40_err,..][,role]; spectra lie beside it "
                      "as <name>.csv with <name>.json")
      ->required()
      ->check(cli::ExistingFile());
  command->add_option("--background", options->background, "Spectrum without a block")->required()->check(cli::ExistingFile());
  command->add_option("--out", options->out, "The calibration")->required();
  command->footer("Example: beltwarden gamma calibrate --blocks blocks.csv --background PB.csv --out kut.toml");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma calibrate", calibrate(*options)); });
}

}  // namespace beltwarden::lab
