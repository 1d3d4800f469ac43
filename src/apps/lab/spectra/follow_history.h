// What a model's training rows may tell of a table that is followed: only what came before it.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/spectra/spectral_table.h"

namespace beltwarden::lab {

/// Rows that a follower begins with, in time order.
struct FollowHistory {
  spectra::TrainingSet set;
  std::vector<std::string> ids, dates;     ///< one a row, or empty
};

/// The first row of the history that is not before the table: one that the table holds (the same spectrum, or the same id and date),
/// or one that is dated (yyyy-mm-dd...) after the table's first row. All rows of the history where there is none.
Eigen::Index first_row_not_before(const FollowHistory& history, const SpectralTable& table, const spectra::Spectra& table_on_axis);

}  // namespace beltwarden::lab
