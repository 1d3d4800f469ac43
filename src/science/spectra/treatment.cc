#include "science/spectra/treatment.h"

#include <algorithm>
#include <cmath>

#include "science/spectra/corrections.h"
#include "science/spectra/lanes.h"
#include "science/spectra/linear_algebra.h"
#include "science/spectra/treatment_steps.h"

namespace beltwarden::spectra {
namespace {

using Kind = Step::Kind;

constexpr double kDarkest = 1e-4;          // of reflectance: log and Kubelka-Munk have no end below
constexpr double kLeastGain = 1e-6;        // of MSC: below it the spectrum has nothing of the mean
constexpr int kAlignRounds = 3;            // Gauss-Newton; a shift of a few nm is exact to 1e-3 nm after two

// Powers of wavelength, scaled to -1 ... 1 over the whole axis.
Eigen::MatrixXd powers(const std::vector<double>& axis_nm, const std::vector<Eigen::Index>& at, int order) {
  const double centre = (axis_nm.front() + axis_nm.back()) / 2, half = (axis_nm.back() - axis_nm.front()) / 2;
  Eigen::MatrixXd out(static_cast<Eigen::Index>(at.size()), order + 1);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double x = (axis_nm[static_cast<std::size_t>(at[i])] - centre) / half;
    double power = 1;
    for (int k = 0; k <= order; ++k, power *= x) out(static_cast<Eigen::Index>(i), k) = power;
  }
  return out;
}

PointBlocks blocks_of(const std::vector<Eigen::Index>& at) {
  PointBlocks out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (i == 0 || at[i] != at[i - 1] + 1) out.push_back({static_cast<Eigen::Index>(i), 0});
    ++out.back().second;
  }
  return out;
}

}  // namespace

Result<Treatment> Treatment::make(std::vector<double> axis_nm, std::vector<Step> steps, std::vector<bool> used) {
  if (auto ok = check_axis(axis_nm); !ok) return ok.error();
  if (used.empty()) used.assign(axis_nm.size(), true);
  if (used.size() != axis_nm.size()) {
    return invalid_input("treatment: expected " + std::to_string(axis_nm.size()) + " flags of points used, found " +
                         std::to_string(used.size()));
  }
  if (steps.size() > kMaxSteps) return invalid_input("treatment: more than 8 steps");
  Treatment t;
  std::vector<Eigen::Index> at;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) at.push_back(static_cast<Eigen::Index>(i));
  }
  t.sources_ = at;
  t.blocks_ = blocks_of(at);
  for (const Step& s : steps) {
    if (auto ok = check_step(s); !ok) return ok.error();
    Stage stage;
    stage.at = at;
    stage.blocks = blocks_of(at);
    stage.learnt = !is_fitted_kind(s.kind);
    const auto points = static_cast<Eigen::Index>(at.size());
    stage.nm.resize(points);
    for (Eigen::Index i = 0; i < points; ++i) stage.nm[i] = axis_nm[static_cast<std::size_t>(at[static_cast<std::size_t>(i)])];
    if (s.kind == Kind::kSavitzkyGolay) {
      stage.filter = SavitzkyGolay(s.window, s.order, s.derivative);
      for (const auto& [first, count] : stage.blocks) {
        if (count >= s.window) continue;
        return invalid_input("treatment: the block of " + std::to_string(count) + " points at " + std::to_string(stage.nm[first]) +
                             " nm is shorter than the window of " + std::to_string(s.window));
      }
    } else if (s.kind == Kind::kDetrend) {
      const auto p = powers(axis_nm, at, s.order == 0 ? 2 : s.order);
      if (points < p.cols()) return invalid_input("treatment: fewer points than the order of detrend needs");
      stage.basis = orthonormal_basis(p);
    } else if (s.kind == Kind::kBands) {
      std::vector<Eigen::Index> kept;
      for (Eigen::Index i = 0; i < points; ++i) {
        for (std::size_t b = 0; b + 1 < s.nm.size(); b += 2) {
          if (stage.nm[i] >= s.nm[b] && stage.nm[i] <= s.nm[b + 1]) {
            stage.keep.push_back(i);
            kept.push_back(at[static_cast<std::size_t>(i)]);
          }
        }
      }
      at = std::move(kept);
    }
    t.stages_.push_back(std::move(stage));
  }
  t.outputs_ = static_cast<Eigen::Index>(at.size());
  if (t.outputs_ < 3) return invalid_input("treatment: expected at least 3 points used, found " + std::to_string(t.outputs_));
  t.output_at_ = std::move(at);
  t.axis_nm_ = std::move(axis_nm);
  t.steps_ = std::move(steps);
  t.used_ = std::move(used);
  return t;
}

