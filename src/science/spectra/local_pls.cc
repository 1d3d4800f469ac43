#include "science/spectra/local_pls.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace beltwarden::spectra {
namespace {

// Value at `at` of a weighted PLS1 of 1 ... components on the columns of `x`.
void predict_here(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Eigen::VectorXd& weight, const Eigen::VectorXd& at,
                  int components, Eigen::Ref<Eigen::VectorXd> out) {
  const double total = weight.sum();
  const Eigen::VectorXd mean_x = x * weight / total;
  const double mean_y = y.dot(weight) / total;
  const Eigen::VectorXd root = weight.cwiseSqrt();
  const Eigen::MatrixXd xc = (x.colwise() - mean_x) * root.asDiagonal();   // directions x rows
  const Eigen::VectorXd yc = (y.array() - mean_y) * root.array();
  Eigen::VectorXd xty = xc * yc;
  const double start = xty.norm();
  Eigen::MatrixXd rotations(x.rows(), components), loadings(x.rows(), components);
  const Eigen::VectorXd here = at - mean_x;
  double value = mean_y;
  for (int a = 0; a < components; ++a) {
    const double norm = xty.norm();
    if (norm > 1e-10 * start && norm > 0) {
      const Eigen::VectorXd w = xty / norm;
      Eigen::VectorXd r = w;
      for (int j = 0; j < a; ++j) r -= loadings.col(j).dot(w) * rotations.col(j);
      const Eigen::VectorXd t = xc.transpose() * r;
      const double tt = std::max(t.squaredNorm(), 1e-300);
      loadings.col(a) = xc * t / tt;
      rotations.col(a) = r;
      const double q = xty.dot(r) / tt;
      xty -= loadings.col(a) * (q * tt);
      value += here.dot(r) * q;
    } else {
      rotations.col(a).setZero();
      loadings.col(a).setZero();
    }
    out[a] = value;
  }
}

struct Neighbours {
  std::vector<Eigen::Index> at;
  Eigen::VectorXd weight;
};

// Of `candidates`, the nearest by `distance` (squared), weighted.
Neighbours nearest(const Eigen::VectorXd& distance, std::vector<Eigen::Index> candidates, int wanted) {
  const auto k = std::min<std::size_t>(static_cast<std::size_t>(wanted), candidates.size());
  const auto nearer = [&](Eigen::Index a, Eigen::Index b) { return distance[a] != distance[b] ? distance[a] < distance[b] : a < b; };
  std::ranges::nth_element(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(k - 1), nearer);
  candidates.resize(k);
  std::ranges::sort(candidates);
  Neighbours out{std::move(candidates), Eigen::VectorXd(static_cast<Eigen::Index>(k))};
  double farthest = 0;
  for (auto i : out.at) farthest = std::max(farthest, distance[i]);
  for (std::size_t i = 0; i < k; ++i) {
    const double r = farthest > 0 ? std::sqrt(distance[out.at[i]] / (farthest * 1.02)) : 0;
    out.weight[static_cast<Eigen::Index>(i)] = std::pow(1 - r * r * r, 3);
  }
  return out;
}

Eigen::VectorXd look_weights(const Eigen::VectorXd& variance, int look) {
  return variance.head(std::clamp<Eigen::Index>(look, 1, variance.size())).cwiseSqrt().cwiseInverse();
}

}  // namespace

Result<LocalPls> LocalPls::fit(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                               const LocalOptions& options) {
  if (scores.rows() < options.neighbours || options.components < 1 || options.neighbours < options.components + 3) {
    return invalid_input("local PLS: expected more rows than neighbours than components, found " + std::to_string(scores.rows()) +
                         ", " + std::to_string(options.neighbours) + " and " + std::to_string(options.components));
  }
  LocalPls m;
  m.options_ = options;
  m.rows_ = scores.leftCols(std::min<Eigen::Index>(options.directions, scores.cols())).transpose();
  m.weight_ = look_weights(variance, std::min<int>(options.look, static_cast<int>(m.rows_.rows())));
  m.y_ = y;
  return m;
}

double LocalPls::predict(const Eigen::VectorXd& scores) const {
  const auto look = weight_.size();
  const Eigen::VectorXd at = scores.head(rows_.rows());
  const Eigen::VectorXd distance =
      (weight_.asDiagonal() * (rows_.topRows(look).colwise() - at.head(look))).colwise().squaredNorm().transpose();
  std::vector<Eigen::Index> all(static_cast<std::size_t>(rows_.cols()));
  std::iota(all.begin(), all.end(), 0);
  const auto near = nearest(distance, std::move(all), options_.neighbours);
  Eigen::VectorXd out(options_.components);
  predict_here(rows_(Eigen::all, near.at), y_(near.at), near.weight, at, options_.components, out);
  return std::clamp(out[options_.components - 1], 2 * y_.minCoeff() - y_.maxCoeff(), 2 * y_.maxCoeff() - y_.minCoeff());
}

Eigen::MatrixXd cross_local(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                            const std::vector<int>& fold, const LocalOptions& options) {
  const Eigen::MatrixXd rows = scores.leftCols(std::min<Eigen::Index>(options.directions, scores.cols())).transpose();
  const Eigen::VectorXd w = look_weights(variance, std::min<int>(options.look, static_cast<int>(rows.rows())));
  const Eigen::MatrixXd looked = w.asDiagonal() * rows.topRows(w.size());
  const double low = 2 * y.minCoeff() - y.maxCoeff(), high = 2 * y.maxCoeff() - y.minCoeff();
  Eigen::MatrixXd out(y.size(), options.components);
  Eigen::VectorXd values(options.components);
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    std::vector<Eigen::Index> others;
    for (Eigen::Index k = 0; k < y.size(); ++k) {
      if (fold[static_cast<std::size_t>(k)] != fold[static_cast<std::size_t>(i)]) others.push_back(k);
    }
    const Eigen::VectorXd distance = (looked.colwise() - looked.col(i)).colwise().squaredNorm().transpose();
    const auto near = nearest(distance, std::move(others), options.neighbours);
    predict_here(rows(Eigen::all, near.at), y(near.at), near.weight, rows.col(i), options.components, values);
    out.row(i) = values.transpose().cwiseMax(low).cwiseMin(high);
  }
  return out;
}

void LocalPls::write(ModelWriter& to) const {
  for (int v : {options_.neighbours, options_.components, options_.look, options_.directions}) to.u32(static_cast<std::uint32_t>(v));
  to.matrix(rows_);
  to.vector(weight_);
  to.vector(y_);
}

LocalPls LocalPls::read(ModelReader& from) {
  LocalPls m;
  auto& o = m.options_;
  for (int* v : {&o.neighbours, &o.components, &o.look, &o.directions}) *v = static_cast<int>(from.u32(1u << 20));
  m.rows_ = from.matrix();
  m.weight_ = from.vector();
  m.y_ = from.vector();
  if (from.ok() && (m.rows_.cols() != m.y_.size() || m.weight_.size() > m.rows_.rows() || m.weight_.size() == 0 || o.components < 1 ||
                    o.components > 1000 || o.neighbours < o.components + 3 || o.neighbours > m.y_.size())) {
    from.fail("local PLS parts do not fit each other");
  }
  return m;
}

}  // namespace beltwarden::spectra
