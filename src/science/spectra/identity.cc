#include "science/spectra/identity.h"

#include <algorithm>
#include <cmath>

#include "science/spectra/identity_search.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kIdentityKind = "IDEN";
constexpr std::uint32_t kIdentityVersion = 3;
constexpr std::size_t kMaxClasses = 256;

}  // namespace

std::vector<std::vector<Step>> identity_treatments() {
  std::vector<std::vector<Step>> out;
  for (const char* text : {"raw", "snv", "sg(9,2,1)", "snv,sg(9,2,1)", "sg(9,2,1),snv", "absorbance,sg(11,2,1),snv", "sg(15,3,2),snv"}) {
    out.push_back(parse_steps(text).value());
  }
  return out;
}

Result<Identity> Identity::fit(TrainingSet set, const IdentityOptions& options) {
  if (auto ok = complete(set); !ok) return ok.error();
  Identity model;
  model.classes_ = classes_of(set);
  const int classes = static_cast<int>(model.classes_.size());
  if (classes < 2 || model.classes_.size() > kMaxClasses || options.folds < 2) {
    return invalid_input("identity: expected 2 to 256 classes and at least 2 folds, found " + std::to_string(classes) + " and " + std::to_string(options.folds));
  }
  const auto used = options.used.empty() ? points_present(set.spectra) : options.used;
  if (options.fill_gaps) {
    model.filler_ = GapFiller::fit(set.spectra, used);
    if (model.filler_.active()) {
      Eigen::VectorXd row;
      for (Eigen::Index i = 0; i < set.rows(); ++i) {
        row = set.spectra.row(i).transpose();
        if (model.filler_.fill(row)) set.spectra.row(i) = row.transpose();
      }
    }
  }
  auto found = identity_search::search(set, model.classes_, used, options);
  if (!found) return found.error();
  model.trials_ = std::move(found->trials);
  model.treatment_ = std::move(found->treatment);
  const auto rows = identity_search::labelled(model.treatment_, set, model.classes_);
  auto pls = fit_pls(rows.x, identity_search::memberships(rows.label, classes), found->pls.components);
  if (!pls) return pls.error().within("identity");
  model.pls_ = std::move(*pls);
  const auto d = identity_search::discriminate((rows.x.rowwise() - model.pls_.mean_x) * model.pls_.rotations, rows.label, classes);
  model.centres_ = d.centres;
  model.whitening_ = d.whitening;
  auto& distance = found->pls.distances;
  auto& rest = found->pls.rests;
  model.q_limit_ = q_limit_box(1 - options.rejection, rest);
  model.distance_limit_ = q_limit_box(1 - options.rejection, distance);   // a scaled chi-squared fits both
  std::ranges::sort(distance);
  std::ranges::sort(rest);
  model.distance_limit_ = std::max(model.distance_limit_, sorted_quantile(distance, 1 - options.rejection));
  model.q_limit_ = std::max(model.q_limit_, sorted_quantile(rest, 1 - options.rejection));
  if (const auto& best = found->decider) {
    model.standard_ = StandardScores::fit(rows.x);
    auto decider = Decider::fit(model.standard_.apply(rows.x), model.standard_.columns, rows.label, classes, best->options);
    if (!decider) return decider.error().within("identity");
    model.decider_ = std::move(*decider);
    model.sharpness_ = calibrate_sharpness(best->values, best->label);
  }
  if (!options.treatments.empty()) {
    const auto& steps = model.treatment_.steps();
    const bool absorbance = !steps.empty() && steps.front().kind == Step::Kind::kAbsorbance;
    auto gate = ClassGate::fit(set, model.classes_, absorbance ? std::vector<Step>{steps.front()} : std::vector<Step>{}, used, options.rejection,
                               options.folds, options.seed);
    if (gate) model.gate_ = std::move(*gate);   // few rows a class: the discriminants' own limits stay
  }
  model.settle();
  return model;
}

std::string Identity::method() const {
  if (decider_) return identity_search::describe(decider_->options());
  return "PLS discriminants, " + std::to_string(pls_.components()) + " components";
}

Identity::Judgement Identity::judge(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s, std::vector<double>* confidences) const {
  s.treated.resize(treatment_.outputs());
  if (filler_.active()) {
    s.filled = spectrum;
    if (!filler_.fill(s.filled)) return {};
    return judge_filled(s.filled, s, confidences);
  }
  return judge_filled(spectrum, s, confidences);
}

