// "Is this still that brand?": a model of clean material only, and an index that grows with what does not belong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/dd_simca.h"
#include "science/spectra/pls.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

/// How the two distances become one number with a limit.
enum class OneClassLaw : std::uint32_t {
  kSum = 1,          ///< T2 / T2(99 %) + Q / Q(99 %), its limit with a log-normal tail
  kDataDriven = 2,   ///< DD-SIMCA's total distance and chi-squared limit (dd_simca.h)
};

struct OneClassOptions {
  OneClassLaw law = OneClassLaw::kSum;
  std::vector<Step> steps;             ///< treatment
  std::vector<bool> used;              ///< points of the axis; empty = those present in every row
  int components = 8;                  ///< fewer where there are fewer rows
  double false_alarms = 0.01;          ///< share of clean spectra allowed above the limit
  int folds = 5;
  std::uint64_t seed = 0;
};

/// Principal components of one class; index = T2 / T2(99 %) + Q / Q(99 %). Averaging scans shrinks Q (noise and sampling) far
/// more than T2 (how slices and lots differ), so both 99 % points and the limit of the index are calibrated for means of 1,
/// 2, 4, ... scans of groups that the model has not seen; the limit has a log-normal tail. Immutable after fitting.
class OneClass {
 public:
  static Result<OneClass> fit(TrainingSet set, const OneClassOptions& options);

  /// Puts in the limits that further clean rows of the class give (other lots, later days). Rows are held out: none may
  /// have been used to fit.
  Result<void> calibrate(TrainingSet clean, double false_alarms);

  struct Scratch {
    Treatment::Scratch treatment;
    Eigen::VectorXd treated, scores, rest;
  };
  struct Judgement {
    bool valid = false;
    double index = 0;
    double limit = 0;
    double t2 = 0, q = 0;
  };
  Judgement judge(Eigen::Ref<const Eigen::VectorXd> spectrum, double scans, Scratch& scratch) const;

  /// Limit of the index for a mean of `scans` scans and another share of false alarms than it was fitted for.
  double limit(double scans, double false_alarms) const;
  double false_alarms() const { return false_alarms_; }

  const Treatment& treatment() const { return treatment_; }
  const Pca& pca() const { return pca_; }

  std::string to_bytes() const;
  static Result<OneClass> from_bytes(std::string_view bytes);

 private:
  /// How `count` clean means of `scans` scans lie: 99 % points of T2 and Q, mean and standard deviation of ln(index).
  struct Calibration {
    double scans = 1, t2_99 = 1, q_99 = 1, mean = 0, sd = 1, count = 0;
    std::optional<DdSimca> data_driven;
    double index(const Distance& d) const { return data_driven ? data_driven->total(d) : d.t2 / t2_99 + d.q / q_99; }
    double limit(double false_alarms) const;
  };
  Calibration calibrated(double scans, const std::vector<Distance>& clean, double false_alarms) const;
  const Calibration& calibration_for(double scans) const;

  Treatment treatment_;
  Pca pca_;
  OneClassLaw law_ = OneClassLaw::kSum;
  double false_alarms_ = 0.01;
  std::vector<Calibration> calibration_;   ///< by scans, increasing; never empty
};

}  // namespace beltwarden::spectra
