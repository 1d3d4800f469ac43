// Which nuclide is it, and is it natural or artificial?
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "science/gamma/source_tests.h"

namespace beltwarden::gamma {

enum class SourceKind : std::uint8_t { kArtificial, kNatural, kMixed, kUnknown, kFault };
std::string_view name_of(SourceKind kind);

struct NamedSource {
  SourceKind kind = SourceKind::kUnknown;
  std::string nuclide = "unknown";      ///< of a mixture the artificial one
  std::string also;                     ///< of a mixture the natural one; else empty
  double confidence = 0;
};

/// Counts of a passage in the model's bins, each interval weighted as a passing source adds to it and all scaled so that they
/// scatter as counts do; what was expected there, and how that may be wrong.
class PassageCounts {
 public:
  explicit PassageCounts(std::size_t bins) : observed(bins), expected(bins), unknown(bins), directions(bins * kDirections), load(bins) {}

  /// One interval of `prediction`, brought to the background's `amounts` now.
  void add(double weight, double live_s, std::span<const double> counts, const Prediction& prediction,
           const std::array<double, kDirections>& amounts);
  /// Scales what was added (Bohm and Zech, NIM A 748, 2014). Call once.
  void scale();

  std::vector<double> observed, expected;
  std::vector<double> unknown;           ///< standard deviation a bin of what is not known of its own factors, counts
  std::vector<double> directions;        ///< the background's, bin + direction * bins: counts for one unit
  std::vector<double> load;              ///< counts for a load that is wrong by its own uncertainty
  std::array<double, kDirections * kDirections> covariance{};   ///< of the directions

 private:
  double weight_live_ = 0, square_live_ = 0;
};

/// Compares a passage with every template: Poisson likelihood with the amount of the source free and the background free within
/// its covariance, each nuclide by its best template. The confidence is the nuclide's share of all likelihoods. Mixed: a natural
/// and an artificial nuclide are both needed.
NamedSource name_source(const SourceTests& tests, const PassageCounts& passage);

}  // namespace beltwarden::gamma
