#include "twin/camera_server.h"

#include <arv.h>
#include <gtest/gtest.h>

namespace beltwarden::twin {
namespace {

// A client as drivers are: Aravis over UDP on loopback.
struct Client {
  ArvCamera* camera = nullptr;
  ArvStream* stream = nullptr;

  Client() {
    GError* error = nullptr;
    camera = arv_camera_new("127.0.0.1", &error);
    EXPECT_EQ(error, nullptr) << error->message;
    if (camera == nullptr) return;
    // The packet socket does not work on loopback.
    arv_camera_gv_set_stream_options(camera, ARV_GV_STREAM_OPTION_PACKET_SOCKET_DISABLED);
    stream = arv_camera_create_stream(camera, nullptr, nullptr, &error);
    EXPECT_EQ(error, nullptr) << error->message;
    if (stream == nullptr) return;
    g_object_set(stream, "socket-buffer", ARV_GV_STREAM_SOCKET_BUFFER_FIXED, "socket-buffer-size", 16 << 20, nullptr);
    const guint payload = arv_camera_get_payload(camera, &error);
    for (int i = 0; i < 4; ++i) arv_stream_push_buffer(stream, arv_buffer_new(payload, nullptr));
    arv_camera_start_acquisition(camera, &error);
    EXPECT_EQ(error, nullptr);
  }
  ~Client() {
    if (stream != nullptr) {
      arv_camera_stop_acquisition(camera, nullptr);
      g_object_unref(stream);
    }
    if (camera != nullptr) g_object_unref(camera);
  }
  ArvBuffer* picture() {
    for (int i = 0; stream != nullptr && i < 10; ++i) {
      ArvBuffer* buffer = arv_stream_timeout_pop_buffer(stream, 1'000'000);
      if (buffer != nullptr && arv_buffer_get_status(buffer) == ARV_BUFFER_STATUS_SUCCESS) return buffer;
      if (buffer != nullptr) arv_stream_push_buffer(stream, buffer);
    }
    return nullptr;
  }
};

std::vector<std::uint8_t> picture_of(std::uint32_t width, std::uint32_t height) {
  std::vector<std::uint8_t> bgr;
  for (std::uint32_t i = 0; i < width * height; ++i)
    bgr.insert(bgr.end(), {10, 20, static_cast<std::uint8_t>(i % width)});
  return bgr;
}

TEST(CameraServer, SendsOurColoursOverGigEVision) {
  const auto ours = picture_of(96, 400);
  auto server = CameraServer::start(
      {.width_px = 96, .height_px = 400, .frames_per_s = 20}, [&]() -> const auto& { return ours; });
  if (!server) GTEST_SKIP() << server.error().message;
  Client client;
  ArvBuffer* buffer = client.picture();
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(arv_buffer_get_image_width(buffer), 96);
  EXPECT_EQ(arv_buffer_get_image_height(buffer), 400);
  EXPECT_EQ(arv_buffer_get_image_pixel_format(buffer), ARV_PIXEL_FORMAT_RGB_8_PACKED);
  std::size_t size = 0;
  const auto* rgb = static_cast<const std::uint8_t*>(arv_buffer_get_data(buffer, &size));
  ASSERT_EQ(size, 96u * 400 * 3);
  EXPECT_EQ(rgb[3 * 95], 95);  // red of the last pixel of the first row
  EXPECT_EQ(rgb[3 * 95 + 1], 20);
  EXPECT_EQ(rgb[3 * 95 + 2], 10);
  arv_stream_push_buffer(client.stream, buffer);
}

TEST(CameraServer, SendsLargePicturesThroughABayerFilter) {
  const auto ours = picture_of(2048, 1024);
  auto server = CameraServer::start(
      {.width_px = 2048, .height_px = 1024, .frames_per_s = 8, .bayer = true}, [&]() -> const auto& { return ours; });
  if (!server) GTEST_SKIP() << server.error().message;
  Client client;
  ArvBuffer* buffer = client.picture();
  ASSERT_NE(buffer, nullptr);
  std::size_t size = 0;
  const auto* raw = static_cast<const std::uint8_t*>(arv_buffer_get_data(buffer, &size));
  ASSERT_EQ(size, 2048u * 1024);
  EXPECT_EQ(raw[200], 200);        // red at even columns of even rows
  EXPECT_EQ(raw[201], 20);         // green beside it
  EXPECT_EQ(raw[2048 + 201], 10);  // blue below that
  arv_stream_push_buffer(client.stream, buffer);
}

TEST(CameraServer, RefusesAPortThatAnotherCameraHas) {
  const auto ours = picture_of(96, 400);
  auto first = CameraServer::start({.width_px = 96, .height_px = 400}, [&]() -> const auto& { return ours; });
  if (!first) GTEST_SKIP() << first.error().message;
  auto second = CameraServer::start({.width_px = 96, .height_px = 400}, [&]() -> const auto& { return ours; });
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("3956 is taken"), std::string::npos) << second.error().message;
}

TEST(CameraServer, RefusesWhatTheFakeSensorCannotHold) {
  const std::vector<std::uint8_t> none;
  EXPECT_FALSE(CameraServer::start(
                   {.width_px = 4096, .height_px = 1024}, [&]() -> const auto& { return none; })
                   .ok());
}

}  // namespace
}  // namespace beltwarden::twin
