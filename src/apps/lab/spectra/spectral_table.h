// The spectral table of the commands: CSV `id,<meta>...,y:<response>...,<nm>...`, one spectrum a row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "science/spectra/training.h"

namespace beltwarden::lab {

struct SpectralTable {
  std::string path;                               ///< what messages call it
  std::vector<std::string> ids;                   ///< one a row
  std::vector<std::string> meta_names;            ///< without `id`
  std::vector<std::vector<std::string>> meta;     ///< by column, one a row
  /// Axis, spectra (NaN = missing), classes (column `class`, if there), groups (rows of one slice, the id before '/',
  /// have the same), responses with their `y:` and their values.
  spectra::TrainingSet set;
  std::vector<double> scans;                      ///< averaged into each row

  std::size_t rows() const { return ids.size(); }
  /// Values of a meta column, one a row; nullptr when there is none of that name.
  const std::vector<std::string>* column(std::string_view name) const;
  /// Index into set.responses of "y:Fe" or "Fe"; -1 when there is none.
  int response(std::string_view name) const;
};

/// A row is kept when, for every column named, its text is one of the values given for that column.
struct Where {
  std::string column, value;
};
/// Reads "set=train" and the like.
Result<std::vector<Where>> parse_where(const std::vector<std::string>& texts);
/// Only whether it can be read.
Result<void> check_where(const std::vector<std::string>& texts);

/// The table of `bytes`; errors name `path`, line and column. A table in which `where` leaves no row is an error.
Result<SpectralTable> parse_spectral_table(std::string_view bytes, const std::string& path, const std::vector<Where>& where);

/// The same from a file, packed or not.
Result<SpectralTable> read_spectral_table(const std::string& path, const std::vector<std::string>& where);

/// One row a slice, in order of first appearance: spectra and values averaged over the scans that have them, the rest as in
/// the slice's first scan.
SpectralTable averaged(const SpectralTable& table);

/// Keeps the rows for which `keep` is true.
SpectralTable rows_where(const SpectralTable& table, const std::vector<bool>& keep);

/// Groups that cross-validation must not split: rows of one slice, and rows that share a value (lot, specimen) of column `asked`, of
/// which there must be three. Where none is asked for, of column `group`, if that tells rows apart, i.e. names at least six groups and
/// none of them a third of the rows. `said` tells what was done, and when the column was passed over.
Result<std::vector<std::uint32_t>> groups_for_folds(const SpectralTable& table, const std::string& asked, std::string& said);

/// One a band: is it missing (NaN) in no more than `most_missing` (0 ... 1) of the rows?
std::vector<bool> bands_present(const spectra::Spectra& spectra, double most_missing);

/// Optical spectra in nm do not end below 100.
bool looks_like_micrometres(const std::vector<double>& axis_nm);

/// What to tell a user of ids that occur more than once; empty where none does.
std::string repeated_ids(const SpectralTable& table);

/// The spectra on another axis; rows keep what the axis does not reach as missing. It is an error when the axes do not meet.
Result<spectra::Spectra> spectra_on(const SpectralTable& table, const std::vector<double>& axis_nm);

}  // namespace beltwarden::lab
