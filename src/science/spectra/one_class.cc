#include "science/spectra/one_class.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/regression.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kKind = "ONEC";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFewestMeans = 12;   // a log-normal fitted to fewer is a guess

using Groups = std::map<std::uint32_t, std::vector<Eigen::Index>>;

Groups groups_of(const TrainingSet& set) {
  Groups out;
  for (Eigen::Index i = 0; i < set.rows(); ++i) out[set.groups[static_cast<std::size_t>(i)]].push_back(i);
  return out;
}

// Treated means of `scans` scans, disjoint, of each group.
std::vector<Eigen::VectorXd> treated_means(const Treatment& treatment, const TrainingSet& set, const Groups& groups,
                                           std::size_t scans) {
  std::vector<Eigen::VectorXd> out;
  Treatment::Scratch scratch;
  Eigen::VectorXd treated(treatment.outputs());
  for (const auto& [group, rows] : groups) {
    for (std::size_t first = 0; first + scans <= rows.size(); first += scans) {
      Eigen::VectorXd mean = Eigen::VectorXd::Zero(set.spectra.cols());
      for (std::size_t k = 0; k < scans; ++k) mean += set.spectra.row(rows[first + k]).transpose();
      mean /= static_cast<double>(scans);
      if (treatment.apply(mean, scratch, treated)) out.push_back(treated);
    }
  }
  return out;
}

double index_of(const Pca& pca, double t2_99, double q_99, const Eigen::VectorXd& x) {
  Eigen::VectorXd scores, rest;
  const auto d = pca.distance(x, scores, rest);
  return d.t2 / t2_99 + d.q / q_99;
}

std::vector<int> rows_outside(const std::vector<int>& fold, int f, bool inside) {
  std::vector<int> out;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    if ((fold[i] == f) != inside) out.push_back(static_cast<int>(i));
  }
  return out;
}

}  // namespace

Result<OneClass> OneClass::fit(TrainingSet set, const OneClassOptions& options) {
  if (auto ok = complete(set); !ok) return ok.error();
  if (!(options.false_alarms > 0 && options.false_alarms < 0.5) || options.folds < 2) {
    return invalid_input("one-class model: expected false alarms between 0 and 0.5 and at least 2 folds");
  }
  auto treatment = Treatment::make(set.axis_nm, options.steps, options.used.empty() ? points_present(set.spectra) : options.used);
  if (!treatment) return treatment.error();
  OneClass model;
  model.treatment_ = std::move(*treatment);
  model.false_alarms_ = options.false_alarms;
  const auto treated = treat(model.treatment_, set);
  if (treated.x.rows() < 3 * options.folds) {
    return invalid_input("one-class model: expected at least " + std::to_string(3 * options.folds) +
                         " usable spectra, found " + std::to_string(treated.x.rows()));
  }
  std::vector<std::uint32_t> groups;
  for (auto r : treated.row) groups.push_back(set.groups[static_cast<std::size_t>(r)]);
  const auto fold = deal_folds(groups, options.folds, options.seed);
  const int components = static_cast<int>(std::min<Eigen::Index>(options.components, treated.x.rows() / 2));

  // Held-out distances of single rows give the 99 % points; held-out means give the limits by number of scans.
  std::vector<double> t2, q;
  std::vector<Pca> fold_pca;
  Eigen::VectorXd scores, rest;
  for (int f = 0; f < options.folds; ++f) {
    auto pca = fit_pca(treated.x(rows_outside(fold, f, true), Eigen::all), components);
    if (!pca) return pca.error().within("one-class model");
    for (int i : rows_outside(fold, f, false)) {
      const auto d = pca->distance(treated.x.row(i).transpose(), scores, rest);
      t2.push_back(d.t2);
      q.push_back(d.q);
    }
    fold_pca.push_back(std::move(*pca));
  }
  std::ranges::sort(t2);
  std::ranges::sort(q);
  model.t2_99_ = std::max(sorted_quantile(t2, 0.99), 1e-300);
  model.q_99_ = std::max(sorted_quantile(q, 0.99), 1e-300);

  std::map<std::uint32_t, int> fold_of_group;
  for (std::size_t i = 0; i < groups.size(); ++i) fold_of_group[groups[i]] = fold[i];
  const auto by_group = groups_of(set);
  for (std::size_t scans = 1;; scans *= 2) {
    std::vector<double> logs;
    for (int f = 0; f < options.folds; ++f) {
      Groups held_out;
      for (const auto& [g, rows] : by_group) {
        const auto it = fold_of_group.find(g);
        if (it != fold_of_group.end() && it->second == f) held_out.emplace(g, rows);
      }
      for (const auto& x : treated_means(model.treatment_, set, held_out, scans)) {
        logs.push_back(std::log(std::max(
            index_of(fold_pca[static_cast<std::size_t>(f)], model.t2_99_, model.q_99_, x), 1e-12)));
      }
    }
    if (logs.size() < kFewestMeans) break;
    model.calibration_.push_back(summarise(static_cast<double>(scans), logs, options.false_alarms));
  }
  auto pca = fit_pca(treated.x, components);
  if (!pca) return pca.error().within("one-class model");
  model.pca_ = std::move(*pca);
  return model;
}

