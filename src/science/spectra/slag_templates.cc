#include "science/spectra/slag_templates.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/rng.h"
#include "science/spectra/minerals.h"

namespace beltwarden::spectra {
namespace {

// Densities, g/cm3: what a gram shows of itself goes with 1 / density. Ore lies between goethite (4.3) and hematite (5.3), slag between
// glass (2.9) and fayalite (4.4).
constexpr double kOreDensity = 4.7, kSlagDensity = 3.2, kMagnetiteDensity = 5.2;
constexpr double kDirichlet = 0.6;
constexpr double kMostMagnetite = 0.33;
constexpr double kGrainSpread = 0.3;     // of the logarithm: grains of the phases differ in size

Eigen::VectorXd albedo(const Spectrum& reflectance) { return reflectance.unaryExpr([](double r) { return albedo_of_reflectance(r); }); }

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

void append_path(const Eigen::VectorXd& brand_albedo, const Eigen::VectorXd& brand_absorbance, const Eigen::VectorXd& slag_albedo,
                 double relative, Eigen::Index slag, Eigen::MatrixXd& change) {
  for (int k = 0; k < kSlagSteps; ++k) {
    const double share = cross_section(kSlagShares[k], relative);
    for (Eigen::Index i = 0; i < brand_albedo.size(); ++i) {
      const double r = reflectance_of_albedo((1 - share) * brand_albedo[i] + share * slag_albedo[i]);
      change(slag * kSlagSteps + k, i) = -std::log10(r) - brand_absorbance[i];
    }
  }
}

Eigen::VectorXd reflectance_of(const Eigen::VectorXd& absorbance) {
  return absorbance.unaryExpr([](double a) { return std::pow(10.0, -a); });
}

}  // namespace

SlagPaths draw_slag_paths(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance, int slags, std::uint64_t seed,
                          double grain) {
  std::map<std::string, std::vector<Eigen::VectorXd>> kinds;
  for (const auto& m : library.members()) kinds[m.kind].push_back(albedo(m.reflectance));
  Eigen::VectorXd magnetite = Eigen::VectorXd::Zero(brand_absorbance.size());
  if (const auto minerals = mineral_library(library.axis_nm()); minerals) magnetite = albedo(minerals->find("magnetite")->reflectance);
  const Eigen::VectorXd base = albedo(reflectance_of(brand_absorbance));
  slags = std::max(slags, static_cast<int>(kinds.size()));
  SlagPaths out;
  out.change.resize(static_cast<Eigen::Index>(slags) * kSlagSteps, brand_absorbance.size());
  Rng rng(seed);
  for (int s = 0; s < slags; ++s) {
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(base.size());
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
    append_path(base, brand_absorbance, sum / area, area / mass * kOreDensity * grain, s, out.change);
    out.kinds.push_back(mostly);
  }
  return out;
}

SlagPaths member_paths(const ReferenceLibrary& library, const Eigen::VectorXd& brand_absorbance) {
  const Eigen::VectorXd base = albedo(reflectance_of(brand_absorbance));
  SlagPaths out;
  out.change.resize(static_cast<Eigen::Index>(library.members().size()) * kSlagSteps, brand_absorbance.size());
  Eigen::Index at = 0;
  for (const auto& m : library.members()) {
    append_path(base, brand_absorbance, albedo(m.reflectance), kOreDensity / kSlagDensity, at++, out.change);
    out.kinds.push_back(m.kind);
  }
  return out;
}

}  // namespace beltwarden::spectra
