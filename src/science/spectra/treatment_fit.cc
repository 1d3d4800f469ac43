// What fitted steps learn, and how treatments are kept in models.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/rng.h"
#include "science/spectra/linear_algebra.h"
#include "science/spectra/treatment.h"
#include "science/spectra/treatment_steps.h"

namespace beltwarden::spectra {
namespace {

using Kind = Step::Kind;

constexpr std::uint32_t kNewForm = 0xBE170002;   // where the first form has its number of steps, at most 8
constexpr Eigen::Index kSmall = 400;             // up to here the whole Gram matrix is taken apart
constexpr int kRounds = 30;

// Rows minus the mean of their group; groups of one say nothing.
Eigen::MatrixXd differences(const Eigen::MatrixXd& x, std::span<const std::uint32_t> groups) {
  std::map<std::uint32_t, std::vector<Eigen::Index>> of;
  for (std::size_t i = 0; i < groups.size(); ++i) of[groups[i]].push_back(static_cast<Eigen::Index>(i));
  Eigen::MatrixXd out(x.rows(), x.cols());
  Eigen::Index n = 0;
  for (const auto& [group, rows] : of) {
    if (rows.size() < 2) continue;
    const Eigen::RowVectorXd mean = x(rows, Eigen::all).colwise().mean();
    for (const auto r : rows) out.row(n++) = x.row(r) - mean;
  }
  out.conservativeResize(n, Eigen::NoChange);
  return out;
}

// The first `k` right singular vectors, the largest element of each positive.
Eigen::MatrixXd greatest_directions(const Eigen::MatrixXd& d, int k) {
  const auto n = d.rows(), p = d.cols();
  Eigen::MatrixXd v(p, k);
  if (std::min(n, p) <= kSmall) {
    const bool tall = n > p;
    const SymmetricEigen eigen(tall ? Eigen::MatrixXd(d.transpose() * d) : Eigen::MatrixXd(d * d.transpose()));
    const Eigen::MatrixXd last = eigen.vectors.rightCols(k).rowwise().reverse();
    v = tall ? last : Eigen::MatrixXd(d.transpose() * last);
    v.colwise().normalize();
  } else {
    // Subspace iteration with a few columns to spare (Halko et al., SIAM Rev. 53 (2011) 217, algorithm 4.4).
    Rng rng(1);
    Eigen::MatrixXd q(p, k + 6);
    for (auto& value : q.reshaped()) value = rng.normal();
    for (int round = 0; round < kRounds; ++round) {
      q = orthonormal_basis(d.transpose() * (d * q));
    }
    const Eigen::MatrixXd image = d * q;
    const SymmetricEigen eigen(image.transpose() * image);
    v = q * eigen.vectors.rightCols(k).rowwise().reverse();
  }
  for (Eigen::Index c = 0; c < k; ++c) {
    Eigen::Index largest = 0;
    v.col(c).cwiseAbs().maxCoeff(&largest);
    if (v(largest, c) < 0) v.col(c) = -v.col(c);
  }
  return v;
}

std::vector<std::uint32_t> of_rows(std::span<const std::uint32_t> groups, const std::vector<Eigen::Index>& rows) {
  std::vector<std::uint32_t> out;
  for (const auto r : rows) out.push_back(groups[static_cast<std::size_t>(r)]);
  return out;
}

}  // namespace

Result<void> Treatment::learn(std::size_t step, const Eigen::MatrixXd& x, std::span<const std::uint32_t> groups) {
  Stage& stage = stages_[step];
  const Kind kind = steps_[step].kind;
  if (kind == Kind::kEpo) {
    const int k = steps_[step].order;
    const Eigen::MatrixXd d = differences(x, groups);
    if (d.rows() < k + 1 || d.cols() <= k) {
      return invalid_input("treatment: " + to_string({steps_[step]}) + ": expected at least " + std::to_string(k + 1) +
                           " spectra that repeat others of their group, found " + std::to_string(d.rows()));
    }
    stage.directions = greatest_directions(d, k);
  } else {
    stage.mean = x.colwise().mean().transpose();
    if (kind == Kind::kAutoscale) {
      const Eigen::VectorXd sd =
          ((x.rowwise() - stage.mean.transpose()).colwise().squaredNorm() / static_cast<double>(x.rows() - 1)).cwiseSqrt().transpose();
      const double least = 1e-12 * sd.maxCoeff();
      stage.scale = sd.unaryExpr([&](double v) { return v > least ? 1 / v : 0.0; });   // a dead channel says nothing
    }
  }
  return finish(step);
}

Result<void> Treatment::fit(const Spectra& rows, std::span<const std::uint32_t> groups, const Repeats* repeats) {
  if (std::ranges::none_of(steps_, [](const Step& s) { return is_fitted_kind(s.kind); })) return {};
  for (const auto& [set, marks] : {std::pair(&rows, groups), std::pair(repeats ? &repeats->rows : &rows, repeats ? repeats->groups : groups)}) {
    if (set->cols() != inputs() || (!marks.empty() && static_cast<Eigen::Index>(marks.size()) != set->rows())) {
      return invalid_input("treatment: expected training spectra of " + std::to_string(inputs()) + " points with a group each, found " +
                           std::to_string(set->cols()) + " points");
    }
  }
  // All rows go through the steps together, one step at a time; those that cannot are left out from there on.
  struct Batch {
    Eigen::MatrixXd x;
    std::vector<std::uint32_t> groups;
  };
  Scratch scratch;
  const auto points_in = static_cast<Eigen::Index>(sources_.size());
  scratch.a.resize(points_in);
  scratch.b.resize(points_in);
  const auto gathered = [&](const Spectra& from, std::span<const std::uint32_t> marks) {
    Batch batch{Eigen::MatrixXd(from.rows(), points_in), {}};
    std::vector<Eigen::Index> kept;
    for (Eigen::Index i = 0; i < from.rows(); ++i) {
      if (!gather(from.row(i).transpose(), scratch.a)) continue;
      batch.x.row(static_cast<Eigen::Index>(kept.size())) = scratch.a.transpose();
      kept.push_back(i);
    }
    batch.x.conservativeResize(static_cast<Eigen::Index>(kept.size()), Eigen::NoChange);
    if (!marks.empty()) batch.groups = of_rows(marks, kept);
    return batch;
  };
  const auto moved_on = [&](std::size_t step, Batch& batch) {
    std::vector<Eigen::Index> kept;
    Eigen::Index points = batch.x.cols();
    for (Eigen::Index i = 0; i < batch.x.rows(); ++i) {
      points = batch.x.cols();
      scratch.a.head(points) = batch.x.row(i).transpose();
      if (!run(step, points, scratch)) continue;
      batch.x.row(static_cast<Eigen::Index>(kept.size())).head(points) = scratch.a.head(points).transpose();
      kept.push_back(i);
    }
    batch.x.conservativeResize(static_cast<Eigen::Index>(kept.size()), points);
    if (!batch.groups.empty()) batch.groups = of_rows(batch.groups, kept);
  };
  Batch training = gathered(rows, groups), other;
  if (repeats != nullptr) other = gathered(repeats->rows, repeats->groups);
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    if (is_fitted_kind(steps_[step].kind)) {
      if (training.x.rows() < 2) {
        return invalid_input("treatment: " + to_string({steps_[step]}) + ": expected at least 2 usable training spectra, found " +
                             std::to_string(training.x.rows()));
      }
      const Batch& from = steps_[step].kind == Kind::kEpo && repeats != nullptr ? other : training;
      if (auto ok = learn(step, from.x, from.groups); !ok) return ok;
    }
    moved_on(step, training);
    if (repeats != nullptr) moved_on(step, other);
  }
  return {};
}

