#include "science/spectra/envelope.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kEnvelopeKind = "ENVE";
constexpr std::uint32_t kEnvelopeVersion = 1;
constexpr std::size_t kBandShare = 20;      // one band in so many is "darkest", as many "brightest"
constexpr double kLeastReflectance = 1e-4;         // of reflectance, below which a logarithm means nothing
constexpr double kLeastSd = 0.01;       // no level is known better than to a per cent

double average(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size()); }

double spread_of(const std::vector<double>& v) {
  const double m = average(v);
  double s = 0;
  for (double x : v) s += (x - m) * (x - m);
  return std::max(kLeastSd, std::sqrt(s / static_cast<double>(v.size() - 1)));
}

}  // namespace

void Envelope::choose_bands() {
  std::vector<Eigen::Index> order;
  for (Eigen::Index i = 0; i < mean_.size(); ++i) {
    if (std::isfinite(mean_[i])) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](Eigen::Index i) { return mean_[i]; });
  const auto n = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, order.size() / kBandShare));
  if (order.size() < 3) return;
  dark_bands_.assign(order.begin(), order.begin() + n);
  bright_bands_.assign(order.end() - n, order.end());
}

Envelope::Levels Envelope::measure(Eigen::Ref<const Eigen::VectorXd> spectrum) const {
  if (spectrum.size() != mean_.size()) return {};
  const auto mean = [&](const std::vector<Eigen::Index>& bands) {
    double sum = 0;
    int n = 0;
    for (auto i : bands) {
      if (!std::isfinite(spectrum[i])) continue;
      sum += spectrum[i];
      ++n;
    }
    return n > 0 ? sum / n : std::nan("");
  };
  const double dark = mean(dark_bands_), bright = mean(bright_bands_);
  if (!std::isfinite(dark) || !std::isfinite(bright)) return {};
  return {std::log(std::max(dark, kLeastReflectance)), std::log(std::max(bright - dark, kLeastReflectance)), true};
}

Result<Envelope> Envelope::fit(TrainingSet set) {
  if (auto ok = complete(set); !ok) return ok.error();
  std::map<std::uint32_t, std::pair<Eigen::VectorXd, int>> slices;
  for (Eigen::Index i = 0; i < set.rows(); ++i) {
    auto& [sum, n] = slices[set.groups[static_cast<std::size_t>(i)]];
    if (n++ == 0) sum = Eigen::VectorXd::Zero(set.spectra.cols());
    sum += set.spectra.row(i).transpose();
  }
  if (slices.size() < 8) return invalid_input("envelope: expected at least 8 slices, found " + std::to_string(slices.size()));
  Envelope e;
  e.axis_nm_ = set.axis_nm;
  const double n = static_cast<double>(slices.size());
  e.mean_ = Eigen::VectorXd::Zero(set.spectra.cols());
  e.sd_ = e.mean_;
  for (auto& [group, slice] : slices) {
    slice.first /= slice.second;
    e.mean_ += slice.first / n;
  }
  for (const auto& [group, slice] : slices) e.sd_ += (slice.first - e.mean_).cwiseAbs2() / (n - 1);
  e.sd_ = e.sd_.cwiseSqrt();
  e.choose_bands();
  if (e.dark_bands_.empty()) return invalid_input("envelope: no band has a value in every spectrum");
  std::vector<double> dark, contrast;
  for (const auto& [group, slice] : slices) {
    const auto l = e.measure(slice.first);
    if (!l.valid) continue;
    dark.push_back(l.dark);
    contrast.push_back(l.contrast);
  }
  if (dark.size() < 8) return invalid_input("envelope: fewer than 8 usable slices");
  e.dark_mean_ = average(dark), e.dark_sd_ = spread_of(dark);
  e.contrast_mean_ = average(contrast), e.contrast_sd_ = spread_of(contrast);
  return e;
}

Envelope::Level Envelope::level(Eigen::Ref<const Eigen::VectorXd> spectrum) const {
  const auto l = measure(spectrum);
  if (!l.valid) return {};
  return {true, (l.dark - dark_mean_) / dark_sd_, (l.contrast - contrast_mean_) / contrast_sd_};
}

std::string Envelope::to_bytes() const {
  ModelWriter to;
  to.numbers(axis_nm_);
  to.vector(mean_);
  to.vector(sd_);
  for (double v : {dark_mean_, dark_sd_, contrast_mean_, contrast_sd_}) to.f64(v);
  return to.finish(kEnvelopeKind, kEnvelopeVersion);
}

Result<Envelope> Envelope::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kEnvelopeKind, kEnvelopeVersion);
  if (!from) return from.error();
  Envelope e;
  e.axis_nm_ = from->numbers();
  e.mean_ = from->vector();
  e.sd_ = from->vector();
  for (double* v : {&e.dark_mean_, &e.dark_sd_, &e.contrast_mean_, &e.contrast_sd_}) *v = from->f64();
  if (from->ok() && (!check_axis(e.axis_nm_) || e.mean_.size() != static_cast<Eigen::Index>(e.axis_nm_.size()) ||
                     e.sd_.size() != e.mean_.size() || !(e.dark_sd_ > 0) || !(e.contrast_sd_ > 0))) {
    from->fail("envelope parts do not fit each other");
  }
  if (auto ok = from->done(); !ok) return ok.error();
  e.choose_bands();
  if (e.dark_bands_.empty()) return corrupt("envelope: no band has a value");
  return e;
}

}  // namespace beltwarden::spectra
