#include "science/vision/appearance.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace beltwarden::vision {
namespace {

constexpr std::size_t kDimensions = kAppearanceDimensions;
constexpr int kBlock = 8;                 // pictures whose mean stands for a slice in the calibration
constexpr double kLeastLoad = 0.3;
// No two lots and no two days' light are closer than this: L, a, b in Lab units, the rest in logarithms.
constexpr AppearanceVector kLeastLotSd = {1.0, 0.4, 0.4, 0.04, 0.04, 0.04, 0.04};

using Vector = Eigen::Matrix<double, kDimensions, 1>;
using Matrix = Eigen::Matrix<double, kDimensions, kDimensions>;

Vector to_eigen(const AppearanceVector& v) { return Vector(v.data()); }

struct Block {
  AppearanceVector mean;
  int frames;
};

AppearanceVector mean_of(std::span<const AppearanceVector> values) {
  AppearanceVector mean{};
  for (const auto& v : values) {
    for (std::size_t d = 0; d < kDimensions; ++d) mean[d] += v[d] / static_cast<double>(values.size());
  }
  return mean;
}

std::vector<AppearanceVector> loaded_frames(const CleanLot& lot) {
  std::vector<AppearanceVector> values;
  for (const auto& frame : lot.frames) {
    if (frame.measurements.load_fraction >= kLeastLoad) values.push_back(appearance_vector(frame.measurements));
  }
  return values;
}

std::vector<Block> blocks_of(const std::vector<AppearanceVector>& values) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i + kBlock <= values.size(); i += kBlock) {
    blocks.push_back({mean_of(std::span(values).subspan(i, kBlock)), kBlock});
  }
  return blocks;
}

// Location, variance components and correlation; the tails are left to the caller.
void fit_components(std::span<const std::vector<AppearanceVector>> lots, BrandAppearance& brand) {
  std::vector<AppearanceVector> lot_means;
  AppearanceVector frame_sum{}, block_sum{};
  double frame_freedom = 0, block_freedom = 0;
  Matrix scatter = Matrix::Zero();
  for (const auto& lot : lots) {
    const AppearanceVector mean = mean_of(lot);
    lot_means.push_back(mean);
    for (const auto& v : lot) {
      const Vector off = to_eigen(v) - to_eigen(mean);
      scatter += off * off.transpose();
      for (std::size_t d = 0; d < kDimensions; ++d) frame_sum[d] += (v[d] - mean[d]) * (v[d] - mean[d]);
    }
    frame_freedom += static_cast<double>(lot.size()) - 1;
    const auto blocks = blocks_of(lot);
    for (const auto& block : blocks) {
      for (std::size_t d = 0; d < kDimensions; ++d) {
        block_sum[d] += (block.mean[d] - mean[d]) * (block.mean[d] - mean[d]);
      }
    }
    block_freedom += static_cast<double>(blocks.size()) - 1;
  }
  brand.mean = mean_of(lot_means);
  const double m = static_cast<double>(lots.size());
  for (std::size_t d = 0; d < kDimensions; ++d) {
    const double of_frames = frame_sum[d] / std::max(1.0, frame_freedom);
    const double of_blocks = block_sum[d] / std::max(1.0, block_freedom);
    // of_frames = slow + frame, of_blocks = slow + frame / kBlock
    const double frame = std::clamp((of_frames - of_blocks) * kBlock / (kBlock - 1.0), 0.1 * of_frames, of_frames);
    brand.frame_variance[d] = std::max(frame, 1e-8);
    brand.slow_variance[d] = std::max(of_frames - frame, 0.0);
    double between = 0;
    for (const auto& mean : lot_means) between += (mean[d] - brand.mean[d]) * (mean[d] - brand.mean[d]);
    between /= std::max(1.0, m - 1);
    // Few lots tell little about the next one: the variance of a prediction from m of them, and a floor.
    brand.lot_variance[d] = std::max(between * (1 + 1 / m) * (m + 1) / std::max(1.0, m - 1),
                                     kLeastLotSd[d] * kLeastLotSd[d]);
  }
  brand.correlation.assign(kDimensions * kDimensions, 0.0);
  for (std::size_t i = 0; i < kDimensions; ++i) {
    for (std::size_t k = 0; k < kDimensions; ++k) {
      const auto ii = static_cast<Eigen::Index>(i), kk = static_cast<Eigen::Index>(k);
      const double norm = std::sqrt(scatter(ii, ii) * scatter(kk, kk));
      // Halved: picture-to-picture correlation is only a guess at how lots and light correlate.
      brand.correlation[i * kDimensions + k] = i == k ? 1.0 : norm > 0 ? 0.5 * scatter(ii, kk) / norm : 0.0;
    }
  }
}

}  // namespace

AppearanceVector appearance_vector(const FrameMeasurements& m) {
  const auto log_of = [](double deviation) { return std::log(std::max(deviation, 0.0) + 0.2); };
  return {m.mean_lab[0],        m.mean_lab[1],        m.mean_lab[2], log_of(m.sd_lab[0]),
          log_of(m.sd_lab[1]), log_of(m.sd_lab[2]), log_of(m.texture)};
}

