#include "instruments/camera/frame_gate.h"

#include <cstdio>
#include <utility>

#include "instruments/camera/pixels.h"

namespace beltwarden::instruments::camera {

void FrameGate::reconnected() {
  counter_.reconnected();
  clock_.reconnected();
  ++run_;
}

FrameGate::Passed FrameGate::take(const SessionFrame& frame, Time received, double exposure_s) {
  const auto count = counter_.count(frame.id);
  Passed passed;
  passed.lost = count.lost;
  const auto refuse = [&](std::string cause, std::string message, bool wrong_camera) {
    passed.cause = std::move(cause);
    passed.message = std::move(message);
    passed.wrong_camera = wrong_camera;
    return std::move(passed);
  };
  if (!frame.fault.empty()) return refuse(frame.fault, "frame " + std::to_string(frame.id) + ": " + frame.fault, false);
  if (count.repeated) return refuse("frame repeated", "frame " + std::to_string(frame.id) + " came twice or out of order", false);
  const auto format = pixel_format(frame.pfnc);
  if (!format) {
    char number[16];
    std::snprintf(number, sizeof number, "0x%08x", frame.pfnc);
    return refuse("pixel format not supported",
                  std::string("pixel format ") + number + ", expected Mono8, RGB8, BGR8 or an 8-bit Bayer format", true);
  }
  RawPicture picture = frame.picture;
  picture.format = *format;
  if (picture.width == 0 || picture.height == 0 || picture.width > kLargestSide_px || picture.height > kLargestSide_px) {
    return refuse("frame of impossible size",
                  "a picture of " + std::to_string(picture.width) + " x " + std::to_string(picture.height) + " pixels", true);
  }
  auto bgr = to_bgr(picture);
  if (!bgr) return refuse("frame too short", bgr.error().message, true);
  RawFrame raw;
  raw.instrument = instrument_;
  raw.frame_number = count.number;
  raw.time = measured(frame, received, exposure_s);
  raw.received = received;
  raw.width_px = static_cast<std::uint32_t>(picture.width);
  raw.height_px = static_cast<std::uint32_t>(picture.height);
  raw.mm_per_px = settings_.mm_per_px;
  raw.bgr = std::move(*bgr);
  if (settings_.trigger_pitch_mm > 0) {
    // The camera numbers every pulse that it took, also those whose frames were lost on the way.
    raw.encoder = material::EncoderStamp{run_, static_cast<double>(count.number) * settings_.trigger_pitch_mm * 1e-3};
  }
  passed.frame = std::move(raw);
  return passed;
}

// The middle of the exposure. A camera sends its first packet when the exposure ends; `delay` corrects ones that do not.
Time FrameGate::measured(const SessionFrame& frame, Time received, double exposure_s) {
  Time arrival = {received.ns - frame.age.ns};
  if (settings_.by_camera_clock && frame.camera_ns != 0) arrival = clock_.on_site_clock(frame.camera_ns, arrival);
  return {arrival.ns - settings_.delay.ns - seconds(exposure_s / 2).ns};
}

}  // namespace beltwarden::instruments::camera
