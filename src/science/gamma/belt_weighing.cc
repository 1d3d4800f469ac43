#include "science/gamma/belt_weighing.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>

#include "base/config.h"
#include "base/toml_writer.h"
#include "science/gamma/characteristic_limits.h"

namespace beltwarden::gamma {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kLoadUnit = 100;                  // kg/m
constexpr double kBare = 2;                        // kg/m: less is a bare belt
constexpr double kLeastBare_s = 60, kLeastOre_s = 300;
constexpr double kDrift = 2e-4;                    // of the surroundings' level, relative, for the root of a second
constexpr double kMostLevelError = 0.03;
constexpr double kMemory_s = 600;                  // of bare belt
constexpr double kShadowError = 0.05;              // of what a load hides of the surroundings
constexpr double kShapeCounts = 400;               // what the model's shape is worth in a bin: 5 %
constexpr double kRegain = 1e-3;                   // change of gain after which bins are folded anew

double middle(const std::vector<double>& edges, std::size_t b) { return std::sqrt(std::max(edges[b], 1.0) * edges[b + 1]); }

// Four unknowns: the three activities and how far the surroundings' level is off.
struct Fit {
  VectorXd x = VectorXd::Zero(4);
  MatrixXd covariance = MatrixXd::Zero(4, 4);
};

class Weighing {
 public:
  Weighing(const KutCalibration& kut, const WeighedStretch& stretch) : kut_(kut), stretch_(stretch) {
    const auto bins = static_cast<Index>(stretch.counts.size());
    columns_.resize(bins, 4);
    for (Index b = 0; b < bins; ++b) {
      const auto i = static_cast<std::size_t>(b);
      for (std::size_t s = 0; s < kSeries; ++s) columns_(b, static_cast<Index>(s)) = kut.cps[s][i] * stretch.load_s;
      columns_(b, 3) = stretch.surroundings[i];
    }
  }

  // `expected` activities give each bin's variance: its counts, and what the calibration does not know.
  VectorXd variance(const VectorXd& x) const {
    VectorXd v(columns_.rows());
    for (Index b = 0; b < v.size(); ++b) {
      double ore = 0, unsure = 0;
      for (Index s = 0; s < 3; ++s) {
        const double amount = std::max(x[s], 0.0);
        ore += columns_(b, s) * amount;
        unsure += std::pow(kut_.error[static_cast<std::size_t>(s)][static_cast<std::size_t>(b)] * stretch_.load_s * amount, 2);
      }
      const double around = stretch_.surroundings[static_cast<std::size_t>(b)];
      v[b] = std::max(around + ore, 1.0) + std::pow(kut_.spread * ore, 2) + unsure +
             std::pow(stretch_.shape_error[static_cast<std::size_t>(b)] * around, 2);
    }
    return v;
  }

  MatrixXd covariance(const VectorXd& weight) const {
    MatrixXd normal = columns_.transpose() * weight.asDiagonal() * columns_;
    const double level = std::max(stretch_.level_error, 1e-4);
    normal(3, 3) += 1 / (level * level);
    return normal.ldlt().solve(MatrixXd::Identity(4, 4));
  }

  Fit fit() const {
    Fit fit;
    const Eigen::Map<const VectorXd> counts(stretch_.counts.data(), columns_.rows());
    const Eigen::Map<const VectorXd> around(stretch_.surroundings.data(), columns_.rows());
    for (int round = 0; round < 4; ++round) {
      const VectorXd weight = variance(fit.x).cwiseInverse();
      fit.covariance = covariance(weight);
      fit.x = fit.covariance * (columns_.transpose() * weight.cwiseProduct(counts - around));
    }
    return fit;
  }

  double error_at(const VectorXd& x, Index s, double amount) const {
    VectorXd there = x;
    there[s] = amount;
    return std::sqrt(std::max(covariance(variance(there).cwiseInverse())(s, s), 0.0));
  }

