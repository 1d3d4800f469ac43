#include "science/gamma/kut.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "science/gamma/background_model.h"
#include "science/gamma/bulk_artificial.h"
#include "science/gamma/characteristic_limits.h"
#include "science/gamma/energy_grid.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Matrix3 = Eigen::Matrix3d;
using Vector3 = Eigen::Vector3d;

constexpr double kK40 = 1460.8, kTl208 = 2614.5;
constexpr double kKutLowestKev = 540, kKutHighestKev = 2840;
constexpr std::size_t kKutBins = 36;
constexpr double kPriorSd = 0.25;                 // of a bin of the response model, relative
constexpr double kHighestK = 1620, kHighestU = 2560;  // keV: above, nothing of K-40 or of the uranium series
constexpr std::array<const char*, kSeries> kHeads = {"K-40", "U-238", "Th-232"};

std::vector<double> fit_edges() {
  std::vector<double> edges;
  const double low = std::sqrt(kKutLowestKev), high = std::sqrt(kKutHighestKev);
  for (std::size_t i = 0; i <= kKutBins; ++i)
    edges.push_back(std::pow(low + (high - low) * static_cast<double>(i) / kKutBins, 2));
  return edges;
}

// Rates by bin with their variances from counting.
struct Rates {
  VectorXd cps, variance;
};

Rates rates_of(const MeasuredSpectrum& spectrum, const EnergyCorrection& energy, std::span<const double> edges) {
  std::vector<double> own(spectrum.edges_kev);
  for (double& e : own) e = energy.offset_kev + energy.gain * e;
  std::vector<double> bins(edges.size() - 1);
  Fold(own, edges).apply(std::span<const double>(spectrum.counts), bins);
  Rates rates;
  const Eigen::Map<const VectorXd> counts(bins.data(), static_cast<Index>(bins.size()));
  rates.cps = counts / spectrum.live_s;
  rates.variance = (counts.array() + 1).matrix() / (spectrum.live_s * spectrum.live_s);
  return rates;
}

Result<void> check(const MeasuredSpectrum& spectrum) {
  if (spectrum.counts.size() < 64 || spectrum.edges_kev.size() != spectrum.counts.size() + 1)
    return invalid_input(spectrum.name + ": expected a spectrum of at least 64 channels with the energies of their edges");
  if (!(spectrum.live_s > 0)) return invalid_input(spectrum.name + ": expected a live time above 0");
  if (spectrum.edges_kev.back() < 2500)
    return invalid_input(spectrum.name + ": expected energies up to 2.8 MeV, found up to " +
                         std::to_string(static_cast<int>(spectrum.edges_kev.back())) + " keV");
  return {};
}

// Columns: K, U, Th by bin; zero where a series has no lines.
MatrixXd response_shapes(std::span<const double> edges) {
  MatrixXd shapes(static_cast<Index>(edges.size()) - 1, 3);
  for (std::size_t s = 0; s < kSeries; ++s) {
    const auto counts = detector_response(kHeads[s], edges, bulk_ore_detector());
    for (Index b = 0; b < shapes.rows(); ++b) {
      const double energy = edges[static_cast<std::size_t>(b)];
      const bool none = (s == 0 && energy > kHighestK) || (s == 1 && energy > kHighestU);
      shapes(b, static_cast<Index>(s)) = none || !counts ? 0 : (*counts)[static_cast<std::size_t>(b)];
    }
  }
  return shapes;
}

// Three non-negative amounts by weighted least squares: every set of zeros is tried, the best feasible one taken.
Vector3 nonnegative(const Matrix3& normal, const Vector3& right, std::array<bool, 3>* used = nullptr) {
  Vector3 best = Vector3::Zero();
  double best_value = 0;
  for (int set = 1; set < 8; ++set) {
    std::vector<Index> in;
    for (Index i = 0; i < 3; ++i) {
      if (set & (1 << i)) in.push_back(i);
    }
    const auto n = static_cast<Index>(in.size());
    MatrixXd part(n, n);
    VectorXd r(n);
    for (Index i = 0; i < n; ++i) {
      r[i] = right[in[static_cast<std::size_t>(i)]];
      for (Index k = 0; k < n; ++k) part(i, k) = normal(in[static_cast<std::size_t>(i)], in[static_cast<std::size_t>(k)]);
    }
    const VectorXd x = part.ldlt().solve(r);
    if (!x.allFinite() || x.minCoeff() < 0) continue;
    const double value = r.dot(x);
    if (value <= best_value) continue;
    best_value = value;
    best.setZero();
    for (Index i = 0; i < n; ++i) best[in[static_cast<std::size_t>(i)]] = x[i];
    if (used) {
      used->fill(false);
      for (const Index i : in) (*used)[static_cast<std::size_t>(i)] = true;
    }
  }
  return best;
}

