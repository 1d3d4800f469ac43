#include "science/spectra/line_health.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kLineHealthKind = "LINE";
constexpr std::uint32_t kLineHealthVersion = 1;
constexpr Eigen::Index kHealthBins = 96;
constexpr double kDarkestSlice = 1e-3;             // below this a reflectance is noise
constexpr double kBeltReflectance = 0.045;    // carbon-black rubber, visible to 2500 nm
constexpr double kLampKelvin = 2900;
constexpr double kPlanckC2NmKelvin = 1.438777e7;   // hc/k, CODATA 2018
constexpr double kSignatureShare = 0.05;               // size at which the non-linear signatures are taken

// Relative change of Planck's radiance for a relative change of temperature: u / (1 - exp(-u)), u = c2 / (lambda T).
double planck_slope(double nm) {
  const double u = kPlanckC2NmKelvin / (nm * kLampKelvin);
  return u / (1 - std::exp(-u));
}

}  // namespace

std::string_view name_of(LineFault fault) {
  switch (fault) {
    case LineFault::kNone: break;
    case LineFault::kLampFading: return "lamp_fading";
    case LineFault::kDirtyWindow: return "dirty_window";
    case LineFault::kWavelengthShift: return "wavelength_shift";
    case LineFault::kLayerTooLow: return "layer_too_low";
    case LineFault::kEmptyBelt: return "empty_belt";
  }
  return "none";
}

bool LineReference::binned(const Eigen::VectorXd& reflectance, Eigen::VectorXd& out) const {
  if (reflectance.size() != static_cast<Eigen::Index>(axis_nm_.size())) return false;
  out.resize(static_cast<Eigen::Index>(bins_.size()));
  for (std::size_t b = 0; b < bins_.size(); ++b) {
    double sum = 0, n = 0;
    for (Eigen::Index i = bins_[b].first; i < bins_[b].second; ++i) {
      if (std::isfinite(reflectance[i])) sum += reflectance[i], n += 1;
    }
    if (n == 0) return false;
    out[static_cast<Eigen::Index>(b)] = std::log(std::max(sum / n, kDarkestSlice));
  }
  return true;
}

// Bins, and what each fault does to each brand's mean, whitened.
void LineReference::prepare() {
  const auto points = static_cast<Eigen::Index>(axis_nm_.size());
  const Eigen::Index bins = std::min(points, kHealthBins);
  bins_.clear(), bin_nm_.clear(), filters_.clear();
  for (Eigen::Index b = 0; b < bins; ++b) {
    bins_.emplace_back(b * points / bins, (b + 1) * points / bins);
    double nm = 0;
    for (Eigen::Index i = bins_.back().first; i < bins_.back().second; ++i) nm += axis_nm_[static_cast<std::size_t>(i)];
    bin_nm_.push_back(nm / static_cast<double>(bins_.back().second - bins_.back().first));
  }
  scale_.resize(mean_.rows(), kLineFaults);
  if (mean_.cols() != bins || belt_.size() != bins || whitening_.rows() != bins || whitening_.cols() != bins) return;
  for (Eigen::Index brand = 0; brand < mean_.rows(); ++brand) {
    Eigen::MatrixXd d(bins, kLineFaults);
    for (Eigen::Index b = 0; b < bins; ++b) {
      const double ln_r = mean_(brand, b), r = std::exp(ln_r);
      const double nm = bin_nm_[static_cast<std::size_t>(b)];
      // Relative to what the lamp loses at 1000 nm: more of the blue, less of the infrared.
      d(b, 0) = -planck_slope(nm) / planck_slope(1000);
      d(b, 1) = std::log1p(kSignatureShare * (1 - r) / r) / kSignatureShare;
      const Eigen::Index left = std::max<Eigen::Index>(b - 1, 0), right = std::min(b + 1, bins - 1);
      d(b, 2) = -(mean_(brand, right) - mean_(brand, left)) /
                (bin_nm_[static_cast<std::size_t>(right)] - bin_nm_[static_cast<std::size_t>(left)]);
      d(b, 3) = std::log1p(kSignatureShare * (std::exp(belt_[b] - ln_r) - 1)) / kSignatureShare;
    }
    Eigen::MatrixXd f = whitening_ * d;
    for (int k = 0; k < kLineFaults; ++k) {
      scale_(brand, k) = std::max(f.col(k).norm(), 1e-12);
      f.col(k) /= scale_(brand, k);
    }
    filters_.push_back(std::move(f));
  }
}

