#include "science/gamma/response.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "science/gamma/nuclear_data.h"

namespace beltwarden::gamma {
namespace {

constexpr double kElectronMassKev = 510.999;
constexpr double kSodiumIodideDensity = 3.67;  // g/cm3
constexpr double kGridKev = 2.0;               // deposits are gathered on this grid before they are smeared
constexpr double kResponseHighestKev = 3000.0;
constexpr double kResponseLowestKev = 20.0;

// Deposited energy before the detector's resolution.
class Deposit {
 public:
  Deposit() : counts_(static_cast<std::size_t>(kResponseHighestKev / kGridKev) + 1, 0.0) {}
  void add(double energy_kev, double count) {
    if (energy_kev < kResponseLowestKev || energy_kev > kResponseHighestKev) return;
    counts_[static_cast<std::size_t>(energy_kev / kGridKev)] += count;
  }
  std::size_t size() const { return counts_.size(); }
  double count(std::size_t i) const { return counts_[i]; }
  static double energy(std::size_t i) { return (static_cast<double>(i) + 0.5) * kGridKev; }

 private:
  std::vector<double> counts_;
};

double interaction_probability(double energy_kev, double thickness_cm) {
  return 1 - std::exp(-sodium_iodide_attenuation(energy_kev) * kSodiumIodideDensity * thickness_cm);
}

// Share of interacting photons that leave all their energy. 0.85 at 100 keV falling to 0.25 at 2.6 MeV fits
// the peak-to-total ratios usually measured with crystals of 10 cm (Knoll, Radiation Detection, ch. 10).
double photofraction(double energy_kev) { return std::clamp(1.0 - 0.225 * std::log(energy_kev / 100.0), 0.2, 0.97); }

// Klein-Nishina spectrum of the recoil electron, up to a factor (Knoll, eq. 10.2 with 2.19).
double recoil_density(double electron_kev, double photon_kev) {
  const double alpha = photon_kev / kElectronMassKev;
  const double s = electron_kev / photon_kev;
  const double edge = 2 * alpha / (1 + 2 * alpha);
  if (s > edge) return 0;
  return 2 + s * s / (alpha * alpha * (1 - s) * (1 - s)) + s / (1 - s) * (s - 2 / alpha);
}

// One photon of `energy_kev` on the face: full energy, or a Compton continuum with the scattered photon escaping,
// or (a quarter of the escapes) several scatters that fill the valley between edge and peak.
void deposit_photon(double energy_kev, double photons, double thickness_cm, Deposit& deposit) {
  const double caught = photons * interaction_probability(energy_kev, thickness_cm);
  const double full = photofraction(energy_kev);
  deposit.add(energy_kev, caught * full);
  const double escaped = caught * (1 - full);
  double norm = 0;
  for (double e = kGridKev / 2; e < energy_kev; e += kGridKev) norm += recoil_density(e, energy_kev);
  const double multiple_per_step = 0.25 * escaped / std::max(1.0, energy_kev / kGridKev);
  for (double e = kGridKev / 2; e < energy_kev; e += kGridKev) {
    const double single = norm > 0 ? 0.75 * escaped * recoil_density(e, energy_kev) / norm : 0;
    deposit.add(e, single + multiple_per_step);
  }
}

// Photons that come scattered: a backscatter peak at E/(1+2a), and a continuum that falls as 1/E down to about
// 80 keV, where ore and lead absorb it.
void deposit_scattered(double energy_kev, double photons, double thickness_cm, Deposit& deposit) {
  const double backscatter = energy_kev / (1 + 2 * energy_kev / kElectronMassKev);
  for (int step = -6; step <= 6; ++step) {
    const double e = backscatter * (1 + 0.03 * step);
    deposit.add(e, photons * 0.15 / 13 * interaction_probability(e, thickness_cm) * photofraction(e));
  }
  double norm = 0;
  const auto weight = [](double e) { return 1 / (e * (1 + std::pow(80.0 / e, 4))); };
  for (double e = kResponseLowestKev; e < 0.95 * energy_kev; e += kGridKev) norm += weight(e);
  if (norm <= 0) return;
  for (double e = kResponseLowestKev; e < 0.95 * energy_kev; e += kGridKev) {
    deposit.add(e, photons * 0.85 * weight(e) / norm * interaction_probability(e, thickness_cm));
  }
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

}  // namespace

double peak_width_kev(double energy_kev, double resolution_662) {
  return resolution_662 * std::sqrt(661.7 * energy_kev);
}

Result<std::vector<double>> detector_response(std::string_view nuclide, std::span<const double> edges_kev,
                                              const DetectorModel& detector) {
  const auto lines = gamma_lines(nuclide);
  if (lines.empty()) return not_found("nuclide '" + std::string(nuclide) + "' is not in the table of gamma lines");
  if (edges_kev.size() < 2 || edges_kev.size() > 8193) {
    return invalid_input("energy edges: expected 2 to 8193, found " + std::to_string(edges_kev.size()));
  }
  for (std::size_t i = 1; i < edges_kev.size(); ++i) {
    if (!(edges_kev[i] > edges_kev[i - 1])) {
      return invalid_input("energy edges: expected rising values, found none at edge " + std::to_string(i));
    }
  }
  if (!(detector.thickness_cm > 0) || !(detector.resolution_662 > 0) || !(detector.ore_cover_g_per_cm2 >= 0) ||
      !(detector.scattered_per_direct >= 0)) {
    return invalid_input("detector model: expected thickness and resolution above 0, cover and scatter not below 0");
  }

  Deposit deposit;
  for (const GammaLine& line : lines) {
    const double passed = std::exp(-iron_ore_attenuation(line.energy_kev) * detector.ore_cover_g_per_cm2);
    const double direct = line.photons_per_decay * passed;
    deposit_photon(line.energy_kev, direct, detector.thickness_cm, deposit);
    // What the cover takes from the line it mostly scatters: half of that still arrives, degraded.
    const double scattered = detector.scattered_per_direct * direct * std::sqrt(line.energy_kev / 1000.0) +
                             0.5 * line.photons_per_decay * passed * (1 - passed);
    deposit_scattered(line.energy_kev, scattered, detector.thickness_cm, deposit);
  }

  std::vector<double> counts(edges_kev.size() - 1, 0.0);
  for (std::size_t i = 0; i < deposit.size(); ++i) {
    const double count = deposit.count(i);
    if (count <= 0) continue;
    const double centre = Deposit::energy(i);
    const double sigma = peak_width_kev(centre, detector.resolution_662) / 2.3548;  // 2 sqrt(2 ln 2)
    const auto first = std::lower_bound(edges_kev.begin(), edges_kev.end(), centre - 5 * sigma);
    std::size_t edge = first == edges_kev.begin() ? 0 : static_cast<std::size_t>(first - edges_kev.begin()) - 1;
    double below = normal_cdf((edges_kev[edge] - centre) / sigma);
    for (; edge + 1 < edges_kev.size() && edges_kev[edge] < centre + 5 * sigma; ++edge) {
      const double upto = normal_cdf((edges_kev[edge + 1] - centre) / sigma);
      counts[edge] += count * (upto - below);
      below = upto;
    }
  }
  return counts;
}

}  // namespace beltwarden::gamma
