// Bands that some rows do not have, filled with what the others say goes with the bands that they do have.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "science/spectra/axis.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

/// Principal components with missing data by expectation and maximisation (Walczak and Massart, Chemom. Intell. Lab. Syst. 58
/// (2001) 15-27); a gap is filled with the components' conditional mean given the points that are there, shrunk by the noise
/// (Tipping and Bishop, J. R. Stat. Soc. B 61 (1999) 611-622). Immutable after fitting.
class GapFiller {
 public:
  static constexpr int kComponents = 6;

  GapFiller() = default;
  /// Learns from rows of which at least ten must hold half of the `used` points.
  static GapFiller fit(const Spectra& rows, const std::vector<bool>& used);

  /// Whether there is anything to fill: false when the rows it was fitted on had no gaps.
  bool active() const { return loadings_.cols() > 0; }
  /// Fills NaN among the used points; false when fewer than a quarter of them are there.
  bool fill(Eigen::Ref<Eigen::VectorXd> spectrum) const;

  void write(ModelWriter& to) const;
  static GapFiller read(ModelReader& from);

 private:
  std::vector<Eigen::Index> points_;
  Eigen::VectorXd mean_, variances_;
  Eigen::MatrixXd loadings_;
  double noise_ = 0;
};

}  // namespace beltwarden::spectra
