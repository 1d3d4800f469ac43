#include "science/spectra/slag_screen.h"

#include <algorithm>
#include <cmath>

#include "science/spectra/linear_algebra.h"
#include "science/spectra/slag_screen_parts.h"
#include "science/spectra/slag_templates.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
using namespace slag_parts;
namespace {

constexpr std::size_t kFewestForLimit = 12;     // a limit from fewer is a guess
constexpr double kToOthers = 0.2;            // share of the other brands' covariance
constexpr double kToUnit = 3e-4;             // share of the mean variance

struct Clean {
  Eigen::VectorXd mean;
  Eigen::MatrixXd whitening;
};

Clean describe(const Eigen::MatrixXd& x, const Eigen::MatrixXd& others) {
  Eigen::MatrixXd covariance = covariance_of(x);
  if (others.rows() > 0) covariance = (1 - kToOthers) * covariance + kToOthers * others;
  const Eigen::Index p = x.cols();
  covariance.diagonal().array() += kToUnit * covariance.trace() / static_cast<double>(p) + 1e-12;
  return {x.colwise().mean().transpose(),
          Cholesky(covariance).whitening()};
}

// As a file holds it, so that a model judges alike before and after.
Eigen::MatrixXd stored(const Eigen::MatrixXd& x) { return x.cast<float>().cast<double>(); }

// Means of how many scans can be calibrated: 1, 2, 4 ... and the usual number itself.
std::vector<std::size_t> scan_counts(const Groups& groups) {
  std::vector<std::size_t> sizes;
  for (const auto& [g, rows] : groups) {
    if (rows.size() > 1) sizes.push_back(rows.size());
  }
  std::vector<std::size_t> counts = {1};
  if (sizes.empty()) return counts;
  std::ranges::sort(sizes);
  const std::size_t usual = sizes[sizes.size() / 2];
  for (std::size_t n = 2; n < usual; n *= 2) counts.push_back(n);
  counts.push_back(usual);
  return counts;
}

}  // namespace

Eigen::MatrixXd slag_parts::bin(const Eigen::MatrixXd& x, Eigen::Index bins) {
  if (x.cols() == bins) return x;
  Eigen::MatrixXd out(x.rows(), bins);
  for (Eigen::Index b = 0; b < bins; ++b) {
    const Eigen::Index from = b * x.cols() / bins, to = (b + 1) * x.cols() / bins;
    out.col(b) = x.middleCols(from, to - from).rowwise().mean();
  }
  return out;
}

