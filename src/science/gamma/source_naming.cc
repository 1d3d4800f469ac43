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

constexpr int kNuisances = kDirections + 1;  // and the load
using Nuisance = Eigen::Matrix<double, kNuisances, 1>;
using NuisanceMatrix = Eigen::Matrix<double, kNuisances, kNuisances>;

constexpr double kTemper = 1.5;             // of log likelihood ratios: shapes are not exact
constexpr double kFirstSight = 0.7, kWorthFitting = 10;   // of the best log likelihood at first sight, that is fitted: a share of it, less so much
constexpr double kAnyAmount = 1e5;          // counts of a shape that is free
constexpr double kSure = 0.6;               // share of natural nuclides, below which it is unknown,
constexpr double kSureArtificial = 0.95;    // and of artificial ones: nobody is to be alarmed by a stone
constexpr double kNaturalPrior = 1;         // logarithm of how much oftener bulk carries natural lumps than lost sources
constexpr double kMixedDeviations = 6;
constexpr double kMixedAtFirst = 4;         // of these at first sight, before all amounts are fitted anew
constexpr double kMixedShare = 0.2;         // of what is added

class Counts {
 public:
  explicit Counts(const PassageCounts& passage)
      : bins_(static_cast<Index>(passage.observed.size())),
        y_(Eigen::Map<const ArrayXd>(passage.observed.data(), bins_)),
        mean_(Eigen::Map<const ArrayXd>(passage.expected.data(), bins_).max(1e-3)),
        nuisances_(bins_, kNuisances) {
    nuisances_.leftCols<kDirections>() = Eigen::Map<const MatrixXd>(passage.directions.data(), bins_, kDirections);
    nuisances_.col(kDirections) = Eigen::Map<const VectorXd>(passage.load.data(), bins_);
    // What is not known of a bin makes its counts say less.
    trust_ = mean_ / (mean_ + Eigen::Map<const ArrayXd>(passage.unknown.data(), bins_).square());
    covariance_.setZero();
    covariance_.topLeftCorner<kDirections, kDirections>() =
        Eigen::Map<const Eigen::Matrix<double, kDirections, kDirections>>(passage.covariance.data());
    covariance_(kDirections, kDirections) = 1;
    for (int i = 0; i < kNuisances; ++i) covariance_(i, i) += 1e-12;
    prior_ = covariance_.inverse();
  }

  struct Fit {
    VectorXd amounts, errors;               // of the shapes
    double log_likelihood = 0;              // with the prior of the background
    ArrayXd mean;
  };

  // Weighted least squares with the weights of what was fitted before: three rounds are the Poisson fit.
  Fit fit(const std::vector<std::span<const double>>& shapes) const {
    const auto n = static_cast<Index>(shapes.size()), all = n + kNuisances;
    MatrixXd columns(bins_, all), weighed(bins_, all), normal(all, all);
    for (Index i = 0; i < n; ++i) columns.col(i) = Eigen::Map<const VectorXd>(shapes[static_cast<std::size_t>(i)].data(), bins_);
    columns.rightCols<kNuisances>() = nuisances_;
    Fit fit;
    VectorXd x = VectorXd::Zero(all);
    x[0] = added();
    const VectorXd rest = (y_ - mean_).matrix();
    Eigen::LDLT<MatrixXd> solver(all);
    const auto expect = [&] {
      VectorXd present = x;
      present.head(n) = present.head(n).cwiseMax(0.0);
      fit.mean = (mean_ + (columns * present).array()).max(0.05 * mean_);
    };
    for (int round = 0; round < 3; ++round) {
      expect();
      const ArrayXd weight = trust_ / fit.mean;
      weighed = columns.array().colwise() * weight;
      // The lower half alone, a column at a time: for so few columns quicker than a product of matrices.
      for (Index i = 0; i < all; ++i) normal.col(i).tail(all - i).noalias() = columns.rightCols(all - i).transpose() * weighed.col(i);
      for (Index i = 0; i < n; ++i) normal(i, i) *= 1 + 1e-9;
      normal.bottomRightCorner<kNuisances, kNuisances>() += prior_;
      solver.compute(normal);
      x = solver.solve(weighed.transpose() * rest);
    }
    expect();
    const Nuisance moved = x.tail<kNuisances>();
    fit.log_likelihood = (trust_ * (y_ * fit.mean.log() - fit.mean)).sum() - 0.5 * moved.dot(prior_ * moved);
    fit.amounts = x.head(n);
    fit.errors = solver.solve(MatrixXd::Identity(all, n)).diagonal().cwiseMax(0.0).cwiseSqrt();
    return fit;
  }

  // At first sight: deviations of each shape (a column) beside the background and, with `first`, beside shapes that were fitted
  // already and left `mean`; `scatter` is what variances are taken from.
  VectorXd deviations(const MatrixXd& shapes, const ArrayXd& mean, const ArrayXd& scatter, const MatrixXd& first) const {
    const Index others = first.cols() + kNuisances;
    MatrixXd beside(bins_, others), free = MatrixXd::Zero(others, others);
    beside << nuisances_, first;
    free.topLeftCorner<kNuisances, kNuisances>() = covariance_;
    for (Index i = kNuisances; i < others; ++i) free(i, i) = kAnyAmount * kAnyAmount;
    const ArrayXd weight = trust_ / scatter;
    const MatrixXd weighed = shapes.array().colwise() * weight, beside_weighed = beside.array().colwise() * weight;
    const MatrixXd posterior = (MatrixXd::Identity(others, others) + free * (beside.transpose() * beside_weighed)).partialPivLu().solve(free);
    const MatrixXd cross = weighed.transpose() * beside, explained = cross * posterior;
    const VectorXd rest = (y_ - mean).matrix();
    const ArrayXd net = (weighed.transpose() * rest - explained * (beside_weighed.transpose() * rest)).array();
    const ArrayXd information = (weighed.array() * shapes.array()).colwise().sum().transpose();
    const ArrayXd left = information - (explained.array() * cross.array()).rowwise().sum();
    return (left > 1e-9 * information).select(net / left.max(1e-300).sqrt(), 0.0).matrix();
  }

