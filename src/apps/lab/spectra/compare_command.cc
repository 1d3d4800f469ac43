// `spectra match` and `spectra unmix`: unknown spectra beside a library of known ones.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "apps/lab/spectra/model_commands.h"
#include "apps/lab/spectra/reference_table.h"
#include "apps/lab/spectra/spectral_table.h"
#include "science/spectra/nnls.h"

namespace beltwarden::lab {
namespace {

struct CompareOptions {
  std::string data, library, out;
  std::vector<std::string> where, library_where;
  bool average = false, areal = false;
  std::size_t most = 3;
};

struct Compared {
  SpectralTable table;
  spectra::ReferenceLibrary library;     // on the axis of the table
};

Result<Compared> read(const CompareOptions& o) {
  require_usage(check_where(o.where));
  require_usage(check_where(o.library_where));
  auto table = read_spectral_table(o.data, o.where);
  if (!table) return table.error();
  auto library = read_reference_library(o.library, o.library_where);
  if (!library) return library.error();
  auto here = library->on(table->set.axis_nm);
  if (!here) return here.error().within(o.library);
  return Compared{o.average ? averaged(*table) : std::move(*table), std::move(*here)};
}

Result<void> match(const CompareOptions& o) {
  auto both = read(o);
  if (!both) return both.error();
  std::string out = "id,rank,member,class,angle,correlation,confidence\n";
  for (std::size_t i = 0; i < both->table.rows(); ++i) {
    int rank = 0;
    for (const auto& m : both->library.match(both->table.set.spectra.row(static_cast<Eigen::Index>(i)).transpose(), o.most)) {
      out += csv_field(both->table.ids[i]) + ',' + std::to_string(++rank) + ',' + csv_field(m.name) + ',' + csv_field(m.kind);
      for (double v : {m.angle, m.correlation, m.confidence}) out += ',' + exact_number(v);
      out += '\n';
    }
    if (rank == 0) out += csv_field(both->table.ids[i]) + ",,,,,,\n";     // nothing to compare
  }
  return write_output(o.out, out);
}

// Grains mixed intimately: albedos add by the cross-section that each shows (reference_library.h); patches side by side: reflectances.
double additive(double reflectance, bool areal) { return areal ? reflectance : spectra::albedo_of_reflectance(reflectance); }

Result<void> unmix(const CompareOptions& o) {
  auto both = read(o);
  if (!both) return both.error();
  const auto& members = both->library.members();
  const auto bands = static_cast<Eigen::Index>(both->table.set.axis_nm.size());
  if (static_cast<Eigen::Index>(members.size()) > bands) {
    return invalid_input(o.library + ": expected at most as many members as the table has bands, " + std::to_string(bands) + ", found " +
                         std::to_string(members.size()) + "; choose with --library-where");
  }
  std::string out = "id,member,class,share,share_std,residual\n";
  for (std::size_t i = 0; i < both->table.rows(); ++i) {
    const Eigen::VectorXd spectrum = both->table.set.spectra.row(static_cast<Eigen::Index>(i)).transpose();
    std::vector<Eigen::Index> seen;
    for (Eigen::Index j = 0; j < bands; ++j) {
      if (std::isfinite(spectrum[j])) seen.push_back(j);
    }
    Eigen::MatrixXd a(static_cast<Eigen::Index>(seen.size()), static_cast<Eigen::Index>(members.size()));
    Eigen::VectorXd b(a.rows());
    for (Eigen::Index r = 0; r < a.rows(); ++r) {
      const auto j = seen[static_cast<std::size_t>(r)];
      b[r] = additive(spectrum[j], o.areal);
      for (Eigen::Index k = 0; k < a.cols(); ++k) a(r, k) = additive(members[static_cast<std::size_t>(k)].reflectance[j], o.areal);
    }
    auto shares = a.rows() >= a.cols() ? spectra::nnls_sum_to_one(a, b) : invalid_input("fewer bands than members");
    if (!shares) return shares.error().within(both->table.path + ": " + both->table.ids[i]);
    const double residual = shares->residual_norm / std::sqrt(static_cast<double>(a.rows()));
    std::vector<Eigen::Index> order(members.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<Eigen::Index>(k);
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](Eigen::Index k) { return shares->x[k]; });
    order.resize(std::min(order.size(), o.most));
    for (auto k : order) {
      const auto& m = members[static_cast<std::size_t>(k)];
      out += csv_field(both->table.ids[i]) + ',' + csv_field(m.name) + ',' + csv_field(m.kind);
      for (double v : {shares->x[k], shares->std_error[k], residual}) out += ',' + exact_number(v);
      out += '\n';
    }
  }
  return write_output(o.out, out);
}

cli::Command* add(cli::Command& spectra, const char* name, const char* what, const std::shared_ptr<CompareOptions>& o) {
  auto* command = spectra.add_subcommand(name, what);
  command->add_option("--data", o->data, "table (CSV, may be gzip) of reflectances")->required();
  command->add_option("--where", o->where, "column=value: rows to use; repeated: the same column gives alternatives")->take_all();
  command->add_option("--library", o->library, "table of reflectances of known materials, kind in column class")->required();
  command->add_option("--library-where", o->library_where, "column=value: members to use; repeated: the same column gives alternatives")->take_all();
  command->add_flag("--average", o->average, "one answer a slice: the id before '/'");
  command->add_option("--most", o->most, "members to name of each spectrum")->check(cli::Range(1, 4096));
  command->add_option("--out", o->out, "CSV to write, - for stdout")->required();
  return command;
}

}  // namespace

void add_spectra_compare_commands(cli::Command& spectra, int& exit_code) {
  auto m = std::make_shared<CompareOptions>();
  auto* match_command = add(spectra, "match", "Name the members of a library that spectra look like", m);
  match_command->footer("Nearest by spectral angle, with the correlation, and how sure it is that it is this kind rather than another of the library.\n"
                        "Example: beltwarden spectra match --data unknown.csv --library minerals.csv --out M.csv");
  match_command->callback([m, &exit_code] { exit_code = exit_status("spectra match", match(*m)); });
  auto u = std::make_shared<CompareOptions>();
  auto* unmix_command = add(spectra, "unmix", "Say how much of each member of a library is in spectra", u);
  unmix_command->add_flag("--areal", u->areal, "patches side by side; else grains mixed intimately");
  unmix_command->footer("Non-negative shares of the cross-section shown, which sum to one, each with its standard uncertainty from the residuals.\n"
                        "Example: beltwarden spectra unmix --data unknown.csv --library minerals.csv --library-where class=hematite\n"
                        "         --library-where class=goethite --out U.csv");
  unmix_command->callback([u, &exit_code] { exit_code = exit_status("spectra unmix", unmix(*u)); });
}

}  // namespace beltwarden::lab
