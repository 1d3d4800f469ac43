// Corrections of one spectrum in place, without allocation. Private to treatment.
#pragma once

#include <Eigen/Core>
#include <span>
#include <utility>
#include <vector>

namespace beltwarden::spectra {

using PointBlocks = std::vector<std::pair<Eigen::Index, Eigen::Index>>;   ///< first point and count

/// Fills NaN between neighbours linearly within each block, ends with the nearest value. False when a block has none.
bool fill_gaps(double* x, const PointBlocks& blocks);

/// Divides by the upper convex hull over `nm`. False when the hull is not positive everywhere. `hull` is working memory.
bool remove_continuum(double* x, const Eigen::VectorXd& nm, std::vector<Eigen::Index>& hull);

/// Moves the segments between the joints `at_nm` (increasing) up or down so that the straight lines through up to 10 points on
/// either side of a joint meet there; the middle segment stays (as the detector of FieldSpec instruments does whose
/// temperature is held).
void join_detectors(double* x, const Eigen::VectorXd& nm, std::span<const double> at_nm);

/// Writes `x(nm - shift)` into `out`, by cubic interpolation within each block; ends hold their value.
void shift_bands(const double* x, const Eigen::VectorXd& nm, const PointBlocks& blocks, double shift_nm, double* out);

/// dx/dnm by differences of neighbours within each block.
void slope(const double* x, const Eigen::VectorXd& nm, const PointBlocks& blocks, double* out);

}  // namespace beltwarden::spectra
