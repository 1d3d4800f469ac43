// The kinds of model that `spectra fit`, `predict` and `evaluate` know: a row of functions each.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/spectra/spectral_table.h"
#include "base/result.h"
#include "science/spectra/bundle.h"

namespace beltwarden::lab {

/// Called from one thread at a time with what share of the work is done.
using Progress = std::function<void(double share)>;

/// What the command line of `fit` said; options that do not concern a kind are errors of usage (`check_usage`).
struct FitRequest {
  SpectralTable table;                       ///< rows chosen by --where, scans as they are
  std::vector<std::string> responses;        ///< regression
  std::string by;                            ///< regression: a model for each value of this column
  std::string class_column;                  ///< identity, screen
  std::string group;                         ///< regression, identity: column that folds keep together; empty = `group` where it serves
  std::string preprocess = "auto";
  std::string components = "auto";
  std::string method = "auto";               ///< each kind knows its own
  std::optional<double> false_alarms;        ///< screen; 0.01 where not given
  std::string library;                       ///< screen: a second table, path
  std::string report;                        ///< HTML to write, path
  std::function<void(const std::string& what, double share)> progress;
  std::function<void(const std::string& line)> say;   ///< to the user: stderr
};

struct ModelKind {
  std::string_view name;                     ///< "regression"
  /// Whether the words of a fit make sense, before any table is read.
  Result<void> (*check_usage)(const FitRequest& request);
  Result<spectra::Bundle> (*fit)(const FitRequest& request);
  /// P.csv of rows as read; `average` asks for one row a slice.
  Result<std::string> (*predict)(const spectra::Bundle& model, const SpectralTable& table, bool average, const Progress& progress);
  /// The figures of `evaluate`: JSON, or lines for people.
  Result<std::string> (*evaluate)(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json, const Progress& progress);
};

std::span<const ModelKind> model_kinds();

/// An error that names the first of the options that was given though the kind has no use for it.
Result<void> without(const FitRequest& request, std::string_view kind, std::initializer_list<std::string_view> options);

/// "expected regression, identity or screen" and the like.
Result<const ModelKind*> find_kind(std::string_view name);

/// A model file is a bundle whose part "kind" names the kind.
struct ModelFile {
  const ModelKind* kind = nullptr;
  spectra::Bundle parts;
};
Result<ModelFile> read_model_file(const std::string& path);
Result<void> write_model_file(const std::string& path, std::string_view kind, spectra::Bundle parts);

}  // namespace beltwarden::lab
