// The best regression that can be had from a training set: treatments and methods tried against each other.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/executor.h"
#include "science/spectra/gap_filler.h"
#include "science/spectra/gaussian_process.h"
#include "science/spectra/latent.h"
#include "science/spectra/local_pls.h"
#include "science/spectra/plane.h"
#include "science/spectra/pls.h"
#include "science/spectra/prediction.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

/// What to try.
enum class RegressorMethod : std::uint32_t { kAuto = 0, kPls = 1, kPls2 = 2, kLocal = 3, kGaussianProcess = 4, kSimpls = 5 };

struct RegressorOptions {
  std::vector<std::vector<Step>> treatments;   ///< empty = those of auto_treatments
  int components = 0;                          ///< 0 = by cross-validation, and methods other than PLS are tried too
  int most_components = 25;
  int folds = 10;
  RegressorMethod method = RegressorMethod::kAuto;
  Eigen::MatrixXd companions;                  ///< other responses, a row each, for PLS2 and SIMPLS; rows where one is unknown rule it out
  TrainingSet related;                         ///< rows of other classes, same axis and response, to lean on (borrowed_ridge.h); may have none
  std::vector<std::uint32_t> slices;           ///< one a row: scans of one slice share it; empty = the set's groups
  double confidence = 0.999;                   ///< of the limits of T2 and Q
  std::uint64_t seed = 0;
  bool check_errors = true;                    ///< of `kAuto`, from 121 to 1,500 rows: three searches on two thirds each say what a search understates
  bool quick = false;                          ///< of `kAuto`: PLS on all points and ridges that lean on `related`, nothing else
  std::size_t most_bytes = std::size_t{1} << 30;   ///< of treated training spectra held at a time; at least five treatments' are
  Executor executor = run_in_turn;
  std::function<void(double share)> progress;  ///< called from one thread at a time
};

/// What was tried and seen, for the report and the user; not part of the model.
struct FitStory {
  struct Candidate {
    std::string treatment, method;
    double rmsecv = 0;
    double weight = 0;             ///< in the model chosen; 0 = not used
  };
  std::vector<Candidate> candidates;           ///< best first
  std::string why;                             ///< the choice, in a sentence or two
  Eigen::VectorXd measured, predicted;         ///< of the rows used, cross-validated
  std::vector<Eigen::Index> row;               ///< of those, in the training set
  Eigen::VectorXd rmsecv_by_components;        ///< of PLS on its best treatment
  int components = 0;                          ///< chosen of those
  std::vector<double> axis_nm;                 ///< of `coefficients`
  Eigen::VectorXd coefficients;                ///< of that PLS
  Eigen::MatrixXd scores;                      ///< of that PLS: rows x components
  Eigen::VectorXd t2, q;                       ///< of the rows
  double t2_limit = 0, q_limit = 0;
  double rmsecv = 0, bias = 0, r2 = 0;         ///< of the model chosen; the choice itself is within the cross-validation
};

/// How much predictions of the scans of one slice differ among themselves.
struct ScanSpread {
  double squares = 0;              ///< sum of squared differences from their slice's mean
  double dof = 0;
};

/// Factor of the error of a value `off` above the mean value predicted: 1 + growth * off, from a third to threefold.
double grown(double growth, double off);

/// A PLS, or a ridge, as coefficients on treated spectra.
struct LinearMember {
  static constexpr int kRidge = 0;
  int components = kRidge;
  double constant = 0;
  Eigen::VectorXd coefficients;
};

/// A model of one response. Immutable after fitting; safe to share between threads.
class Regressor {
 public:
  /// `set` has one response; rows where it is not known are left out.
  static Result<Regressor> fit(TrainingSet set, const RegressorOptions& options, FitStory* story = nullptr);

  const std::vector<double>& axis_nm() const { return stages_.front().treatment.axis_nm(); }
  const std::string& why() const { return why_; }
  double rmsecv() const { return rmsecv_; }
  /// Members by description and weight: "PLS 8 on snv,sg(15,2,1)".
  std::vector<std::pair<std::string, double>> members() const;