std::vector<double> Treatment::output_axis_nm() const {
  std::vector<double> out;
  for (const auto i : output_at_) out.push_back(axis_nm_[static_cast<std::size_t>(i)]);
  return out;
}

bool Treatment::fitted() const {
  return std::ranges::all_of(stages_, [](const Stage& s) { return s.learnt; });
}

bool Treatment::gather(Eigen::Ref<const Eigen::VectorXd> in, Eigen::VectorXd& out) const {
  for (const auto& [first, count] : blocks_) out.segment(first, count) = in.segment(sources_[static_cast<std::size_t>(first)], count);
  if (std::isfinite(lanes::sum(out.data(), out.size()))) return true;   // neither missing nor infinite
  const auto gaps = out.array().isNaN().count();
  if (out.array().isInf().any() || static_cast<double>(gaps) > kMaxGapShare * static_cast<double>(out.size())) return false;
  return fill_gaps(out.data(), blocks_);
}

bool Treatment::run(std::size_t step, Eigen::Index& points, Scratch& scratch) const {
  const Step& s = steps_[step];
  const Stage& stage = stages_[step];
  auto x = scratch.a.head(points);
  switch (s.kind) {
    case Kind::kAbsorbance:
      for (double& v : x) v = -std::log10(std::max(v, kDarkest));
      break;
    case Kind::kReflectance:
      for (double& v : x) v = std::pow(10.0, -v);
      break;
    case Kind::kKubelkaMunk:
      for (double& v : x) {
        const double r = std::max(v, kDarkest);
        v = (1 - r) * (1 - r) / (2 * r);
      }
      break;
    case Kind::kSnv: {
      const double mean = lanes::sum(x.data(), points) / static_cast<double>(points);
      const double sd = std::sqrt(lanes::squares_about(x.data(), points, mean) / static_cast<double>(points - 1));
      if (!(sd > 1e-12)) return false;
      lanes::shift_and_scale(x.data(), points, mean, 1 / sd);
      break;
    }
    case Kind::kSavitzkyGolay:
      for (const auto& [first, count] : stage.blocks) stage.filter.apply(x.data() + first, count, scratch.b.data() + first);
      scratch.a.swap(scratch.b);
      break;
    case Kind::kDetrend:
      for (Eigen::Index k = 0; k < stage.basis.cols(); ++k) x -= stage.basis.col(k) * stage.basis.col(k).dot(x);
      break;
    case Kind::kMsc:
    case Kind::kEmsc: {
      const auto last = stage.basis.cols() - 1;
      const double gain = stage.solve.col(last).dot(x);
      if (!(gain > kLeastGain)) return false;
      scratch.b.head(points) = x;
      for (Eigen::Index k = 0; k < last; ++k) x -= stage.basis.col(k) * stage.solve.col(k).dot(scratch.b.head(points));
      x *= 1 / gain;
      break;
    }
    case Kind::kContinuum: return remove_continuum(x.data(), stage.nm, scratch.hull);
    case Kind::kSplice: join_detectors(x.data(), stage.nm, s.nm); break;
    case Kind::kBands:
      for (std::size_t i = 0; i < stage.keep.size(); ++i) x[static_cast<Eigen::Index>(i)] = x[stage.keep[i]];
      points = static_cast<Eigen::Index>(stage.keep.size());
      break;
    case Kind::kEpo:
      for (Eigen::Index k = 0; k < stage.directions.cols(); ++k) x -= stage.directions.col(k) * stage.directions.col(k).dot(x);
      break;
    case Kind::kCentre: x -= stage.mean; break;
    case Kind::kAutoscale: x = (x - stage.mean).cwiseProduct(stage.scale); break;
    case Kind::kAlign: {
      // x(nm) = a + b nm + c mean(nm + shift): linear in the shift for small ones, repeated on what was moved.
      double shift = 0;
      scratch.b.head(points) = x;
      for (int round = 0; round < kAlignRounds; ++round) {
        const double gain = stage.solve.col(2).dot(scratch.b.head(points));
        if (!(gain > kLeastGain)) return false;
        shift = std::clamp(shift + stage.solve.col(3).dot(scratch.b.head(points)) / gain, -s.nm[0], s.nm[0]);
        shift_bands(x.data(), stage.nm, stage.blocks, shift, scratch.b.data());
      }
      scratch.a.swap(scratch.b);
      break;
    }
    case Kind::kRange: {
      Eigen::Index out_of_range = 0;
      for (double& v : x) {
        if (v < s.nm[0] || v > s.nm[1]) v = std::nan(""), ++out_of_range;
      }
      if (out_of_range == 0) break;
      if (static_cast<double>(out_of_range) > kMaxGapShare * static_cast<double>(points)) return false;
      return fill_gaps(x.data(), stage.blocks);
    }
  }
  return true;
}

