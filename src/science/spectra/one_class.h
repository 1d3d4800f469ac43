// "Is this still that brand?": a model of clean material only, and an index that grows with what does not belong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/pls.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

struct OneClassOptions {
  std::vector<Step> steps;             ///< treatment
  std::vector<bool> used;              ///< points of the axis; empty = those present in every row
  int components = 8;                  ///< fewer where there are fewer rows
  double false_alarms = 0.01;          ///< share of clean spectra allowed above the limit
  int folds = 5;
  std::uint64_t seed = 0;
};

/// Principal components of one class; index = T2 / T2(99 %) + Q / Q(99 %), both 99 % points of held-out rows.
/// The limit of the index depends on how many scans were averaged: it is calibrated on means of 1, 2, 4, ... scans of one
/// group that the model has not seen, with a log-normal tail. Immutable after fitting.
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
  double t2_99() const { return t2_99_; }
  double q_99() const { return q_99_; }

  std::string to_bytes() const;
  static Result<OneClass> from_bytes(std::string_view bytes);

 private:
  /// ln(index) of `count` clean means of `scans` scans: its mean and standard deviation.
  struct Calibration {
    double scans = 1, mean = 0, sd = 1, count = 0;
  };
  static double log_limit(const Calibration& c, double false_alarms);
  static Calibration summarise(double scans, std::vector<double>& logs, double false_alarms);

  Treatment treatment_;
  Pca pca_;
  double t2_99_ = 1, q_99_ = 1;
  double false_alarms_ = 0.01;
  std::vector<Calibration> calibration_;   ///< by scans, increasing
};

}  // namespace beltwarden::spectra
