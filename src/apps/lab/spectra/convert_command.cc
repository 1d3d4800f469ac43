#include "apps/lab/spectra/convert_command.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/spectra/convert.h"
#include "apps/lab/spectra/references.h"
#include "apps/lab/spectra/spectrum_files.h"

namespace beltwarden::lab {
namespace {

struct Options {
  std::vector<std::string> files, whites, darks;
  std::string out;
  ConvertOptions convert;
};

Result<void> convert(const Options& options) {
  if (options.whites.empty() && !options.darks.empty()) throw cli::UsageError("--dark: expected --white with it");
  ProgressBar bar("reading");
  auto inputs = read_spectrum_files(options.files, [&](double share) { bar.show(share); });
  if (!inputs) return inputs.error();
  if (!options.whites.empty()) {
    auto whites = read_spectrum_files(options.whites), darks = read_spectrum_files(options.darks);
    if (!whites) return whites.error();
    if (!darks) return darks.error();
    if (auto ok = to_reflectance(*inputs, std::move(*whites), std::move(*darks)); !ok) return ok;
  }
  auto table = to_table(std::move(*inputs), options.convert);
  if (!table) return table.error();
  for (const std::string& remark : table->remarks) std::fprintf(stderr, "beltwarden spectra convert: %s\n", remark.c_str());
  auto text = formats::write_spectral_csv(*table);
  if (!text) return text.error();
  return write_output(options.out, *text);
}

}  // namespace

void add_convert_command(cli::Command& spectra, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto* command = spectra.add_subcommand("convert", "Vendors' files into one spectral table");
  command->footer(
      "Reads SPC, JCAMP-DX, Bruker OPUS, ASD, ENVI (either of its two files), text of two columns and spectral tables,\n"
      "known by their content; any of them may be gzipped. Wavenumbers and um become nm, increasing.\n"
      "All spectra must lie on one axis; with --regrid they are brought onto that of the first.\n"
      "Example: beltwarden spectra convert scans/*.0 --out scans.csv\n"
      "         beltwarden spectra convert raw/*.spc --white white/*.spc --dark dark.spc --out scans.csv");
  command->add_option("FILE", options->files, "files to read")->required();
  command->add_option("--out", options->out, "the table (.gz packs it), or - for stdout")->required();
  command->add_flag("--regrid", options->convert.regrid,
                    "bring other axes onto that of the first spectrum; empty where a spectrum does not reach");
  command->add_option("--signal", options->convert.signal,
                      "which signal of files that hold several: main (default), all, or its name, as 'reference'");
  command->add_option("--white", options->whites,
                      "raw signals to reflectance against these; as they were at the time of each spectrum, linear in between");
  command->add_option("--dark", options->darks, "dark references for that; none = zero");
  command->add_flag("--all-fields", options->convert.all_fields, "a column for everything that the files say");
  command->callback([options, &exit_code] { exit_code = exit_status("spectra convert", convert(*options)); });
}

}  // namespace beltwarden::lab
