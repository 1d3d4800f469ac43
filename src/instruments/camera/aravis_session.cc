#include "instruments/camera/aravis_session.h"

#include <arv.h>

#include <chrono>
#include <future>
#include <thread>

namespace beltwarden::instruments::camera {
namespace {

constexpr std::size_t kLargestFrame = std::size_t{256} << 20;

const char* fault_of(ArvBufferStatus status) {
  switch (status) {
    case ARV_BUFFER_STATUS_SUCCESS: return "";
    case ARV_BUFFER_STATUS_TIMEOUT: return "frame incomplete in time";
    case ARV_BUFFER_STATUS_MISSING_PACKETS: return "frame with packets missing";
    case ARV_BUFFER_STATUS_WRONG_PACKET_ID: return "frame with a wrong packet";
    case ARV_BUFFER_STATUS_SIZE_MISMATCH: return "frame larger than announced";
    case ARV_BUFFER_STATUS_ABORTED: return "frame aborted";
    default: return "frame in an unknown state";
  }
}

/// Collects the first error of a row of calls, and what was being done.
class Steps {
 public:
  GError** during(const char* what) {
    keep();
    what_ = what;
    return &error_;
  }
  bool failed() {
    keep();
    return !message_.empty();
  }
  const std::string& message() const { return message_; }
  ~Steps() { g_clear_error(&error_); }

 private:
  void keep() {
    if (!error_) return;
    if (message_.empty()) message_ = std::string(what_) + ": " + error_->message;
    g_clear_error(&error_);
  }
  GError* error_ = nullptr;
  const char* what_ = "";
  std::string message_;
};

}  // namespace

struct AravisSession::Handles {
  ArvCamera* camera = nullptr;
  ArvStream* stream = nullptr;
  std::atomic<bool> control_lost{false};
  std::string model;
  double exposure_s = 0;
  unsigned long signal = 0;

  ~Handles() { close(); }

  void close() {
    if (camera && signal) g_signal_handler_disconnect(arv_camera_get_device(camera), signal);
    signal = 0;
    if (camera && stream && !control_lost) arv_camera_stop_acquisition(camera, nullptr);
    if (stream) g_object_unref(std::exchange(stream, nullptr));
    if (camera) g_object_unref(std::exchange(camera, nullptr));
  }

  static void on_control_lost(ArvDevice*, gpointer self) { static_cast<Handles*>(self)->control_lost = true; }

  /// The reason why not, or empty.
  std::string open(const SessionSettings& s) {
    Steps steps;
    camera = arv_camera_new(s.address.c_str(), steps.during("looking for the camera"));
    if (steps.failed()) return steps.message();
    if (!camera) return "no camera answers at " + s.address;
    if (!arv_camera_is_gv_device(camera)) return s.address + " is no GigE Vision camera";
    signal = g_signal_connect(arv_camera_get_device(camera), "control-lost", G_CALLBACK(on_control_lost), this);
    const char* name = arv_camera_get_model_name(camera, steps.during("reading its model"));
    model = name ? name : "";
    configure(s, steps);
    if (steps.failed()) return steps.message();

    const std::size_t payload = arv_camera_get_payload(camera, steps.during("reading the size of a frame"));
    if (steps.failed()) return steps.message();
    if (payload == 0 || payload > kLargestFrame) return "a frame of " + std::to_string(payload) + " bytes, expected 1 to 256 MiB";
    // The packet socket needs privileges and sees nothing on loopback.
    arv_camera_gv_set_stream_options(camera, ARV_GV_STREAM_OPTION_PACKET_SOCKET_DISABLED);
    stream = arv_camera_create_stream(camera, nullptr, nullptr, steps.during("opening the stream"));
    if (steps.failed()) return steps.message();
    g_object_set(stream, "socket-buffer", ARV_GV_STREAM_SOCKET_BUFFER_FIXED, "socket-buffer-size", s.socket_buffer_bytes, nullptr);
    for (int i = 0; i < s.buffers; ++i) arv_stream_push_buffer(stream, arv_buffer_new_allocate(payload));
    arv_camera_start_acquisition(camera, steps.during("starting acquisition"));
    return steps.failed() ? steps.message() : "";
  }

