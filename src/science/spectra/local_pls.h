// Local regression: a PLS of its own for each spectrum, from those of the library that look most like it.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "base/result.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

struct LocalOptions {
  int neighbours = 100;
  int components = 8;
  int look = 12;                 ///< leading scores, each over its standard deviation, in which rows are near or far
  int directions = 60;           ///< of the scores the local PLS is fitted on
};

/// Locally weighted PLS (Naes, Isaksson and Kowalski, Anal. Chem. 62 (1990) 664-673; weights tricube in the distance
/// relative to the farthest neighbour) on latent scores.
class LocalPls {
 public:
  static Result<LocalPls> fit(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                              const LocalOptions& options);
  double predict(const Eigen::VectorXd& scores) const;
  const LocalOptions& options() const { return options_; }
  Eigen::Index directions() const { return rows_.rows(); }

  void write(ModelWriter& to) const;
  static LocalPls read(ModelReader& from);

 private:
  LocalOptions options_;
  Eigen::MatrixXd rows_;         ///< directions x rows
  Eigen::VectorXd weight_;       ///< of the scores looked at
  Eigen::VectorXd y_;
};

/// Each row as predicted from the rows of other folds: rows x components (1 ... options.components).
Eigen::MatrixXd cross_local(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                            const std::vector<int>& fold, const LocalOptions& options);

}  // namespace beltwarden::spectra
