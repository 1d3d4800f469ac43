#include "science/spectra/identity.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "science/spectra/regression.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kKind = "IDEN";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxClasses = 256;

struct Discriminants {
  Eigen::MatrixXd centres, whitening;
};

// Class means and pooled covariance of scores; `label` in 0 ... classes-1.
Discriminants discriminate(const Eigen::MatrixXd& scores, const std::vector<int>& label, int classes) {
  const auto a = scores.cols();
  Discriminants d{Eigen::MatrixXd::Zero(classes, a), {}};
  Eigen::VectorXd count = Eigen::VectorXd::Zero(classes);
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    d.centres.row(label[static_cast<std::size_t>(i)]) += scores.row(i);
    count[label[static_cast<std::size_t>(i)]] += 1;
  }
  for (int c = 0; c < classes; ++c) d.centres.row(c) /= std::max(count[c], 1.0);
  Eigen::MatrixXd off = scores;
  for (Eigen::Index i = 0; i < scores.rows(); ++i) off.row(i) -= d.centres.row(label[static_cast<std::size_t>(i)]);
  Eigen::MatrixXd covariance =
      off.transpose() * off / std::max<double>(1, static_cast<double>(scores.rows() - classes));
  // A ridge far below the noise keeps nearly dependent scores from blowing up.
  covariance.diagonal().array() += 1e-9 * covariance.diagonal().maxCoeff() + 1e-300;
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  d.whitening = llt.matrixL().solve(Eigen::MatrixXd::Identity(a, a));
  return d;
}

Eigen::MatrixXd memberships(const std::vector<int>& label, int classes) {
  Eigen::MatrixXd y = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(label.size()), classes);
  for (std::size_t i = 0; i < label.size(); ++i) y(static_cast<Eigen::Index>(i), label[i]) = 1;
  return y;
}

template <class T>
std::vector<T> pick(const std::vector<T>& from, const std::vector<int>& rows) {
  std::vector<T> out;
  for (int r : rows) out.push_back(from[static_cast<std::size_t>(r)]);
  return out;
}

}  // namespace

Result<Identity> Identity::fit(TrainingSet set, const IdentityOptions& options) {
  if (auto ok = complete(set); !ok) return ok.error();
  Identity model;
  model.classes_ = classes_of(set);
  const int classes = static_cast<int>(model.classes_.size());
  if (classes < 2 || model.classes_.size() > kMaxClasses || options.folds < 2) {
    return invalid_input("identity: expected 2 to 256 classes and at least 2 folds, found " + std::to_string(classes) + " classes");
  }
  auto treatment = Treatment::make(set.axis_nm, options.steps, options.used.empty() ? points_present(set.spectra) : options.used);
  if (!treatment) return treatment.error();
  if (auto learnt = treatment->fit(set.spectra, set.groups); !learnt) return learnt.error();
  model.treatment_ = std::move(*treatment);
  const auto treated = treat(model.treatment_, set);
  std::vector<std::uint32_t> groups;
  std::vector<int> label;
  for (auto r : treated.row) {
    const auto i = static_cast<std::size_t>(r);
    groups.push_back(set.groups[i]);
    label.push_back(static_cast<int>(std::ranges::find(model.classes_, set.classes[i]) - model.classes_.begin()));
  }
  if (treated.x.rows() < 4 * options.folds) {
    return invalid_input("identity: expected at least " + std::to_string(4 * options.folds) + " usable spectra, found " +
                         std::to_string(treated.x.rows()));
  }
  const int most = options.components > 0 ? options.components : options.most_components;
  const auto fold = deal_folds(groups, options.folds, options.seed);

  // Held-out errors and distances for each number of components at once.
  std::vector<double> wrong(static_cast<std::size_t>(most), 0);
  std::vector<std::vector<double>> distances(static_cast<std::size_t>(most)), rests(static_cast<std::size_t>(most));
  int reached = most;
  for (int f = 0; f < options.folds; ++f) {
    std::vector<int> inside, outside;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? outside : inside).push_back(static_cast<int>(i));
    if (outside.empty()) continue;
    const auto inside_label = pick(label, inside);
    const auto pls = fit_pls(treated.x(inside, Eigen::all), memberships(inside_label, classes), most);
    if (!pls) return pls.error().within("identity");
    reached = std::min(reached, pls->components());
    const Eigen::MatrixXd in_scores = (treated.x(inside, Eigen::all).rowwise() - pls->mean_x) * pls->rotations;
    const Eigen::MatrixXd off = treated.x(outside, Eigen::all).rowwise() - pls->mean_x;
    const Eigen::MatrixXd out_scores = off * pls->rotations;
    Eigen::MatrixXd rest = off;
    for (int a = 1; a <= reached; ++a) {
      rest -= out_scores.col(a - 1) * pls->loadings.col(a - 1).transpose();
      const auto d = discriminate(in_scores.leftCols(a), inside_label, classes);
      const Eigen::MatrixXd centres = d.centres * d.whitening.transpose();
      const Eigen::MatrixXd scores = out_scores.leftCols(a) * d.whitening.transpose();
      for (std::size_t k = 0; k < outside.size(); ++k) {
        const auto row = static_cast<Eigen::Index>(k);
        Eigen::Index nearest = 0;
        const double distance = (centres.rowwise() - scores.row(row)).rowwise().squaredNorm().minCoeff(&nearest);
        wrong[static_cast<std::size_t>(a - 1)] += nearest != label[static_cast<std::size_t>(outside[k])];
        distances[static_cast<std::size_t>(a - 1)].push_back(distance);
        rests[static_cast<std::size_t>(a - 1)].push_back(rest.row(row).squaredNorm());
      }
    }
  }
  int components = reached;
  if (options.components == 0) {
    const double best = *std::min_element(wrong.begin(), wrong.begin() + reached);
    // One row more or less is no difference: the fewest components that come that near.
    for (int a = reached; a >= 1; --a) {
      if (wrong[static_cast<std::size_t>(a - 1)] <= best + 1) components = a;
    }
  }
  auto pls = fit_pls(treated.x, memberships(label, classes), components);
  if (!pls) return pls.error().within("identity");
  model.pls_ = std::move(*pls);
  components = model.pls_.components();
  const auto d = discriminate((treated.x.rowwise() - model.pls_.mean_x) * model.pls_.rotations, label, classes);
  model.centres_ = d.centres;
  model.whitening_ = d.whitening;
  auto& distance = distances[static_cast<std::size_t>(components - 1)];
  auto& rest = rests[static_cast<std::size_t>(components - 1)];
  model.q_limit_ = q_limit_box(1 - options.rejection, rest);
  model.distance_limit_ = q_limit_box(1 - options.rejection, distance);   // a scaled chi-squared fits both
  std::ranges::sort(distance);
  std::ranges::sort(rest);
  model.distance_limit_ = std::max(model.distance_limit_, sorted_quantile(distance, 1 - options.rejection));
  model.q_limit_ = std::max(model.q_limit_, sorted_quantile(rest, 1 - options.rejection));
  return model;
}

