// The camera as a GigE Vision device: Aravis' fake camera with our own pictures in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::twin {

struct CameraSettings {
  std::string address = "127.0.0.1";  ///< of the interface that it answers on; GigE Vision's port 3956 is fixed
  std::string serial = "BW-TWIN-1";
  std::uint32_t width_px = 0, height_px = 0;  ///< at most 2048 each: the fake camera's sensor
  double frames_per_s = 8;
  bool bayer = false;  ///< BayerRG8, else RGB8
};

class CameraServer {
 public:
  /// `picture` makes the next one: 8-bit BGR of the size above. Called on a thread of Aravis' while a client streams.
  static Result<std::unique_ptr<CameraServer>> start(const CameraSettings& settings,
                                                     std::function<const std::vector<std::uint8_t>&()> picture);
  virtual ~CameraServer() = default;
};

}  // namespace beltwarden::twin