Result<SlagScreen> SlagScreen::fit(TrainingSet clean, const TrainingSet& others, const std::optional<ReferenceLibrary>& library,
                                   const ScreenOptions& options) {
  if (auto ok = complete(clean); !ok) return ok.error().within("slag screen");
  if (!(options.false_alarms > 0 && options.false_alarms < 0.5) || options.folds < 2 || options.slags < 1 ||
      !(options.slag_share_of_alarms > 0 && options.slag_share_of_alarms < 1)) {
    return invalid_input("slag screen: expected false alarms between 0 and 0.5, at least 2 folds and 1 slag");
  }
  auto used = options.used.empty() ? points_present(clean.spectra) : options.used;
  auto treatment = Treatment::make(clean.axis_nm, {{Step::Kind::kAbsorbance}}, used);
  if (!treatment) return treatment.error().within("slag screen");
  SlagScreen m;
  m.treatment_ = std::move(*treatment);
  m.false_alarms_ = options.false_alarms;
  m.slag_share_of_alarms_ = options.slag_share_of_alarms;
  m.bins_ = std::min(m.treatment_.outputs(), kMostBins);
  const auto treated = treat(m.treatment_, clean);
  if (treated.x.rows() < kFewestRows) {
    return invalid_input("slag screen: expected at least 30 usable spectra of clean ore, found " + std::to_string(treated.x.rows()));
  }
  const Eigen::MatrixXd x = bin(treated.x, m.bins_);
  Eigen::MatrixXd shared;
  double other_brands = 0;
  for (const auto& name : classes_of(others)) {
    const auto rows = treat(m.treatment_, rows_of(others, name));
    if (rows.x.rows() < kFewestRows) continue;
    const Eigen::MatrixXd c = covariance_of(bin(rows.x, m.bins_));
    shared = other_brands == 0 ? c : Eigen::MatrixXd(shared + c);
    other_brands += 1;
  }
  if (other_brands > 0) shared /= other_brands;

  const auto whole = describe(x, shared);
  m.mean_ = whole.mean;
  m.whitening_ = whole.whitening;
  Eigen::MatrixXd changes;
  std::optional<ReferenceLibrary> here;
  const Eigen::VectorXd brand = treated.x.colwise().mean().transpose();
  if (library) {
    std::vector<double> axis;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (used[i]) axis.push_back(clean.axis_nm[i]);
    }
    auto moved = library->on(axis);
    if (!moved) return moved.error().within("slag screen");
    here = std::move(*moved);
    changes = bin(draw_slag_paths(here->slag(), brand, options.slags, options.seed).change, m.bins_);
    m.paths_ = changes * m.whitening_.transpose();
    m.members_ = bin(member_paths(*here, brand).change, m.bins_) * m.whitening_.transpose();
    m.paths_ = stored(m.paths_), m.members_ = stored(m.members_);
    m.trials_.resize(kLaws * kTrials * kSlagSteps, m.bins_);
    m.trials_ << bin(draw_slags_of_any_grain(here->slag(), brand, kTrials, options.seed + 3, MixingLaw::kAlbedo).change, m.bins_) * m.whitening_.transpose(),
        bin(draw_slags_of_any_grain(here->slag(), brand, kTrials, options.seed + 3, MixingLaw::kKubelkaMunk).change, m.bins_) * m.whitening_.transpose();
    m.trials_ = stored(m.trials_);
    for (const auto& member : here->members()) m.member_names_.push_back(member.name), m.member_kinds_.push_back(member.kind);
    if (m.member_names_.size() > kMostMembers) return invalid_input("slag screen: a library of more than 256 members");
  }
  m.settle();

  // Statistics of clean means that the fold's description has not seen.
  Groups groups;
  std::vector<std::uint32_t> row_groups;
  for (std::size_t i = 0; i < treated.row.size(); ++i) {
    const auto g = clean.groups[static_cast<std::size_t>(treated.row[i])];
    row_groups.push_back(g);
    groups[g].push_back(treated.row[i]);
  }
  std::vector<std::uint32_t> row_lots;
  for (auto row : treated.row) {
    if (!clean.lots.empty()) row_lots.push_back(clean.lots[static_cast<std::size_t>(row)]);
  }
  const auto fold = deal_folds(row_lots.empty() ? row_groups : row_lots, options.folds, options.seed);
  const auto counts = scan_counts(groups);
  std::vector<std::vector<double>> like(counts.size()), strange(counts.size());
  std::vector<double> slices(counts.size(), 0);
  std::vector<std::vector<Eigen::VectorXd>> unseen(counts.size());   // whitened means that their fold had not seen
  std::vector<std::pair<Eigen::Index, std::vector<NearestOnPath>>> slices_unseen;   // the first row of a slice, and what its mean looks like
  Scratch s;
  for (int f = 0; f < options.folds; ++f) {
    std::vector<int> inside;
    Groups outside;
    for (std::size_t i = 0; i < fold.size(); ++i) {
      if (fold[i] == f) outside[row_groups[i]].push_back(treated.row[i]);
      else inside.push_back(static_cast<int>(i));
    }
    SlagScreen part;
    part.treatment_ = m.treatment_;
    part.bins_ = m.bins_;
    auto described = describe(x(inside, Eigen::all), shared);
    part.mean_ = std::move(described.mean);
    part.whitening_ = std::move(described.whitening);
    if (here) part.paths_ = changes * part.whitening_.transpose();
    part.settle();
    for (const auto& [g, rows] : outside) {
      if (!here || !options.means) break;
      if (part.whiten(clean.spectra(rows, Eigen::all).colwise().mean().transpose(), s)) slices_unseen.emplace_back(rows.front(), part.nearest(s.white));
    }
    for (std::size_t c = 0; c < counts.size(); ++c) {
      for (const auto& [g, rows] : outside) {
        if (counts[c] > 1 && rows.size() < counts[c]) continue;
        slices[c] += 1;
        for (std::size_t first = 0; first + counts[c] <= rows.size(); first += counts[c]) {
          Eigen::VectorXd mean = Eigen::VectorXd::Zero(clean.spectra.cols());
          for (std::size_t k = 0; k < counts[c]; ++k) mean += clean.spectra.row(rows[first + k]).transpose();
          mean /= static_cast<double>(counts[c]);
          if (!part.whiten(mean, s)) continue;
          unseen[c].push_back(s.white);
          strange[c].push_back(std::log(std::max(s.white.squaredNorm(), 1e-12)));
          if (here) like[c].push_back(part.likeness(s.white, s.gains));
        }
      }
    }
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (strange[c].size() < kFewestForLimit || slices[c] < static_cast<double>(kFewestForLimit)) continue;
    m.levels_.push_back(m.level_of(static_cast<double>(counts[c]), slices[c], unseen[c], like[c], strange[c]));
  }
  if (m.levels_.empty()) return invalid_input("slag screen: expected at least 12 usable clean slices");
  if (m.levels_.size() == 1) {
    m.held_out_.resize(static_cast<Eigen::Index>(unseen[0].size()), m.bins_);
    for (std::size_t i = 0; i < unseen[0].size(); ++i) m.held_out_.row(static_cast<Eigen::Index>(i)) = unseen[0][i].transpose();
  }

  if (here) {
    m.calibrate_fraction(*here, x, treated.x, brand, options);
  }
  if (slices_unseen.empty()) return m;
  CleanSlices seen;
  for (const auto& [first, near] : slices_unseen) {
    double share = 0, std = 0;
    m.weigh(near, share, std);
    seen.share.push_back(share);
    if (!clean.lots.empty()) seen.lots.push_back(clean.lots[static_cast<std::size_t>(first)]);
    const auto& rows = groups[clean.groups[static_cast<std::size_t>(first)]];
    if (seen.white.size() < kSlicesTried && m.whiten(clean.spectra(rows, Eigen::all).colwise().mean().transpose(), s)) seen.white.push_back(s.white);
  }
  if (auto ok = m.learn_means(seen); !ok) return ok.error();
  return m;
}

