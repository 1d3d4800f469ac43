// Composition from a spectrum, with its uncertainty and whether the model may be asked at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/plane.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

enum class FitVerdict : std::uint8_t {
  kOk = 1,
  kOutsideCalibration = 2,   ///< T2 or Q beyond its limit: the value is not to be relied on
  kInvalid = 3,              ///< gaps, wrong size, flat: no value at all
};

struct Prediction {
  double value = 0;
  double std_error = 0;      ///< standard uncertainty, from cross-validation and leverage
  double t2 = 0, t2_limit = 0;
  double q = 0, q_limit = 0;
  FitVerdict verdict = FitVerdict::kInvalid;
};

struct RegressionOptions {
  std::vector<std::vector<Step>> treatments;   ///< by cross-validation; an earlier one stays unless a later is 3 % better
  std::vector<bool> used;                      ///< points of the axis; empty = those present in every row
  int components = 0;                          ///< 0 = by cross-validation, up to `most_components`
  int most_components = 15;
  int folds = 10;
  double confidence = 0.999;                   ///< of the limits of T2 and Q
  std::uint64_t seed = 0;
};

/// A PLS model for each response, all on one treatment. Immutable after fitting; safe to share between threads.
class RegressionModel {
 public:
  struct Response {
    std::string name;
    Pls pls;
    double rmsecv = 0;             ///< of single rows
    double slice_variance = 0;     ///< of the error that averaging scans of a slice does not remove
    double scan_variance = 0;      ///< of the part that falls as 1 / scans
    double t2_limit = 0, q_limit = 0;             ///< of single rows
    double mean_scans = 1;                        ///< scans a group had in training (median)
    double mean_t2_limit = 0, mean_q_limit = 0;   ///< of means of that many
    double low = 0, high = 0;      ///< range of the response in the training rows
    Plane plane;                   ///< of pls
  };

  static Result<RegressionModel> fit(TrainingSet set, const RegressionOptions& options);

  const Treatment& treatment() const { return treatment_; }
  const std::vector<Response>& responses() const { return responses_; }
  const Response* find(std::string_view name) const;

  struct Scratch {
    Treatment::Scratch treatment;
    Eigen::VectorXd treated, scores;
  };
  /// One prediction a response. `scans` is how many scans `spectrum` is the mean of.
  void predict(Eigen::Ref<const Eigen::VectorXd> spectrum, double scans, Scratch& scratch,
               std::vector<Prediction>& out) const;

  std::string to_bytes() const;
  static Result<RegressionModel> from_bytes(std::string_view bytes);

 private:
  Treatment treatment_;
  std::vector<Response> responses_;
};

/// The treatments that "auto" tries: raw, SNV, SG(11,2,1), SNV+SG(15,2,1), SG(15,3,2), SNV+SG(21,3,2).
std::vector<std::vector<Step>> usual_treatments();

/// Points of the axis that hold a value in every row.
std::vector<bool> points_present(const Spectra& spectra);

}  // namespace beltwarden::spectra
