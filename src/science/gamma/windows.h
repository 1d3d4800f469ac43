// Energy windows of a spectrum and its coarse bins: what the monitor counts.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace beltwarden::gamma {

enum Window : std::size_t {
  kGross,
  kLow,
  kCaesium,
  kHigh,
  kCobalt,
  kAbove,
  kPotassium,
  kUranium,
  kThorium,
  kWindowCount
};

struct EnergyWindow {
  std::string_view name;
  double low_kev, high_kev;
};

/// K, U, Th as IAEA-TECDOC-1363 table 4.2 recommends for airborne surveys; caesium: two widths of a 7.5 % peak; high:
/// all that lies above the caesium peak; above: all above cobalt.
inline constexpr std::array<EnergyWindow, kWindowCount> kWindows = {{{"gross", 50, 2900},
                                                                     {"low", 50, 420},
                                                                     {"caesium", 590, 735},
                                                                     {"high", 750, 2900},
                                                                     {"cobalt", 1080, 1440},
                                                                     {"above", 1450, 2900},
                                                                     {"potassium", 1370, 1570},
                                                                     {"uranium", 1660, 1860},
                                                                     {"thorium", 2410, 2810}}};

/// Bins of equal width in the square root of energy, 40 to 2,900 keV, in which a spectrum is compared with shapes.
inline constexpr std::size_t kCoarseBins = 72;
double coarse_edge_kev(std::size_t edge);

/// Splits channels over windows and coarse bins, in proportion where an edge runs through a channel. Made once per
/// calibration.
class Binning {
 public:
  /// Lower edge of channel i: a0 + a1 i + a2 i^2 keV; edges that do not rise end the spectrum there.
  Binning(std::array<double, 3> calibration_kev, std::size_t channels);

  bool fits(const std::array<double, 3>& calibration_kev, std::size_t channels) const {
    return calibration_kev == calibration_kev_ && channels == channels_;
  }
  std::array<double, kWindowCount> windows(std::span<const std::uint32_t> counts) const;
  std::array<double, kCoarseBins> coarse(std::span<const std::uint32_t> counts) const;

 private:
  struct Part {
    std::size_t channel, target;
    double share;
  };
  std::array<double, 3> calibration_kev_;
  std::size_t channels_;
  std::vector<Part> window_parts_, coarse_parts_;
};

}  // namespace beltwarden::gamma
