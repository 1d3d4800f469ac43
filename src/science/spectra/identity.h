// Which of the known brands is this, or none of them?
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "science/spectra/class_gate.h"
#include "science/spectra/decider.h"
#include "science/spectra/gap_filler.h"
#include "science/spectra/plane.h"
#include "science/spectra/pls.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

struct IdentityOptions {
  std::vector<Step> steps;
  std::vector<bool> used;           ///< points of the axis; empty = those present in every row
  int components = 0;               ///< 0 = by cross-validation, up to `most_components`
  int most_components = 20;
  double rejection = 0.001;         ///< share of known material allowed to be called unknown
  int folds = 5;
  std::uint64_t seed = 0;
  /// When not empty: treatments to choose from, instead of `steps`, and other methods than PLS discriminants too (decider.h), by
  /// the rows that cross-validation names wrongly. Those that do not fit the axis are passed over.
  std::vector<std::vector<Step>> treatments;
  std::optional<DeciderOptions::Method> only;   ///< this method, whatever cross-validation says of PLS discriminants
  bool discriminants_only = false;  ///< PLS discriminants on the best of `treatments`, no other method
  bool fill_gaps = false;           ///< learn to fill bands that some rows lack; `used` may then hold such bands
  Executor executor = run_in_turn;
  std::function<void(double share)> progress;   ///< called from one thread at a time
};

/// The treatments that `auto` tries. Windows of 7 to 15 points: what suits an axis is found by trying.
std::vector<std::vector<Step>> identity_treatments();

/// What a search tried, best first.
struct IdentityTrial {
  std::string treatment, method;
  double wrong = 0;                 ///< share of rows held out that it named wrongly
};

/// PLS on class membership, then linear discriminants on its scores (Barker and Rayens, J. Chemometrics 17 (2003)
/// 166-173): Gaussian classes with one covariance. Rejects what is far from every class (Mahalanobis distance) or from
/// the plane of the scores (Q), with limits from rows held out; after a search by class_gate.h instead. Where a search found another method better, that one names the class
/// and PLS keeps the gate. Immutable after fitting.
class Identity {
 public:
  static Result<Identity> fit(TrainingSet set, const IdentityOptions& options);

  struct Scratch {
    Treatment::Scratch treatment;
    ClassGate::Scratch gate;
    Eigen::VectorXd filled, treated, scores, rest, off, turned, values, distances;
  };
  struct Judgement {
    bool valid = false;             ///< false: the spectrum could not be used
    bool known = false;             ///< within the limits of the class named
    int class_index = -1;           ///< the nearest class even where it is not known
    double confidence = 0;          ///< posterior of it against the other classes, equal priors
    double distance = 0, distance_limit = 0;   ///< squared Mahalanobis distance, of PLS scores or of the gate
    double q = 0, q_limit = 0;
  };
  /// `confidences`, when given, receives the posterior of each class.
  Judgement judge(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& scratch, std::vector<double>* confidences = nullptr) const;
  /// The same for a spectrum that `treatment()` was applied to already, of its `outputs()` points. Allocates nothing once
  /// `scratch` has its size.
  Judgement judge_treated(const Eigen::VectorXd& treated, Scratch& scratch, std::vector<double>* confidences = nullptr) const;

  const std::vector<std::string>& classes() const { return classes_; }
  int index_of(std::string_view name) const;   ///< -1 when it is none of them
  const Treatment& treatment() const { return treatment_; }
  int components() const { return pls_.components(); }
  /// "PLS discriminants, 12 components"
  std::string method() const;
  /// Of the search that fitted it; not kept in the bytes.
  const std::vector<IdentityTrial>& trials() const { return trials_; }

  std::string to_bytes() const;
  static Result<Identity> from_bytes(std::string_view bytes);

 private:
  Treatment treatment_;
  std::vector<std::string> classes_;
  Pls pls_;
  Eigen::MatrixXd centres_;         ///< classes x components, of the scores
  Eigen::MatrixXd whitening_;       ///< components x components: makes the pooled covariance the unit matrix
  double distance_limit_ = 0, q_limit_ = 0;
  GapFiller filler_;
  std::optional<ClassGate> gate_;   ///< of a search: says who is known instead of pls_
  StandardScores standard_;         ///< with decider_
  std::optional<Decider> decider_;
  double sharpness_ = 1;            ///< of its posterior
  std::vector<IdentityTrial> trials_;

  void settle();
  Judgement judge_filled(Eigen::Ref<const Eigen::VectorXd> spectrum, Scratch& scratch, std::vector<double>* confidences) const;
  Plane plane_;                     ///< of pls_
  Eigen::MatrixXd white_centres_;   ///< components x classes
  lanes::Packed<double> linear_, rotation_; ///< of treated spectra: values of a linear decider, or standardised scores for another
  Eigen::VectorXd linear_offsets_;
};

}  // namespace beltwarden::spectra
