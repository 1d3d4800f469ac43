#include "science/spectra/minerals.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace beltwarden::spectra {
namespace {

struct Band {
  double centre_nm;
  double sigma_nm;
  double depth;
};

struct Knot {
  double nm;
  double reflectance;
};

struct Entry {
  const char* name;
  double density_g_cm3;
  Composition dry;              // from the formula; LOI counts H2O, CO2 and SO2 lost less the oxygen Fe(II) takes up
  std::vector<Knot> continuum;
  std::vector<Band> bands;
};

std::vector<Entry> entries() {
  return {
      // Fe2O3: charge transfer edge at 530-560 nm, 6A1-4T2 shoulder at 650, 6A1-4T1 at 860 (Scheinost 1998; Hunt 1977).
      {"hematite", 5.26, {.fe = 69.94},
       {{350, .045}, {520, .055}, {600, .15}, {760, .27}, {1300, .36}, {2500, .37}},
       {{650, 35, .12}, {862, 62, .40}}},
      // FeO(OH): edge at 480, 4T2 at 665, 4T1 at 935; OH combination with the lattice at 2420-2490. P as it is usually sorbed.
      {"goethite", 4.28, {.fe = 62.85, .p = .08, .loi = 10.14},
       {{350, .05}, {440, .07}, {580, .26}, {780, .36}, {1350, .55}, {1800, .56}, {2500, .42}},
       {{490, 25, .15}, {665, 45, .18}, {937, 85, .36}, {1430, 35, .04}, {1940, 45, .07}, {2440, 60, .08}}},
      // Fe3O4: opaque, intervalence charge transfer, slow rise in the infrared (Hunt 1971).
      {"magnetite", 5.18, {.fe = 72.36, .loi = -3.46},
       {{350, .062}, {560, .058}, {1000, .046}, {1600, .060}, {2500, .085}}, {{1020, 160, .08}}},
      // FeCO3: Fe2+ doublet at 1040 and 1240; carbonate at 1930 and 2325 (Hunt 1977; Gaffey 1986).
      {"siderite", 3.96, {.fe = 48.20, .loi = 31.08},
       {{350, .10}, {560, .30}, {760, .45}, {1700, .58}, {2500, .55}},
       {{1040, 120, .40}, {1245, 150, .42}, {1935, 40, .07}, {2012, 35, .06}, {2325, 42, .28}}},
      // SiO2: no band of its own here; traces of water in inclusions.
      {"quartz", 2.65, {.sio2 = 100}, {{350, .66}, {600, .78}, {1300, .84}, {2500, .80}},
       {{1412, 22, .015}, {1915, 32, .03}}},
      // Al2Si2O5(OH)4: doublets at 1395/1414 and 2162/2206 (Clark 1999).
      {"kaolinite", 2.62, {.sio2 = 46.55, .al2o3 = 39.50, .loi = 13.96},
       {{350, .45}, {560, .72}, {1000, .82}, {1800, .82}, {2500, .58}},
       {{968, 14, .02}, {1395, 9, .26}, {1414, 11, .34}, {1912, 26, .09}, {2162, 11, .30}, {2206, 13, .48},
        {2312, 14, .13}, {2353, 13, .13}, {2384, 13, .16}}},
      // Al(OH)3: OH overtones at 1452 and 1521-1550, Al-OH at 2268 (Hunt 1971).
      {"gibbsite", 2.42, {.al2o3 = 65.36, .loi = 34.64},
       {{350, .60}, {600, .80}, {1300, .86}, {1800, .78}, {2500, .45}},
       {{1000, 18, .04}, {1452, 17, .38}, {1521, 20, .30}, {1550, 18, .22}, {2268, 36, .48}, {2355, 30, .25}}},
      // CaMg(CO3)2: 1870, 1985, 2150, 2318, 2505 (Gaffey 1986); a little Fe2+ at 1050.
      {"dolomite", 2.86, {.loi = 47.73}, {{350, .62}, {600, .76}, {1300, .82}, {2500, .78}},
       {{1050, 160, .06}, {1870, 18, .07}, {1985, 24, .10}, {2150, 22, .07}, {2318, 30, .34}, {2505, 32, .36}}},
      // Ca5(PO4)3(F,OH): OH at 1428; Nd and Pr lines at 580, 740 and 800 in natural ones (Hunt 1972).
      {"apatite", 3.18, {.p = 18.4, .loi = 0.9}, {{350, .50}, {600, .70}, {1300, .75}, {2500, .66}},
       {{580, 8, .07}, {740, 10, .06}, {800, 12, .05}, {1428, 18, .07}, {2350, 30, .06}}},
      // FeS2: opaque (Hunt 1971).
      {"pyrite", 5.01, {.fe = 46.55, .s = 53.45, .loi = 33.4}, {{350, .06}, {700, .09}, {2500, .12}}, {{900, 200, .10}}},

      // Ca(Mg,Fe)Si2O6: Fe2+ in M1/M2 at 1020 and 2280 (Burns 1993).
      {"pyroxene", 3.40, {.fe = 6.2, .sio2 = 53.5, .loi = -0.9}, {{350, .14}, {560, .36}, {760, .46}, {1500, .52}, {2500, .54}},
       {{505, 8, .05}, {1025, 105, .48}, {1180, 130, .10}, {2280, 210, .28}}},
      // Fe2SiO4: three Fe2+ bands that look as one broad one at 850, 1055 and 1250 (Burns 1993).
      {"fayalite", 4.39, {.fe = 54.81, .sio2 = 29.49, .loi = -7.85}, {{350, .05}, {560, .16}, {700, .20}, {1600, .36}, {2500, .44}},
       {{850, 80, .28}, {1055, 110, .48}, {1255, 130, .42}}},
      // CaMgSiO4: weak Fe2+ band at 1030.
      {"monticellite", 3.05, {.fe = 2.0, .sio2 = 37.5, .loi = -0.3}, {{350, .28}, {560, .50}, {1500, .62}, {2500, .62}},
       {{860, 70, .06}, {1030, 110, .22}, {1250, 120, .10}}},
      // CaCO3: 1875, 1995, 2155, 2340, 2530 (Gaffey 1986).
      {"calcite", 2.71, {.loi = 43.97}, {{350, .72}, {600, .84}, {1300, .88}, {2500, .84}},
       {{1875, 20, .09}, {1995, 26, .13}, {2155, 24, .09}, {2340, 32, .38}, {2530, 36, .40}}},
      // Mg(OH)2: OH overtone at 1394, combination at 2315 and 2460 (Hunt 1971).
      {"brucite", 2.39, {.loi = 30.89}, {{350, .66}, {600, .80}, {1300, .86}, {2000, .72}, {2500, .42}},
       {{955, 14, .06}, {1394, 16, .50}, {2130, 40, .12}, {2315, 36, .46}, {2460, 40, .35}}},
      // Ca(OH)2: OH at 1412, 2310 and 2450.
      {"portlandite", 2.24, {.loi = 24.31}, {{350, .64}, {600, .78}, {1300, .83}, {2000, .74}, {2500, .50}},
       {{960, 14, .03}, {1412, 15, .45}, {2310, 36, .22}, {2450, 34, .28}}},
      // FeO: opaque, no bands.
      {"wustite", 5.75, {.fe = 77.73, .loi = -11.14}, {{350, .050}, {800, .055}, {1200, .065}, {2500, .14}}, {{1050, 220, .10}}},
      // Ca-Mg-Al silicate glass of blast furnaces: Fe2+ in glass at 1080 and 1900, both broad (Burns 1993).
      {"slag_glass", 2.90, {.fe = 0.6, .sio2 = 36, .al2o3 = 13, .s = 0.9}, {{350, .24}, {560, .52}, {1400, .62}, {2500, .66}},
       {{1080, 190, .34}, {1900, 280, .14}, {2210, 60, .03}}},
  };
}

// Between knots a half cosine: continuous slope, so that derivatives show bands and not kinks.
double continuum(const std::vector<Knot>& knots, double nm) {
  if (nm <= knots.front().nm) return knots.front().reflectance;
  for (std::size_t i = 1; i < knots.size(); ++i) {
    if (nm > knots[i].nm) continue;
    const double t = (nm - knots[i - 1].nm) / (knots[i].nm - knots[i - 1].nm);
    const double w = (1 - std::cos(std::numbers::pi * t)) / 2;
    return knots[i - 1].reflectance * (1 - w) + knots[i].reflectance * w;
  }
  return knots.back().reflectance;
}

double gauss(double nm, double centre, double sigma) {
  const double z = (nm - centre) / sigma;
  return std::exp(-z * z / 2);
}

// Liquid water, 1/cm: the maxima at 970, 1190, 1450 and 1930 nm on the tail of the fundamental at 2.9 um.
double water_per_cm(double nm) {
  return 0.45 * gauss(nm, 970, 30) + 1.1 * gauss(nm, 1190, 40) + 27 * gauss(nm, 1450, 34) +
         7 * gauss(nm, 1530, 60) + 112 * gauss(nm, 1932, 30) + 28 * gauss(nm, 2010, 70) +
         110 * gauss(nm, 2620, 170) + (nm > 1350 ? 4 * std::min(1.0, (nm - 1350) / 400) : 0);
}

}  // namespace

