#include "instruments/spectrometer/references.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace beltwarden::instruments {
namespace {

constexpr std::size_t kMaxDarks = 8;
constexpr double kFullScaleShare = 0.999;   // converters clip a count or two below their full scale
constexpr double kMaxSaturatedWhite = 0.2;  // of the channels; more and the white is no reference
constexpr double kMinWhiteShare = 0.005;    // of the white's mean; below it a channel sees no light
constexpr double kLampReset_h = 1;          // lamp hours that fall by more belong to a new lamp
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

std::int64_t microseconds(double ms) { return std::llround(ms * 1000); }

std::string ms_text(double ms) {
  std::string text = std::to_string(ms);
  text.resize(text.size() - 3);
  return text + " ms";
}

bool same_axis(const SpectrumFrame& a, const SpectrumFrame& b) {
  return a.axis == b.axis || a.axis->wavelengths_nm == b.axis->wavelengths_nm;
}

}  // namespace

std::vector<bool> saturated_channels(const SpectrumFrame& frame) {
  std::vector<bool> saturated(frame.counts.size(), false);
  for (const std::uint32_t channel : frame.saturated) {
    if (channel < saturated.size()) saturated[channel] = true;
  }
  if (frame.full_scale > 0) {
    for (std::size_t i = 0; i < saturated.size(); ++i) {
      if (frame.counts[i] >= kFullScaleShare * frame.full_scale) saturated[i] = true;
    }
  }
  return saturated;
}

std::optional<Time> References::white_time() const { return white_ ? std::optional(white_->frame.time) : std::nullopt; }

const SpectrumFrame* References::dark_for(const SpectrumFrame& frame) const {
  const auto found = darks_.find(microseconds(frame.integration_ms));
  return found != darks_.end() && same_axis(found->second, frame) ? &found->second : nullptr;
}

Result<void> References::take(const SpectrumFrame& reference) {
  if (!reference.axis || reference.counts.size() != reference.axis->wavelengths_nm.size()) {
    return invalid_input("a reference without its wavelengths");
  }
  if (reference.kind == SpectrumKind::kWhite) {
    if (dark_for(reference) == nullptr) {
      waiting_white_ = reference;
      return {};
    }
    return use_white(reference);
  }
  if (reference.kind != SpectrumKind::kDark) return invalid_input("expected a white or dark reference, found a sample");
  const auto masked = saturated_channels(reference);
  if (2 * static_cast<std::size_t>(std::count(masked.begin(), masked.end(), true)) > masked.size()) {
    return invalid_input("dark reference: more than half of its channels are saturated; is the shutter open?");
  }
  if (darks_.size() >= kMaxDarks && darks_.count(microseconds(reference.integration_ms)) == 0) {
    darks_.erase(std::min_element(darks_.begin(), darks_.end(),
                                  [](const auto& a, const auto& b) { return a.second.time < b.second.time; }));
  }
  darks_.insert_or_assign(microseconds(reference.integration_ms), reference);
  if (waiting_white_ && dark_for(*waiting_white_) != nullptr) {
    SpectrumFrame white = std::move(*waiting_white_);
    waiting_white_.reset();
    return use_white(std::move(white));
  }
  return {};
}

Result<void> References::use_white(SpectrumFrame frame) {
  const SpectrumFrame& dark = *dark_for(frame);
  const auto masked = saturated_channels(frame);
  const auto saturated = static_cast<double>(std::count(masked.begin(), masked.end(), true));
  if (saturated > kMaxSaturatedWhite * static_cast<double>(masked.size())) {
    return invalid_input(
        "white reference: " + std::to_string(static_cast<int>(100 * saturated / static_cast<double>(masked.size()))) +
        " % of its channels are saturated; expected at most 20 %");
  }
  White white{std::move(frame), {}, 0};
  const std::size_t n = white.frame.counts.size();
  white.net_per_ms.resize(n);
  double sum = 0;
  std::size_t used = 0;
  for (std::size_t i = 0; i < n; ++i) {
    white.net_per_ms[i] = static_cast<float>((white.frame.counts[i] - dark.counts[i]) / white.frame.integration_ms);
    if (masked[i]) white.net_per_ms[i] = kMissing;
    if (!std::isnan(white.net_per_ms[i])) sum += white.net_per_ms[i], ++used;
  }
  white.mean = used > 0 ? sum / static_cast<double>(used) : 0;
  if (!(white.mean > 0)) return invalid_input("white reference: no brighter than the dark; is the lamp on?");
  for (float& net : white.net_per_ms) {
    if (!(net > kMinWhiteShare * white.mean)) net = kMissing;
  }
  const bool new_lamp = white_ && white.frame.lamp_hours < white_->frame.lamp_hours - kLampReset_h;
  if (first_white_mean_ == 0 || new_lamp) first_white_mean_ = white.mean;
  white_level_ = white.mean / first_white_mean_;
  white_ = std::move(white);
  return {};
}

Result<material::SpectrumReading> References::reflectance(const SpectrumFrame& sample) const {
  if (!white_) {
    return invalid_input(waiting_white_ ? "a white reference came, but no dark one of its integration time yet"
                                        : "no white reference yet");
  }
  if (!same_axis(white_->frame, sample))
    return invalid_input("the white reference has other wavelengths than the sample");
  const SpectrumFrame* dark = dark_for(sample);
  if (dark == nullptr)
    return invalid_input("no dark reference of " + ms_text(sample.integration_ms) + " integration time");
  const auto masked = saturated_channels(sample);

  material::SpectrumReading reading;
  reading.axis = white_->frame.axis;  // one object for all spectra
  reading.reflectance.resize(sample.counts.size());
  std::size_t saturated = 0;
  const auto per_ms = static_cast<float>(1 / sample.integration_ms);
  for (std::size_t i = 0; i < sample.counts.size(); ++i) {
    saturated += masked[i];
    reading.reflectance[i] =
        masked[i] ? kMissing : (sample.counts[i] - dark->counts[i]) * per_ms / white_->net_per_ms[i];
  }
  reading.scans = sample.scans;
  reading.integration_ms = sample.integration_ms;
  reading.saturated_fraction = static_cast<double>(saturated) / static_cast<double>(sample.counts.size());
  reading.lamp_hours = sample.lamp_hours;
  reading.reference_age_s = std::max(0.0, (sample.time - white_->frame.time).seconds());
  reading.white_level = white_level_;
  return reading;
}

}  // namespace beltwarden::instruments