  // What the natural series leave, for other nuclides.
  std::vector<ArtificialActivity> beside(const VectorXd& x, double inflate, const std::vector<ArtificialSensitivity>& nuclides) const {
    const Eigen::Map<const VectorXd> counts(stretch_.counts.data(), columns_.rows());
    const Eigen::Map<const VectorXd> around(stretch_.surroundings.data(), columns_.rows());
    const VectorXd rest = counts - around - columns_ * x, scatter = variance(x);
    FittedBulk fitted;
    fitted.rest = {rest.data(), stretch_.counts.size()};
    fitted.variance = {scatter.data(), stretch_.counts.size()};
    for (Index c = 0; c < columns_.cols(); ++c) fitted.columns.emplace_back(columns_.col(c).data(), columns_.col(c).data() + columns_.rows());
    fitted.amounts.assign(x.data(), x.data() + x.size());
    fitted.prior_information = {0, 0, 0, 1 / std::pow(std::max(stretch_.level_error, 1e-4), 2)};
    fitted.counts_per_cps = stretch_.load_s;
    fitted.inflate = inflate;
    return weigh_artificial(nuclides, fitted);
  }

  double chi_squared(const VectorXd& x) const {
    const Eigen::Map<const VectorXd> counts(stretch_.counts.data(), columns_.rows());
    const Eigen::Map<const VectorXd> around(stretch_.surroundings.data(), columns_.rows());
    return ((counts - around - columns_ * x).array().square() / variance(x).array()).sum();
  }

 private:
  const KutCalibration& kut_;
  const WeighedStretch& stretch_;
  MatrixXd columns_;
};

}  // namespace

Result<BeltCalibration> calibrate_belt(std::span<const WeighedRun> runs, const BackgroundModel& background) {
  std::vector<ReferenceBlock> blocks;
  MeasuredSpectrum bare;
  BeltCalibration result;
  for (const WeighedRun& run : runs) {
    const auto& edges = run.series.channel_edges_kev;
    const std::size_t channels = edges.size() - 1;
    if (bare.counts.empty()) bare = {"bare belt", std::vector<double>(channels, 0.0), edges, 0};
    if (edges != bare.edges_kev) return invalid_input(run.series.name + ": expected the channels of the first run");
    std::vector<double> own(channels, 0.0), ore(channels, 0.0), hidden(channels, 0.0);
    double own_s = 0, ore_s = 0, load_s = 0;
    for (std::size_t i = 0; i < run.series.size; ++i) {
      const BeltInterval one = run.series.interval(i);
      const bool is_bare = one.load_kg_per_m < kBare;
      for (std::size_t c = 0; c < channels; ++c) {
        (is_bare ? own : ore)[c] += one.counts[c];
        if (!is_bare) hidden[c] += one.live_s * (1 - background.shadow.left(middle(edges, c), one.load_kg_per_m));
      }
      (is_bare ? own_s : ore_s) += one.live_s;
      load_s += one.live_s * one.load_kg_per_m / kLoadUnit;
    }
    if (own_s < kLeastBare_s || ore_s < kLeastOre_s) {
      return invalid_input(run.series.name + ": expected a minute of bare belt and five of ore, found " +
                           std::to_string(static_cast<int>(own_s)) + " s and " + std::to_string(static_cast<int>(ore_s)) + " s");
    }
    // What the ore has hidden of the surroundings is given back, so that one bare belt serves all runs.
    for (std::size_t c = 0; c < channels; ++c) {
      ore[c] += hidden[c] * own[c] / own_s;
      bare.counts[c] += own[c];
    }
    bare.live_s += own_s;
    ReferenceBlock block{{run.series.name, std::move(ore), edges, ore_s}, run.bq_per_kg, run.error};
    for (std::size_t s = 0; s < kSeries; ++s) block.bq_per_kg[s] *= load_s / ore_s, block.error[s] *= load_s / ore_s;
    blocks.push_back(std::move(block));
  }
  auto kut = calibrate_kut(blocks, bare);
  if (!kut) return kut.error();
  result.kut = std::move(*kut);
  const auto n = static_cast<double>(runs.size());
  for (std::size_t s = 0; s < kSeries; ++s) {
    double sum = 0, square = 0;
    for (const WeighedRun& run : runs) sum += run.bq_per_kg[s], square += run.bq_per_kg[s] * run.bq_per_kg[s];
    result.usual_bq_per_kg[s] = sum / n;
    result.usual_sd[s] = std::sqrt(std::max(0.0, (square - sum * sum / n) / std::max(n - 1, 1.0)));
  }
  return result;
}

