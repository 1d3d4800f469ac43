#include "wire/reading_codec.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace beltwarden::wire {
namespace {

// What is written as three numbers is read back as the same doubles.
bool uniform(const std::vector<double>& x, double& step) {
  if (x.size() < 2) return false;
  step = x[1] - x[0];
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] != x[0] + step * static_cast<double>(i)) return false;
  }
  return true;
}

bool increasing(const std::vector<double>& x) {
  if (x.empty() || x.size() > static_cast<std::size_t>(kMaxChannels) || !std::isfinite(x.front()) || !std::isfinite(x.back())) return false;
  return std::adjacent_find(x.begin(), x.end(), [](double a, double b) { return !(b > a); }) == x.end();
}

}  // namespace

void write(const material::BeltReading& belt, pb::Observation& out) {
  auto& m = *out.mutable_belt();
  m.set_speed_mps(fit_number(belt.speed_mps));
  if (belt.encoder_ticks) m.set_encoder_ticks(*belt.encoder_ticks);
  m.set_rate_tph(fit_number(belt.rate_tph));
  m.set_totaliser_ticks(belt.totaliser_ticks);
  m.set_running(belt.running);
  m.set_empty_belt(belt.empty_belt);
  m.set_feed_lot(belt.feed_lot);
}

material::BeltReading read(const pb::BeltReading& m, Check& check) {
  material::BeltReading belt;
  belt.speed_mps = check.finite(m.speed_mps(), "speed_mps");
  if (m.has_encoder_ticks()) belt.encoder_ticks = m.encoder_ticks();
  belt.rate_tph = check.finite(m.rate_tph(), "rate_tph");
  belt.totaliser_ticks = m.totaliser_ticks();
  belt.running = m.running();
  belt.empty_belt = m.empty_belt();
  belt.feed_lot = m.feed_lot();
  return belt;
}

void write(const material::SpectrumReading& spectrum, pb::Observation& out) {
  auto& m = *out.mutable_spectrum();
  if (spectrum.axis && increasing(spectrum.axis->wavelengths_nm)) {
    const auto& x = spectrum.axis->wavelengths_nm;
    double step = 0;
    if (uniform(x, step)) {
      m.mutable_axis()->set_first_nm(x[0]);
      m.mutable_axis()->set_step_nm(step);
      m.mutable_axis()->set_count(static_cast<std::uint32_t>(x.size()));
    } else {
      m.mutable_axis()->mutable_wavelengths_nm()->Add(x.begin(), x.end());
    }
  }
  // One value a wavelength, whatever came: what is missing is masked, what is too much is not told.
  const std::size_t channels = m.has_axis() ? spectrum.axis->wavelengths_nm.size() : 0;
  const std::size_t have = std::min(channels, spectrum.reflectance.size());
  m.mutable_reflectance()->Add(spectrum.reflectance.begin(), spectrum.reflectance.begin() + static_cast<std::ptrdiff_t>(have));
  for (std::size_t i = have; i < channels; ++i) m.add_reflectance(std::numeric_limits<float>::quiet_NaN());
  m.set_scans(spectrum.scans);
  m.set_integration_ms(fit_number(spectrum.integration_ms));
  m.set_saturated_fraction(fit_number(spectrum.saturated_fraction));
  m.set_lamp_hours(fit_number(spectrum.lamp_hours));
  m.set_reference_age_s(fit_number(spectrum.reference_age_s));
  m.set_white_level(fit_number(spectrum.white_level));
}

