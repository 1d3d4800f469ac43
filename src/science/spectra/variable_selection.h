// Points of the axis that matter to a PLS.
#pragma once

#include <vector>

#include "science/spectra/pls.h"

namespace beltwarden::spectra {

/// Variable influence on projection of each point, of one response (Wold, Johansson and Cocchi 1993; mean square 1).
Eigen::VectorXd vip(const Pls& pls);

/// PLS on the points whose VIP in a PLS of `look` components exceeds `least` (never fewer than `components` + 2, the highest).
struct SelectedPls {
  Pls pls;
  std::vector<Eigen::Index> points;
};
Result<SelectedPls> fit_selected(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Pls& whole, int look, double least, int components);

/// Rows as predicted with 1 ... most components without their fold, the selection made anew in each fold from `without`.
Result<Eigen::MatrixXd> cross_selected(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold,
                                       const std::vector<Pls>& without, int look, double least, int most);

/// Components of interval PLS, at most, in Regressor.
inline constexpr int kMostForIntervals = 15;

/// Interval PLS, forward (Norgaard et al., Appl. Spectrosc. 54 (2000) 413-419; forward as in Xiaobo et al., Anal. Chim. Acta 667 (2010)
/// 14-32): of eight equal intervals those are taken, one after another, that lower the error of an inner cross-validation by 2 % or more.
/// Inner folds are made of `fold`, so groups stay whole.
Result<SelectedPls> fit_intervals(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most);

/// Rows as predicted without their fold, intervals and components chosen anew in each.
Result<Eigen::VectorXd> cross_intervals(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most);

}  // namespace beltwarden::spectra
