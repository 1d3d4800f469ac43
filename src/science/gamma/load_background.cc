#include "science/gamma/load_background.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

namespace beltwarden::gamma {
namespace {

constexpr double kShieldingLoad = 150;  // kg/m at which surroundings are shielded to 1/e of what stays
constexpr double kOwnLoad = 250;
constexpr std::size_t kLeastReadings = 600;

using Vector = Eigen::Matrix<double, kTerms, 1>;
using Matrix = Eigen::Matrix<double, kTerms, kTerms>;

bool is_shape(Statistic s) { return s == kCaesiumShape || s == kCobaltShape || s == kLowShape; }
Window predictor_of(Statistic s) { return s == kCobaltShape ? kAbove : kHigh; }

Vector to_eigen(const Terms& t) { return Vector(t.data()); }

struct Row {
  Terms terms;
  double counts, live_s;
};

// Weighted least squares with a weak pull (ridge) towards `centre`; rates in cps.
Vector solve(const std::vector<const Row*>& rows, double mean_rate, const Vector& centre, double ridge) {
  Matrix normal = Matrix::Zero();
  Vector right = Vector::Zero();
  for (const Row* row : rows) {
    const Vector h = to_eigen(row->terms);
    const double weight = row->live_s / std::max(mean_rate, 0.1);
    normal += weight * h * h.transpose();
    right += weight * h * (row->counts / row->live_s);
  }
  for (Eigen::Index i = 0; i < static_cast<Eigen::Index>(kTerms); ++i) {
    const double pull = ridge * std::max(normal(i, i), 1e-6);
    normal(i, i) += pull;
    right(i) += pull * centre(i);
  }
  return normal.ldlt().solve(right);
}

}  // namespace

Window window_of(Statistic statistic) {
  constexpr std::array<Window, kStatisticCount> kOf = {kGross, kCaesium, kCobalt, kLow, kPotassium, kUranium, kThorium};
  return kOf[statistic];
}

std::string_view name_of(Statistic statistic) {
  constexpr std::array<std::string_view, kStatisticCount> kNames = {
      "gross", "caesium_shape", "cobalt_shape", "low_shape", "potassium", "uranium", "thorium"};
  return kNames[statistic];
}

Terms regressors(Statistic statistic, double load, const std::array<double, kWindowCount>& rates) {
  return {1, 1 - std::exp(-load / kShieldingLoad), load / kOwnLoad,
          is_shape(statistic) ? rates[predictor_of(statistic)] : 0.0};
}

double regressor_variance(Statistic statistic, const std::array<double, kWindowCount>& counts, double live_s) {
  return is_shape(statistic) && live_s > 0 ? counts[predictor_of(statistic)] / (live_s * live_s) : 0.0;
}

Result<MonitorModel> fit_monitor(std::span<const CleanReading> readings) {
  if (readings.size() < kLeastReadings) {
    return invalid_input("gamma model: expected at least 600 clean readings, found " + std::to_string(readings.size()));
  }
  MonitorModel model;
  double live = 0, least_load = 1e9, most_load = 0;
  for (const auto& r : readings) {
    if (!(r.live_s > 0) || !std::isfinite(r.load_kg_per_m) || r.load_kg_per_m < 0) {
      return invalid_input("gamma model: expected live times above 0 and loads from 0 on in clean readings");
    }
    live += r.live_s;
    least_load = std::min(least_load, r.load_kg_per_m);
    most_load = std::max(most_load, r.load_kg_per_m);
    for (std::size_t b = 0; b < kCoarseBins; ++b) model.coarse_cps[b] += r.coarse[b];
  }
  if (most_load - least_load < 50)
    return invalid_input("gamma model: expected clean readings over loads that differ by 50 kg/m or more");
  for (auto& cps : model.coarse_cps) cps /= live;
  model.period_s = live / static_cast<double>(readings.size());
  model.readings = static_cast<int>(readings.size());

  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    const auto statistic = static_cast<Statistic>(s);
    std::vector<Row> rows;
    std::map<int, std::vector<const Row*>> by_lot;
    rows.reserve(readings.size());
    double total = 0;
    for (const auto& r : readings) {
      std::array<double, kWindowCount> rates{};
      for (std::size_t w = 0; w < kWindowCount; ++w) rates[w] = r.counts[w] / r.live_s;
      rows.push_back({regressors(statistic, r.load_kg_per_m, rates), r.counts[window_of(statistic)], r.live_s});
      total += rows.back().counts;
    }
    const double mean_rate = total / live;
    std::vector<const Row*> all, empty;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      all.push_back(&rows[i]);
      if (readings[i].lot < 0) {
        empty.push_back(&rows[i]);
      } else {
        by_lot[readings[i].lot].push_back(&rows[i]);
      }
    }
    if (by_lot.empty())
      return invalid_input("gamma model: expected clean readings of at least one lot, found the empty belt alone");
    model.lots = static_cast<int>(by_lot.size());
    const Vector centre = solve(all, mean_rate, Vector::Zero(), 1e-6);