double slag_parts::least_share(const Eigen::MatrixXd& grown, double at_none, double needed) {
  double most = 0;
  const Eigen::Index slags = grown.rows() / kLaws;
  for (Eigen::Index law = 0; law < kLaws; ++law) {
    std::vector<double> least;
    for (Eigen::Index k = law * slags; k < (law + 1) * slags; ++k) {
      double from = 0, before = at_none, found = 1;
      for (int step = 0; step < kSlagSteps; ++step) {
        if (grown(k, step) >= needed) {
          found = before >= needed ? from : from + (kSlagShares[step] - from) * (needed - before) / (grown(k, step) - before);
          break;
        }
        from = kSlagShares[step];
        before = grown(k, step);
      }
      least.push_back(found);
    }
    std::ranges::sort(least);
    most = std::max(most, sorted_quantile(least, kFound));
  }
  return most > kMostStated ? 1 : most;
}

Result<SlagScreens> fit_slag_screens(TrainingSet clean, std::optional<ReferenceLibrary> library, const ScreenOptions& options,
                                     const std::function<void(const std::string& brand, double share)>& progress) {
  if (auto ok = complete(clean); !ok) return ok.error().within("slag screen");
  if (clean.classes.empty()) clean.classes.assign(static_cast<std::size_t>(clean.rows()), "");
  ScreenOptions o = options;
  if (o.used.empty()) o.used = points_present(clean.spectra);
  if (!library) {
    double low = 1, high = 0;
    for (double v : clean.spectra.reshaped()) {
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    }
    if (clean.axis_nm.front() >= 340 && clean.axis_nm.back() <= 2510 && low >= -0.05 && high > 0.02 && high <= 1.5) {
      auto generated = ReferenceLibrary::generated_slag(clean.axis_nm);
      if (generated) library = std::move(*generated);
    }
  }
  SlagScreens out;
  const auto brands = classes_of(clean);
  for (const auto& name : brands) {
    if (progress) progress(name, static_cast<double>(out.size()) / static_cast<double>(brands.size()));
    std::vector<Eigen::Index> rest;
    for (std::size_t i = 0; i < clean.classes.size(); ++i) {
      if (clean.classes[i] != name) rest.push_back(static_cast<Eigen::Index>(i));
    }
    TrainingSet others;
    others.axis_nm = clean.axis_nm;
    others.spectra = clean.spectra(rest, Eigen::all);
    for (auto r : rest) {
      others.classes.push_back(clean.classes[static_cast<std::size_t>(r)]);
      others.groups.push_back(clean.groups[static_cast<std::size_t>(r)]);
    }
    auto screen = SlagScreen::fit(rows_of(clean, name), others, library, o);
    if (!screen) return screen.error().within(name);
    out.emplace_back(name, std::move(*screen));
  }
  return out;
}

}  // namespace beltwarden::spectra
