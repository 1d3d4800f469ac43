#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "apps/lab/files.h"
#include "apps/lab/gamma/csv_table.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/belt_weighing.h"
#include "science/gamma/kut.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

struct CalibrateOptions {
  std::string blocks, background, runs, model, out;
};

constexpr const char* kValues[] = {"k40_bq_per_kg", "u238_bq_per_kg", "th232_bq_per_kg"};
constexpr const char* kErrors[] = {"k40_err", "u238_err", "th232_err"};
constexpr double kUnstated = 0.03;   // relative uncertainty of a reference, where the table does not say

// What a reference holds, with standard uncertainties.
using Amounts = std::array<double, gamma::kSeries>;
Result<void> read_amounts(const TableRow& row, const std::string& table, Amounts& values, Amounts& errors) {
  for (std::size_t s = 0; s < gamma::kSeries; ++s) {
    auto value = table_number(row, kValues[s], table);
    if (!value) return value.error();
    values[s] = *value;
    errors[s] = kUnstated * *value;
    if (const auto given = row.find(kErrors[s]); given != row.end() && !given->second.empty()) {
      auto error = table_number(row, kErrors[s], table);
      if (!error) return error.error();
      errors[s] = *error;
    }
  }
  return {};
}

// The spectrum or series that lies beside a table.
std::string beside(const std::string& table, const std::string& name) {
  std::string file = (fs::path(table).parent_path() / name).string() + ".csv";
  if (!fs::exists(file)) file += ".gz";
  return file;
}

// Every row of a table of references: what `measured` makes of the file beside the table, and what the row says that it holds.
template <typename Reference, typename Measured, typename Member>
Result<std::vector<Reference>> read_references(const std::vector<TableRow>& rows, const std::string& table, const Measured& measured, Member member) {
  std::vector<Reference> references;
  for (const auto& row : rows) {
    auto read = measured(row.at("name"), beside(table, row.at("name")));
    if (!read) return read.error();
    Reference one;
    one.*member = std::move(*read);
    if (auto amounts = read_amounts(row, table, one.bq_per_kg, one.error); !amounts) return amounts.error();
    references.push_back(std::move(one));
  }
  return references;
}

// A line: geometry, self-absorption and efficiency over the belt, from runs of ore of known activity.
Result<void> calibrate_line(const CalibrateOptions& options) {
  auto rows = read_table(options.runs, {"name", kValues[0], kValues[1], kValues[2]});
  if (!rows) return rows.error();
  auto model = load_belt_model(options.model);
  if (!model) return model.error();
  const auto measured = [](const std::string& name, const std::string& file) -> Result<gamma::BeltSeries> {
    auto series = load_series(file);
    if (!series) return series.error();
    return belt_series(name, std::make_shared<const formats::GammaSeries>(std::move(*series)));
  };
  auto runs = read_references<gamma::WeighedRun>(*rows, options.runs, measured, &gamma::WeighedRun::series);
  if (!runs) return runs.error();
  auto calibration = gamma::calibrate_belt(*runs, model->background);
  if (!calibration) return calibration.error().within(options.runs);
  const auto& kut = calibration->kut;
  std::fprintf(stderr, "%d runs; bins scatter %.1f %% around the fit beyond counting. Factor of the line, %.0f to %.0f keV at 100 kg/m:\n", kut.blocks,
               100 * kut.spread, kut.edges_kev.front(), kut.edges_kev.back());
  constexpr const char* kNames[] = {"K-40", "U-238 series", "Th-232 series"};
  for (std::size_t s = 0; s < gamma::kSeries; ++s) {
    double cps = 0, variance = 0;
    for (const double c : kut.cps[s]) cps += c;
    for (const double e : kut.error[s]) variance += e * e;
    std::fprintf(stderr, "  %-14s %.4g counts a second for 1 Bq/kg (bins %.1f %%)\n", kNames[s], cps, 100 * std::sqrt(variance) / std::max(cps, 1e-12));
  }
  return write_output(options.out, gamma::to_text(*calibration));
}

Result<void> calibrate(const CalibrateOptions& options) {
  if (!options.runs.empty()) return calibrate_line(options);
  auto rows = read_table(options.blocks, {"name", kValues[0], kValues[1], kValues[2]});
  if (!rows) return rows.error();
  auto background = measured_spectrum(options.background);
  if (!background) return background.error();
  std::erase_if(*rows, [](const TableRow& row) {
    const auto role = row.find("role");
    return role != row.end() ? role->second != "block" : row.at("k40_bq_per_kg").empty();
  });
  const auto measured = [](const std::string&, const std::string& file) { return measured_spectrum(file); };
  auto blocks = read_references<gamma::ReferenceBlock>(*rows, options.blocks, measured, &gamma::ReferenceBlock::spectrum);
  if (!blocks) return blocks.error();
  auto calibration = gamma::calibrate_kut(*blocks, *background);
  if (!calibration) return calibration.error().within(options.blocks);
  std::fprintf(stderr, "%d blocks; bins scatter %.1f %% around the fit beyond counting\n", calibration->blocks,
               100 * calibration->spread);
  return write_output(options.out, gamma::to_text(*calibration));
}

}  // namespace

void add_gamma_calibrate(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<CalibrateOptions>();
  auto* command = gamma.add_subcommand("calibrate", "Learn what a detector counts for a Bq/kg of K-40, U and Th series, over blocks or over a line");
  auto* blocks = command->add_option("--blocks", options->blocks,
                                     "Table name,k40_bq_per_kg,u238_bq_per_kg,th232_bq_per_kg[,k40_err,..][,role]; spectra lie beside it "
                                     "as <name>.csv with <name>.json")
                     ->check(cli::ExistingFile());
  auto* background = command->add_option("--background", options->background, "With --blocks: spectrum without a block")->check(cli::ExistingFile());
  auto* runs = command->add_option("--runs", options->runs,
                                   "Instead of blocks: the same table of runs over the belt, each a series with a minute of bare belt and five of ore")
                   ->check(cli::ExistingFile());
  auto* model = command->add_option("--model", options->model, "With --runs: what 'gamma tune' wrote of the line")->check(cli::ExistingFile());
  blocks->needs(background)->excludes(runs);
  runs->needs(model)->excludes(background);   // a run holds its own minute of bare belt
  command->add_option("--out", options->out, "The calibration")->required();
  command->footer("Example: beltwarden gamma calibrate --blocks blocks.csv --background PB.csv --out kut.toml\n"
                  "         beltwarden gamma calibrate --runs runs.csv --model belt.model --out line.toml");
  command->callback([options, &exit_code] {
    if (options->blocks.empty() && options->runs.empty()) throw cli::UsageError("--blocks or --runs is required");
    exit_code = exit_status("gamma calibrate", calibrate(*options));
  });
}

}  // namespace beltwarden::lab
