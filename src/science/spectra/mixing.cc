#include "science/spectra/mixing.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::spectra {
namespace {

// Film of water that one per cent of moisture puts on the way of the light, and how it lowers scattering.
constexpr double kFilmCmPerPercent = 0.0030;
constexpr double kDarkeningPerPercent = 0.055;

}  // namespace

Result<Mixture> mix(const MineralLibrary& library, const Recipe& recipe) {
  if (!(recipe.moisture_percent >= 0 && recipe.moisture_percent <= 40)) {
    return invalid_input("recipe: moisture " + std::to_string(recipe.moisture_percent) + " %, expected 0 to 40");
  }
  if (!(recipe.grain_size > 0.01 && recipe.grain_size < 100)) {
    return invalid_input("recipe: grain size " + std::to_string(recipe.grain_size) + ", expected 0.01 to 100");
  }
  const auto n = static_cast<Eigen::Index>(library.axis_nm.size());
  Mixture out{Spectrum::Zero(n), {}};
  double mass = 0, area = 0;
  for (const auto& part : recipe.parts) {
    if (!(part.mass_percent >= 0)) return invalid_input("recipe: '" + part.mineral + "' has a negative share");
    const Mineral* m = library.find(part.mineral);
    if (m == nullptr) return not_found("recipe: no mineral '" + part.mineral + "' in the library");
    const double w = part.mass_percent / m->density_g_cm3;
    out.reflectance += w * m->ks;
    mass += part.mass_percent;
    area += w;
    auto& c = out.composition;
    c.fe += part.mass_percent * m->dry.fe;
    c.sio2 += part.mass_percent * m->dry.sio2;
    c.al2o3 += part.mass_percent * m->dry.al2o3;
    c.p += part.mass_percent * m->dry.p;
    c.s += part.mass_percent * m->dry.s;
    c.loi += part.mass_percent * m->dry.loi;
  }
  if (mass <= 0) return invalid_input("recipe: no minerals in it");
  auto& c = out.composition;
  for (double* v : {&c.fe, &c.sio2, &c.al2o3, &c.p, &c.s, &c.loi}) *v /= mass;
  c.moisture = recipe.moisture_percent;

  const double scale = recipe.grain_size * (1 + kDarkeningPerPercent * recipe.moisture_percent) / area;
  const double film_cm = kFilmCmPerPercent * recipe.moisture_percent;
  for (Eigen::Index i = 0; i < n; ++i) {
    out.reflectance[i] = reflectance_of_ks(out.reflectance[i] * scale + film_cm * library.water_absorption_per_cm[i]);
  }
  return out;
}

Recipe blend(const Recipe& base, const Recipe& other, double share_percent) {
  const double share = std::clamp(share_percent, 0.0, 100.0) / 100;
  const auto total = [](const Recipe& r) {
    double sum = 0;
    for (const auto& p : r.parts) sum += p.mass_percent;
    return sum > 0 ? sum : 1;
  };
  Recipe out = base;
  const double base_total = total(base), other_total = total(other);
  for (auto& p : out.parts) p.mass_percent *= 100 * (1 - share) / base_total;
  for (const auto& p : other.parts) {
    const double add = p.mass_percent * 100 * share / other_total;
    const auto it = std::ranges::find(out.parts, p.mineral, &Recipe::Part::mineral);
    if (it != out.parts.end()) {
      it->mass_percent += add;
    } else {
      out.parts.push_back({p.mineral, add});
    }
  }
  return out;
}

Optics draw_optics(Rng& rng) {
  Optics o;
  o.gain = std::exp(rng.normal(0, 0.06));
  o.offset = rng.normal(0, 0.003);
  o.tilt = rng.normal(0, 0.03);
  o.noise_sd = 0.001;
  o.step_1000nm = rng.normal(0, 0.003);
  o.step_1800nm = rng.normal(0, 0.003);
  return o;
}

void observe(const std::vector<double>& axis_nm, const Optics& optics, Rng& rng, Eigen::Ref<Spectrum> reflectance) {
  const double first = axis_nm.front(), span = axis_nm.back() - first;
  for (Eigen::Index i = 0; i < reflectance.size(); ++i) {
    const double nm = axis_nm[static_cast<std::size_t>(i)];
    double gain = optics.gain * (1 + optics.tilt * ((nm - first) / span - 0.5));
    if (nm > 1000) gain *= 1 + optics.step_1000nm;
    if (nm > 1800) gain *= 1 + optics.step_1800nm;
    // Silicon loses sensitivity below 420 nm, extended InGaAs above 2350 nm.
    const double edge = 1 + 4 * std::exp(-(nm - 350) / 40) + 3 * std::exp(-(2500 - nm) / 80);
    const double noise = rng.normal() * optics.noise_sd * edge;
    reflectance[i] = std::clamp(gain * reflectance[i] + optics.offset + noise, 0.0, 1.5);
  }
}

}  // namespace beltwarden::spectra
