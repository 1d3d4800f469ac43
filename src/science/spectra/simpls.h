#pragma once

#include "science/spectra/pls.h"

namespace beltwarden::spectra {

/// SIMPLS (de Jong, Chemom. Intell. Lab. Syst. 18 (1993) 251-263): the same as fit_pls for one response; for several it
/// maximises the covariance exactly and its coefficients differ.
Result<Pls> fit_simpls(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y, int components);

}  // namespace beltwarden::spectra
