#include "science/gamma/bulk_artificial.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "science/gamma/characteristic_limits.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

using Eigen::Index;
using Eigen::Map;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::array<const char*, 5> kWeighed = {"Cs-137", "Co-60", "Eu-152", "I-131", "Ir-192"};
constexpr std::array<const char*, kSeries> kNatural = {"K-40", "U-238", "Th-232"};
constexpr double kBinError = 0.10;       // of a sensitivity, each bin by itself
constexpr double kLeastCommon = 0.15;    // of all together
constexpr int kSteps = 20;

}  // namespace

std::vector<ArtificialSensitivity> artificial_sensitivities(const KutCalibration& calibration) {
  // Calibrated over modelled counts of each natural series: the same for all if the model's energies were right.
  double mean = 0, square = 0, n = 0;
  for (std::size_t s = 0; s < kSeries; ++s) {
    const auto model = detector_response(kNatural[s], calibration.edges_kev, bulk_ore_detector());
    if (!model) continue;
    const double counted = std::accumulate(calibration.cps[s].begin(), calibration.cps[s].end(), 0.0);
    const double modelled = std::accumulate(model->begin(), model->end(), 0.0);
    if (!(counted > 0) || !(modelled > 0)) continue;
    const double ratio = std::log(counted / modelled);
    mean += ratio, square += ratio * ratio, n += 1;
  }
  std::vector<ArtificialSensitivity> all;
  if (n < 1) return all;
  mean /= n;
  const double scatter = n > 1 ? std::sqrt(std::max(0.0, (square - n * mean * mean) / (n - 1))) : 0;
  for (const char* nuclide : kWeighed) {
    auto model = detector_response(nuclide, calibration.edges_kev, bulk_ore_detector());
    if (!model) continue;
    ArtificialSensitivity one{nuclide, std::move(*model), {}, std::max(scatter, kLeastCommon)};
    for (double& cps : one.cps) {
      cps *= std::exp(mean);
      one.error.push_back(kBinError * cps);
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<ArtificialActivity> weigh_artificial(const std::vector<ArtificialSensitivity>& sensitivities, const FittedBulk& fitted) {
  const auto bins = static_cast<Index>(fitted.rest.size()), known = static_cast<Index>(fitted.columns.size());
  const Map<const VectorXd> rest(fitted.rest.data(), bins), variance(fitted.variance.data(), bins);
  MatrixXd columns(bins, known);
  for (Index c = 0; c < known; ++c) columns.col(c) = Map<const VectorXd>(fitted.columns[static_cast<std::size_t>(c)].data(), bins);
  const Map<const VectorXd> amounts(fitted.amounts.data(), known), prior(fitted.prior_information.data(), known);
  std::vector<ArtificialActivity> all;
  for (const auto& one : sensitivities) {
    const VectorXd shape = Map<const VectorXd>(one.cps.data(), bins) * fitted.counts_per_cps;
    const VectorXd unsure = Map<const VectorXd>(one.error.data(), bins) * fitted.counts_per_cps;
    // Best amount beside columns that move along, and its variance, with the scatter that `amount` would bring.
    const auto weigh = [&](double amount) {
      const VectorXd weight =
          (variance + fitted.variance_per_count * amount * shape + (amount * unsure).cwiseAbs2()).cwiseMax(1e-18).cwiseInverse();
      MatrixXd normal = columns.transpose() * weight.asDiagonal() * columns;
      normal.diagonal() += prior;
      const VectorXd cross = columns.transpose() * weight.cwiseProduct(shape);
      const VectorXd taken = normal.ldlt().solve(cross);   // by the columns, of what the nuclide counts
      const VectorXd pull = columns.transpose() * weight.cwiseProduct(rest) - prior.cwiseProduct(amounts);
      const double left = shape.dot(weight.cwiseProduct(shape)) - cross.dot(taken);
      const double net = shape.dot(weight.cwiseProduct(rest)) - taken.dot(pull);
      return std::pair{left > 0 ? net / left : 0.0, left > 0 ? 1 / left : 1e300};
    };
    ArtificialActivity weighed{one.nuclide, {}};
    weighed.activity.bq_per_kg = weigh(0).first;
    for (int round = 0; round < 3; ++round) weighed.activity.bq_per_kg = weigh(std::max(weighed.activity.bq_per_kg, 0.0)).first;
    const auto sd_at = [&](double amount) {
      return std::hypot(fitted.inflate * std::sqrt(weigh(amount).second), one.common_error * amount);
    };
    weighed.activity.error = sd_at(std::max(weighed.activity.bq_per_kg, 0.0));
    set_characteristic_limits(weighed.activity, kSteps, sd_at);
    all.push_back(std::move(weighed));
  }
  return all;
}

}  // namespace beltwarden::gamma
