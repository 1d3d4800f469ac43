#include <algorithm>
#include <cmath>

#include "science/gamma/background_model.h"

namespace beltwarden::gamma {

double Shadow::left(double energy_kev, double load) const {
  const double e = std::max(energy_kev, 10.0);
  const double mu = per_kg_per_m * (std::pow(e / 1000, -0.43) + photo * std::pow(e / 100, -2.8));
  return 1 - most * (1 - std::exp(-mu * std::max(load, 0.0)));
}

}  // namespace beltwarden::gamma
