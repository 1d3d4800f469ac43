// A quantity followed in time from spectra and sparse laboratory values: what the laboratory last said of this grade, moved by
// what the spectra say has changed since.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/cusum.h"
#include "science/spectra/gap_filler.h"
#include "science/spectra/pls.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

/// One row in time: a treated spectrum reduced to scores, its grade, and the laboratory's value where there is one.
struct FollowPoint {
  Eigen::VectorXd scores;
  int grade = 0;
  int run = 0;            ///< counts up whenever the grade changes
  double time = 0;        ///< laboratory values seen before: drift is counted in them, however sparse they are
  double value = 0;       ///< of the laboratory, when it is known
  Eigen::Index row = 0;   ///< of the history; past its end for what was learnt since
};

/// Scales of the parts a value is the sum of; all >= 0.
struct FollowScales {
  /// Variances (unit^2) of: the grade's level; the level's wander; the linear part of the spectrum; its curved part; the
  /// curved part's slow change; the run's own level; the laboratory's noise.
  double grade = 1, wander = 1, linear = 1, curved = 1, changing = 1, run = 1, noise = 1;
  /// Lengths: laboratory values after which the level, the changing part and the run's level are forgotten; radius of the curved part.
  double wander_values = 30, changing_values = 30, run_values = 5, radius = 1;
  static constexpr int kCount = 11;
  Eigen::VectorXd logs() const;
  static FollowScales from_logs(const Eigen::VectorXd& logs);
};

struct FollowOptions {
  std::vector<std::vector<Step>> treatments;   ///< tried; empty = those of regression's "auto"
  std::vector<int> components = {4, 8};
  std::vector<bool> used;                      ///< points of the axis; empty = those that 95 % of the history's rows have
  std::size_t memory = 400;                    ///< laboratory values remembered, newest first to be kept
  std::size_t tuned_on = 250;                  ///< newest values of the history that the scales are fitted to: effort grows with the cube
  double false_alarms_every = 200;             ///< laboratory values between false drift alarms
  std::function<void(double share)> progress = {};
};

/// Gaussian-process regression over time (Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), ch. 2, 4 and
/// 5.4), the covariance of two rows being the sum of the parts of FollowScales. Scales are those that best predict each laboratory
/// value of the history from the ones before it: the product of those predictive densities is the marginal likelihood. Predicts
/// row by row; a laboratory value may be given only after its row has been predicted. One owner, one thread.
class Follower {
 public:
  /// `history`: rows in time order; classes = grades, one response. Rows without a value count for the spectra only. At least 20
  /// values. Of a long history the newest kMostRows rows are looked at.
  static constexpr Eigen::Index kMostRows = 4000;
  static Result<Follower> fit(TrainingSet history, const FollowOptions& options);

  struct Prediction {
    bool valid = false;
    double value = 0, std_error = 0;
    bool outside = false;         ///< the spectrum is unlike the history's: the value leans on the laboratory's alone
    double drift = 0;             ///< CUSUM of surprises relative to its alarm: above 1 the model no longer follows
  };
  /// The next row in time.
  Prediction predict(Eigen::Ref<const Eigen::VectorXd> spectrum, std::string_view grade);
  /// The laboratory's value of the row just predicted.
  void learn(double value);
  /// Forgets the history's values from `row` on, keeps what was learnt about how they vary: for rows to be predicted that the history
  /// holds, or that come before some of it.
  void forget_from(Eigen::Index row);

  const Treatment& treatment() const { return treatment_; }
  const FollowScales& scales() const { return scales_; }
  int components() const { return static_cast<int>(pca_.components()); }
  /// Root mean square error of predicting the history's own values causally, those of the first quarter left out.
  double history_rmse() const { return history_rmse_; }

 private:
  void refresh();
  Prediction at(const FollowPoint& point) const;

  GapFiller filler_;
  Treatment treatment_;
  Pca pca_;
  FollowScales scales_;
  double mean_ = 0, spread_ = 1, widen_ = 1;                ///< widen_: factor of the standard errors, from the history's surprises
  double t2_limit_ = 0, q_limit_ = 0;
  double history_rmse_ = 0;
  std::size_t memory_ = 400;
  std::vector<std::string> grades_;
  std::vector<FollowPoint> known_;             ///< rows with laboratory values
  Eigen::MatrixXd factor_;                     ///< Cholesky factor of their covariance
  Eigen::VectorXd weights_;
  double time_ = 0;
  int run_ = 0, last_grade_ = -1;
  FollowPoint now_;
  Prediction last_;
  std::vector<Cusum> surprise_;                ///< rising, falling
};

}  // namespace beltwarden::spectra
