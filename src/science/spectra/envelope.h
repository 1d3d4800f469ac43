// What a brand's spectra look like untreated: the band shown to people, and the light levels that tell a dirty window
// from other ore.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/training.h"

namespace beltwarden::spectra {

/// Mean and spread of the slices of a brand. Iron oxides absorb nearly all blue light, so the darkest bands show how much
/// light reaches the detector without having been in the ore (haze on the window), and the span from the darkest to the
/// brightest bands how much of the ore's own light is left. Treatments such as SNV cannot see either.
class Envelope {
 public:
  /// `set` holds scans of clean slices (groups); their means are what counts.
  static Result<Envelope> fit(TrainingSet set);

  struct Level {
    bool valid = false;
    double dark = 0;        ///< ln(darkest bands / usual), in standard deviations of clean slices
    double contrast = 0;    ///< ln(brightest - darkest / usual), likewise
  };
  Level level(Eigen::Ref<const Eigen::VectorXd> spectrum) const;

  const std::vector<double>& axis_nm() const { return axis_nm_; }
  const Eigen::VectorXd& mean() const { return mean_; }
  const Eigen::VectorXd& sd() const { return sd_; }

  std::string to_bytes() const;
  static Result<Envelope> from_bytes(std::string_view bytes);

 private:
  struct Levels {
    double dark = 0, contrast = 0;
    bool valid = false;
  };
  Levels measure(Eigen::Ref<const Eigen::VectorXd> spectrum) const;
  void choose_bands();

  std::vector<double> axis_nm_;
  Eigen::VectorXd mean_, sd_;
  double dark_mean_ = 0, dark_sd_ = 1, contrast_mean_ = 0, contrast_sd_ = 1;   ///< of the logarithms
  std::vector<Eigen::Index> dark_bands_, bright_bands_;                       ///< from the mean
};

}  // namespace beltwarden::spectra