  void configure(const SessionSettings& s, Steps& steps) {
    if (s.packet_bytes > 0) arv_camera_gv_set_packet_size(camera, s.packet_bytes, steps.during("setting the packet size"));
    if (!s.pixel_format.empty()) {
      arv_camera_set_pixel_format_from_string(camera, s.pixel_format.c_str(), steps.during("setting the pixel format"));
    }
    if (s.width) arv_camera_set_integer(camera, "Width", *s.width, steps.during("setting the width"));
    if (s.height) arv_camera_set_integer(camera, "Height", *s.height, steps.during("setting the height"));
    if (s.exposure_us) arv_camera_set_exposure_time(camera, *s.exposure_us, steps.during("setting the exposure"));
    if (s.gain) arv_camera_set_gain(camera, *s.gain, steps.during("setting the gain"));
    if (!s.trigger.empty()) {
      arv_camera_set_trigger(camera, s.trigger.c_str(), steps.during("setting the trigger"));
    } else if (s.frames_per_s) {
      arv_camera_set_frame_rate(camera, *s.frames_per_s, steps.during("setting the frame rate"));
    }
    arv_camera_set_acquisition_mode(camera, ARV_ACQUISITION_MODE_CONTINUOUS, steps.during("setting continuous acquisition"));
    if (arv_camera_is_exposure_time_available(camera, nullptr)) {
      exposure_s = arv_camera_get_exposure_time(camera, steps.during("reading the exposure")) * 1e-6;
    }
  }
};

AravisSession::AravisSession(std::shared_ptr<Handles> handles) : handles_(std::move(handles)) {}

Result<std::unique_ptr<AravisSession>> AravisSession::open(const SessionSettings& settings, const std::function<bool()>& keep_waiting) {
  auto handles = std::make_shared<Handles>();
  std::packaged_task<std::string()> task([handles, settings] { return handles->open(settings); });
  auto opened = task.get_future();
  std::thread(std::move(task)).detach();
  while (opened.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
    if (!keep_waiting()) return unavailable("stopped while connecting to " + settings.address);
  }
  if (const std::string reason = opened.get(); !reason.empty()) return unavailable("camera " + settings.address + ": " + reason);
  return std::unique_ptr<AravisSession>(new AravisSession(std::move(handles)));
}

AravisSession::~AravisSession() {
  std::packaged_task<void()> task([handles = std::move(handles_)] { handles->close(); });
  auto closed = task.get_future();
  std::thread(std::move(task)).detach();
  closed.wait_for(std::chrono::seconds(1));
}

bool AravisSession::next(Duration timeout, const std::function<void(const SessionFrame&)>& take) {
  ArvBuffer* buffer = arv_stream_timeout_pop_buffer(handles_->stream, static_cast<guint64>(timeout.ns / 1000));
  if (!buffer) return false;
  SessionFrame frame;
  frame.fault = fault_of(arv_buffer_get_status(buffer));
  frame.id = arv_buffer_get_frame_id(buffer);
  frame.camera_ns = arv_buffer_get_timestamp(buffer);
  // Aravis stamps the first packet by the machine's clock.
  const auto system_ns = static_cast<std::int64_t>(arv_buffer_get_system_timestamp(buffer));
  if (system_ns > 0) frame.age = Duration{std::max<std::int64_t>(0, g_get_real_time() * 1000 - system_ns)};
  if (frame.fault.empty() && arv_buffer_get_payload_type(buffer) != ARV_BUFFER_PAYLOAD_TYPE_IMAGE) frame.fault = "payload is no image";
  if (frame.fault.empty()) {
    std::size_t size = 0;
    const auto* bytes = static_cast<const std::uint8_t*>(arv_buffer_get_image_data(buffer, &size));
    gint padding_x = 0, padding_y = 0;
    arv_buffer_get_image_padding(buffer, &padding_x, &padding_y);
    frame.pfnc = arv_buffer_get_image_pixel_format(buffer);
    frame.picture.bytes = {bytes, bytes ? size : 0};
    frame.picture.width = static_cast<std::size_t>(std::max(0, arv_buffer_get_image_width(buffer)));
    frame.picture.height = static_cast<std::size_t>(std::max(0, arv_buffer_get_image_height(buffer)));
    frame.picture.row_padding = static_cast<std::size_t>(std::max(0, padding_x));
  }
  take(frame);
  arv_stream_push_buffer(handles_->stream, buffer);
  return true;
}

bool AravisSession::control_lost() const { return handles_->control_lost; }
std::string AravisSession::model() const { return handles_->model; }
double AravisSession::exposure_s() const { return handles_->exposure_s; }

AravisSession::Counts AravisSession::counts() const {
  Counts counts;
  guint64 completed = 0, failures = 0, underruns = 0;
  arv_stream_get_statistics(handles_->stream, &completed, &failures, &underruns);
  counts.underruns = underruns;
  guint64 resent = 0, missing = 0;
  arv_gv_stream_get_statistics(ARV_GV_STREAM(handles_->stream), &resent, &missing);
  counts.resent_packets = resent;
  counts.missing_packets = missing;
  return counts;
}

}  // namespace beltwarden::instruments::camera