material::SpectrumReading read(const pb::SpectrumReading& m, Check& check) {
  material::SpectrumReading spectrum;
  auto axis = std::make_shared<material::SpectralAxis>();
  if (m.axis().count() > 0) {
    check.that(m.axis().count() <= kMaxChannels, "axis.count", "at most 65536");
    check.that(m.axis().step_nm() > 0, "axis.step_nm", "a positive step");
    check.finite(m.axis().first_nm(), "axis.first_nm");
    check.finite(m.axis().step_nm(), "axis.step_nm");
    if (!check.ok()) return spectrum;
    for (std::uint32_t i = 0; i < m.axis().count(); ++i) {
      axis->wavelengths_nm.push_back(m.axis().first_nm() + m.axis().step_nm() * i);
    }
  } else {
    check.that(m.axis().wavelengths_nm_size() <= kMaxChannels, "axis", "at most 65536 wavelengths");
    double before = -1e300;
    for (const double x : m.axis().wavelengths_nm()) {
      check.that(std::isfinite(x) && x > before, "axis", "increasing wavelengths");
      axis->wavelengths_nm.push_back(before = x);
    }
  }
  check.that(m.reflectance_size() == static_cast<int>(axis->wavelengths_nm.size()), "reflectance",
             "one value a wavelength");
  spectrum.axis = std::move(axis);
  spectrum.reflectance.assign(m.reflectance().begin(), m.reflectance().end());
  spectrum.scans = m.scans();
  spectrum.integration_ms = check.finite(m.integration_ms(), "integration_ms");
  spectrum.saturated_fraction = check.finite(m.saturated_fraction(), "saturated_fraction");
  spectrum.lamp_hours = check.finite(m.lamp_hours(), "lamp_hours");
  spectrum.reference_age_s = check.finite(m.reference_age_s(), "reference_age_s");
  spectrum.white_level = check.finite(m.white_level(), "white_level");
  return spectrum;
}

constexpr std::size_t kMaxHeatCells = 65'536;

void write(const material::FrameReading& frame, pb::Observation& out) {
  auto& m = *out.mutable_frame();
  m.set_frame_number(frame.frame_number);
  m.set_width_px(frame.width_px);
  m.set_height_px(frame.height_px);
  m.set_mm_per_px(fit_number(frame.mm_per_px));
  m.set_digest(frame.digest.data(), frame.digest.size());
  m.set_load_fraction(fit_number(frame.load_fraction));
  for (const double value : frame.mean_lab) m.add_mean_lab(fit_number(value));
  for (const double value : frame.sd_lab) m.add_sd_lab(fit_number(value));
  m.set_texture(fit_number(frame.texture));
  m.set_sharpness(fit_number(frame.sharpness));
  m.set_brightness(fit_number(frame.brightness));
  m.set_saturated_fraction(fit_number(frame.saturated_fraction));
  for (std::size_t i = 0; i < fit_count(frame.candidates.size(), kMaxParts); ++i) {
    const auto& candidate = frame.candidates[i];
    auto& c = *m.add_candidates();
    *c.mutable_box() = to_pb(candidate.box);
    c.set_area_mm2(fit_number(candidate.area_mm2));
    c.set_length_mm(fit_number(candidate.length_mm));
    c.set_width_mm(fit_number(candidate.width_mm));
    c.set_contrast(fit_number(candidate.contrast));
    for (const float value : candidate.features) c.add_features(static_cast<float>(fit_number(value)));
    c.set_false_per_frame(fit_number(candidate.false_per_frame));
    c.set_label(fit_text(candidate.label, kNameBytes));
    c.set_confidence(fit_number(candidate.confidence));
  }
  m.set_network(frame.network);
  const std::uint64_t cells = std::uint64_t{frame.heat.columns} * frame.heat.rows;
  if (cells > 0 && cells <= kMaxHeatCells && frame.heat.levels.size() == cells) {
    auto& heat = *m.mutable_heat();
    heat.set_columns(frame.heat.columns);
    heat.set_rows(frame.heat.rows);
    heat.set_by_network(frame.heat.by_network);
    heat.set_levels(fit_text(frame.heat.levels, kMaxHeatCells));
  }
  auto& condition = *m.mutable_condition();
  condition.set_light(fit_number(frame.condition.light));
  condition.set_saturated(fit_number(frame.condition.saturated));
  condition.set_contrast(fit_number(frame.condition.contrast));
  condition.set_detail(fit_number(frame.condition.detail));
  condition.set_dark_point(fit_number(frame.condition.dark_point));
  condition.set_frozen(frame.condition.frozen);
  condition.set_dirty_share(fit_number(frame.condition.dirty_share));
}

