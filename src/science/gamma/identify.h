// What an excess over the background is made of: natural series, or a nuclide that does not belong in ore.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "science/gamma/windows.h"

namespace beltwarden::gamma {

using CoarseSpectrum = std::array<double, kCoarseBins>;

/// Shapes to compare with, from nuclear data (response.h): natural ones of bulk ore and of lumps, artificial ones bare
/// and under 15, 30 and 45 g/cm2 of ore.
class ShapeLibrary {
 public:
  static ShapeLibrary make(double resolution_662 = 0.075);

  struct Shape {
    std::string nuclide;
    bool natural = false;
    CoarseSpectrum share{};          ///< sums to 1
  };
  const std::vector<Shape>& shapes() const { return shapes_; }

 private:
  std::vector<Shape> shapes_;
};

struct Identification {
  enum class Kind { kNatural, kArtificial, kUnknown } kind = Kind::kUnknown;
  std::string nuclide;               ///< strongest natural series or the artificial nuclide; "unknown" where none fits
  double confidence = 0;
  double chi_squared_gain = 0;       ///< what the artificial nuclide explains beyond natural shapes
};

/// `observed`: counts; `expected`: counts without the source. Non-negative least squares of their difference, natural
/// shapes and a changed background first, then one artificial nuclide on top.
Identification identify(const CoarseSpectrum& observed, const CoarseSpectrum& expected, const ShapeLibrary& library);

}  // namespace beltwarden::gamma