  struct Scratch {
    Treatment::Scratch treatment;
    std::vector<Eigen::VectorXd> treated, scores;
    Eigen::VectorXd rest, work, pls_scores;
  };
  /// One scan (or a spectrum of which no scans are known). Bands that it lacks are filled by what the training rows say goes with those
  /// that it has (gap_filler.h), and the standard error grows by what that leaves open; invalid where three quarters are missing.
  Prediction predict(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& scratch) const;

  /// Fills gaps as `predict` does; false where too much is missing.
  bool fill(Eigen::VectorXd& spectrum) const;

  /// The value of a slice from its scans. A calibration on single scans draws towards the mean of its rows, because a scan
  /// sees only its own spot; the mean of several is drawn back by as much as their spread allows (regression calibration:
  /// Carroll et al., Measurement Error in Nonlinear Models, 2nd ed. 2006, ch. 4). `of_mean` is the prediction of the mean
  /// spectrum, for T2, Q and verdict; `mean` the mean of the scans' values; `seen` the spread over the slices at hand.
  Prediction of_slice(const Prediction& of_mean, double mean, double scans, const ScanSpread& seen) const;

  /// How wrong slices are that were not fitted on, and how much of that all slices of a lot share. Rows of `held_out` are scans of its one
  /// response, `groups` are slices, `lots` lots: at least 8 of two slices or more. What a belt usually carries should be in it as usual.
  Result<void> calibrate_slices(const TrainingSet& held_out);
  /// Share (0 ... 1) of the variance of a slice's error that all slices of its lot have in common, so that no averaging takes it away:
  /// from calibrate_slices (as much as makes 95 % intervals of lot means hold), or from cross-validation where the groups were lots of several slices; else half, which is assumed.
  double common_to_lot() const { return errors_.common; }

  /// The same regression with slope and bias put on its values.
  Regressor corrected(double slope, double bias) const;
  /// The same with a standard error of at least `rmse`, where a check on other spectra showed so much.
  Regressor with_errors_at_least(double rmse) const;

  std::string to_bytes() const;
  static Result<Regressor> from_bytes(std::string_view bytes);

 private:
  friend class RegressorSearch;
  struct Stage {                   ///< what members share: a treatment, and directions where one needs them
    Treatment treatment;
    Latent latent;                 ///< without directions when no member needs it
  };
  struct Member {
    std::uint32_t stage = 0;
    double weight = 1;
    std::variant<LinearMember, LocalPls, GaussianProcess> model;
  };
  struct Errors {                  ///< from cross-validation
    double scale = 1;              ///< standard error over shape
    double shape = 0;              ///< mean variance by Gaussian processes; 0 = by leverage
    double mean_predicted = 0, mean_measured = 0;
    double variance_predicted = 0; ///< of the predictions
    double covariance = 0;         ///< of predictions and laboratory values
    double square = 0;             ///< mean squared error
    ScanSpread scans;              ///< of the training rows
    double of_slices = 1;          ///< factor of a slice's standard error, from slices held out
    double common = 0.5;           ///< share of its square that a lot's slices share
    double power = 0.5;            ///< of the shape that a row's own variance gives: errors differ less than that says
    double growth = 0;             ///< of the error with the value predicted: a factor 1 + growth (value - mean), kept within limits
  };

  Prediction predict_whole(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& scratch) const;

  GapFiller filler_;
  std::vector<Stage> stages_;      ///< the first is that of `domain_`
  std::vector<Member> members_;
  Pls domain_;                     ///< for T2 and Q
  Plane plane_;                    ///< of it
  double t2_limit_ = 0, q_limit_ = 0;
  Errors errors_;
  double slope_ = 1, bias_ = 0;
  double rmsecv_ = 0;
  std::string why_;
};

/// The treatments that `auto` tries on such spectra: derivatives and scatter corrections with windows fit for the axis, and
/// the same on absorbance where the spectra can be reflectance.
std::vector<std::vector<Step>> auto_treatments(const TrainingSet& set);
/// The same without the directions in which scans of one slice differ (EPO); none where fewer than 8 slices have several scans.
std::vector<std::vector<Step>> epo_treatments(const TrainingSet& set, const std::vector<std::uint32_t>& slices);

}  // namespace beltwarden::spectra
