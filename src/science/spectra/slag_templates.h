// What slag would do to a brand's spectrum: invented slags from a library, mixed into the brand on paper.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "science/spectra/reference_library.h"

namespace beltwarden::spectra {

/// Mass shares at which a slag's path is taken; the path starts at no slag.
inline constexpr double kSlagShares[] = {0.03, 0.06, 0.12, 0.25, 0.5, 1.0};
inline constexpr int kSlagSteps = 6;

/// Changes of a brand's absorbance, by slag and share.
struct SlagPaths {
  Eigen::MatrixXd change;            ///< (slags x kSlagSteps) rows, points of the brand's spectrum columns
  std::vector<std::string> kinds;    ///< a slag: the kind of library member that most of it is
  Eigen::Index slags() const { return change.rows() / kSlagSteps; }
};

/// How what two powders show adds up. Neither holds for every pair: the truth lies with the sizes and shapes of their grains.
enum class MixingLaw {
  kAlbedo,        ///< single-scattering albedos by cross-section (reference_library.h): a pale grain shows in a black ore
  kKubelkaMunk,   ///< absorption and scattering by volume (mixing.h): a black ore swallows what is clear and scatters little
};

/// `slags` slags: first every kind of the library alone, then mixtures with shares drawn from a Dirichlet law (0.6), which has
/// them mostly of one or two kinds, of a specimen drawn from each kind and up to a third of magnetite. They are mixed
/// intimately (reference_library.h) into a dry mass of iron ore. `brand_absorbance` is -log10 R on the library's axis; `grain`: the
/// cross-section that a gram of slag shows beside what its density makes it.
SlagPaths draw_slag_paths(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance, int slags, std::uint64_t seed,
                          double grain = 1, MixingLaw law = MixingLaw::kAlbedo);

/// Spread (standard deviation of the logarithm) of the grain size of slag beside the ore's, which no spectrum tells: slag may come as granulated
/// sand or as broken lumps, ore as concentrate or as fines.
double grain_spread();

/// `slags` slags of which each has grains of its own, spread as grain_spread() says, under one law.
SlagPaths draw_slags_of_any_grain(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance, int slags, std::uint64_t seed, MixingLaw law);

/// The paths of the library's members themselves.
SlagPaths member_paths(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance);

}  // namespace beltwarden::spectra
