// What one brand's ore looks like, learnt from clean pictures of several lots; how unlikely other pictures are.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

/// What is compared: mean L, a, b; logarithms of their deviations and of the texture.
inline constexpr std::size_t kAppearanceDimensions = 7;
using AppearanceVector = std::array<double, kAppearanceDimensions>;
AppearanceVector appearance_vector(const FrameMeasurements& measurements);

/// Upper tail of a statistic on clean material: above `from` it falls off exponentially with `scale`, and `share`
/// of clean cases lie above `from`.
struct Tail {
  double from = 0;
  double scale = 1;
  double share = 1;
  double probability_above(double value) const;  ///< 1 where the value lies below `from` is reported as `share`
  double quantile(double probability) const;     ///< the value that clean material exceeds with this probability
};

/// The tail of a sample; the part above its 90 % point sets the scale. At least 20 values.
Result<Tail> fit_tail(std::vector<double> values);

/// N of "one in N clean frames", to two digits and at most a thousand million: beyond that no fit's tail says anything.
double one_in(double probability);

/// Variances of each dimension split by where they come from: between lots, slowly along a lot, picture to picture.
struct BrandAppearance {
  std::string brand;
  AppearanceVector mean{};
  AppearanceVector lot_variance{}, slow_variance{}, frame_variance{};
  std::vector<double> correlation;  ///< kAppearanceDimensions squared, row by row
  Tail distance_tail;               ///< of the squared distance of block means of lots left out of the fit
  Tail strength_tail;               ///< of the strongest candidate of a clean picture, 0 where there is none
  int lots = 0;
  int frames = 0;
  double mm_per_px = 0;             ///< of the pictures it was fitted on; strengths depend on it a little
  FrameQuality usual;               ///< how its pictures were taken; light 0: a fit that did not measure it
};

/// Clean pictures of one lot in belt order.
struct CleanLot {
  std::vector<FrameAnalysis> frames;
  double mm_per_px = 0;
};

/// At least two lots of 24 pictures each with load; pictures with a load below 0.3 are left out.
Result<BrandAppearance> fit_appearance(std::string brand, std::span<const CleanLot> lots);

/// Squared Mahalanobis distance of the mean of `frames` pictures from the brand.
double appearance_distance(const AppearanceVector& mean, int frames, const BrandAppearance& brand);

/// -log10 of the probability that clean material of this brand looks as odd: 3 = one stretch in a thousand.
double anomaly_score(const AppearanceVector& mean, int frames, const BrandAppearance& brand);

/// The same of one picture, its strongest candidate included.
double anomaly_score(const FrameAnalysis& analysis, const BrandAppearance& brand);

/// A set of brands as TOML text and back.
std::string to_text(std::span<const BrandAppearance> brands);
Result<std::vector<BrandAppearance>> appearances_from_text(std::string_view text, const std::string& origin);

}  // namespace beltwarden::vision