material::FrameReading read(const pb::FrameReading& m, Check& check) {
  material::FrameReading frame;
  frame.frame_number = m.frame_number();
  frame.width_px = m.width_px();
  frame.height_px = m.height_px();
  frame.mm_per_px = check.finite(m.mm_per_px(), "mm_per_px");
  frame.digest = check.digest(m.digest(), "digest");
  frame.load_fraction = check.finite(m.load_fraction(), "load_fraction");
  check.that(m.mean_lab_size() == 3 && m.sd_lab_size() == 3, "mean_lab, sd_lab", "three values");
  check.that(m.candidates_size() <= kMaxParts, "candidates", "at most 256");
  if (!check.ok()) return frame;
  for (int i = 0; i < 3; ++i) {
    frame.mean_lab[i] = check.finite(m.mean_lab(i), "mean_lab");
    frame.sd_lab[i] = check.finite(m.sd_lab(i), "sd_lab");
  }
  frame.texture = check.finite(m.texture(), "texture");
  frame.sharpness = check.finite(m.sharpness(), "sharpness");
  frame.brightness = check.finite(m.brightness(), "brightness");
  frame.saturated_fraction = check.finite(m.saturated_fraction(), "saturated_fraction");
  for (const auto& c : m.candidates()) {
    material::FrameCandidate candidate;
    candidate.box = from_pb(c.box());
    candidate.area_mm2 = check.finite(c.area_mm2(), "area_mm2");
    candidate.length_mm = check.finite(c.length_mm(), "length_mm");
    candidate.width_mm = check.finite(c.width_mm(), "width_mm");
    candidate.contrast = check.finite(c.contrast(), "contrast");
    check.that(c.features_size() == static_cast<int>(candidate.features.size()), "features", "sixteen values");
    if (!check.ok()) return frame;
    for (int i = 0; i < c.features_size(); ++i) {
      candidate.features[i] = static_cast<float>(check.finite(c.features(i), "features"));
    }
    candidate.false_per_frame = check.finite(c.false_per_frame(), "false_per_frame");
    candidate.label = check.text(c.label(), "candidate.label", kNameBytes);
    candidate.confidence = check.finite(c.confidence(), "candidate.confidence");
    frame.candidates.push_back(std::move(candidate));
  }
  frame.network = m.network();
  const std::uint64_t cells = std::uint64_t{m.heat().columns()} * m.heat().rows();
  frame.heat = {m.heat().columns(), m.heat().rows(), m.heat().by_network(), check.text(m.heat().levels(), "heat.levels", kMaxHeatCells)};
  check.that(frame.heat.levels.size() == cells && frame.heat.levels.find_first_not_of("0123456789") == std::string::npos, "heat.levels",
             "a digit a cell");
  const auto& condition = m.condition();
  frame.condition = {.light = check.finite(condition.light(), "light"),
                     .saturated = check.finite(condition.saturated(), "saturated"),
                     .contrast = check.finite(condition.contrast(), "contrast"),
                     .detail = check.finite(condition.detail(), "detail"),
                     .dark_point = check.finite(condition.dark_point(), "dark_point"),
                     .frozen = condition.frozen(),
                     .dirty_share = check.finite(condition.dirty_share(), "dirty_share")};
  return frame;
}

void write(const material::GammaReading& gamma, pb::Observation& out) {
  auto& m = *out.mutable_gamma();
  m.set_live_s(std::max(0.0, fit_number(gamma.live_s)));
  m.set_real_s(std::max(0.0, fit_number(gamma.real_s)));
  const auto channels = static_cast<std::ptrdiff_t>(fit_count(gamma.counts.size(), kMaxChannels));
  m.mutable_counts()->Add(gamma.counts.begin(), gamma.counts.begin() + channels);
  for (const double value : gamma.calibration_kev) m.add_calibration_kev(fit_number(value));
  for (std::size_t i = 0; i < fit_count(gamma.detector_cps.size(), kMaxParts); ++i) m.add_detector_cps(fit_number(gamma.detector_cps[i]));
  m.set_neutron_cps(fit_number(gamma.neutron_cps));
  m.set_occupied(gamma.occupied);
  for (std::size_t i = 0; i < fit_count(gamma.faults.size(), kMaxParts); ++i) {
    m.add_faults(fit_text(gamma.faults[i], material::kMaxFaultBytes));
  }
}