Result<void> OneClass::calibrate(TrainingSet clean, double false_alarms) {
  if (auto ok = complete(clean); !ok) return ok.error();
  if (clean.axis_nm != treatment_.axis_nm()) return invalid_input("one-class model: calibration rows have another axis");
  if (!(false_alarms > 0 && false_alarms < 0.5)) return invalid_input("one-class model: false alarms out of 0 ... 0.5");
  const auto groups = groups_of(clean);
  std::vector<Calibration> calibration;
  for (std::size_t scans = 1;; scans *= 2) {
    std::vector<double> logs;
    for (const auto& x : treated_means(treatment_, clean, groups, scans)) {
      logs.push_back(std::log(std::max(index_of(pca_, t2_99_, q_99_, x), 1e-12)));
    }
    if (logs.size() < kFewestMeans) break;
    calibration.push_back(summarise(static_cast<double>(scans), logs, false_alarms));
  }
  if (calibration.empty()) return invalid_input("one-class model: expected at least 12 usable rows to calibrate on");
  calibration_ = std::move(calibration);
  false_alarms_ = false_alarms;
  return {};
}

OneClass::Calibration OneClass::summarise(double scans, std::vector<double>& logs, double false_alarms) {
  const double n = static_cast<double>(logs.size());
  Calibration c{scans, 0, 0, n};
  for (double v : logs) c.mean += v / n;
  for (double v : logs) c.sd += (v - c.mean) * (v - c.mean) / (n - 1);
  c.sd = std::sqrt(c.sd);
  // Where the rows suffice to see the quantile, a heavier tail than the log-normal's widens it.
  if (n * false_alarms >= 1) {
    std::ranges::sort(logs);
    const double seen = (sorted_quantile(logs, 1 - false_alarms) - c.mean) / normal_quantile(1 - false_alarms);
    c.sd = std::max(c.sd, seen);
  }
  return c;
}

// The prediction limit for one more mean: Student's t, because mean and sd are themselves estimates from few slices.
double OneClass::log_limit(const Calibration& c, double false_alarms) {
  return c.mean + c.sd * std::sqrt(1 + 1 / c.count) * t_quantile(1 - false_alarms, c.count - 1);
}

double OneClass::limit(double scans, double false_alarms) const {
  if (calibration_.empty()) return 2;
  false_alarms = std::clamp(false_alarms, 1e-9, 0.5);
  auto after = std::ranges::find_if(calibration_, [&](const Calibration& c) { return c.scans >= scans; });
  if (after == calibration_.begin()) return std::exp(log_limit(*after, false_alarms));
  // More scans than were calibrated: the limit of the most that were, which errs towards no alarm.
  if (after == calibration_.end()) return std::exp(log_limit(calibration_.back(), false_alarms));
  const auto before = after - 1;
  const double w = std::log(scans / before->scans) / std::log(after->scans / before->scans);
  return std::exp(log_limit(*before, false_alarms) * (1 - w) + log_limit(*after, false_alarms) * w);
}

OneClass::Judgement OneClass::judge(Eigen::Ref<const Eigen::VectorXd> spectrum, double scans, Scratch& scratch) const {
  Judgement j;
  scratch.treated.resize(treatment_.outputs());
  if (!treatment_.apply(spectrum, scratch.treatment, scratch.treated)) return j;
  const auto d = pca_.distance(scratch.treated, scratch.scores, scratch.rest);
  j.valid = true;
  j.t2 = d.t2;
  j.q = d.q;
  j.index = d.t2 / t2_99_ + d.q / q_99_;
  j.limit = limit(scans, false_alarms_);
  return j;
}

std::string OneClass::to_bytes() const {
  ModelWriter to;
  treatment_.write(to);
  pca_.write(to);
  for (double v : {t2_99_, q_99_, false_alarms_}) to.f64(v);
  to.u32(static_cast<std::uint32_t>(calibration_.size()));
  for (const auto& c : calibration_) {
    for (double v : {c.scans, c.mean, c.sd, c.count}) to.f64(v);
  }
  return to.finish(kKind, kVersion);
}

Result<OneClass> OneClass::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kKind, kVersion);
  if (!from) return from.error();
  OneClass m;
  m.treatment_ = Treatment::read(*from);
  m.pca_ = Pca::read(*from);
  for (double* v : {&m.t2_99_, &m.q_99_, &m.false_alarms_}) *v = from->f64();
  m.calibration_.resize(from->u32(32));
  for (auto& c : m.calibration_) {
    for (double* v : {&c.scans, &c.mean, &c.sd, &c.count}) *v = from->f64();
    if (from->ok() && !(c.count >= 2 && c.scans >= 1)) from->fail("calibration of too few rows");
  }
  if (from->ok() && (m.pca_.mean.size() != m.treatment_.outputs() || !(m.t2_99_ > 0) || !(m.q_99_ > 0))) {
    from->fail("parts do not fit the treatment");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  return m;
}

}  // namespace beltwarden::spectra