Identity::Judgement Identity::judge(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s, std::vector<double>* confidences) const {
  s.treated.resize(treatment_.outputs());
  if (!treatment_.apply(spectrum, s.treatment, s.treated)) return {};
  return judge_treated(s.treated, s, confidences);
}

Identity::Judgement Identity::judge_treated(const Eigen::VectorXd& treated, Scratch& s, std::vector<double>* confidences) const {
  Judgement j;
  j.q = pls_.distance(treated, s.scores, s.rest).q;
  j.q_limit = q_limit_;
  j.valid = true;
  const auto classes = centres_.rows();
  s.distances.resize(classes);
  for (Eigen::Index c = 0; c < classes; ++c) {
    s.rest.head(s.scores.size()) = s.scores - centres_.row(c).transpose();
    s.off.noalias() = whitening_ * s.rest.head(s.scores.size());
    s.distances[c] = s.off.squaredNorm();
  }
  Eigen::Index nearest = 0;
  j.distance = s.distances.minCoeff(&nearest);
  j.distance_limit = distance_limit_;
  j.class_index = static_cast<int>(nearest);
  j.confidence = 1 / ((j.distance - s.distances.array()) / 2).exp().sum();
  if (confidences != nullptr) {
    confidences->resize(static_cast<std::size_t>(classes));
    for (Eigen::Index c = 0; c < classes; ++c) {
      (*confidences)[static_cast<std::size_t>(c)] = std::exp((j.distance - s.distances[c]) / 2) * j.confidence;
    }
  }
  j.known = j.distance <= distance_limit_ && j.q <= q_limit_;
  return j;
}

int Identity::index_of(std::string_view name) const {
  const auto it = std::ranges::find(classes_, name);
  return it == classes_.end() ? -1 : static_cast<int>(it - classes_.begin());
}

std::string Identity::to_bytes() const {
  ModelWriter to;
  treatment_.write(to);
  to.u32(static_cast<std::uint32_t>(classes_.size()));
  for (const auto& c : classes_) to.text(c);
  pls_.write(to);
  to.matrix(centres_);
  to.matrix(whitening_);
  to.f64(distance_limit_);
  to.f64(q_limit_);
  return to.finish(kKind, kVersion);
}

Result<Identity> Identity::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kKind, kVersion);
  if (!from) return from.error();
  Identity m;
  m.treatment_ = Treatment::read(*from);
  m.classes_.resize(from->u32(kMaxClasses));
  for (auto& c : m.classes_) c = from->text();
  m.pls_ = Pls::read(*from);
  m.centres_ = from->matrix();
  m.whitening_ = from->matrix();
  m.distance_limit_ = from->f64();
  m.q_limit_ = from->f64();
  const auto a = m.pls_.rotations.cols();
  if (m.pls_.mean_x.size() != m.treatment_.outputs() || m.centres_.cols() != a || m.whitening_.rows() != a ||
      m.whitening_.cols() != a || m.centres_.rows() != static_cast<Eigen::Index>(m.classes_.size()) || m.classes_.empty() ||
      m.pls_.mean_x.size() < a) {
    from->fail("identity parts do not fit each other");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  return m;
}

}  // namespace beltwarden::spectra
