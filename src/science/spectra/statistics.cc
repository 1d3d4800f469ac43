#include "science/spectra/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace beltwarden::spectra {
namespace {

constexpr double kLentzTiny = 1e-300;
constexpr double kEpsilon = 1e-16;

// Solves f(x) = p for a distribution function f on [0, inf): bracket, then bisect to the last bit but a few.
template <class Cdf>
double invert(Cdf cdf, double p) {
  double low = 0, high = 1;
  while (cdf(high) < p && high < 1e300) low = high, high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
    const double mid = (low + high) / 2;
    (cdf(mid) < p ? low : high) = mid;
  }
  return (low + high) / 2;
}

double beta_fraction(double a, double b, double x) {
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  if (std::abs(d) < kLentzTiny) d = kLentzTiny;
  d = 1 / d;
  double h = d;
  for (int m = 1; m < 10000; ++m) {
    const double m2 = 2 * m;
    double aa = m * (b - m) * x / ((a + m2 - 1) * (a + m2));
    d = 1 + aa * d;
    if (std::abs(d) < kLentzTiny) d = kLentzTiny;
    c = 1 + aa / c;
    if (std::abs(c) < kLentzTiny) c = kLentzTiny;
    d = 1 / d;
    h *= d * c;
    aa = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1));
    d = 1 + aa * d;
    if (std::abs(d) < kLentzTiny) d = kLentzTiny;
    c = 1 + aa / c;
    if (std::abs(c) < kLentzTiny) c = kLentzTiny;
    d = 1 / d;
    const double step = d * c;
    h *= step;
    if (std::abs(step - 1) < kEpsilon * 10) break;
  }
  return h;
}

}  // namespace

double incomplete_gamma(double a, double x) {
  if (x <= 0) return 0;
  const double front = std::exp(-x + a * std::log(x) - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (double n = a + 1; std::abs(term) > std::abs(sum) * kEpsilon; ++n) {
      term *= x / n;
      sum += term;
    }
    return sum * front;
  }
  double b = x + 1 - a, c = 1 / kLentzTiny, d = 1 / b, h = d;
  for (int i = 1; i < 10000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < kLentzTiny) d = kLentzTiny;
    c = b + an / c;
    if (std::abs(c) < kLentzTiny) c = kLentzTiny;
    d = 1 / d;
    const double step = d * c;
    h *= step;
    if (std::abs(step - 1) < kEpsilon * 10) break;
  }
  return 1 - front * h;
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double normal_quantile(double p) {
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p >= 1) return std::numeric_limits<double>::infinity();
  if (p > 0.5) return -normal_quantile(1 - p);
  double low = -40, high = 0;
  for (int i = 0; i < 200 && high - low > 1e-15 * (1 - low); ++i) {
    const double mid = (low + high) / 2;
    (std::erfc(-mid / std::sqrt(2.0)) / 2 < p ? low : high) = mid;
  }
  return (low + high) / 2;
}

double chi2_quantile(double p, double dof) {
  return invert([&](double x) { return incomplete_gamma(dof / 2, x / 2); }, p);
}

double f_quantile(double p, double dof1, double dof2) {
  return invert([&](double x) { return incomplete_beta(dof1 / 2, dof2 / 2, dof1 * x / (dof1 * x + dof2)); }, p);
}

double t_quantile(double p, double dof) {
  if (p == 0.5) return 0;
  return p < 0.5 ? -t_quantile(1 - p, dof) : std::sqrt(f_quantile(2 * p - 1, 1, dof));
}

double t2_limit(double p, int components, int rows) {
  const double a = components, n = rows;
  if (components < 1 || rows <= components) return std::numeric_limits<double>::infinity();
  return a * (n * n - 1) / (n * (n - a)) * f_quantile(p, a, n - a);
}

double q_limit_box(double p, std::span<const double> q) {
  if (q.size() < 2) return std::numeric_limits<double>::infinity();
  const double n = static_cast<double>(q.size());
  double mean = 0, var = 0;
  for (double v : q) mean += v / n;
  for (double v : q) var += (v - mean) * (v - mean) / (n - 1);
  if (mean <= 0 || var <= 0) return mean;
  return var / (2 * mean) * chi2_quantile(p, 2 * mean * mean / var);
}

double q_limit_jackson_mudholkar(double p, std::span<const double> left_out_eigenvalues) {
  double t1 = 0, t2 = 0, t3 = 0;
  for (double l : left_out_eigenvalues) t1 += l, t2 += l * l, t3 += l * l * l;
  if (t1 <= 0) return 0;
  const double h0 = 1 - 2 * t1 * t3 / (3 * t2 * t2);
  const double c = normal_quantile(p);
  return t1 * std::pow(1 + c * std::sqrt(2 * t2 * h0 * h0) / t1 + t2 * h0 * (h0 - 1) / (t1 * t1), 1 / h0);
}

double sorted_quantile(std::span<const double> values, double p) {
  const double at = std::clamp(p, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const auto high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

}  // namespace beltwarden::spectra