Result<LineReference> LineReference::fit(TrainingSet clean, Spectrum belt) {
  if (auto ok = complete(clean); !ok) return ok.error().within("line reference");
  LineReference ref;
  ref.axis_nm_ = clean.axis_nm;
  if (clean.classes.empty()) clean.classes.assign(static_cast<std::size_t>(clean.rows()), "ore");
  ref.brands_ = classes_of(clean);
  ref.prepare();
  const auto bins = static_cast<Eigen::Index>(ref.bins_.size());
  if (belt.size() == 0) belt = Spectrum::Constant(static_cast<Eigen::Index>(clean.axis_nm.size()), kBeltReflectance);
  if (!ref.binned(belt, ref.belt_)) return invalid_input("line reference: the belt's spectrum does not fit the axis or has gaps");
  // Means of slices, brand by brand.
  std::map<std::pair<std::string, std::uint32_t>, std::pair<Eigen::VectorXd, double>> slices;
  Eigen::VectorXd x;
  for (Eigen::Index i = 0; i < clean.rows(); ++i) {
    if (!ref.binned(clean.spectra.row(i).transpose(), x)) continue;
    auto& [sum, n] = slices[{clean.classes[static_cast<std::size_t>(i)], clean.groups[static_cast<std::size_t>(i)]}];
    if (n == 0) sum = Eigen::VectorXd::Zero(bins);
    sum += x;
    n += 1;
  }
  const auto brands = static_cast<Eigen::Index>(ref.brands_.size());
  if (static_cast<Eigen::Index>(slices.size()) < 10 + brands) {
    return invalid_input("line reference: expected at least 10 usable slices more than brands, found " +
                         std::to_string(slices.size()) + " of " + std::to_string(brands) + " brands");
  }
  ref.mean_ = Eigen::MatrixXd::Zero(brands, bins);
  Eigen::VectorXd count = Eigen::VectorXd::Zero(brands);
  const auto brand_of = [&](const std::string& name) { return std::ranges::find(ref.brands_, name) - ref.brands_.begin(); };
  for (const auto& [key, slice] : slices) {
    const auto b = brand_of(key.first);
    ref.mean_.row(b) += (slice.first / slice.second).transpose();
    count[b] += 1;
  }
  for (Eigen::Index b = 0; b < brands; ++b) {
    if (count[b] == 0) return invalid_input("line reference: no usable slice of '" + ref.brands_[static_cast<std::size_t>(b)] + "'");
    ref.mean_.row(b) /= count[b];
  }
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(bins, bins);
  for (const auto& [key, slice] : slices) {
    const Eigen::VectorXd off = slice.first / slice.second - ref.mean_.row(brand_of(key.first)).transpose();
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(off);
  }
  covariance = Eigen::MatrixXd(covariance.selfadjointView<Eigen::Lower>()) / static_cast<double>(static_cast<Eigen::Index>(slices.size()) - brands);
  // Shrinking towards the diagonal: directions that the clean slices happened not to show are not taken for noiseless.
  covariance.diagonal() *= 1.02;
  covariance.diagonal().array() += 1e-6;
  ref.whitening_ = Cholesky(covariance).whitening();
  ref.prepare();

  Eigen::MatrixXd squares = Eigen::MatrixXd::Zero(brands, kLineFaults);
  double length = 0;
  for (const auto& [key, slice] : slices) {
    const auto b = brand_of(key.first);
    const Eigen::VectorXd off = ref.whitening_ * (slice.first / slice.second - ref.mean_.row(b).transpose());
    length += off.squaredNorm();
    for (int k = 0; k < kLineFaults; ++k) {
      const double size = ref.filters_[static_cast<std::size_t>(b)].col(k).dot(off) / ref.scale_(b, k);
      squares(b, k) += size * size;
    }
  }
  ref.usual_ = std::sqrt(length / static_cast<double>(slices.size()));
  ref.sd_ = squares;
  for (Eigen::Index b = 0; b < brands; ++b) ref.sd_.row(b) = (squares.row(b) / std::max(1.0, count[b] - 1)).cwiseSqrt().cwiseMax(1e-9);
  return ref;
}

