// Is a spectrum of any known class at all? What discriminants leave out, because it tells no two known classes apart, may be just what
// tells an unknown one from all of them; so this looks at spectra as they are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "science/spectra/training.h"

namespace beltwarden::spectra {

/// How many standard deviations above the mean of `n` values of a normal law a limit must lie to be above the share `p` of the law
/// with probability `confidence`: the one-sided tolerance factor (NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.6.3).
/// The normal quantile of `p` where n is large; infinite where n is too small to tell.
double tolerance_factor(double p, double confidence, double n);

/// Each class a Gaussian in the leading directions in which rows differ from the mean of their class, its covariance half its own and half
/// that of all (Friedman, J. Am. Stat. Assoc. 84 (1989) 165-175), and a distance to those directions. Limits from rows held out.
/// Immutable after fitting.
class ClassGate {
 public:
  ClassGate() = default;
  /// On `steps`, which keep the level of the light where `rejection` is to see it: none, or absorbance. At least 10 rows a class.
  static Result<ClassGate> fit(const TrainingSet& set, const std::vector<std::string>& classes, const std::vector<Step>& steps,
                               const std::vector<bool>& used, double rejection, int folds, std::uint64_t seed);

  struct Scratch {
    Treatment::Scratch treatment;
    Eigen::VectorXd treated, off, scores, white;
  };
  struct Answer {
    bool valid = false;
    double distance = 0, q = 0;      ///< to the nearest class; q: beside its directions, in mean squares of training rows
  };
  Answer judge(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& scratch) const;
  bool fits(const std::vector<double>& axis_nm) const { return treatment_.axis_nm() == axis_nm; }
  double distance_limit() const { return distance_limit_; }
  double q_limit() const { return q_limit_; }

  void write(ModelWriter& to) const;
  static ClassGate read(ModelReader& from);

 private:
  struct Shape {
    Eigen::MatrixXd means;                    ///< points x classes
    Eigen::MatrixXd directions;               ///< points x k, orthonormal
    std::vector<Eigen::MatrixXd> whitening;   ///< k x k a class
    double rest = 1;                          ///< mean square beside the directions
    Answer judge(const Eigen::VectorXd& treated, Scratch& scratch) const;
  };
  static Shape shape_of(const Eigen::MatrixXd& x, const std::vector<int>& label, int classes);

  Treatment treatment_;
  Shape shape_;
  double distance_limit_ = 0, q_limit_ = 0;
};

}  // namespace beltwarden::spectra
