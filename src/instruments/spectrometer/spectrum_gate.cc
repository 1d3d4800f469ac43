#include "instruments/spectrometer/spectrum_gate.h"

#include <cmath>
#include <string_view>

#include "base/hash.h"

namespace beltwarden::instruments {
namespace {

using State = material::HealthReading::State;

constexpr double kTooSaturated =
    0.1;  // share of channels; a sample beyond it is passed, but the instrument is degraded

std::string percent(double share) { return std::to_string(static_cast<int>(std::lround(100 * share))) + " %"; }

}  // namespace

Result<SpectrumGateSettings> SpectrumGateSettings::read(const Config& settings) {
  SpectrumGateSettings result;
  auto age_s = settings.number("max_reference_age_s", 1, 1e7, result.max_reference_age_s);
  if (!age_s) return age_s.error();
  auto level = settings.number("min_white_level", 0, 1, result.min_white_level);
  if (!level) return level.error();
  auto difference_s = settings.number("max_clock_difference_s", 0.01, 86400, result.max_clock_difference.seconds());
  if (!difference_s) return difference_s.error();
  auto lamp_hours = settings.number("max_lamp_hours", 0, 1e6, result.max_lamp_hours);
  if (!lamp_hours) return lamp_hours.error();
  return SpectrumGateSettings{*age_s, *level, *lamp_hours, seconds(*difference_s)};
}

// False for a duplicate. Late ones pass: they are stamped with their own time.
bool SpectrumGate::in_order(std::uint64_t sequence, Time time, const std::vector<float>& values, bool is_sample) {
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  if (order_.judge(sequence, time, crc32c(bytes), is_sample) == OrderGuard::Verdict::kDuplicate) {
    health_.dropped("duplicate spectrum",
                    "spectrum " + std::to_string(sequence) + " of " + to_rfc3339(time) + " came twice");
    return false;
  }
  if (order_.missing() > missing_reported_) {
    health_.dropped("missed by the gateway", "spectra before number " + std::to_string(sequence) + " never arrived",
                    order_.missing() - missing_reported_);
    missing_reported_ = order_.missing();
  }
  return true;
}

bool SpectrumGate::take(const SpectrumFrame& frame, bool live, const Sink& sink) {
  const Time received = context_.clock.now();
  if (!in_order(frame.sequence, frame.time, frame.counts, frame.kind == SpectrumKind::kSample)) return true;
  if (frame.kind != SpectrumKind::kSample) {
    const char* name = frame.kind == SpectrumKind::kWhite ? "white" : "dark";
    if (auto taken = references_.take(frame); !taken) {
      health_.dropped(std::string("unusable ") + name + " reference", taken.error().message);
      health_.state(State::kDegraded, taken.error().message);
    }
    return true;
  }
  auto spectrum = references_.reflectance(frame);
  if (!spectrum) {
    health_.dropped("sample without references",
                    "sample " + std::to_string(frame.sequence) + ": " + spectrum.error().message);
    health_.state(State::kDegraded, spectrum.error().message);
    return true;
  }
  return send(std::move(*spectrum), frame.sequence, frame.time, received, live, sink);
}

bool SpectrumGate::take_reflectance(material::SpectrumReading spectrum, std::uint64_t sequence, Time time, bool live,
                                    const Sink& sink) {
  const Time received = context_.clock.now();
  if (!in_order(sequence, time, spectrum.reflectance, true)) return true;
  return send(std::move(spectrum), sequence, time, received, live, sink);
}

bool SpectrumGate::send(material::SpectrumReading spectrum, std::uint64_t sequence, Time time, Time received, bool live,
                        const Sink& sink) {
  material::Reading reading;
  reading.instrument = context_.instrument;
  reading.device_sequence = sequence;
  reading.time = live ? clock_.on_site_clock(time, received) : time;
  reading.received = received;
  reading.exposure_s = spectrum.integration_ms * 1e-3 * spectrum.scans;
  report(spectrum);
  reading.payload = std::move(spectrum);
  if (!sink(std::move(reading))) return false;
  health_.accepted();
  return true;
}

void SpectrumGate::report(const material::SpectrumReading& spectrum) {
  if (clock_.difference().ns != 0) {
    health_.state(State::kDegraded, "the instrument's clock differs from the site's by more than " +
                                        std::to_string(static_cast<int>(settings_.max_clock_difference.seconds())) +
                                        " s; its times are corrected");
  } else if (spectrum.reference_age_s > settings_.max_reference_age_s) {
    health_.state(State::kDegraded, "the white reference is older than " +
                                        std::to_string(static_cast<int>(settings_.max_reference_age_s / 60)) + " min");
  } else if (spectrum.white_level < settings_.min_white_level) {
    health_.state(State::kDegraded, "the white reference has fallen to " + percent(spectrum.white_level) +
                                        " of the lamp's first one: lamp weak or window dirty");
  } else if (settings_.max_lamp_hours > 0 && spectrum.lamp_hours > settings_.max_lamp_hours) {
    health_.state(State::kDegraded, "the lamp has burnt more than its " +
                                        std::to_string(static_cast<int>(settings_.max_lamp_hours)) + " h");
  } else if (spectrum.saturated_fraction > kTooSaturated) {
    health_.state(State::kDegraded, "more than " + percent(kTooSaturated) + " of the channels are saturated");
  } else {
    health_.state(State::kWorking, "spectra arrive");
  }
}

}  // namespace beltwarden::instruments
