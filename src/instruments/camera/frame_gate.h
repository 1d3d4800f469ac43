// What of a camera's frames goes on to the site, and why the others do not. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"
#include "instruments/camera/aravis_session.h"
#include "instruments/camera/frame_count.h"
#include "instruments/driver.h"

namespace beltwarden::instruments::camera {

constexpr std::size_t kLargestSide_px = 16'384;

struct FrameGateSettings {
  double mm_per_px = 0;
  bool by_camera_clock = false;        ///< else by arrival
  double trigger_pitch_mm = 0;         ///< belt between two trigger pulses; 0: not stamped by the belt's encoder
  Duration delay{};                    ///< from the end of an exposure to the frame's first packet
};

class FrameGate {
 public:
  FrameGate(FrameGateSettings settings, InstrumentId instrument) : settings_(settings), instrument_(std::move(instrument)) {}

  /// A new session with the camera: its ids and its clock may begin anew.
  void reconnected();

  struct Passed {
    std::optional<RawFrame> frame;     ///< nothing: `cause` and `message` say why
    std::uint64_t lost = 0;            ///< frames that the camera numbered before this one and nobody got
    std::string cause, message;
    bool wrong_camera = false;         ///< the camera sends what we cannot take, again and again until its settings change
  };
  /// `received`: when it was handed over; `exposure_s`: what the camera says of its exposure, 0 when it says nothing.
  Passed take(const SessionFrame& frame, Time received, double exposure_s);

 private:
  Time measured(const SessionFrame& frame, Time received, double exposure_s);

  const FrameGateSettings settings_;
  const InstrumentId instrument_;
  FrameCounter counter_;
  CameraClock clock_;
  std::uint32_t run_ = 0;              // of the camera's frame ids: a session each
};

}  // namespace beltwarden::instruments::camera