bool Treatment::apply(Eigen::Ref<const Eigen::VectorXd> in, Scratch& scratch, Eigen::Ref<Eigen::VectorXd> out) const {
  if (in.size() != inputs() || out.size() != outputs_ || !fitted()) return false;
  auto points = static_cast<Eigen::Index>(sources_.size());
  scratch.a.resize(points);
  scratch.b.resize(points);
  scratch.hull.reserve(sources_.size());
  if (!gather(in, scratch.a)) return false;
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    if (s + 1 == steps_.size() && steps_[s].kind == Kind::kSavitzkyGolay) {   // the usual last step saves a copy
      for (const auto& [first, count] : stages_[s].blocks) {
        stages_[s].filter.apply(scratch.a.data() + first, count, out.data() + first);
      }
      return true;
    }
    if (!run(s, points, scratch)) return false;
  }
  out = scratch.a.head(points);
  return true;
}

Result<void> Treatment::finish(std::size_t step) {
  Stage& stage = stages_[step];
  const auto points = static_cast<Eigen::Index>(stage.at.size());
  const auto kind = steps_[step].kind;
  if (kind == Kind::kMsc || kind == Kind::kEmsc || kind == Kind::kAlign) {
    const auto poly = powers(axis_nm_, stage.at, kind == Kind::kMsc ? 0 : kind == Kind::kAlign ? 1 : steps_[step].order);
    stage.basis.resize(points, poly.cols() + (kind == Kind::kAlign ? 2 : 1));
    stage.basis.leftCols(poly.cols()) = poly;
    stage.basis.col(poly.cols()) = stage.mean;
    if (kind == Kind::kAlign) slope(stage.mean.data(), stage.nm, stage.blocks, stage.basis.col(3).data());
    const auto inverse = pseudo_inverse(stage.basis);
    if (inverse.rank < stage.basis.cols()) {
      return invalid_input("treatment: " + to_string({steps_[step]}) +
                           ": the mean of the training spectra is flat; nothing to be told from a base line");
    }
    stage.solve = inverse.matrix.transpose();
  }
  stage.learnt = true;
  return {};
}

}  // namespace beltwarden::spectra