    // Each lot's own coefficients; readings of the empty belt help every lot with the surroundings.
    std::vector<Vector> own;
    double excess = 0, freedom = 0;
    for (auto& [lot, members] : by_lot) {
      auto with_empty = members;
      with_empty.insert(with_empty.end(), empty.begin(), empty.end());
      own.push_back(solve(with_empty, mean_rate, centre, 1e-4));
      for (const Row* row : members) {
        const double expected = own.back().dot(to_eigen(row->terms)) * row->live_s;
        double variance = std::max(expected, 0.5);
        if (is_shape(statistic)) {
          variance += own.back()(3) * own.back()(3) * row->terms[3] * row->live_s;  // counting of the predictor
        }
        excess += (row->counts - expected) * (row->counts - expected) / variance;
        freedom += 1;
      }
    }
    StatisticModel& m = model.statistics[s];
    m.overdispersion = std::max(1.0, excess / std::max(1.0, freedom - 4.0 * static_cast<double>(own.size())));
    Vector spread = Vector::Zero();
    for (const auto& o : own) spread += (o - centre).cwiseAbs2();
    spread *= own.size() > 1 ? 1.5 / static_cast<double>(own.size() - 1) : 0.0;
    const double rate = std::max(mean_rate, 0.1);
    // Floors: surroundings to 3 %, their shielding to 5 %, the ore's own part to a third of itself and 4 % of all.
    const Terms least = {0.03 * rate, 0.05 * rate, std::max(0.33 * std::abs(centre(2)), 0.04 * rate),
                         0.05 * std::abs(centre(3))};
    for (std::size_t t = 0; t < kTerms; ++t) {
      const auto e = static_cast<Eigen::Index>(t);
      m.prior.mean[t] = centre(e);
      m.prior.covariance[t][t] =
          std::max(spread(e), least[t] * least[t]) + (t == 3 && !is_shape(statistic) ? 0.0 : 1e-12);
    }
    // 0.3 % of the rate in five minutes: radon, temperature, moisture of the ore.
    const double drift = std::pow(0.003 * rate, 2) / 300;
    m.drift_per_s = {is_shape(statistic) ? 0.3 * drift : drift, 0, 0.3 * drift, 0};
  }
  return model;
}

LoadBackground::Expectation LoadBackground::expect(const Terms& terms, double terms_variance, double live_s,
                                                   double load, double load_sd) const {
  double rate = 0, variance = 0;
  for (std::size_t i = 0; i < kTerms; ++i) {
    rate += state_.mean[i] * terms[i];
    for (std::size_t k = 0; k < kTerms; ++k) variance += terms[i] * state_.covariance[i][k] * terms[k];
  }
  // What the rate would be at other loads: far from linear where the belt may be bare.
  const auto at = [&](double l) {
    return state_.mean[1] * (1 - std::exp(-l / kShieldingLoad)) + state_.mean[2] * l / kOwnLoad;
  };
  const double here = at(load);
  const double off = std::max(std::abs(at(std::max(0.0, load - load_sd)) - here), std::abs(at(load + load_sd) - here));
  const double common = (variance + off * off) * live_s * live_s;
  const double predictor = state_.mean[3] * state_.mean[3] * terms_variance * live_s * live_s;
  const double counts = std::max(rate * live_s, 0.05);
  return {counts, common + (predictor + counts) * model_->overdispersion, common};
}

void LoadBackground::pass(double seconds) {
  const double bounded = std::clamp(seconds, 0.0, 7200.0);
  for (std::size_t i = 0; i < kTerms; ++i) {
    state_.covariance[i][i] = std::min(state_.covariance[i][i] + model_->drift_per_s[i] * bounded,
                                       std::max(model_->prior.covariance[i][i], 1e-12));
  }
}

void LoadBackground::learn(const Terms& terms, double counts, double live_s, const Expectation& expectation) {
  const double innovation = (counts - expectation.counts) / live_s;
  const double variance = expectation.variance / (live_s * live_s);
  if (!(variance > 0)) return;
  Terms gain{};
  for (std::size_t i = 0; i < kTerms; ++i) {
    for (std::size_t k = 0; k < kTerms; ++k) gain[i] += state_.covariance[i][k] * terms[k];
  }
  for (std::size_t i = 0; i < kTerms; ++i) state_.mean[i] += gain[i] / variance * innovation;
  for (std::size_t i = 0; i < kTerms; ++i) {
    for (std::size_t k = 0; k < kTerms; ++k) state_.covariance[i][k] -= gain[i] * gain[k] / variance;
  }
  for (std::size_t i = 0; i < kTerms; ++i) state_.covariance[i][i] = std::max(state_.covariance[i][i], 1e-12);
}

}  // namespace beltwarden::gamma
