// Rows of spectra with what is known of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "science/spectra/axis.h"
#include "science/spectra/treatment.h"

namespace beltwarden::spectra {

struct TrainingSet {
  std::vector<double> axis_nm;
  Spectra spectra;                          ///< one a row
  std::vector<std::string> classes;         ///< one a row, or empty
  std::vector<std::uint32_t> groups;        ///< one a row: rows of one slice or sample have the same; empty = each its own
  std::vector<std::uint32_t> lots;          ///< one a row where known, else empty: groups of one lot (a ship's) have the same
  std::vector<std::string> responses;       ///< names of the columns of `values`
  Eigen::MatrixXd values;                   ///< rows x responses; NaN = not known

  Eigen::Index rows() const { return spectra.rows(); }
};

/// Checks that the parts of a set fit each other; fills `groups` when empty.
Result<void> complete(TrainingSet& set);

/// Rows of `class_name` only.
TrainingSet rows_of(const TrainingSet& set, const std::string& class_name);

/// The distinct classes in order of first appearance.
std::vector<std::string> classes_of(const TrainingSet& set);

/// Points of the axis that hold a value in every row.
std::vector<bool> points_present(const Spectra& spectra);

/// A set after treatment: rows that are not fit for it are left out and counted.
struct TreatedSet {
  Eigen::MatrixXd x;
  std::vector<Eigen::Index> row;            ///< in the training set, of each row of x
  int invalid = 0;
};
TreatedSet treat(const Treatment& treatment, const TrainingSet& set);

}  // namespace beltwarden::spectra