EnergyCorrection usual_correction(std::span<const ReferenceBlock> blocks) {
  EnergyCorrection mean{0, 0, false};
  int n = 0;
  for (const auto& block : blocks) {
    const auto one = correct_energies(block.spectrum);
    if (!one.good) continue;
    mean.offset_kev += one.offset_kev, mean.gain += one.gain, ++n;
  }
  if (n == 0) return {};
  return {mean.offset_kev / n, mean.gain / n, true};
}

}  // namespace

EnergyCorrection correct_energies(const MeasuredSpectrum& spectrum) {
  const LineGain k = line_gain(spectrum.counts, spectrum.edges_kev, kK40);
  const LineGain tl = line_gain(spectrum.counts, spectrum.edges_kev, kTl208);
  EnergyCorrection energy;
  if (k.error < 0.01 && tl.error < 0.01) {
    const double at_k = kK40 * k.gain, at_tl = kTl208 * tl.gain;
    energy.gain = (kTl208 - kK40) / (at_tl - at_k);
    energy.offset_kev = kK40 - energy.gain * at_k;
    energy.good = energy.gain > 0.8 && energy.gain < 1.25;
    if (!energy.good) energy = {};
  } else if (k.error < 0.01 || tl.error < 0.01) {
    energy.gain = 1 / (k.error < tl.error ? k.gain : tl.gain);
  }
  return energy;
}

Result<KutCalibration> calibrate_kut(std::span<const ReferenceBlock> blocks, const MeasuredSpectrum& background) {
  if (blocks.size() < 3)
    return invalid_input("calibration: expected at least three blocks of known activity, found " + std::to_string(blocks.size()));
  if (auto ok = check(background); !ok) return ok.error();
  KutCalibration result;
  result.edges_kev = fit_edges();
  result.blocks = static_cast<int>(blocks.size());
  const auto bins = static_cast<Index>(kKutBins);
  const auto n = static_cast<Index>(blocks.size());
  const EnergyCorrection usual = usual_correction(blocks);
  MatrixXd net(n, bins), variance(n, bins), activity(n, 3);
  for (Index i = 0; i < n; ++i) {
    const auto& block = blocks[static_cast<std::size_t>(i)];
    if (auto ok = check(block.spectrum); !ok) return ok.error();
    EnergyCorrection energy = correct_energies(block.spectrum), own = correct_energies(background);
    if (!energy.good) energy = usual;
    if (!own.good) own = usual;
    const Rates gross = rates_of(block.spectrum, energy, result.edges_kev);
    const Rates rest = rates_of(background, own, result.edges_kev);
    net.row(i) = gross.cps - rest.cps;
    variance.row(i) = gross.variance + rest.variance;
    for (Index s = 0; s < 3; ++s) {
      activity(i, s) = block.bq_per_kg[static_cast<std::size_t>(s)];
      if (!(activity(i, s) >= 0)) return invalid_input(block.spectrum.name + ": expected activities of at least 0");
    }
  }
  // How much of each shape a Bq/kg gives, from all bins and blocks together.
  const MatrixXd shapes = response_shapes(result.edges_kev);
  Matrix3 normal = Matrix3::Zero();
  Vector3 right = Vector3::Zero();
  for (Index i = 0; i < n; ++i) {
    for (Index b = 0; b < bins; ++b) {
      const Vector3 h = (activity.row(i).array() * shapes.row(b).array()).transpose();
      const double weight = 1 / (variance(i, b) + std::pow(0.1 * net(i, b), 2) + 1e-12);
      normal += weight * h * h.transpose();
      right += weight * h * net(i, b);
    }
  }
  const Vector3 scale = nonnegative(normal, right);
  if (!(scale.minCoeff() > 0))
    return invalid_input("calibration: the blocks do not tell K, U and Th apart; add one with another ratio of them");
  // Bin by bin: what the model says with 25 %, what the blocks say with their counting, their references' uncertainty.
  for (std::size_t s = 0; s < kSeries; ++s) result.cps[s].resize(kKutBins), result.error[s].resize(kKutBins);
  double misfit = 0, cells = 0;
  for (Index b = 0; b < bins; ++b) {
    const Vector3 prior = (scale.array() * shapes.row(b).transpose().array()).matrix();
    Matrix3 information = Matrix3::Zero();
    Vector3 pull = Vector3::Zero();
    for (Index s = 0; s < 3; ++s) {
      const double sd = kPriorSd * prior[s] + 1e-12;
      information(s, s) += 1 / (sd * sd);
      pull[s] += prior[s] / (sd * sd);
    }
    for (Index i = 0; i < n; ++i) {
      const Vector3 h = activity.row(i).transpose();
      double reference = std::pow(0.02 * net(i, b), 2);
      for (Index s = 0; s < 3; ++s)
        reference += std::pow(prior[s] * blocks[static_cast<std::size_t>(i)].error[static_cast<std::size_t>(s)], 2);
      const double weight = 1 / (variance(i, b) + reference);
      information += weight * h * h.transpose();
      pull += weight * h * net(i, b);
    }
    Vector3 best = nonnegative(information, pull);
    const Matrix3 covariance = information.inverse();
    for (Index s = 0; s < 3; ++s) {
      const bool none = shapes(b, s) == 0;
      result.cps[static_cast<std::size_t>(s)][static_cast<std::size_t>(b)] = none ? 0 : best[s];
      result.error[static_cast<std::size_t>(s)][static_cast<std::size_t>(b)] = none ? 0 : std::sqrt(covariance(s, s));
    }
    for (Index i = 0; i < n; ++i) {
      const double mean = activity.row(i).dot(best);
      if (!(mean > 0)) continue;
      misfit += std::max(0.0, (std::pow(net(i, b) - mean, 2) - variance(i, b)) / (mean * mean));
      cells += 1;
    }
  }
  result.spread = std::clamp(std::sqrt(misfit / std::max(cells, 1.0)), 0.01, 0.2);
  return result;
}

