#include "twin/camera_server.h"

#include <arpa/inet.h>
#include <arv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace beltwarden::twin {
namespace {

constexpr std::uint32_t kSensorPx = 2048;
constexpr std::uint16_t kControlPort = 3956;  // GigE Vision's own

// Aravis shares the port with whoever has it, and two cameras would then take each other's packets.
bool port_is_free(const std::string& address) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(kControlPort);
  if (inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1) return true;  // a name: Aravis will say
  const int probe = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;
  const bool free = ::bind(probe, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0;
  ::close(probe);
  return free;
}

void copy_rgb(const std::uint8_t* bgr, std::size_t pixels, std::uint8_t* out) {
  for (std::size_t i = 0; i < pixels; ++i) {
    out[3 * i] = bgr[3 * i + 2];
    out[3 * i + 1] = bgr[3 * i + 1];
    out[3 * i + 2] = bgr[3 * i];
  }
}

// Rows RGRG... and GBGB..., each pixel through the filter above it.
void copy_bayer_rg(const std::uint8_t* bgr, std::size_t width, std::size_t height, std::uint8_t* out) {
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t even = y % 2 == 0 ? 2 : 1, odd = y % 2 == 0 ? 1 : 0;
    const std::uint8_t* in = bgr + y * width * 3;
    for (std::size_t x = 0; x < width; ++x) out[y * width + x] = in[3 * x + (x % 2 == 0 ? even : odd)];
  }
}

class GigeCameraServer final : public CameraServer {
 public:
  GigeCameraServer(CameraSettings settings, std::function<const std::vector<std::uint8_t>&()> picture)
      : settings_(std::move(settings)), picture_(std::move(picture)) {}
  ~GigeCameraServer() override {
    // Its destructor joins the threads that call `fill`.
    if (camera_ != nullptr) g_object_unref(camera_);
  }

  Result<void> open() {
    if (settings_.width_px > kSensorPx || settings_.height_px > kSensorPx || settings_.width_px == 0 ||
        settings_.height_px == 0) {
      return invalid_input("camera picture " + std::to_string(settings_.width_px) + " x " +
                           std::to_string(settings_.height_px) + ": the fake camera's sensor has 2048 x 2048 pixels");
    }
    if (!port_is_free(settings_.address)) {
      return io_error("cannot serve GigE Vision on " + settings_.address +
                      ": its port 3956 is taken by another camera, or there is no such address");
    }
    camera_ = arv_gv_fake_camera_new(settings_.address.c_str(), settings_.serial.c_str());
    if (camera_ == nullptr || !arv_gv_fake_camera_is_running(camera_)) {
      return io_error("cannot serve GigE Vision on " + settings_.address +
                      ": no such interface, or its port 3956 is taken");
    }
    ArvFakeCamera* fake = arv_gv_fake_camera_get_fake_camera(camera_);
    const auto write = [fake](std::uint32_t address, std::uint32_t value) {
      arv_fake_camera_write_register(fake, address, value);
    };
    write(ARV_FAKE_CAMERA_REGISTER_WIDTH, settings_.width_px);
    write(ARV_FAKE_CAMERA_REGISTER_HEIGHT, settings_.height_px);
    write(ARV_FAKE_CAMERA_REGISTER_PIXEL_FORMAT,
          settings_.bayer ? ARV_PIXEL_FORMAT_BAYER_RG_8 : ARV_PIXEL_FORMAT_RGB_8_PACKED);
    write(ARV_FAKE_CAMERA_REGISTER_ACQUISITION_FRAME_PERIOD_US,
          static_cast<std::uint32_t>(std::lround(1e6 / settings_.frames_per_s)));
    arv_fake_camera_set_fill_pattern(fake, &GigeCameraServer::fill, this);
    return {};
  }

 private:
  static void fill(ArvBuffer* buffer, void* self, guint32, guint32, ArvPixelFormat format) {
    static_cast<GigeCameraServer*>(self)->fill_buffer(buffer, format);
  }

  void fill_buffer(ArvBuffer* buffer, ArvPixelFormat format) {
    // The buffer tells how much it has received: nothing. It holds one payload.
    std::size_t received = 0;
    auto* out = static_cast<std::uint8_t*>(const_cast<void*>(arv_buffer_get_data(buffer, &received)));
    const std::size_t room = arv_fake_camera_get_payload(arv_gv_fake_camera_get_fake_camera(camera_));
    if (out == nullptr) return;
    const auto width = static_cast<std::size_t>(arv_buffer_get_image_width(buffer));
    const auto height = static_cast<std::size_t>(arv_buffer_get_image_height(buffer));
    const auto& bgr = picture_();
    // A client may have chosen another region or format than ours: then it gets grey and can see that it did.
    const std::size_t need = width * height * (format == ARV_PIXEL_FORMAT_RGB_8_PACKED ? 3 : 1);
    if (width != settings_.width_px || height != settings_.height_px || room < need ||
        bgr.size() < width * height * 3) {
      std::fill_n(out, room, std::uint8_t{127});
      return;
    }
    if (format == ARV_PIXEL_FORMAT_RGB_8_PACKED) {
      copy_rgb(bgr.data(), width * height, out);
    } else if (format == ARV_PIXEL_FORMAT_BAYER_RG_8) {
      copy_bayer_rg(bgr.data(), width, height, out);
    } else if (format == ARV_PIXEL_FORMAT_MONO_8) {
      for (std::size_t i = 0; i < width * height; ++i) out[i] = bgr[3 * i + 1];
    } else {
      std::fill_n(out, room, std::uint8_t{127});
    }
  }

  CameraSettings settings_;
  std::function<const std::vector<std::uint8_t>&()> picture_;
  ArvGvFakeCamera* camera_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<CameraServer>> CameraServer::start(const CameraSettings& settings,
                                                          std::function<const std::vector<std::uint8_t>&()> picture) {
  auto server = std::make_unique<GigeCameraServer>(settings, std::move(picture));
  if (auto ok = server->open(); !ok) return ok.error();
  return std::unique_ptr<CameraServer>(std::move(server));
}

}  // namespace beltwarden::twin
