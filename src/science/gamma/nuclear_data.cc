#include "science/gamma/nuclear_data.h"

#include <array>
#include <cmath>

namespace beltwarden::gamma {
namespace {

// UNVERIFIED: entered from memory, not compared with the tables named here.
// Energies and intensities: evaluated data of DDEP (Monographie BIPM-5) and ENSDF, rounded to what a detector
// with 7 % resolution can tell apart. U-238: Th-234, Pa-234m, Ra-226 (with the 185.7 keV line of U-235 at its
// natural share of 0.046), Pb-214, Bi-214. Th-232: Ac-228, Ra-224, Pb-212, Bi-212, Tl-208 (branch 0.359).
constexpr GammaLine kK40Lines[] = {{1460.8, 0.1066}};
constexpr GammaLine kU238[] = {
    {63.3, 0.037},   {92.6, 0.042},   {186.0, 0.062},  {242.0, 0.0727}, {295.2, 0.184},  {351.9, 0.356},
    {609.3, 0.455},  {665.5, 0.0153}, {768.4, 0.0489}, {806.2, 0.0126}, {934.1, 0.0311}, {1001.0, 0.0084},
    {1120.3, 0.149}, {1155.2, 0.0163}, {1238.1, 0.0583}, {1377.7, 0.0397}, {1408.0, 0.0239}, {1509.2, 0.0213},
    {1661.3, 0.0105}, {1729.6, 0.0284}, {1764.5, 0.153}, {1847.4, 0.0203}, {2118.6, 0.0116}, {2204.2, 0.0491},
    {2447.9, 0.0155}};
constexpr GammaLine kRa226[] = {
    {186.2, 0.0356}, {242.0, 0.0727}, {295.2, 0.184},  {351.9, 0.356},  {609.3, 0.455},  {665.5, 0.0153},
    {768.4, 0.0489}, {806.2, 0.0126}, {934.1, 0.0311}, {1120.3, 0.149}, {1155.2, 0.0163}, {1238.1, 0.0583},
    {1377.7, 0.0397}, {1408.0, 0.0239}, {1509.2, 0.0213}, {1661.3, 0.0105}, {1729.6, 0.0284}, {1764.5, 0.153},
    {1847.4, 0.0203}, {2118.6, 0.0116}, {2204.2, 0.0491}, {2447.9, 0.0155}};
constexpr GammaLine kTh232[] = {
    {129.1, 0.0242}, {209.3, 0.0389}, {238.6, 0.436},  {241.0, 0.0412}, {270.2, 0.0346}, {277.4, 0.0237},
    {300.1, 0.033},  {328.0, 0.0295}, {338.3, 0.1127}, {409.5, 0.0192}, {463.0, 0.044},  {510.8, 0.0812},
    {583.2, 0.3055}, {727.3, 0.0667}, {772.3, 0.0149}, {794.9, 0.0425}, {860.6, 0.0448}, {911.2, 0.258},
    {964.8, 0.0499}, {969.0, 0.158},  {1588.2, 0.0322}, {1620.5, 0.0147}, {1630.6, 0.0151}, {2614.5, 0.3586}};
constexpr GammaLine kCs137[] = {{661.7, 0.851}};
constexpr GammaLine kCo60[] = {{1173.2, 0.9985}, {1332.5, 0.9998}};
constexpr GammaLine kIr192[] = {{205.8, 0.0331}, {296.0, 0.2872}, {308.5, 0.2968}, {316.5, 0.8271}, {468.1, 0.4781},
                                {484.6, 0.0319}, {588.6, 0.0452}, {604.4, 0.082},  {612.5, 0.0534}};
constexpr GammaLine kAm241[] = {{59.5, 0.359}};
constexpr GammaLine kBa133[] = {{81.0, 0.329}, {276.4, 0.0716}, {302.9, 0.1834}, {356.0, 0.6205}, {383.8, 0.0894}};
constexpr GammaLine kI131[] = {{80.2, 0.0262}, {284.3, 0.0612}, {364.5, 0.815}, {637.0, 0.0716}, {722.9, 0.0177}};
constexpr GammaLine kNa22[] = {{511.0, 1.798}, {1274.5, 0.9994}};
constexpr GammaLine kEu152[] = {{121.8, 0.2853}, {244.7, 0.0755}, {344.3, 0.2659}, {411.1, 0.0224}, {444.0, 0.0312},
                                {778.9, 0.1293}, {867.4, 0.0423}, {964.1, 0.1451}, {1085.8, 0.1011}, {1112.1, 0.1367},
                                {1299.1, 0.0163}, {1408.0, 0.2087}};
constexpr GammaLine kSe75[] = {{66.1, 0.0111}, {96.7, 0.0342}, {121.1, 0.172}, {136.0, 0.582}, {198.6, 0.0148},
                               {264.7, 0.589}, {279.5, 0.2499}, {303.9, 0.0132}, {400.7, 0.1147}};
constexpr GammaLine kTc99m[] = {{140.5, 0.89}};

// UNVERIFIED like the lines above.
// Mass attenuation, cm2/g, with the magnitudes of NIST's XCOM tables, rounded to two or three figures: good
// to some per cent, which is what a one-dimensional detector model can use.
constexpr std::array<double, 14> kEnergyKev = {30, 50, 60, 80, 100, 150, 200, 300, 400, 600, 1000, 1500, 2000, 3000};
constexpr std::array<double, 14> kSodiumIodide = {7.4,  10.5,  6.4,    2.98,   1.67,   0.611,  0.329,
                                                  0.166, 0.117, 0.0822, 0.0585, 0.0465, 0.0412, 0.0367};
constexpr std::array<double, 14> kIronOre = {5.85, 1.44,  0.90,   0.464,  0.306,  0.179,  0.139,
                                             0.109, 0.0941, 0.0779, 0.0610, 0.0494, 0.0431, 0.0363};

double interpolate(const std::array<double, 14>& table, double energy_kev) {
  if (!(energy_kev > kEnergyKev.front())) return table.front();
  if (energy_kev >= kEnergyKev.back()) return table.back();
  std::size_t i = 1;
  while (kEnergyKev[i] < energy_kev) ++i;
  const double share = std::log(energy_kev / kEnergyKev[i - 1]) / std::log(kEnergyKev[i] / kEnergyKev[i - 1]);
  return table[i - 1] * std::pow(table[i] / table[i - 1], share);
}

}  // namespace

std::span<const GammaLine> gamma_lines(std::string_view nuclide) {
  if (nuclide == "K-40") return kK40Lines;
  if (nuclide == "U-238") return kU238;
  if (nuclide == "Ra-226") return kRa226;
  if (nuclide == "Th-232") return kTh232;
  if (nuclide == "Cs-137") return kCs137;
  if (nuclide == "Co-60") return kCo60;
  if (nuclide == "Ir-192") return kIr192;
  if (nuclide == "Am-241") return kAm241;
  if (nuclide == "Ba-133") return kBa133;
  if (nuclide == "I-131") return kI131;
  if (nuclide == "Na-22") return kNa22;
  if (nuclide == "Eu-152") return kEu152;
  if (nuclide == "Se-75") return kSe75;
  if (nuclide == "Tc-99m") return kTc99m;
  return {};
}

double sodium_iodide_attenuation(double energy_kev) { return interpolate(kSodiumIodide, energy_kev); }
double iron_ore_attenuation(double energy_kev) { return interpolate(kIronOre, energy_kev); }

}  // namespace beltwarden::gamma
