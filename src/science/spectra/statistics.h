// Quantiles that limits are made of.
#pragma once

#include <span>

namespace beltwarden::spectra {

/// The value below which a standard normal falls with probability `p` (0 < p < 1).
double normal_quantile(double p);
/// The same for chi-squared with `dof` > 0 degrees of freedom (not necessarily whole).
double chi2_quantile(double p, double dof);
/// The same for F with `dof1`, `dof2` > 0 degrees of freedom.
double f_quantile(double p, double dof1, double dof2);
/// The same for Student's t with `dof` > 0 degrees of freedom.
double t_quantile(double p, double dof);

/// Regularised incomplete gamma P(a, x) and beta I_x(a, b): Numerical Recipes (3rd ed.) 6.2 and 6.4.
double incomplete_gamma(double a, double x);
double incomplete_beta(double a, double b, double x);

/// Limit of Hotelling's T2 for a new observation: A(n^2-1) / (n(n-A)) F(p; A, n-A). n > A.
double t2_limit(double p, int components, int rows);
/// Limit of the residual sum of squares from a sample of them: g chi2(p; h), g = var / 2 mean, h = 2 mean^2 / var (Box 1954).
double q_limit_box(double p, std::span<const double> q);
/// Limit of Q from the eigenvalues left out (Jackson and Mudholkar, Technometrics 21 (1979) 341-349).
double q_limit_jackson_mudholkar(double p, std::span<const double> left_out_eigenvalues);

/// Linear between order statistics (type 7); `values` must be sorted and not empty.
double sorted_quantile(std::span<const double> values, double p);

}  // namespace beltwarden::spectra