std::string to_text(const BeltCalibration& calibration) {
  TomlWriter writer;
  writer.table("usual")
      .put("bq_per_kg", std::vector<double>(calibration.usual_bq_per_kg.begin(), calibration.usual_bq_per_kg.end()))
      .put("sd", std::vector<double>(calibration.usual_sd.begin(), calibration.usual_sd.end()));
  return to_text(calibration.kut) + writer.text();
}

Result<BeltCalibration> belt_calibration_from_text(std::string_view text, const std::string& origin) {
  auto kut = kut_from_text(text, origin);
  if (!kut) return kut.error();
  BeltCalibration calibration{.kut = std::move(*kut)};
  auto document = Config::parse(text, origin);
  if (!document) return document.error();
  auto usual = document->table("usual");
  if (!usual) return usual.error();
  auto mean = usual->numbers("bq_per_kg"), sd = usual->numbers("sd");
  if (!mean) return mean.error();
  if (!sd) return sd.error();
  if (mean->size() != kSeries || sd->size() != kSeries)
    return invalid_input(usual->where() + ": expected three numbers in 'bq_per_kg' and in 'sd'");
  std::ranges::copy(*mean, calibration.usual_bq_per_kg.begin());
  std::ranges::copy(*sd, calibration.usual_sd.begin());
  return calibration;
}

void WeighedStretch::add(const WeighedStretch& other) {
  if (counts.empty()) counts.assign(other.counts.size(), 0.0), surroundings.assign(other.counts.size(), 0.0);
  for (std::size_t b = 0; b < counts.size(); ++b) counts[b] += other.counts[b], surroundings[b] += other.surroundings[b];
  shape_error = other.shape_error;
  level_error = (level_error * live_s + other.level_error * other.live_s) / std::max(live_s + other.live_s, 1e-9);
  live_s += other.live_s, load_s += other.load_s;
  dose += other.dose, bare_dose += other.bare_dose;
  dose_variance += other.dose_variance, bare_dose_error += other.bare_dose_error;
}

BeltWeigher::BeltWeigher(const BackgroundModel& model, const BeltCalibration& calibration)
    : model_(model), calibration_(calibration), artificial_(artificial_sensitivities(calibration.kut)) {
  refold(1);
}

void BeltWeigher::refold(double gain) {
  gain_ = gain;
  // The model's bins are of stated energies; its own lines and the gain since tell the true ones.
  std::vector<double> edges(model_.edges_kev);
  for (double& e : edges) e /= gain * (model_.anchored ? model_.anchor_gain : 1);
  fold_ = Fold(edges, calibration_.kut.edges_kev);
  if (!ambient_.empty()) return;
  ambient_.resize(fold_.bins());
  fold_.apply(std::span<const double>(model_.ambient_cps), ambient_);
  bare_counts_.assign(ambient_.size(), 0.0);
  bare_expected_.assign(ambient_.size(), 0.0);
  for (std::size_t b = 0; b < ambient_.size(); ++b) energy_.push_back(middle(calibration_.kut.edges_kev, b));
}

double BeltWeigher::level_error() const {
  if (!seen_) return kMostLevelError;
  return std::min(kMostLevelError, std::hypot(1 / std::sqrt(std::max(level_weight_, 1.0)), kDrift * std::sqrt(std::max(now_s_ - level_at_s_, 0.0))));
}

void BeltWeigher::bare(double time_s, double live_s, std::span<const double> bins) {
  const double counts = std::accumulate(bins.begin(), bins.end(), 0.0);
  const double expected = std::accumulate(model_.ambient_cps.begin(), model_.ambient_cps.end(), 0.0) * live_s;
  if (!(expected > 0) || std::abs(counts - expected) > 0.3 * expected + 5 * std::sqrt(expected)) return;   // something is there
  const double old = seen_ ? std::exp(-std::max(time_s - level_at_s_, 0.0) / kMemory_s) : 0;
  level_weight_ = level_weight_ * old + expected;
  level_ += (counts / expected - level_) * expected / level_weight_;
  level_at_s_ = now_s_ = time_s;
  seen_ = true;
  learn_shape(bins, live_s);
}

