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
constexpr Eigen::Index kSlagsTried = 30;
constexpr int kSlicesTried = 8;
constexpr double kMostTried = 0.12;     // share
constexpr double kFound = 0.9;          // of contents at the detection limit, and of slags

// The variance that with kSure is not less than it really is, from an estimate of so many degrees of freedom.
double not_less_than(double variance, double dof) { return variance * dof / chi2_quantile(1 - kSure, dof); }

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
  std::vector<double> share;
  std::vector<std::uint32_t> lots;
  Scratch scratch;
  for (const auto& [name, s] : slices) {
    const auto j = judge(s.sum / s.scans, s.scans, scratch);
    if (!j.valid) continue;
    share.push_back(j.slag_fraction);
    lots.push_back(s.lot);
  }
  const auto scatter = variance_components(share, lots);
  if (!scatter) return scatter.error().within("slag screen");
  if (scatter->groups < kFewestLots || scatter->values < 2 * scatter->groups) {
    return invalid_input("slag screen: expected at least 8 lots of two slices or more");
  }
  clean_.mean = mean_of(share);
  clean_.slice = not_less_than(scatter->within, scatter->values - scatter->groups);
  // Between lots no less than the slices' own scatter could hide.
  const double a = scatter->groups, of_mean = scatter->within * a / scatter->values;
  clean_.lot = not_less_than(scatter->between + of_mean, a - 1) - of_mean;
  if (!(clean_.slice > 0) || !(clean_.lot > 0)) return invalid_input("slag screen: expected shares that scatter, found every one the same");
  // What the screen makes of known shares of some slags in some of these slices, beyond what it makes of the slices themselves.
  const auto fraction = [&](const Eigen::VectorXd& white) {
    double share = 0, std = 0;
    weigh(nearest(white), share, std);
    return share;
  };
  std::vector<Eigen::VectorXd> clean;
  for (const auto& [name, s] : slices) {
    if (static_cast<int>(clean.size()) < kSlicesTried && whiten(s.sum / s.scans, scratch)) clean.push_back(scratch.white);
  }
  double of_clean = 0;
  for (const auto& white : clean) of_clean += fraction(white) / static_cast<double>(clean.size());
  response_ = Eigen::MatrixXd::Zero(std::min(paths_.rows() / kSlagSteps, kSlagsTried), kSlagSteps);
  for (Eigen::Index k = 0; k < response_.rows(); ++k) {
    const Eigen::Index slag = k * (paths_.rows() / kSlagSteps) / response_.rows();
    for (int step = 0; step < kSlagSteps; ++step) {
      const Eigen::VectorXd change = paths_.row(slag * kSlagSteps + step).transpose();
      if (kSlagShares[step] > kMostTried) {   // far beyond any limit of a mean: without the slices' own scatter
        response_(k, step) = fraction(change);
        continue;
      }
      for (const auto& white : clean) response_(k, step) += (fraction(white + change) - of_clean) / static_cast<double>(clean.size());
    }
  }
  return {};
}

SlagScreen::MeanLimit SlagScreen::mean_limit(double slices, double before_mean, double before_slices, double false_alarms) const {
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (!knows_lots() || !(slices >= 1)) return {none, none};
  // The lot's own level, as the slices before and what lots usually are let expect it.
  const double weight = before_slices > 0 ? clean_.lot / (clean_.lot + clean_.slice / before_slices) : 0;
  const double level = std::max(clean_.mean + weight * (before_mean - clean_.mean), 0.1 * clean_.mean + 1e-6);
  const double variance = (1 - weight) * clean_.lot + clean_.slice / slices;
  // Shares are never below none, so their means have the longer tail above: a scaled chi-squared of that mean and variance (Box 1954).
  const double dof = 2 * level * level / variance;
  MeanLimit out;
  out.limit = variance / (2 * level) * chi2_quantile(1 - false_alarms, dof);
  const double over = out.limit - level + normal_quantile(kFound) * std::sqrt(variance);
  std::vector<double> least;
  for (Eigen::Index k = 0; k < response_.rows(); ++k) {
    double from = 0, before = 0, found = 1;
    for (int step = 0; step < kSlagSteps; ++step) {
      if (response_(k, step) >= over) {
        found = from + (kSlagShares[step] - from) * (over - before) / (response_(k, step) - before);
        break;
      }
      from = kSlagShares[step];
      before = response_(k, step);
    }
    least.push_back(found);
  }
  std::ranges::sort(least);
  out.detection = sorted_quantile(least, kFound);
  return out;
}

}  // namespace beltwarden::spectra