double Tail::probability_above(double value) const {
  if (value <= from) return share;
  return share * std::exp(-(value - from) / scale);
}

double Tail::quantile(double probability) const {
  if (probability >= share) return from;
  return from + scale * std::log(share / probability);
}

double one_in(double probability) {
  const double n = std::clamp(1 / std::max(probability, 1e-9), 1.0, 1e9);
  const double step = std::pow(10.0, std::max(0.0, std::floor(std::log10(n)) - 1));
  return std::round(n / step) * step;
}

Result<Tail> fit_tail(std::vector<double> values) {
  if (values.size() < 20) {
    return invalid_input("tail of clean values: expected at least 20, found " + std::to_string(values.size()));
  }
  for (const double v : values) {
    if (!std::isfinite(v)) return invalid_input("tail of clean values: found one that is not a number");
  }
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const std::size_t first = std::min(n - 5, n * 9 / 10);
  Tail tail;
  tail.from = values[first];
  double sum = 0;
  for (std::size_t i = first; i < n; ++i) sum += values[i] - tail.from;
  const double count = static_cast<double>(n - first);
  // One standard error of the scale on top: extrapolating a short tail must not promise too much.
  tail.scale = std::max(sum / count * (1 + 1 / std::sqrt(count)), 1e-3 * std::abs(tail.from) + 1e-6);
  tail.share = count / static_cast<double>(n);
  return tail;
}

double appearance_distance(const AppearanceVector& mean, int frames, const BrandAppearance& brand) {
  Matrix correlation;
  Vector z;
  for (std::size_t i = 0; i < kDimensions; ++i) {
    const double variance =
        brand.lot_variance[i] + brand.slow_variance[i] + brand.frame_variance[i] / std::max(1, frames);
    z(static_cast<Eigen::Index>(i)) = (mean[i] - brand.mean[i]) / std::sqrt(variance);
    for (std::size_t k = 0; k < kDimensions; ++k) {
      correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = brand.correlation[i * kDimensions + k];
    }
  }
  return z.dot(correlation.ldlt().solve(z));
}

double anomaly_score(const AppearanceVector& mean, int frames, const BrandAppearance& brand) {
  return -std::log10(std::max(1e-30, brand.distance_tail.probability_above(appearance_distance(mean, frames, brand))));
}

double anomaly_score(const FrameAnalysis& analysis, const BrandAppearance& brand) {
  const double look = anomaly_score(appearance_vector(analysis.measurements), 1, brand);
  const double strongest = analysis.candidates.empty() ? 0 : analysis.candidates.front().strength;
  const double object = -std::log10(std::max(1e-30, brand.strength_tail.probability_above(strongest)));
  return std::max(look, object);
}

Result<BrandAppearance> fit_appearance(std::string name, std::span<const CleanLot> lots) {
  BrandAppearance brand;
  brand.brand = std::move(name);
  std::vector<std::vector<AppearanceVector>> loaded;
  std::vector<double> strengths;
  std::vector<FrameQuality> qualities;
  for (const auto& lot : lots) {
    loaded.push_back(loaded_frames(lot));
    if (loaded.back().size() < 3 * kBlock) {
      return invalid_input("brand " + brand.brand + ": expected at least 24 loaded pictures a lot, found " +
                           std::to_string(loaded.back().size()) + " in lot " + std::to_string(loaded.size()));
    }
    for (const auto& frame : lot.frames) {
      if (frame.measurements.load_fraction < kLeastLoad) continue;
      strengths.push_back(frame.candidates.empty() ? 0 : frame.candidates.front().strength);
      if (frame.measurements.quality.light > 0) qualities.push_back(frame.measurements.quality);
      ++brand.frames;
    }
    brand.mm_per_px = lot.mm_per_px;
  }
  if (loaded.size() < 2) {
    return invalid_input("brand " + brand.brand + ": expected at least two lots, found " +
                         std::to_string(loaded.size()));
  }
  brand.lots = static_cast<int>(loaded.size());
  brand.usual = usual_quality(qualities);

  // What a lot that was not fitted on looks like decides the tail.
  std::vector<double> distances;
  for (std::size_t left_out = 0; left_out < loaded.size(); ++left_out) {
    auto rest = loaded;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
    BrandAppearance partial;
    fit_components(rest, partial);
    for (const auto& block : blocks_of(loaded[left_out])) {
      distances.push_back(appearance_distance(block.mean, block.frames, partial));
    }
  }
  fit_components(loaded, brand);
  while (distances.size() < 20) distances.push_back(distances[distances.size() / 2]);
  auto tail = fit_tail(std::move(distances));
  if (!tail) return tail.error();
  brand.distance_tail = *tail;
  // Blocks of one lot are alike, so their tail is short: never narrower than chi-squared, whose tail has scale 2.
  brand.distance_tail.scale = std::max(brand.distance_tail.scale, 2.0);
  auto strength = fit_tail(std::move(strengths));
  if (!strength) return strength.error();
  brand.strength_tail = *strength;
  return brand;
}

}  // namespace beltwarden::vision
