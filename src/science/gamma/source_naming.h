// Which nuclide is it, and is it natural or artificial?
#pragma once

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

/// Compares the counts around an event's peak with every template: Poisson likelihood with the amount of the source and
/// the level of the background free (that within a per cent or two), each nuclide by its best template. The confidence
/// is the nuclide's share of all likelihoods. Mixed: a natural and an artificial nuclide are both needed.
/// `expected_ore` is the ore's part of `expected`.
NamedSource name_source(const SourceTests& tests, std::span<const double> observed, std::span<const double> expected,
                        std::span<const double> expected_ore);

}  // namespace beltwarden::gamma
