#include "inspect/slice_spectra.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::inspect {
namespace {

constexpr double kMostSaturated = 0.2;    // share of channels, above which a reading says little
constexpr double kLeastWhite = 0.3;       // of the lamp's first white reference, below which noise rules
constexpr std::size_t kMostWaiting = 20000;   // readings of a lot whose slices do not close: the oldest go
constexpr std::size_t kMostSpare = 4000;      // readings whose memory is kept; a slice at 20 spectra/s has some 900

}  // namespace

void SliceSpectra::add(const material::Observation& observation, const material::SpectrumReading& reading) {
  if (axes_nm_.empty() || observation.intervals.size() != 1 || reading.axis == nullptr ||
      reading.reflectance.size() != reading.axis->wavelengths_nm.size()) {
    return;
  }
  if (source_nm_ != reading.axis->wavelengths_nm) {
    source_nm_ = reading.axis->wavelengths_nm;
    resamplers_.clear();
    for (const auto& axis_nm : axes_nm_) {
      auto made = spectra::Resampler::make(source_nm_, axis_nm);
      if (made) resamplers_.push_back(std::move(*made));
    }
    resampler_fits_ = resamplers_.size() == axes_nm_.size();
  }
  if (!resampler_fits_) return;
  const auto& where = observation.intervals.front();
  Reading r;
  if (!spare_.empty()) {
    r = std::move(spare_.back());
    spare_.pop_back();
  }
  r.middle_t = (where.tonnes.from.value + where.tonnes.to.value) / 2;
  r.scans = std::max<double>(1, reading.scans);
  r.fit = reading.saturated_fraction <= kMostSaturated && reading.white_level >= kLeastWhite;
  r.time = observation.time;
  r.instrument = observation.instrument;
  raw_ = Eigen::Map<const Eigen::VectorXf>(reading.reflectance.data(), static_cast<Eigen::Index>(reading.reflectance.size())).cast<double>();
  r.on.resize(axes_nm_.size());
  for (std::size_t a = 0; a < axes_nm_.size(); ++a) {
    r.on[a].resize(resamplers_[a].target_points());
    resamplers_[a].apply(raw_, r.on[a]);
  }
  auto& waiting = readings_[where.lot];
  if (waiting.size() >= kMostWaiting) waiting.erase(waiting.begin(), waiting.begin() + kMostWaiting / 2);
  waiting.push_back(std::move(r));
}

SliceSpectrum SliceSpectra::take(const material::LotInterval& slice) {
  SliceSpectrum out;
  const auto found = readings_.find(slice.lot);
  if (found == readings_.end()) return out;
  auto& waiting = found->second;
  const auto inside = std::stable_partition(waiting.begin(), waiting.end(),
                                            [&](const Reading& r) { return r.middle_t >= slice.tonnes.to.value; });
  const auto middle = inside + (waiting.end() - inside) / 2;
  if (middle != waiting.end()) out.time = middle->time, out.instrument = middle->instrument;
  std::vector<const Reading*> fit;
  for (auto r = inside; r != waiting.end(); ++r) {
    if (r->middle_t < slice.tonnes.from.value) continue;   // of a slice that has closed already
    if (r->fit) fit.push_back(&*r);
    else ++out.unfit;
  }
  out.readings = static_cast<int>(fit.size());
  for (std::size_t a = 0; a < axes_nm_.size(); ++a) {
    const auto n = static_cast<Eigen::Index>(axes_nm_[a].size());
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(n), weight = Eigen::VectorXd::Zero(n);
    for (const auto* r : fit) {
      for (Eigen::Index i = 0; i < n; ++i) {
        if (!std::isfinite(r->on[a][i])) continue;
        sum[i] += r->scans * r->on[a][i];
        weight[i] += r->scans;
      }
    }
    out.on.push_back((weight.array() > 0).select(sum.array() / weight.array().max(1e-300), std::nan("")));
  }
  spare(waiting, inside);
  return out;
}

void SliceSpectra::forget(const LotId& lot) {
  const auto found = readings_.find(lot);
  if (found == readings_.end()) return;
  spare(found->second, found->second.begin());
  readings_.erase(found);
}

void SliceSpectra::spare(std::vector<Reading>& waiting, std::vector<Reading>::iterator from) {
  for (auto r = from; r != waiting.end() && spare_.size() < kMostSpare; ++r) spare_.push_back(std::move(*r));
  waiting.erase(from, waiting.end());
}

}  // namespace beltwarden::inspect
