// The search behind Identity::fit: which treatment and which method name rows held out best. Not for users of the module.
#pragma once

#include <optional>

#include "science/spectra/identity.h"

namespace beltwarden::spectra::identity_search {

struct Discriminants {
  Eigen::MatrixXd centres, whitening;
};
/// Class means and pooled covariance of scores; `label` in 0 ... classes-1.
Discriminants discriminate(const Eigen::MatrixXd& scores, const std::vector<int>& label, int classes);

Eigen::MatrixXd memberships(const std::vector<int>& label, int classes);

struct Labelled {
  Eigen::MatrixXd x;
  std::vector<int> label;
  std::vector<std::uint32_t> groups;
};
Labelled labelled(const Treatment& treatment, const TrainingSet& set, const std::vector<std::string>& classes);

struct PlsTrial {
  int components = 0;
  double wrong = 0;                          ///< rows, mean over the repeats
  std::vector<double> distances, rests;      ///< of rows held out, with that many components
};

struct DeciderTrial {
  DeciderOptions options;
  double wrong = 0;                          ///< rows, mean over the repeats
  std::vector<Eigen::VectorXd> values;       ///< of rows held out
  std::vector<int> label;
};

struct Found {
  Treatment treatment;
  PlsTrial pls;
  std::optional<DeciderTrial> decider;       ///< where it names fewer rows wrongly than the PLS discriminants
  std::vector<IdentityTrial> trials;         ///< best first
};
/// `used`: points of the axis. `set` is complete.
Result<Found> search(const TrainingSet& set, const std::vector<std::string>& classes, const std::vector<bool>& used, const IdentityOptions& options);

std::string describe(const DeciderOptions& options);

}  // namespace beltwarden::spectra::identity_search