Result<KutResult> weigh_kut(const MeasuredSpectrum& spectrum, const MeasuredSpectrum& background,
                            const KutCalibration& calibration) {
  for (const auto* one : {&spectrum, &background}) {
    if (auto ok = check(*one); !ok) return ok.error();
  }
  KutResult result;
  result.energy = correct_energies(spectrum);
  EnergyCorrection own = correct_energies(background);
  if (!own.good) own = result.energy;
  if (!result.energy.good && own.good) result.energy = own;
  const Rates gross = rates_of(spectrum, result.energy, calibration.edges_kev);
  const Rates rest = rates_of(background, own, calibration.edges_kev);
  const VectorXd net = gross.cps - rest.cps;
  const auto bins = net.size();
  result.bins = static_cast<std::size_t>(bins);
  MatrixXd columns(bins, 3), errors(bins, 3);
  for (Index s = 0; s < 3; ++s) {
    for (Index b = 0; b < bins; ++b) {
      columns(b, s) = calibration.cps[static_cast<std::size_t>(s)][static_cast<std::size_t>(b)];
      errors(b, s) = calibration.error[static_cast<std::size_t>(s)][static_cast<std::size_t>(b)];
    }
  }
  // Weights need the amounts: start from counting, then twice with the sensitivities' own uncertainty.
  Vector3 x = Vector3::Zero();
  Matrix3 covariance = Matrix3::Identity();
  std::array<bool, 3> used{};
  const auto weights_at = [&](const Vector3& amounts) {
    const VectorXd mean = columns * amounts;
    VectorXd variance = gross.variance + rest.variance;
    for (Index b = 0; b < bins; ++b) {
      variance[b] += std::pow(calibration.spread * mean[b], 2);
      for (Index s = 0; s < 3; ++s) variance[b] += std::pow(errors(b, s) * amounts[s], 2);
    }
    return VectorXd(variance.cwiseInverse());
  };
  for (int round = 0; round < 4; ++round) {
    const VectorXd weight = weights_at(x);
    const Matrix3 normal = columns.transpose() * weight.asDiagonal() * columns;
    x = nonnegative(normal, columns.transpose() * weight.cwiseProduct(net), &used);
    covariance = normal.inverse();
    result.chi_squared = (weight.array() * (net - columns * x).array().square()).sum();
  }
  const double inflate = std::max(1.0, result.chi_squared / std::max<double>(1.0, static_cast<double>(bins) - 3));
  for (Index s = 0; s < 3; ++s) {
    Activity& a = result.series[static_cast<std::size_t>(s)];
    a.bq_per_kg = x[s];
    a.error = std::sqrt(covariance(s, s) * inflate);
    const auto sd_at = [&](double amount) {
      Vector3 there = x;
      there[s] = amount;
      const VectorXd mean_there = columns * there, mean_here = columns * x;
      const VectorXd variance = weights_at(there).cwiseInverse() + (mean_there - mean_here) / spectrum.live_s;
      const Matrix3 normal = columns.transpose() * variance.cwiseMax(1e-18).cwiseInverse().asDiagonal() * columns;
      return std::sqrt(Matrix3(normal.inverse())(s, s) * inflate);
    };
    set_characteristic_limits(a, 20, sd_at);
  }
  const VectorXd left_over = net - columns * x, variance = weights_at(x).cwiseInverse();
  FittedBulk fitted;
  fitted.rest = {left_over.data(), result.bins};
  fitted.variance = {variance.data(), result.bins};
  fitted.columns.assign(calibration.cps.begin(), calibration.cps.end());
  fitted.amounts.assign(x.data(), x.data() + x.size());
  fitted.prior_information.assign(kSeries, 0.0);
  fitted.variance_per_count = 1 / spectrum.live_s;
  fitted.inflate = std::sqrt(inflate);
  result.artificial = weigh_artificial(artificial_sensitivities(calibration), fitted);
  return result;
}

}  // namespace beltwarden::gamma
