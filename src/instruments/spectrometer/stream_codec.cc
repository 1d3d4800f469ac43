#include "instruments/spectrometer/stream_codec.h"

#include <cmath>

#include "spectrum_stream.pb.h"

namespace beltwarden::instruments {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kCompactFrom = std::size_t{1} << 16;

Error bad(const spectrum_stream::SpectrumFrame& frame, const std::string& what) {
  return invalid_input("frame " + std::to_string(frame.sequence()) + ": " + what);
}

bool in_range(double value, double low, double high) { return value >= low && value <= high; }

Result<std::shared_ptr<const material::SpectralAxis>> axis_of(const spectrum_stream::SpectrumFrame& frame) {
  const auto& nm = frame.wavelengths_nm();
  for (int i = 0; i < nm.size(); ++i) {
    if (!in_range(nm[i], 1, 1e6) || (i > 0 && nm[i] <= nm[i - 1])) {
      return bad(frame, "wavelengths_nm[" + std::to_string(i) +
                            "]: expected strictly increasing wavelengths from 1 nm, found " + std::to_string(nm[i]));
    }
  }
  return std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{nm.begin(), nm.end()}});
}

Result<SpectrumFrame> convert(const spectrum_stream::SpectrumFrame& message,
                              std::shared_ptr<const material::SpectralAxis>& last_axis) {
  SpectrumFrame frame;
  frame.sequence = message.sequence();
  frame.time = Time{message.time_unix_ns()};
  // 2001-09-09 to 2200: anything else is an unset clock, or seconds where nanoseconds belong.
  if (!in_range(static_cast<double>(message.time_unix_ns()), 1e18, 7.26e18)) {
    return bad(message,
               "time_unix_ns: expected nanoseconds since 1970, found " + std::to_string(message.time_unix_ns()));
  }
  switch (message.kind()) {
    case spectrum_stream::SAMPLE: frame.kind = SpectrumKind::kSample; break;
    case spectrum_stream::WHITE: frame.kind = SpectrumKind::kWhite; break;
    case spectrum_stream::DARK: frame.kind = SpectrumKind::kDark; break;
    default: return bad(message, "kind: expected 0, 1 or 2, found " + std::to_string(message.kind()));
  }
  if (message.wavelengths_nm_size() > 0) {
    if (static_cast<std::size_t>(message.wavelengths_nm_size()) > kMaxSpectrumChannels) {
      return bad(message, "expected at most " + std::to_string(kMaxSpectrumChannels) + " wavelengths, found " +
                              std::to_string(message.wavelengths_nm_size()));
    }
    auto axis = axis_of(message);
    if (!axis) return axis.error();
    // One axis object serves all spectra on it.
    if (!last_axis || last_axis->wavelengths_nm != (*axis)->wavelengths_nm) last_axis = std::move(*axis);
  }
  if (!last_axis) return bad(message, "no wavelengths_nm, and none before it on this connection");
  frame.axis = last_axis;
  const std::size_t n = last_axis->wavelengths_nm.size();
  if (static_cast<std::size_t>(message.counts_size()) != n) {
    return bad(message, "counts: expected " + std::to_string(n) + " values, one a wavelength, found " +
                            std::to_string(message.counts_size()));
  }
  frame.counts.assign(message.counts().begin(), message.counts().end());
  for (const float count : frame.counts) {
    if (std::isinf(count)) return bad(message, "counts: expected numbers, found infinity");
  }
  for (const std::uint32_t channel : message.saturated()) {
    if (channel >= n)
      return bad(message,
                 "saturated: expected channels below " + std::to_string(n) + ", found " + std::to_string(channel));
  }
  frame.saturated.assign(message.saturated().begin(), message.saturated().end());
  frame.full_scale = message.full_scale();
  frame.integration_ms = message.integration_ms();
  frame.lamp_hours = message.lamp_hours();
  frame.scans = message.scans() == 0 ? 1 : message.scans();
  if (!in_range(frame.full_scale, 0, 1e12)) return bad(message, "full_scale: expected 0 or more");
  if (!in_range(frame.integration_ms, 1e-6, 1e6)) {
    return bad(message, "integration_ms: expected more than 0 and at most 1000000, found " +
                            std::to_string(frame.integration_ms));
  }
  if (!in_range(frame.lamp_hours, 0, 1e6))
    return bad(message, "lamp_hours: expected 0 to 1000000, found " + std::to_string(frame.lamp_hours));
  if (frame.scans > 1'000'000)
    return bad(message, "scans: expected at most 1000000, found " + std::to_string(frame.scans));
  return frame;
}

}  // namespace

std::string encode_spectrum_frame(const SpectrumFrame& frame, bool with_axis) {
  spectrum_stream::SpectrumFrame message;
  message.set_sequence(frame.sequence);
  message.set_time_unix_ns(frame.time.ns);
  message.set_kind(frame.kind == SpectrumKind::kWhite  ? spectrum_stream::WHITE
                   : frame.kind == SpectrumKind::kDark ? spectrum_stream::DARK
                                                       : spectrum_stream::SAMPLE);
  if (with_axis && frame.axis) {
    message.mutable_wavelengths_nm()->Add(frame.axis->wavelengths_nm.begin(), frame.axis->wavelengths_nm.end());
  }
  message.mutable_counts()->Add(frame.counts.begin(), frame.counts.end());
  message.mutable_saturated()->Add(frame.saturated.begin(), frame.saturated.end());
  message.set_full_scale(frame.full_scale);
  message.set_integration_ms(frame.integration_ms);
  message.set_scans(frame.scans);
  message.set_lamp_hours(frame.lamp_hours);
  const std::size_t size = message.ByteSizeLong();
  std::string bytes;
  bytes.reserve(kLengthBytes + size);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift & 0xFF);
  message.AppendToString(&bytes);
  return bytes;
}

std::optional<Result<SpectrumFrame>> SpectrumFrameParser::next() {
  if (out_of_step_ || held_.size() - taken_ < kLengthBytes) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) size = size << 8 | static_cast<unsigned char>(held_[taken_ + i]);
  if (size == 0 || size > kMaxSpectrumFrameBytes) {
    out_of_step_ = true;
    return Result<SpectrumFrame>(invalid_input("expected a frame of 1 to " + std::to_string(kMaxSpectrumFrameBytes) +
                                               " bytes, found a length of " + std::to_string(size)));
  }
  if (held_.size() - taken_ < kLengthBytes + size) {
    held_.erase(0, taken_);
    taken_ = 0;
    return std::nullopt;
  }
  spectrum_stream::SpectrumFrame message;
  const bool parsed = message.ParseFromArray(held_.data() + taken_ + kLengthBytes, static_cast<int>(size));
  taken_ += kLengthBytes + size;
  if (taken_ > kCompactFrom || taken_ == held_.size()) {
    held_.erase(0, taken_);
    taken_ = 0;
  }
  if (!parsed)
    return Result<SpectrumFrame>(
        invalid_input("a frame of " + std::to_string(size) + " bytes is no SpectrumFrame message"));
  return convert(message, axis_);
}

}  // namespace beltwarden::instruments