void Treatment::write(ModelWriter& to) const {
  const bool first_form = std::ranges::all_of(steps_, [](const Step& s) {
    return static_cast<std::uint32_t>(s.kind) <= 4 && (s.kind != Kind::kDetrend || s.order == 0);
  });
  to.numbers(axis_nm_);
  if (!first_form) to.u32(kNewForm);
  to.u32(static_cast<std::uint32_t>(steps_.size()));
  for (const auto& s : steps_) {
    to.u32(static_cast<std::uint32_t>(s.kind));
    for (int v : {s.window, s.order, s.derivative}) to.u32(static_cast<std::uint32_t>(v));
    if (!first_form) to.numbers(s.nm);
  }
  std::string flags;
  for (bool u : used_) flags += u ? '1' : '0';
  to.text(flags);
  if (first_form) return;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!is_fitted_kind(steps_[i].kind)) continue;
    to.u32(stages_[i].learnt ? 1 : 0);
    if (!stages_[i].learnt) continue;
    to.vector(stages_[i].mean);
    to.vector(stages_[i].scale);
    to.matrix(stages_[i].directions);
  }
}

Treatment Treatment::read(ModelReader& from) {
  auto axis = from.numbers();
  std::uint32_t count = from.u32();
  const bool first_form = count != kNewForm;
  if (!first_form) count = from.u32();
  if (count > kMaxSteps) {
    from.fail("more treatment steps than there can be");
    return {};
  }
  std::vector<Step> steps(count);
  for (auto& s : steps) {
    s.kind = static_cast<Kind>(from.u32(first_form ? 4 : 16));
    for (int* v : {&s.window, &s.order, &s.derivative}) *v = static_cast<int>(from.u32(501));
    if (!first_form) s.nm = from.numbers();
    if (from.ok() && static_cast<std::uint32_t>(s.kind) == 0) from.fail("unknown treatment step");
  }
  const auto flags = from.text();
  if (!from.ok()) return {};
  std::vector<bool> used;
  for (char c : flags) used.push_back(c == '1');
  if (used.size() != axis.size()) {
    from.fail("flags of points used do not fit the axis");
    return {};
  }
  auto t = make(std::move(axis), std::move(steps), std::move(used));
  if (!t) {
    from.fail("treatment does not fit its axis");
    return {};
  }
  for (std::size_t i = 0; i < t->steps_.size() && !first_form; ++i) {
    const Kind kind = t->steps_[i].kind;
    if (!is_fitted_kind(kind) || from.u32(1) == 0) continue;
    Stage& stage = t->stages_[i];
    stage.mean = from.vector();
    stage.scale = from.vector();
    stage.directions = from.matrix();
    const auto points = static_cast<Eigen::Index>(stage.at.size());
    const bool fits = kind == Kind::kEpo ? stage.directions.rows() == points && stage.directions.cols() == t->steps_[i].order
                                         : stage.mean.size() == points && (kind != Kind::kAutoscale || stage.scale.size() == points);
    if (!from.ok() || !fits || !stage.mean.allFinite() || !stage.scale.allFinite() || !stage.directions.allFinite() || !t->finish(i)) {
      from.fail("what a treatment learnt does not fit its axis");
      return {};
    }
  }
  return std::move(*t);
}

}  // namespace beltwarden::spectra
