#include "science/spectra/one_class.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kOneClassKind = "ONEC";
constexpr std::uint32_t kOneClassVersion = 2;
constexpr double kTiny = 1e-300;
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
  if (auto learnt = treatment->fit(set.spectra, set.groups); !learnt) return learnt.error();
  OneClass model;
  model.treatment_ = std::move(*treatment);
  model.law_ = options.law;
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

  std::vector<Pca> fold_pca;
  for (int f = 0; f < options.folds; ++f) {
    auto pca = fit_pca(treated.x(rows_outside(fold, f, true), Eigen::all), components);
    if (!pca) return pca.error().within("one-class model");
    fold_pca.push_back(std::move(*pca));
  }
  std::map<std::uint32_t, int> fold_of_group;
  for (std::size_t i = 0; i < groups.size(); ++i) fold_of_group[groups[i]] = fold[i];
  std::vector<Groups> held_out(static_cast<std::size_t>(options.folds));
  for (const auto& [g, rows] : groups_of(set)) {
    if (const auto it = fold_of_group.find(g); it != fold_of_group.end()) held_out[static_cast<std::size_t>(it->second)].emplace(g, rows);
  }
  Eigen::VectorXd scores, rest;
  for (std::size_t scans = 1;; scans *= 2) {
    std::vector<Distance> clean;
    for (std::size_t f = 0; f < held_out.size(); ++f) {
      for (const auto& x : treated_means(model.treatment_, set, held_out[f], scans)) {
        clean.push_back(fold_pca[f].distance(x, scores, rest));
      }
    }
    if (clean.size() < kFewestMeans) break;
    model.calibration_.push_back(model.calibrated(static_cast<double>(scans), clean, options.false_alarms));
  }
  if (model.calibration_.empty()) return invalid_input("one-class model: expected at least 12 usable spectra");
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
  Eigen::VectorXd scores, rest;
  for (std::size_t scans = 1;; scans *= 2) {
    std::vector<Distance> distances;
    for (const auto& x : treated_means(treatment_, clean, groups, scans)) distances.push_back(pca_.distance(x, scores, rest));
    if (distances.size() < kFewestMeans) break;
    calibration.push_back(calibrated(static_cast<double>(scans), distances, false_alarms));
  }
  if (calibration.empty()) return invalid_input("one-class model: expected at least 12 usable rows to calibrate on");
  calibration_ = std::move(calibration);
  false_alarms_ = false_alarms;
  return {};
}

OneClass::Calibration OneClass::calibrated(double scans, const std::vector<Distance>& clean, double false_alarms) const {
  Calibration c{.scans = scans, .count = static_cast<double>(clean.size()), .data_driven = {}};
  if (law_ == OneClassLaw::kDataDriven) {
    if (auto law = DdSimca::fit(clean, false)) c.data_driven = std::move(*law);
  }
  std::vector<double> t2, q, logs;
  for (const auto& d : clean) t2.push_back(d.t2), q.push_back(d.q);
  c.t2_99 = std::max(q_limit_box(0.99, t2), kTiny);
  c.q_99 = std::max(q_limit_box(0.99, q), kTiny);
  c.mean = c.sd = 0;
  for (const auto& d : clean) logs.push_back(std::log(std::max(c.index(d), kTiny)));
  for (double v : logs) c.mean += v / c.count;
  for (double v : logs) c.sd += (v - c.mean) * (v - c.mean) / (c.count - 1);
  c.sd = std::sqrt(c.sd);
  // A heavier tail than the log-normal's (wet ore beside dry) widens it: to the quantile where the rows suffice to see it,
  // else so far that no clean row seen lies above.
  std::ranges::sort(logs);
  const double seen = std::min(sorted_quantile(logs, 1 - false_alarms), logs.back());
  const double reach = std::sqrt(1 + 1 / c.count) * t_quantile(1 - false_alarms, c.count - 1);
  c.sd = std::max(c.sd, (seen - c.mean) / reach);
  return c;
}

// The prediction limit for one more mean: Student's t, because mean and sd are themselves estimates from few slices.
double OneClass::Calibration::limit(double false_alarms) const {
  if (data_driven) return data_driven->limit(std::clamp(false_alarms, 1e-9, 0.49));
  return std::exp(mean + sd * std::sqrt(1 + 1 / count) * t_quantile(1 - std::clamp(false_alarms, 1e-9, 0.49), count - 1));
}

// The most scans that were calibrated and are not more than there are: a mean of more is quieter still.
const OneClass::Calibration& OneClass::calibration_for(double scans) const {
  std::size_t at = 0;
  while (at + 1 < calibration_.size() && calibration_[at + 1].scans <= scans) ++at;
  return calibration_[at];
}

double OneClass::limit(double scans, double false_alarms) const { return calibration_for(scans).limit(false_alarms); }

OneClass::Judgement OneClass::judge(Eigen::Ref<const Eigen::VectorXd> spectrum, double scans, Scratch& scratch) const {
  Judgement j;
  scratch.treated.resize(treatment_.outputs());
  if (!treatment_.apply(spectrum, scratch.treatment, scratch.treated)) return j;
  const auto d = pca_.distance(scratch.treated, scratch.scores, scratch.rest);
  const auto& calibration = calibration_for(scans);
  j.valid = true;
  j.t2 = d.t2;
  j.q = d.q;
  j.index = calibration.index(d);
  j.limit = calibration.limit(false_alarms_);
  return j;
}

std::string OneClass::to_bytes() const {
  ModelWriter to;
  treatment_.write(to);
  pca_.write(to);
  to.f64(false_alarms_);
  to.u32(static_cast<std::uint32_t>(calibration_.size()));
  for (const auto& c : calibration_) {
    for (double v : {c.scans, c.t2_99, c.q_99, c.mean, c.sd, c.count}) to.f64(v);
    to.u32(c.data_driven ? 1 : 0);
    if (c.data_driven) c.data_driven->write(to);
  }
  return to.finish(kOneClassKind, kOneClassVersion);
}

Result<OneClass> OneClass::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kOneClassKind, kOneClassVersion);
  if (!from) return from.error();
  OneClass m;
  m.treatment_ = Treatment::read(*from);
  m.pca_ = Pca::read(*from);
  m.false_alarms_ = from->f64();
  m.calibration_.resize(from->u32(32));
  for (auto& c : m.calibration_) {
    for (double* v : {&c.scans, &c.t2_99, &c.q_99, &c.mean, &c.sd, &c.count}) *v = from->f64();
    if (from->version() >= 2 && from->u32(1) == 1) c.data_driven = DdSimca::read(*from);
    if (from->ok() && !(c.count >= 2 && c.scans >= 1 && c.t2_99 > 0 && c.q_99 > 0)) from->fail("calibration of too few rows");
  }
  if (from->ok() && (m.pca_.mean.size() != m.treatment_.outputs() || m.calibration_.empty() || !(m.false_alarms_ > 0))) {
    from->fail("parts do not fit the treatment");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  if (m.calibration_.front().data_driven) m.law_ = OneClassLaw::kDataDriven;
  return m;
}

}  // namespace beltwarden::spectra