// No place counts quite what the model's does: each bin of the bare belt's own spectrum against the model's.
void BeltWeigher::learn_shape(std::span<const double> bins, double live_s) {
  std::vector<double> counts(fold_.bins());
  fold_.apply(bins, counts);
  for (std::size_t b = 0; b < counts.size(); ++b) {
    bare_counts_[b] += counts[b];
    bare_expected_[b] += level_ * ambient_[b] * live_s;
  }
}

WeighedStretch BeltWeigher::interval(double live_s, double load, std::span<const double> bins, double gain) {
  if (std::abs(gain / gain_ - 1) > kRegain) refold(gain);
  WeighedStretch one;
  one.counts.resize(fold_.bins());
  fold_.apply(bins, one.counts);
  for (std::size_t b = 0; b < ambient_.size(); ++b) {
    const double known = kShapeCounts + bare_expected_[b];
    const double own = (kShapeCounts + bare_counts_[b]) / known;
    one.surroundings.push_back(level_ * own * ambient_[b] * model_.shadow.left(energy_[b], load) * live_s);
    one.shape_error.push_back(1 / std::sqrt(known));
  }
  one.live_s = live_s;
  one.load_s = live_s * load / kLoadUnit;
  const double seen = std::accumulate(one.surroundings.begin(), one.surroundings.end(), 0.0);
  const double whole = level_ * live_s * std::accumulate(ambient_.begin(), ambient_.end(), 0.0);
  one.level_error = std::hypot(level_error(), kShadowError * std::max(0.0, whole / std::max(seen, 1e-9) - 1));
  for (std::size_t b = 0; b < bins.size(); ++b) {
    const double kev = (model_.edges_kev[b] + model_.edges_kev[b + 1]) / 2;
    one.dose += bins[b] * kev;
    one.dose_variance += bins[b] * kev * kev;
    one.bare_dose += level_ * model_.ambient_cps[b] * live_s * kev;
  }
  one.bare_dose_error = level_error() * one.bare_dose;
  return one;
}

std::optional<BeltActivity> BeltWeigher::weigh(const WeighedStretch& stretch) const {
  if (!(stretch.load_s > 0.1)) return std::nullopt;
  const Weighing weighing(calibration_.kut, stretch);
  const Fit fit = weighing.fit();
  BeltActivity result;
  result.chi_squared = weighing.chi_squared(fit.x);
  // Bins that scatter more than they should make everything less sure.
  const double freedom = std::max<double>(1, static_cast<double>(stretch.counts.size()) - 3);
  const double inflate = std::sqrt(std::max(1.0, result.chi_squared / freedom));
  for (Index s = 0; s < 3; ++s) {
    Activity& a = result.series[static_cast<std::size_t>(s)];
    a.bq_per_kg = fit.x[s];
    a.error = inflate * std::sqrt(std::max(fit.covariance(s, s), 0.0));
    set_characteristic_limits(a, 8, [&](double amount) { return inflate * weighing.error_at(fit.x, s, amount); });
  }
  result.artificial = weighing.beside(fit.x, inflate, artificial_);
  const auto& c = fit.covariance;
  const auto index = [&](double k, double ra, double th) {
    const Eigen::Vector3d h(k, ra, th);
    return std::pair{h.dot(fit.x.head<3>()), inflate * std::sqrt(std::max((h.transpose() * c.topLeftCorner<3, 3>() * h).value(), 0.0))};
  };
  std::tie(result.radium_index, result.radium_error) = index(0, 1.0 / 200, 0);
  std::tie(result.gamma_index, result.gamma_error) = index(1.0 / 4200, 1.0 / 370, 1.0 / 260);
  const double bare = std::max(stretch.bare_dose, 1e-9);
  result.times_bare = stretch.dose / bare;
  result.times_bare_error = std::hypot(std::sqrt(stretch.dose_variance), result.times_bare * stretch.bare_dose_error) / bare;
  return result;
}

}  // namespace beltwarden::gamma