  // What the whole of the excess looks like, smoothed: the scatter that a source of any nuclide would bring.
  ArrayXd rough() const {
    constexpr Index kReach = 3;
    ArrayXd excess = (y_ - mean_), smooth(bins_);
    for (Index b = 0; b < bins_; ++b) {
      const Index from = std::max<Index>(0, b - kReach), to = std::min<Index>(bins_, b + kReach + 1);
      smooth[b] = excess.segment(from, to - from).mean();
    }
    return mean_ + smooth.max(0.0);
  }

  const ArrayXd& mean() const { return mean_; }
  double added() const { return std::max((y_ - mean_).sum(), 1.0); }

 private:
  Index bins_;
  ArrayXd y_, mean_, trust_;
  MatrixXd nuisances_;
  NuisanceMatrix covariance_, prior_;
};

}  // namespace

void PassageCounts::add(double weight, double live_s, std::span<const double> counts, const Prediction& prediction,
                        const std::array<double, kDirections>& amounts) {
  weight_live_ += weight * live_s, square_live_ += weight * weight * live_s;
  const std::size_t bins = observed.size();
  for (std::size_t b = 0; b < bins; ++b) {
    observed[b] += weight * counts[b];
    expected[b] += weight * prediction.counts[b];
    unknown[b] += weight * std::sqrt(prediction.bin_variance[b]);
    load[b] += weight * prediction.load_direction[b];
  }
  for (std::size_t i = 0; i < kDirections; ++i) {
    const double moved = amounts[i] - prediction.state[i];
    for (std::size_t b = 0; b < bins; ++b) {
      const double counted = weight * prediction.directions[i * bins + b];
      directions[i * bins + b] += counted;
      expected[b] += counted * moved;
    }
  }
}

void PassageCounts::scale() {
  const double scale = square_live_ > 0 ? weight_live_ / square_live_ : 1;
  for (auto* all : {&observed, &expected, &unknown, &directions, &load}) {
    for (double& value : *all) value *= scale;
  }
}

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

NamedSource name_source(const SourceTests& tests, const PassageCounts& passage) {
  const Counts counts(passage);
  std::vector<std::size_t> sources;
  for (std::size_t c = 0; c < tests.candidates().size(); ++c) {
    if (tests.candidates()[c].role == Candidate::Role::kSource) sources.push_back(c);
  }
  MatrixXd shapes(static_cast<Index>(passage.observed.size()), static_cast<Index>(sources.size()));
  for (std::size_t i = 0; i < sources.size(); ++i)
    shapes.col(static_cast<Index>(i)) = Eigen::Map<const VectorXd>(tests.shape(sources[i]).data(), shapes.rows());
  const auto nuclide_of = [&](std::size_t i) -> const std::string& { return tests.candidates()[sources[i]].nuclide; };
  // At first sight most templates are out of the question.
  const VectorXd seen = counts.deviations(shapes, counts.mean(), counts.rough(), MatrixXd(shapes.rows(), 0));
  const double best_seen = seen.size() > 0 ? std::max(seen.maxCoeff(), 0.0) : 0;
  std::map<std::string, double> evidence;    // of a nuclide
  double most = -1e300;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const double z = seen[static_cast<Index>(i)];
    if (!(z > 0) || 0.5 * z * z < 0.5 * kFirstSight * best_seen * best_seen - kWorthFitting) continue;
    const std::string& nuclide = nuclide_of(i);
    const Counts::Fit fit = counts.fit({tests.shape(sources[i])});
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
  std::vector<std::span<const double>> own;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (nuclide_of(i) == *first) own.push_back(tests.shape(sources[i]));
  }
  MatrixXd own_shapes(shapes.rows(), static_cast<Index>(own.size()));
  for (std::size_t i = 0; i < own.size(); ++i) own_shapes.col(static_cast<Index>(i)) = Eigen::Map<const VectorXd>(own[i].data(), shapes.rows());
  const Counts::Fit alone = counts.fit(own);
  const VectorXd beside = counts.deviations(shapes, alone.mean, alone.mean, own_shapes);
  double clearest = kMixedDeviations;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (is_natural(nuclide_of(i)) == is_one || beside[static_cast<Index>(i)] < kMixedAtFirst) continue;
    auto together = own;
    together.push_back(tests.shape(sources[i]));
    const Counts::Fit fit = counts.fit(together);
    const Index last = fit.amounts.size() - 1;
    if (fit.amounts[last] < clearest * fit.errors[last] || fit.amounts[last] < kMixedShare * counts.added()) continue;
    clearest = fit.amounts[last] / std::max(fit.errors[last], 1e-9);
    named.kind = SourceKind::kMixed;
    named.nuclide = is_one ? nuclide_of(i) : *first;
    named.also = is_one ? *first : nuclide_of(i);
  }
  return named;
}

}  // namespace beltwarden::gamma