LineReference::Signs LineReference::measure(Eigen::Ref<const Eigen::VectorXd> reflectance, int brand) const {
  Signs s;
  Eigen::VectorXd x;
  if (!binned(reflectance, x) || brand >= mean_.rows()) return s;
  s.valid = true;
  Eigen::VectorXd off, best_off;
  double best = 0;
  for (Eigen::Index b = 0; b < mean_.rows(); ++b) {
    if (brand >= 0 && b != brand) continue;
    off = whitening_ * (x - mean_.row(b).transpose());
    // The brand that explains the spectrum best when one fault at its best is taken out: a fault must not look like another brand.
    double left = off.squaredNorm();
    for (int k = 0; k < kLineFaults; ++k) {
      const double along = filters_[static_cast<std::size_t>(b)].col(k).dot(off);
      left = std::min(left, off.squaredNorm() - along * along);
    }
    if (s.brand < 0 || left < best) best = left, s.brand = static_cast<int>(b), best_off = off;
  }
  const auto b = static_cast<Eigen::Index>(s.brand);
  const double length = best_off.norm();
  s.deviation = length / usual_;
  for (int k = 0; k < kLineFaults; ++k) {
    const double along = filters_[static_cast<std::size_t>(b)].col(k).dot(best_off);
    auto& sign = s.of[static_cast<std::size_t>(k)];
    sign.size = along / scale_(b, k);
    const bool either_way = k + 1 == static_cast<int>(LineFault::kWavelengthShift);
    sign.z = either_way ? std::abs(sign.size) / sd_(b, k) : std::max(0.0, sign.size / sd_(b, k));
    if (length > 0 && sign.z > 0) sign.explained = along * along / (length * length);
  }
  const double to_belt = (whitening_ * (x - belt_)).norm();
  s.belt_likeness = to_belt + length > 0 ? length / (to_belt + length) : 0;
  return s;
}

std::string LineReference::to_bytes() const {
  ModelWriter to;
  to.numbers(axis_nm_);
  to.u32(static_cast<std::uint32_t>(brands_.size()));
  for (const auto& b : brands_) to.text(b);
  to.matrix(mean_);
  to.matrix(whitening_);
  to.vector(belt_);
  to.f64(usual_);
  to.matrix(sd_);
  return to.finish(kLineHealthKind, kLineHealthVersion);
}

Result<LineReference> LineReference::from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kLineHealthKind, kLineHealthVersion);
  if (!from) return from.error();
  LineReference m;
  m.axis_nm_ = from->numbers();
  m.brands_.resize(from->u32(256));
  for (auto& b : m.brands_) b = from->text();
  m.mean_ = from->matrix();
  m.whitening_ = from->matrix();
  m.belt_ = from->vector();
  m.usual_ = from->f64();
  m.sd_ = from->matrix();
  if (auto ok = from->done(); !ok) return ok.error();
  if (auto ok = check_axis(m.axis_nm_); !ok) return ok.error().within("line reference");
  m.prepare();
  const auto brands = static_cast<Eigen::Index>(m.brands_.size());
  if (brands == 0 || m.mean_.rows() != brands || static_cast<Eigen::Index>(m.filters_.size()) != brands || m.sd_.rows() != brands ||
      m.sd_.cols() != kLineFaults || !(m.usual_ > 0) || !(m.sd_.minCoeff() > 0)) {
    return corrupt("line reference: parts do not fit each other");
  }
  return m;
}

LineMonitor::LineMonitor() : LineMonitor(Options{}) {}

LineMonitor::LineMonitor(const Options& options) : options_(options) {
  for (int k = 0; k < kLineFaults; ++k) {
    // Two standard deviations of clean slices is what should be found; the mean of max(0, z) of clean slices is 0.4.
    auto cusum = Cusum::make({.target = 0.4, .shift = 2, .sd = 1,
                              .values_between_false_alarms = std::clamp(options.slices_between_false_alarms, 2.0, 1e7)});
    watches_.push_back({std::move(cusum).value(), 0, 0, 0});
  }
}

LineMonitor::Judgement LineMonitor::step(const LineReference::Signs& signs) {
  Judgement j;
  if (!signs.valid) return j;
  double best = 0;
  for (int k = 0; k < kLineFaults; ++k) {
    auto& w = watches_[static_cast<std::size_t>(k)];
    const auto& sign = signs.of[static_cast<std::size_t>(k)];
    // One wild slice must not speak for many.
    const auto& state = w.cusum.step(std::min(sign.z, 6.0));
    if (state.run == 0) {
      w.size_sum = w.explained_sum = 0, w.slices = 0;
      continue;
    }
    w.size_sum += sign.size, w.explained_sum += sign.explained, w.slices += 1;
    const double explained = w.explained_sum / static_cast<double>(w.slices);
    if (state.alarm && w.slices >= options_.least_slices && explained >= options_.least_explained && explained > best) {
      best = explained;
      j = {static_cast<LineFault>(k + 1), w.size_sum / static_cast<double>(w.slices), w.slices};
    }
  }
  if (signs.belt_likeness >= options_.empty_belt_likeness) return {LineFault::kEmptyBelt, 1, 1};
  return j;
}

void LineMonitor::reset() { *this = LineMonitor(options_); }

}  // namespace beltwarden::spectra
