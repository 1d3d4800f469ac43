// Data-driven SIMCA: what a class accepts, from the distances of its own members.
#pragma once

#include <span>

#include "base/result.h"
#include "science/spectra/pls.h"

namespace beltwarden::spectra {

/// Score distance h (T2) and orthogonal distance v (Q) of class members follow scaled chi-squared laws whose scale and
/// degrees of freedom are estimated from the members; so does their sum Nh h/h0 + Nv v/v0, with Nh + Nv degrees (Pomerantsev
/// and Rodionova, J. Chemometrics 28 (2014) 518-522, eq. 5-9; Pomerantsev, J. Chemometrics 22 (2008) 601-609).
class DdSimca {
 public:
  DdSimca() = default;

  /// From distances of at least 5 members, best of ones the model was not fitted on. `robust`: by median and interquartile
  /// range (Rodionova and Pomerantsev, 2014, eq. 10), so that a few strangers among the members do no harm.
  static Result<DdSimca> fit(std::span<const Distance> members, bool robust);

  /// Total distance of one spectrum: grows with strangeness.
  double total(const Distance& d) const { return h_dof_ * d.t2 / h0_ + v_dof_ * d.q / v0_; }
  /// Exceeded by a share `alpha` of members.
  double limit(double alpha) const;
  /// Exceeded by the largest of all `rows` members with probability `gamma`: beyond it a row is an outlier.
  double outlier_limit(double gamma, int rows) const;

  double h_scale() const { return h0_; }
  double v_scale() const { return v0_; }
  double h_dof() const { return h_dof_; }
  double v_dof() const { return v_dof_; }

  void write(ModelWriter& to) const;
  static DdSimca read(ModelReader& from);

 private:
  double h0_ = 1, v0_ = 1, h_dof_ = 1, v_dof_ = 1;
};

}  // namespace beltwarden::spectra
