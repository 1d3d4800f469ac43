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
  static constexpr int kComponents = 6, kMostComponents = 20;
  static constexpr Eigen::Index kMostRows = 600;   ///< learnt from, evenly over those given

  GapFiller() = default;
  /// Learns from rows of which at least ten must hold half of the `used` points. Rows without any gap teach nothing, unless spectra
  /// to come may lack what these have: `foreseeing`, with up to kMostComponents where rows are many.
  static GapFiller fit(const Spectra& rows, const std::vector<bool>& used, bool foreseeing = false);

  /// Whether there is anything to fill: false when the rows it was fitted on had no gaps.
  bool active() const { return loadings_.cols() > 0; }
  /// Points a spectrum must have at least.
  Eigen::Index reach() const { return points_.empty() ? 0 : points_.back() + 1; }
  bool has_gaps(Eigen::Ref<const Eigen::VectorXd> spectrum) const;
  /// Fills NaN among the used points; false when fewer than a quarter of them are there.
  bool fill(Eigen::Ref<Eigen::VectorXd> spectrum) const;

  /// Filled without a step at a gap's edges, which derivatives would make much of: what the components leave of the nearest points
  /// goes on into the gap and fades over kFade points.
  struct Filled {
    bool valid = false;
    Eigen::VectorXd spectrum;
    /// Points x components: one standard deviation of what was filled, along independent directions.
    Eigen::MatrixXd doubts;
  };
  static constexpr double kFade = 10;
  Filled fill_smoothly(Eigen::Ref<const Eigen::VectorXd> spectrum) const;

  void write(ModelWriter& to) const;
  static GapFiller read(ModelReader& from);

 private:
  std::vector<Eigen::Index> points_;
  Eigen::VectorXd mean_, variances_;
  Eigen::MatrixXd loadings_;
  double noise_ = 0;
};

/// Fills the gaps of each row that enough is known of, smoothly; others stay as they are.
void fill_rows(const GapFiller& filler, Spectra& rows);

}  // namespace beltwarden::spectra
