// One connection to a GigE Vision camera through Aravis: opened, streaming, closed; without its types.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "instruments/camera/pixels.h"

namespace beltwarden::instruments::camera {

/// What to set in the camera; what is empty stays as the camera has it.
struct SessionSettings {
  std::string address;                       ///< IP address, or the name by which Aravis lists it
  std::string pixel_format;                  ///< "BayerRG8", ...
  std::string trigger;                       ///< trigger source: "Line1"; empty = free running
  std::optional<int> width, height;
  std::optional<double> frames_per_s, exposure_us, gain;
  int packet_bytes = 0;                      ///< of a stream packet; 0 = as the camera says
  int buffers = 8;
  int socket_buffer_bytes = 16 << 20;        ///< the kernel may grant less: net.core.rmem_max
};

/// A picture as it lies in the buffer; valid only while it is being handed over.
struct SessionFrame {
  std::string fault;                         ///< why it is no picture: "packets missing", ...; empty = good
  std::uint64_t id = 0;
  std::uint64_t camera_ns = 0;               ///< the camera's own stamp, 0 if it has none
  Duration age{};                            ///< since its first packet came
  std::uint32_t pfnc = 0;
  RawPicture picture;                        ///< `format` is not set
};

class AravisSession {
 public:
  /// Connects, configures and starts. Waits until that is done or `keep_waiting` says no (then the error is kUnavailable): Aravis'
  /// own waits can be seconds long, so the work goes on in the background and is thrown away.
  static Result<std::unique_ptr<AravisSession>> open(const SessionSettings& settings, const std::function<bool()>& keep_waiting);

  /// Closes in the background, waiting for it at most a second.
  ~AravisSession();

  /// Waits up to `timeout` for a frame and hands it over. False when none came.
  bool next(Duration timeout, const std::function<void(const SessionFrame&)>& take);

  /// The camera does not answer any more, or somebody else controls it.
  bool control_lost() const;

  std::string model() const;
  double exposure_s() const;                 ///< 0 when the camera does not say

  /// Since the session began.
  struct Counts {
    std::uint64_t underruns = 0;             ///< frames for which no buffer was free: the site was too slow
    std::uint64_t missing_packets = 0, resent_packets = 0;
  };
  Counts counts() const;

 private:
  struct Handles;
  explicit AravisSession(std::shared_ptr<Handles> handles);
  std::shared_ptr<Handles> handles_;
};

}  // namespace beltwarden::instruments::camera
