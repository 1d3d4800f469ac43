#include "science/spectra/slag_templates.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/rng.h"
#include "science/spectra/minerals.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

// Densities, g/cm3: what a gram shows of itself goes with 1 / density. Ore lies between goethite (4.3) and hematite (5.3), slag between
// glass (2.9) and fayalite (4.4).
constexpr double kOreDensity = 4.7, kSlagDensity = 3.2, kMagnetiteDensity = 5.2;
constexpr double kDirichlet = 0.6;
constexpr double kMostMagnetite = 0.33;
constexpr double kGrainSpread = 0.3;     // of the logarithm: grains of the phases differ in size
constexpr double kThreefold = 1.0986122886681098;   // ln 3

// What adds up by cross-section under a law: the albedo, or K/S.
Eigen::VectorXd mixable(const Spectrum& reflectance, MixingLaw law) {
  return reflectance.unaryExpr([law](double r) { return law == MixingLaw::kAlbedo ? albedo_of_reflectance(r) : kubelka_munk(r); });
}

// Gamma variates with a shape below one, as Dirichlet shares are made of (Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000)
// 363-372).
double draw_gamma(double shape, Rng& rng) {
  const double boost = std::pow(std::max(rng.uniform(), 1e-300), 1 / shape);
  const double d = shape + 1 - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double z = rng.normal(), v = std::pow(1 + c * z, 3);
    if (v > 0 && std::log(std::max(rng.uniform(), 1e-300)) < z * z / 2 + d - d * v + d * std::log(v)) return d * v * boost;
  }
}

// Cross-section that a mass share of slag has of the whole, for a cross-section a gram relative to ore's.
double cross_section(double mass_share, double relative) {
  return mass_share * relative / (mass_share * relative + 1 - mass_share);
}

// A slag and what it is mixed into, as what adds up under the law.
struct Pair {
  Eigen::VectorXd ore, slag;
  double relative = 1;        // cross-section (volume, by Kubelka-Munk) that a gram of slag has for one of a gram of ore, grains being equal
  double grain = 1;           // more of it, as the slag's grains are finer than the ore's
  MixingLaw law = MixingLaw::kAlbedo;

  // With finer grains a powder scatters more and absorbs the same (Kubelka-Munk), or shows more of itself (albedo).
  double reflectance(double mass_share, Eigen::Index i) const {
    if (law == MixingLaw::kAlbedo) {
      const double share = cross_section(mass_share, relative * grain);
      return reflectance_of_albedo((1 - share) * ore[i] + share * slag[i]);
    }
    const double share = cross_section(mass_share, relative);
    return reflectance_of_ks(((1 - share) * ore[i] + share * slag[i]) / (1 - share + share * grain));
  }
};

void append_path(const Pair& pair, const Eigen::VectorXd& brand_absorbance, Eigen::Index slag, Eigen::MatrixXd& change) {
  for (int k = 0; k < kSlagSteps; ++k) {
    for (Eigen::Index i = 0; i < brand_absorbance.size(); ++i) {
      change(slag * kSlagSteps + k, i) = -std::log10(pair.reflectance(kSlagShares[k], i)) - brand_absorbance[i];
    }
  }
}

Eigen::VectorXd reflectance_of(const Eigen::VectorXd& absorbance) {
  return absorbance.unaryExpr([](double a) { return std::pow(10.0, -a); });
}

}  // namespace

SlagPaths draw_slag_paths(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance, int slags, std::uint64_t seed,
                          double grain, MixingLaw law) {
  std::map<std::string, std::vector<Eigen::VectorXd>> kinds;
  for (const auto& m : library.members()) kinds[m.kind].push_back(mixable(m.reflectance, law));
  Eigen::VectorXd magnetite = Eigen::VectorXd::Zero(brand_absorbance.size());
  if (const auto minerals = mineral_library(library.axis_nm()); minerals) magnetite = mixable(minerals->find("magnetite")->reflectance, law);
  Pair pair{mixable(reflectance_of(brand_absorbance), law), {}, 1, grain, law};
  slags = std::max(slags, static_cast<int>(kinds.size()));
  SlagPaths out;
  out.change.resize(static_cast<Eigen::Index>(slags) * kSlagSteps, brand_absorbance.size());
  Rng rng(seed);
  for (int s = 0; s < slags; ++s) {
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(brand_absorbance.size());
    double area = 0, mass = 0, most = -1;
    std::string mostly;
    int at = 0;
    for (const auto& [kind, specimens] : kinds) {
      const bool alone = s < static_cast<int>(kinds.size());
      const double share = alone ? (at == s ? 1 : 0) : draw_gamma(kDirichlet, rng);
      ++at;
      if (share <= 0) continue;
      const auto& specimen = specimens[rng.below(specimens.size())];
      const double shown = share / kSlagDensity * std::exp(rng.normal(0, kGrainSpread));
      sum += shown * specimen;
      area += shown;
      mass += share;
      if (share > most) most = share, mostly = kind;
    }
    const double oxide = rng.uniform(0, kMostMagnetite) * mass;
    sum += oxide / kMagnetiteDensity * magnetite;
    area += oxide / kMagnetiteDensity;
    mass += oxide;
    pair.slag = sum / area;
    pair.relative = area / mass * kOreDensity;
    append_path(pair, brand_absorbance, s, out.change);
    out.kinds.push_back(mostly);
  }
  return out;
}

double grain_spread() { return kThreefold; }

SlagPaths draw_slags_of_any_grain(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance, int slags, std::uint64_t seed, MixingLaw law) {
  std::set<std::string> kinds;
  for (const auto& m : library.members()) kinds.insert(m.kind);
  // The grains in layers of equal probability, so that few slags have all sizes; dealt at random.
  std::vector<double> grains;
  for (int s = 0; s < slags; ++s) grains.push_back(std::exp(kThreefold * normal_quantile((s + 0.5) / slags)));
  Rng rng(seed);
  for (std::size_t s = grains.size(); s > 1; --s) std::swap(grains[s - 1], grains[rng.below(s)]);
  SlagPaths out;
  out.change.resize(static_cast<Eigen::Index>(slags) * kSlagSteps, brand_absorbance.size());
  for (int s = 0; s < slags; ++s) {
    // The last of a few is a mixture of kinds.
    const auto drawn = draw_slag_paths(library, brand_absorbance, static_cast<int>(kinds.size()) + 1, seed + 1 + static_cast<std::uint64_t>(s),
                                       grains[static_cast<std::size_t>(s)], law);
    out.change.middleRows(Eigen::Index{s} * kSlagSteps, kSlagSteps) = drawn.change.bottomRows(kSlagSteps);
    out.kinds.push_back(drawn.kinds.back());
  }
  return out;
}

SlagPaths member_paths(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance) {
  SlagPaths out;
  out.change.resize(static_cast<Eigen::Index>(library.members().size()) * kSlagSteps, brand_absorbance.size());
  Pair pair{mixable(reflectance_of(brand_absorbance), MixingLaw::kAlbedo), {}, kOreDensity / kSlagDensity, 1, MixingLaw::kAlbedo};
  Eigen::Index at = 0;
  for (const auto& m : library.members()) {
    pair.slag = mixable(m.reflectance, MixingLaw::kAlbedo);
    append_path(pair, brand_absorbance, at++, out.change);
    out.kinds.push_back(m.kind);
  }
  return out;
}

}  // namespace beltwarden::spectra
