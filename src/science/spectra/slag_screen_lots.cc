// What the mean share of slag over many slices of a lot may be and still be clean, and how little would be seen in it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "science/spectra/slag_screen.h"
#include "science/spectra/slag_screen_parts.h"
#include "science/spectra/slag_templates.h"
#include "science/spectra/variance_components.h"

namespace beltwarden::spectra {
using namespace slag_parts;
namespace {

constexpr double kFewestLots = 8;
constexpr double kSure = 0.95;          // that clean lots do not differ by more than is reckoned with
constexpr double kMostTried = 0.12;     // share

// The variance that with kSure is not less than it really is, from an estimate of so many degrees of freedom.
double not_less_than(double variance, double dof) { return variance * dof / chi2_quantile(1 - kSure, dof); }

bool tells_lots(const VarianceComponents& scatter) { return scatter.groups >= kFewestLots && scatter.values >= 2 * scatter.groups; }

}  // namespace

Result<void> SlagScreen::learn_lots(const TrainingSet& usual) {
  if (!knows_slag()) return {};
  if (usual.axis_nm != treatment_.axis_nm() || usual.lots.size() != static_cast<std::size_t>(usual.rows()) || usual.groups.size() != usual.lots.size()) {
    return invalid_input("slag screen: expected slices and lots on the axis of the screen");
  }
  struct Slice {
    Eigen::VectorXd sum;
    double scans = 0;
    std::uint32_t lot = 0;
  };
  std::map<std::uint32_t, Slice> slices;
  for (Eigen::Index i = 0; i < usual.rows(); ++i) {
    auto& s = slices[usual.groups[static_cast<std::size_t>(i)]];
    if (s.scans == 0) s.sum = Eigen::VectorXd::Zero(usual.spectra.cols());
    s.sum += usual.spectra.row(i).transpose();
    s.scans += 1;
    s.lot = usual.lots[static_cast<std::size_t>(i)];
  }
  CleanSlices seen;
  Scratch scratch;
  for (const auto& [name, s] : slices) {
    const auto j = judge(s.sum / s.scans, s.scans, scratch);
    if (!j.valid) continue;
    seen.share.push_back(j.slag_fraction);
    seen.lots.push_back(s.lot);
    if (seen.white.size() < kSlicesTried) seen.white.push_back(scratch.white);
  }
  const auto scatter = variance_components(seen.share, seen.lots);
  if (!scatter) return scatter.error().within("slag screen");
  if (!tells_lots(*scatter)) return invalid_input("slag screen: expected at least 8 lots of two slices or more");
  return learn_means(seen);
}

// How clean slices and lots scatter; then what the screen makes of known shares of slags of any grain in some of the slices, beyond what it makes
// of the slices themselves.
Result<void> SlagScreen::learn_means(const CleanSlices& slices) {
  const auto n = static_cast<double>(slices.share.size());
  clean_.mean = mean_of(slices.share);
  const auto scatter = slices.lots.empty() ? Result<VarianceComponents>(VarianceComponents{}) : variance_components(slices.share, slices.lots);
  if (scatter && tells_lots(*scatter)) {
    clean_.slice = not_less_than(scatter->within, scatter->values - scatter->groups);
    // Between lots no less than the slices' own scatter could hide.
    const double a = scatter->groups, of_mean = scatter->within * a / scatter->values;
    clean_.lot = not_less_than(scatter->between + of_mean, a - 1) - of_mean;
  } else {
    const double sd = sd_of(slices.share);
    clean_.slice = clean_.lot = not_less_than(sd * sd, n - 1);
  }
  if (!(clean_.slice > 0) || !(clean_.lot > 0)) return invalid_input("slag screen: expected shares that scatter, found every one the same");
  const auto fraction = [&](const Eigen::VectorXd& white) {
    double share = 0, std = 0;
    weigh(nearest(white), share, std);
    return share;
  };
  const auto tried = static_cast<double>(slices.white.size());
  double of_clean = 0;
  for (const auto& white : slices.white) of_clean += fraction(white) / tried;
  response_ = Eigen::MatrixXd::Zero(trials_.rows() / kSlagSteps, kSlagSteps);
  for (Eigen::Index i = 0; i < trials_.rows(); ++i) {
    const Eigen::VectorXd change = trials_.row(i).transpose();
    double& response = response_(i / kSlagSteps, i % kSlagSteps);
    if (kSlagShares[i % kSlagSteps] > kMostTried) {   // far beyond any limit of a mean: without the slices' own scatter
      response = fraction(change);
      continue;
    }
    for (const auto& white : slices.white) response += (fraction(white + change) - of_clean) / tried;
  }
  return {};
}

SlagScreen::MeanLimit SlagScreen::mean_limit(double slices, double before_mean, double before_slices, double false_alarms) const {
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (!knows_means() || !(slices >= 1)) return {none, none};
  // The lot's own level, as the slices before and what lots usually are let expect it.
  const double weight = before_slices > 0 ? clean_.lot / (clean_.lot + clean_.slice / before_slices) : 0;
  const double level = std::max(clean_.mean + weight * (before_mean - clean_.mean), 0.1 * clean_.mean + 1e-6);
  const double variance = (1 - weight) * clean_.lot + clean_.slice / slices;
  // Shares are never below none, so their means have the longer tail above: a scaled chi-squared of that mean and variance (Box 1954).
  const double dof = 2 * level * level / variance;
  MeanLimit out;
  out.limit = variance / (2 * level) * chi2_quantile(1 - false_alarms, dof);
  const double over = out.limit - level + normal_quantile(kFound) * std::sqrt(variance);
  out.detection = response_.rows() > 0 ? least_share(response_, 0, over) : none;
  return out;
}

}  // namespace beltwarden::spectra
