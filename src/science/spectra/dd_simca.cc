#include "science/spectra/dd_simca.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

constexpr double kMostDof = 100;   // beyond it the law is a normal one anyway

struct ChiSquared {
  double scale = 1, dof = 1;
};

// Mean and variance of u0 chi2(N) / N are u0 and 2 u0^2 / N.
ChiSquared by_moments(const std::vector<double>& u) {
  const double n = static_cast<double>(u.size());
  double mean = 0, variance = 0;
  for (double v : u) mean += v / n;
  for (double v : u) variance += (v - mean) * (v - mean) / (n - 1);
  if (!(mean > 0)) return {1e-300, 1};
  return {mean, std::clamp(std::round(2 * mean * mean / std::max(variance, 1e-300)), 1.0, kMostDof)};
}

// The whole number of degrees whose interquartile range relative to the median is nearest to that of the sample.
ChiSquared by_quartiles(std::vector<double> u) {
  std::ranges::sort(u);
  const double median = sorted_quantile(u, 0.5);
  if (!(median > 0)) return {1e-300, 1};
  const double wanted = (sorted_quantile(u, 0.75) - sorted_quantile(u, 0.25)) / median;
  double best = 1, best_off = 1e300;
  for (double dof = 1; dof <= kMostDof; ++dof) {
    const double off =
        std::abs((chi2_quantile(0.75, dof) - chi2_quantile(0.25, dof)) / chi2_quantile(0.5, dof) - wanted);
    if (off < best_off) best_off = off, best = dof;
  }
  return {median * best / chi2_quantile(0.5, best), best};
}

}  // namespace

Result<DdSimca> DdSimca::fit(std::span<const Distance> members, bool robust) {
  if (members.size() < 5) return invalid_input("DD-SIMCA: expected at least 5 members, found " + std::to_string(members.size()));
  std::vector<double> h, v;
  for (const auto& d : members) {
    if (!std::isfinite(d.t2) || !std::isfinite(d.q)) return invalid_input("DD-SIMCA: a member's distance is not a number");
    h.push_back(d.t2);
    v.push_back(d.q);
  }
  const auto of_h = robust ? by_quartiles(h) : by_moments(h), of_v = robust ? by_quartiles(v) : by_moments(v);
  DdSimca s;
  s.h0_ = of_h.scale, s.h_dof_ = of_h.dof, s.v0_ = of_v.scale, s.v_dof_ = of_v.dof;
  return s;
}

double DdSimca::limit(double alpha) const { return chi2_quantile(1 - alpha, h_dof_ + v_dof_); }

double DdSimca::outlier_limit(double gamma, int rows) const {
  return chi2_quantile(std::pow(1 - gamma, 1.0 / std::max(rows, 1)), h_dof_ + v_dof_);
}

void DdSimca::write(ModelWriter& to) const {
  for (double v : {h0_, v0_, h_dof_, v_dof_}) to.f64(v);
}

DdSimca DdSimca::read(ModelReader& from) {
  DdSimca s;
  for (double* v : {&s.h0_, &s.v0_, &s.h_dof_, &s.v_dof_}) *v = from.f64();
  if (from.ok() && !(s.h0_ > 0 && s.v0_ > 0 && s.h_dof_ >= 1 && s.v_dof_ >= 1 && s.h_dof_ <= kMostDof && s.v_dof_ <= kMostDof)) {
    from.fail("DD-SIMCA scales out of range");
  }
  return s;
}

}  // namespace beltwarden::spectra
