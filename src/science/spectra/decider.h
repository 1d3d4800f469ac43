// Which class, from treated spectra: regularised linear discriminants or support vectors on standardised principal components.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "base/result.h"
#include "science/spectra/bytes.h"
#include "science/spectra/svm.h"

namespace beltwarden::spectra {

/// Columns standardised, then turned so that most of their variance lies in the first few: distances stay as they were.
struct StandardScores {
  static constexpr Eigen::Index kMost = 120;
  Eigen::VectorXd mean, scale;
  Eigen::MatrixXd rotation;      ///< points x scores
  double columns = 1;            ///< how many columns the distances stand for

  static StandardScores fit(const Eigen::MatrixXd& x);
  Eigen::MatrixXd apply(const Eigen::MatrixXd& x) const;
  void write(ModelWriter& to) const;
  static StandardScores read(ModelReader& from);
};

struct DeciderOptions {
  enum class Method : std::uint32_t { kDiscriminant = 1, kSupportVectors = 2 };
  Method method = Method::kDiscriminant;
  double shrinkage = 0.1;        ///< of the pooled covariance towards a multiple of the unit matrix (Friedman 1989)
  SvmOptions svm;
};

/// Immutable after fitting.
class Decider {
 public:
  Decider() = default;
  /// `scores`: rows of StandardScores; `columns` as there.
  static Result<Decider> fit(const Eigen::MatrixXd& scores, double columns, const std::vector<int>& label, int classes,
                             const DeciderOptions& options);

  /// A number a class, the largest of the class that fits best. Only differences between classes mean something.
  void values(const Eigen::VectorXd& scores, Eigen::VectorXd& work, Eigen::VectorXd& out) const;
  /// Of linear discriminants: values = scores * weights + offsets; no columns for other methods.
  struct Linear {
    Eigen::MatrixXd weights;     ///< scores x classes
    Eigen::VectorXd offsets;
  };
  Linear linear() const;
  const DeciderOptions& options() const { return options_; }
  bool fits(Eigen::Index scores, Eigen::Index classes) const;

  void write(ModelWriter& to) const;
  static Decider read(ModelReader& from);

 private:
  DeciderOptions options_;
  Eigen::MatrixXd centres_, whitening_;
  Svm svm_;
};

/// exp(sharpness * values), normalised.
Eigen::VectorXd posterior(const Eigen::VectorXd& values, double sharpness);

/// The sharpness with which posteriors of rows held out have the least cross-entropy.
double calibrate_sharpness(const std::vector<Eigen::VectorXd>& values, const std::vector<int>& label);

}  // namespace beltwarden::spectra