material::GammaReading read(const pb::GammaReading& m, Check& check) {
  material::GammaReading gamma;
  gamma.live_s = check.finite(m.live_s(), "live_s");
  gamma.real_s = check.finite(m.real_s(), "real_s");
  check.that(gamma.live_s >= 0 && gamma.real_s >= 0, "live_s, real_s", "no negative times");
  check.that(m.counts_size() <= kMaxChannels, "counts", "at most 65536 channels");
  check.that(m.calibration_kev_size() == 3, "calibration_kev", "three coefficients");
  check.that(m.detector_cps_size() <= kMaxParts && m.faults_size() <= kMaxParts, "detectors", "at most 256");
  if (!check.ok()) return gamma;
  gamma.counts.assign(m.counts().begin(), m.counts().end());
  for (int i = 0; i < 3; ++i) gamma.calibration_kev[i] = check.finite(m.calibration_kev(i), "calibration_kev");
  for (const double cps : m.detector_cps()) gamma.detector_cps.push_back(check.finite(cps, "detector_cps"));
  gamma.neutron_cps = check.finite(m.neutron_cps(), "neutron_cps");
  gamma.occupied = m.occupied();
  for (const auto& fault : m.faults()) gamma.faults.push_back(check.text(fault, "faults", material::kMaxFaultBytes));
  return gamma;
}

void write(const material::CutterReading& cutter, pb::Observation& out) {
  auto& m = *out.mutable_cutter();
  m.set_increment(cutter.increment);
  m.set_confirmed(cutter.confirmed);
  m.set_mass_kg(fit_number(cutter.mass_kg));
  m.set_command_id(fit_text(cutter.command_id, kNameBytes));
  m.set_reason(fit_text(cutter.reason));
}

material::CutterReading read(const pb::CutterReading& m, Check& check) {
  return {m.increment(), m.confirmed(), check.finite(m.mass_kg(), "mass_kg"), check.text(m.command_id(), "command_id", kNameBytes),
          check.text(m.reason(), "reason")};
}

void write(const material::StopAnswerReading& answer, pb::Observation& out) {
  auto& m = *out.mutable_stop_answer();
  m.set_command_id(fit_text(answer.command_id, kNameBytes));
  m.set_accepted(answer.accepted);
  m.set_reason(fit_text(answer.reason));
}

material::StopAnswerReading read(const pb::StopAnswerReading& m, Check& check) {
  return {check.text(m.command_id(), "command_id", kNameBytes), m.accepted(), check.text(m.reason(), "reason")};
}

void write(const material::HealthReading& health, pb::Observation& out) {
  auto& m = *out.mutable_health();
  m.set_state(static_cast<std::uint32_t>(health.state));
  m.set_message(fit_text(health.message));
  m.set_accepted(health.accepted);
  for (std::size_t i = 0; i < fit_count(health.dropped.size(), kMaxCauses); ++i) {
    auto& d = *m.add_dropped();
    d.set_cause(fit_text(health.dropped[i].cause, kCauseBytes));
    d.set_count(health.dropped[i].count);
  }
}

material::HealthReading read(const pb::HealthReading& m, Check& check) {
  material::HealthReading health;
  check.that(m.state() <= 4, "health.state", "0 to 4");
  check.that(m.dropped_size() <= kMaxCauses, "health.dropped", "at most 4096 causes");
  if (!check.ok()) return health;
  health.state = static_cast<material::HealthReading::State>(m.state());
  health.message = check.text(m.message(), "health.message");
  health.accepted = m.accepted();
  for (const auto& d : m.dropped()) health.dropped.push_back({check.text(d.cause(), "cause", kCauseBytes), d.count()});
  return health;
}

}  // namespace beltwarden::wire