Identity::Judgement Identity::judge_filled(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& s, std::vector<double>* confidences) const {
  if (!treatment_.apply(spectrum, s.treatment, s.treated)) return {};
  auto j = judge_treated(s.treated, s, confidences);
  if (!gate_) return j;
  const auto a = gate_->judge(spectrum, s.gate);
  j.distance = a.distance, j.distance_limit = gate_->distance_limit();
  j.q = a.q, j.q_limit = gate_->q_limit();
  j.known = a.valid && j.distance <= j.distance_limit && j.q <= j.q_limit;
  return j;
}

Identity::Judgement Identity::judge_treated(const Eigen::VectorXd& treated, Scratch& s, std::vector<double>* confidences) const {
  Judgement j;
  j.q = plane_.distance(treated, s.scores).q;
  j.q_limit = q_limit_;
  j.valid = true;
  const auto classes = white_centres_.cols();
  s.distances.resize(classes);
  s.off.resize(s.scores.size());
  s.off.noalias() = whitening_ * s.scores;
  for (Eigen::Index c = 0; c < classes; ++c) s.distances[c] = (white_centres_.col(c) - s.off).squaredNorm();
  Eigen::Index nearest = 0;
  j.distance = s.distances.minCoeff(&nearest);
  j.distance_limit = distance_limit_;
  double sharpness = 0.5;
  s.values.resize(classes);
  if (decider_) {
    if (linear_.columns() > 0) {
      linear_.products(treated.data(), standard_.mean.data(), s.values.data());
      s.values += linear_offsets_;
    } else {
      s.turned.resize(rotation_.columns());
      rotation_.products(treated.data(), standard_.mean.data(), s.turned.data());
      decider_->values(s.turned, s.rest, s.values);
    }
    s.values.maxCoeff(&nearest);
    sharpness = sharpness_;
  } else {
    s.values = -s.distances;
  }
  j.class_index = static_cast<int>(nearest);
  // Posteriors of equal priors, in place.
  const double most = s.values[nearest];
  s.values = (sharpness * (s.values.array() - most)).exp();
  s.values /= s.values.sum();
  j.confidence = s.values[nearest];
  if (confidences != nullptr) confidences->assign(s.values.begin(), s.values.end());
  j.known = j.distance <= distance_limit_ && j.q <= q_limit_;
  return j;
}

// What prediction needs beyond what is kept: columns laid out for one reading, steps that are linear folded into one.
void Identity::settle() {
  plane_ = Plane(pls_);
  white_centres_ = whitening_ * centres_.transpose();
  if (!decider_) return;
  const Eigen::MatrixXd rotation = standard_.scale.cwiseInverse().asDiagonal() * standard_.rotation;
  const auto linear = decider_->linear();
  if (linear.weights.cols() > 0) {
    linear_ = lanes::Packed<double>(rotation * linear.weights);
    linear_offsets_ = linear.offsets;
  } else {
    rotation_ = lanes::Packed<double>(rotation);
  }
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
  filler_.write(to);
  to.u32(decider_ ? 1 : 0);
  if (decider_) {
    standard_.write(to);
    decider_->write(to);
    to.f64(sharpness_);
  }
  to.u32(gate_ ? 1 : 0);
  if (gate_) gate_->write(to);
  return to.finish(kIdentityKind, kIdentityVersion);
}

Result<Identity> Identity::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kIdentityKind, kIdentityVersion);
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
  if (from->version() >= 2) {
    m.filler_ = GapFiller::read(*from);
    if (from->u32(1) == 1) {
      m.standard_ = StandardScores::read(*from);
      m.decider_ = Decider::read(*from);
      m.sharpness_ = from->f64();
      if (from->ok() && !m.decider_->fits(m.standard_.rotation.cols(), static_cast<Eigen::Index>(m.classes_.size()))) from->fail("the method does not fit the classes");
      if (from->ok() && m.standard_.mean.size() != m.treatment_.outputs()) from->fail("standardised scores do not fit the treatment");
    }
  }
  if (from->version() >= 3 && from->u32(1) == 1) {
    m.gate_ = ClassGate::read(*from);
    if (from->ok() && !m.gate_->fits(m.treatment_.axis_nm())) from->fail("the gate does not fit the axis");
  }
  const auto a = m.pls_.rotations.cols();
  if (m.pls_.mean_x.size() != m.treatment_.outputs() || m.centres_.cols() != a || m.whitening_.rows() != a ||
      m.whitening_.cols() != a || m.centres_.rows() != static_cast<Eigen::Index>(m.classes_.size()) || m.classes_.empty() ||
      m.pls_.mean_x.size() < a) {
    from->fail("identity parts do not fit each other");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  m.settle();
  return m;
}

}  // namespace beltwarden::spectra