std::array<double, 7> as_array(const Composition& c) { return {c.fe, c.sio2, c.al2o3, c.p, c.s, c.loi, c.moisture}; }

double kubelka_munk(double reflectance) {
  const double r = std::clamp(reflectance, 0.001, 0.999);
  return (1 - r) * (1 - r) / (2 * r);
}

double reflectance_of_ks(double ks) {
  // 1 + K/S - sqrt((K/S)^2 + 2 K/S), written so that it does not cancel for large K/S.
  return 1 / (1 + ks + std::sqrt(ks * ks + 2 * ks));
}

const Mineral* MineralLibrary::find(std::string_view name) const {
  for (const auto& m : minerals) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

Result<void> MineralLibrary::replace(std::string_view name, Spectrum reflectance) {
  if (reflectance.size() != static_cast<Eigen::Index>(axis_nm.size()) || !reflectance.allFinite()) {
    return invalid_input("end-member '" + std::string(name) + "': expected " + std::to_string(axis_nm.size()) +
                         " values without gaps, found " + std::to_string(reflectance.size()));
  }
  for (auto& m : minerals) {
    if (m.name != name) continue;
    m.ks = reflectance.unaryExpr([](double r) { return kubelka_munk(r); });
    m.reflectance = std::move(reflectance);
    return {};
  }
  return not_found("end-member '" + std::string(name) + "': the library has no such mineral");
}

Result<MineralLibrary> mineral_library(std::span<const double> axis_nm) {
  if (auto ok = check_axis(axis_nm); !ok) return ok.error();
  MineralLibrary library;
  library.axis_nm.assign(axis_nm.begin(), axis_nm.end());
  const auto n = static_cast<Eigen::Index>(axis_nm.size());
  for (const auto& e : entries()) {
    Mineral m{e.name, e.density_g_cm3, e.dry, Spectrum(n), Spectrum(n)};
    for (Eigen::Index i = 0; i < n; ++i) {
      const double nm = axis_nm[static_cast<std::size_t>(i)];
      double r = continuum(e.continuum, nm);
      for (const auto& b : e.bands) r *= 1 - b.depth * gauss(nm, b.centre_nm, b.sigma_nm);
      m.reflectance[i] = r;
      m.ks[i] = kubelka_munk(r);
    }
    library.minerals.push_back(std::move(m));
  }
  library.water_absorption_per_cm.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    library.water_absorption_per_cm[i] = water_per_cm(axis_nm[static_cast<std::size_t>(i)]);
  }
  return library;
}

}  // namespace beltwarden::spectra
