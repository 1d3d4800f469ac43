#include "science/gamma/source_naming.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

namespace beltwarden::gamma {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTemper = 1.5;             // of log likelihood ratios: shapes are not exact
constexpr double kLevelSd = 0.015, kOreSd = 0.05;   // of the background and of the ore's part of it, relative
constexpr double kSure = 0.6;               // share of natural nuclides, below which it is unknown,
constexpr double kSureArtificial = 0.95;    // and of artificial ones: nobody is to be alarmed by a stone
constexpr double kNaturalPrior = 1;         // logarithm of how much oftener bulk carries natural lumps than lost sources
constexpr double kMixedDeviations = 6;
constexpr double kMixedShare = 0.2;         // of what is added

class Counts {
 public:
  Counts(std::span<const double> observed, std::span<const double> expected, std::span<const double> ore)
      : y_(Eigen::Map<const ArrayXd>(observed.data(), static_cast<Index>(observed.size()))),
        mean_(Eigen::Map<const ArrayXd>(expected.data(), static_cast<Index>(expected.size())).max(1e-3)),
        ore_(Eigen::Map<const ArrayXd>(ore.data(), static_cast<Index>(ore.size()))) {}

  struct Fit {
    VectorXd amounts, errors;               // of the shapes
    double log_likelihood = 0;              // with the priors of the background's levels
  };

  // Weighted least squares with the weights of what was fitted before: three rounds are the Poisson fit.
  Fit fit(const std::vector<std::span<const double>>& shapes) const {
    const auto n = static_cast<Index>(shapes.size()), bins = y_.size();
    MatrixXd columns(bins, n + 2);
    for (Index i = 0; i < n; ++i) columns.col(i) = Eigen::Map<const VectorXd>(shapes[static_cast<std::size_t>(i)].data(), bins);
    columns.col(n) = mean_;
    columns.col(n + 1) = ore_;
    Fit fit;
    VectorXd x = VectorXd::Zero(n + 2);
    x[0] = std::max((y_ - mean_).sum(), 1.0);
    MatrixXd inverse;
    ArrayXd mean;
    for (int round = 0; round < 3; ++round) {
      VectorXd present = x;
      for (Index i = 0; i < n; ++i) present[i] = std::max(present[i], 0.0);
      mean = (mean_ + (columns * present).array()).max(0.05 * mean_);
      const VectorXd weight = mean.inverse();
      MatrixXd normal = columns.transpose() * weight.asDiagonal() * columns;
      for (Index i = 0; i < n; ++i) normal(i, i) *= 1 + 1e-9;
      normal(n, n) += 1 / (kLevelSd * kLevelSd);
      normal(n + 1, n + 1) += 1 / (kOreSd * kOreSd);
      inverse = normal.inverse();
      x = inverse * (columns.transpose() * (weight.array() * (y_ - mean_)).matrix());
    }
    VectorXd present = x;
    for (Index i = 0; i < n; ++i) present[i] = std::max(present[i], 0.0);
    mean = (mean_ + (columns * present).array()).max(0.05 * mean_);
    fit.log_likelihood = (y_ * mean.log() - mean).sum() - 0.5 * std::pow(x[n] / kLevelSd, 2) - 0.5 * std::pow(x[n + 1] / kOreSd, 2);
    fit.amounts = x.head(n);
    fit.errors = inverse.diagonal().head(n).cwiseMax(0.0).cwiseSqrt();
    return fit;
  }

  double added() const { return std::max((y_ - mean_).sum(), 1.0); }

 private:
  ArrayXd y_, mean_, ore_;
};

}  // namespace

std::string_view name_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kArtificial: return "artificial";
    case SourceKind::kNatural: return "natural";
    case SourceKind::kMixed: return "mixed";
    case SourceKind::kFault: return "fault";
    case SourceKind::kUnknown: break;
  }
  return "unknown";
}

NamedSource name_source(const SourceTests& tests, std::span<const double> observed, std::span<const double> expected,
                        std::span<const double> expected_ore) {
  const Counts counts(observed, expected, expected_ore);
  const auto& candidates = tests.candidates();
  std::map<std::string, double> evidence;    // of a nuclide
  std::map<std::string, std::vector<std::span<const double>>> shapes;
  double most = -1e300;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    if (candidates[c].role != Candidate::Role::kSource) continue;
    const std::string& nuclide = candidates[c].nuclide;
    shapes[nuclide].push_back(tests.shape(c));
    const Counts::Fit fit = counts.fit({tests.shape(c)});
    if (!(fit.amounts[0] > 0)) continue;
    const double worth = fit.log_likelihood / kTemper + std::log(std::min(alarm_share(nuclide), 1.0)) + (is_natural(nuclide) ? kNaturalPrior : 0);
    const auto [found, fresh] = evidence.try_emplace(nuclide, worth);
    if (!fresh) found->second = std::max(found->second, worth);
    most = std::max(most, worth);
  }
  NamedSource named;
  if (evidence.empty()) return named;
  double all = 0, natural = 0;
  const std::string* first = nullptr;
  for (const auto& [nuclide, worth] : evidence) {
    const double share = std::exp(worth - most);
    all += share;
    if (is_natural(nuclide)) natural += share;
    if (first == nullptr || worth > evidence.at(*first)) first = &nuclide;
  }
  named.nuclide = *first;
  named.confidence = std::exp(evidence.at(*first) - most) / all;
  const bool is_one = is_natural(*first);
  const double sure = is_one ? natural / all : 1 - natural / all;
  if (sure < (is_one ? kSure : kSureArtificial)) {
    named.confidence = std::min(named.confidence, sure);
    return named;
  }
  named.kind = is_one ? SourceKind::kNatural : SourceKind::kArtificial;
  // Does one of the other kind add what no mixture of the first's templates does?
  double clearest = kMixedDeviations;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    if (candidates[c].role != Candidate::Role::kSource || is_natural(candidates[c].nuclide) == is_one) continue;
    auto together = shapes[*first];
    together.push_back(tests.shape(c));
    const Counts::Fit fit = counts.fit(together);
    const Index last = fit.amounts.size() - 1;
    if (fit.amounts[last] < clearest * fit.errors[last] || fit.amounts[last] < kMixedShare * counts.added()) continue;
    clearest = fit.amounts[last] / std::max(fit.errors[last], 1e-9);
    named.kind = SourceKind::kMixed;
    named.nuclide = is_one ? candidates[c].nuclide : *first;
    named.also = is_one ? *first : candidates[c].nuclide;
  }
  return named;
}

}  // namespace beltwarden::gamma
