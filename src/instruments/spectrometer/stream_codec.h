// The spectrum stream on the wire: spectrum_stream.proto behind a length of four bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "material/reading.h"

namespace beltwarden::instruments {

inline constexpr std::size_t kMaxSpectrumFrameBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxSpectrumChannels = 16'384;

enum class SpectrumKind { kSample, kWhite, kDark };

/// One raw spectrum as the spectrometer measured it, before references are applied.
struct SpectrumFrame {
  std::uint64_t sequence = 0;
  Time time;  ///< middle of the exposure
  SpectrumKind kind = SpectrumKind::kSample;
  std::shared_ptr<const material::SpectralAxis> axis;  ///< never null in a decoded frame
  std::vector<float> counts;                           ///< one a wavelength; NaN = dead
  double full_scale = 0;                               ///< 0 = unknown
  std::vector<std::uint32_t> saturated;                ///< channel indices
  double integration_ms = 0;                           ///< of one scan
  std::uint32_t scans = 1;
  double lamp_hours = 0;
};

/// The bytes to send, length included. Without the axis the frame is a third as long; the receiver then uses the last
/// axis of the connection, so the first frame of a connection needs it.
std::string encode_spectrum_frame(const SpectrumFrame& frame, bool with_axis = true);

/// Takes the bytes of one connection in and gives frames out.
class SpectrumFrameParser {
 public:
  void feed(std::string_view bytes) { held_.append(bytes); }

  /// The next frame, or why it cannot be used (the stream goes on behind it); nothing when more bytes are needed.
  std::optional<Result<SpectrumFrame>> next();

  /// A length was impossible: nothing behind it can be understood, the connection must begin anew.
  bool out_of_step() const { return out_of_step_; }

 private:
  std::string held_;
  std::size_t taken_ = 0;
  bool out_of_step_ = false;
  std::shared_ptr<const material::SpectralAxis> axis_;
};

}  // namespace beltwarden::instruments
