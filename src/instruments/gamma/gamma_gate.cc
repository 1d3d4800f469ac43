#include "instruments/gamma/gamma_gate.h"

#include <algorithm>
#include <charconv>

#include "instruments/gamma/sum_spectra.h"

namespace beltwarden::instruments {
namespace {

using State = material::HealthReading::State;

// A monitor that numbers its measurements says so in their ids: "seq-1234". Other ids begin anew in each document.
std::uint64_t sequence_of(const formats::RadMeasurement& measurement) {
  const std::string_view id = measurement.id;
  std::uint64_t number = 0;
  if (id.substr(0, 4) != "seq-") return 0;
  const auto [end, code] = std::from_chars(id.data() + 4, id.data() + id.size(), number);
  return code == std::errc{} && end == id.data() + id.size() ? number : 0;
}

bool severe(const formats::RadMeasurement& measurement) {
  return std::any_of(measurement.faults.begin(), measurement.faults.end(), [](const formats::RadFault& fault) {
    return fault.severity == "Fatal" || fault.severity == "Error";
  });
}

}  // namespace

Result<GammaGateSettings> GammaGateSettings::read(const Config& settings) {
  GammaGateSettings result;
  auto difference_s = settings.number("max_clock_difference_s", 0.01, 86400, result.max_clock_difference.seconds());
  if (!difference_s) return difference_s.error();
  auto occupied = settings.flag("occupied_unless_told", result.occupied_unless_told);
  if (!occupied) return occupied.error();
  return GammaGateSettings{seconds(*difference_s), *occupied};
}

Result<void> GammaGate::take(std::string_view text, bool live, const Sink& sink) {
  auto file = formats::read_n42(text);
  if (!file) return file.error();
  for (const formats::RadMeasurement& measurement : file->measurements) {
    if (!send(*file, measurement, live, sink)) return unavailable("the site is closing");
  }
  return {};
}

bool GammaGate::send(const formats::N42File& file, const formats::RadMeasurement& measurement, bool live,
                     const Sink& sink) {
  const Time received = context_.clock.now();
  if (measurement.class_code == "Calibration" || measurement.class_code == "IntrinsicActivity") {
    health_.dropped("calibration measurement",
                    "measurement '" + measurement.id + "' is a " + measurement.class_code + ", not of the belt");
    return true;
  }
  auto gamma = to_gamma_reading(file, measurement, settings_.occupied_unless_told);
  if (!gamma) {
    health_.dropped("measurement does not fit", "measurement '" + measurement.id + "': " + gamma.error().message);
    return true;
  }
  const std::uint64_t sequence = sequence_of(measurement);
  const Time middle = *measurement.start + seconds(measurement.real_s / 2);
  if (order_.judge(sequence, middle) == OrderGuard::Verdict::kDuplicate) {
    health_.dropped("duplicate measurement", "the measurement of " + to_rfc3339(*measurement.start) + " came twice");
    return true;
  }
  if (order_.missing() > missing_reported_) {
    health_.dropped("missed by the monitor",
                    "measurements before number " + std::to_string(sequence) + " never arrived",
                    order_.missing() - missing_reported_);
    missing_reported_ = order_.missing();
  }
  material::Reading reading;
  reading.instrument = context_.instrument;
  reading.device_sequence = sequence;
  reading.time = live ? clock_.on_site_clock(middle, received) : middle;
  reading.received = received;
  reading.exposure_s = measurement.real_s;
  if (severe(measurement)) {
    health_.state(State::kFaulty, "the monitor reports " + gamma->faults.front());
  } else if (!gamma->faults.empty()) {
    health_.state(State::kDegraded, "the monitor reports " + gamma->faults.front());
  } else if (clock_.difference().ns != 0) {
    health_.state(State::kDegraded, "the monitor's clock differs from the site's; its times are corrected");
  } else {
    health_.state(State::kWorking, "measurements arrive");
  }
  reading.payload = std::move(*gamma);
  if (!sink(std::move(reading))) return false;
  health_.accepted();
  return true;
}

}  // namespace beltwarden::instruments
