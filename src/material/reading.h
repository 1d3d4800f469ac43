// What instruments say, before anyone knows which tonnes they saw.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/time.h"

namespace beltwarden::material {

/// Belt and scale, as the PLC reports them.
struct BeltReading {
  double speed_mps = 0;                             ///< signed: negative while reversed
  std::optional<std::uint32_t> encoder_ticks;       ///< cumulative, rolls over at the configured modulus; preferred to speed
  double rate_tph = 0;                              ///< instantaneous, wet t/h
  std::uint32_t totaliser_ticks = 0;                ///< cumulative scale counter, rolls over at the configured modulus
  bool running = false;
  bool empty_belt = false;                          ///< the scale's own empty-belt flag
  std::int32_t feed_lot = 0;                        ///< number (1...) of the planned lot being fed at the feed point; 0 = none
};

/// The wavelengths of a spectrometer, shared by all its spectra.
struct SpectralAxis {
  std::vector<double> wavelengths_nm;               ///< strictly increasing
};

/// One reflectance spectrum of the material, referenced to white and dark by the driver.
struct SpectrumReading {
  std::shared_ptr<const SpectralAxis> axis;         ///< never null in a valid reading
  std::vector<float> reflectance;                   ///< one a wavelength, 0...~1; NaN where masked (saturated, dead)
  std::uint32_t scans = 1;                          ///< how many scans were averaged
  double integration_ms = 0;
  double saturated_fraction = 0;                    ///< share of channels masked for saturation
  double lamp_hours = 0;
  double reference_age_s = 0;                       ///< since the last white reference
  double white_level = 1;                           ///< last white reference relative to the lamp's first one
};

/// A box in a frame, pixels, origin top left.
struct Box {
  std::int32_t x = 0, y = 0, w = 0, h = 0;
  auto operator<=>(const Box&) const = default;
};

/// Something in a frame that the rim found worth a look.
struct FrameCandidate {
  Box box;
  double area_mm2 = 0, length_mm = 0, width_mm = 0;
  double contrast = 0;                              ///< robust z-score against the frame's own material
  std::array<float, 16> features{};                 ///< see vision/frame_analysis.h
  double false_per_frame = 0;                       ///< things as odd in a clean picture, by the brand's network; 0: it was not asked
  std::string label;                                ///< what the network's classifier says it is; empty: it was not asked
  double confidence = 0;                            ///< of the label
};

/// How a picture was taken: what the camera's health is judged by. See vision/frame_health.h.
struct FrameCondition {
  double light = 0, saturated = 0, contrast = 0, detail = 0, dark_point = 0;   ///< light 0: not measured
  bool frozen = false;                              ///< the same picture as the one before
  double dirty_share = 0;                           ///< of the picture behind dirt
};

/// Where in a picture things look odd. Made of pictures in which something stands out; no columns: none was made.
struct FrameHeat {
  std::uint32_t columns = 0, rows = 0;
  bool by_network = false;                          ///< what a level means, see vision/heat_map.h
  std::string levels;                               ///< a digit a cell, row by row
};

/// One camera frame after the rim has looked at it. The pixels themselves stay in the site's ring.
struct FrameReading {
  std::uint64_t frame_number = 0;
  std::uint32_t width_px = 0, height_px = 0;
  double mm_per_px = 0;
  Sha256 digest{};                                  ///< of the raw pixels
  double load_fraction = 0;                         ///< share of the picture that is material
  std::array<double, 3> mean_lab{}, sd_lab{};       ///< CIE L*a*b* of the material
  double texture = 0, sharpness = 0, brightness = 0, saturated_fraction = 0;
  FrameCondition condition;
  FrameHeat heat;
  bool network = false;                             ///< the brand's network has looked at it
  std::vector<FrameCandidate> candidates;           ///< strongest first, at most 16
};

/// A monitor's fault text is at most so long; drivers clip it.
inline constexpr std::size_t kMaxFaultBytes = 256;

/// One gamma spectrum summed over the monitor's detectors.
struct GammaReading {
  double live_s = 0, real_s = 0;
  std::vector<std::uint32_t> counts;                ///< a channel
  std::array<double, 3> calibration_kev{};          ///< lower edge of channel i: a0 + a1 i + a2 i^2
  std::vector<double> detector_cps;                 ///< gross count rate of each detector
  double neutron_cps = 0;
  bool occupied = false;
  std::vector<std::string> faults;                  ///< as the monitor names them
};

/// Increments of the plan are numbered from 1 in their lot, those that an officer orders from here on.
inline constexpr std::uint32_t kFirstOrderedIncrement = 10'001;

/// The mechanical sampler's answer: what the cutter really did.
struct CutterReading {
  std::uint32_t increment = 0;                      ///< number of the cut within the lot, from the command; 0 = none was given
  bool confirmed = false;
  double mass_kg = 0;                               ///< 0 when the sampler does not weigh
  std::string command_id;                           ///< of the order it answers
  std::string reason{};                             ///< why no increment was taken, for people; may be empty
};

/// The terminal's answer to a request to stop the belt.
struct StopAnswerReading {
  std::string command_id;
  bool accepted = false;
  std::string reason;
};

/// How an instrument is, sent on change and at least once a minute.
struct HealthReading {
  enum class State : std::uint8_t { kConnecting, kWorking, kDegraded, kFaulty, kDisconnected };
  State state = State::kConnecting;
  std::string message;                              ///< for people
  std::uint64_t accepted = 0;                       ///< readings taken since start
  struct Drop {
    std::string cause;
    std::uint64_t count = 0;
    auto operator<=>(const Drop&) const = default;
  };
  std::vector<Drop> dropped;                        ///< since start, by cause
};

using Payload = std::variant<BeltReading, SpectrumReading, FrameReading, GammaReading, CutterReading, StopAnswerReading,
                             HealthReading>;

/// How much belt has passed an instrument by the encoder that triggers it.
struct EncoderStamp {
  std::uint32_t run = 0;                            ///< another number whenever the count began anew
  double belt_m = 0;                                ///< since the run began; only differences mean anything
  auto operator<=>(const EncoderStamp&) const = default;
};

/// What one instrument said at one time.
struct Reading {
  InstrumentId instrument;
  std::uint64_t device_sequence = 0;                ///< the device's own running number, from 1; 0 if it has none
  Time time;                                        ///< of the measurement (middle of its exposure)
  Time received;                                    ///< at the driver, by the site's clock; latency is counted from here
  double exposure_s = 0;                            ///< how long it looked; 0 = an instant
  Payload payload;
  std::optional<EncoderStamp> encoder{};            ///< when the belt's own movement triggers the instrument
};

}  // namespace beltwarden::material
