// ASD FieldSpec files after "ASD File Format: Version 8" (ASD Inc., now Malvern Panalytical): a header of 484 bytes, the spectrum,
// from revision 2 on a header and the spectrum of the white reference; what follows is not read. Little-endian.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "formats/spc_layout.h"
#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

using spc::load;

constexpr std::size_t kAsdHeaderSize = 484, kReferenceHeader = 20;
constexpr double kGreatestReflectance = 3;   // stored values above it are digital numbers, whatever the type says

enum DataType : std::uint8_t { kRaw = 0, kReflectance = 1, kRadiance = 2, kNoUnits = 3, kIrradiance = 4, kTransmittance = 6, kAbsorbance = 8 };

std::string unit_of(std::uint8_t type) {
  switch (type) {
    case kRaw: return "counts";
    case kReflectance: return "reflectance";
    case kRadiance: return "radiance";
    case kIrradiance: return "irradiance";
    case kTransmittance: return "transmittance";
    case kAbsorbance: return "absorbance";
    default: return "";
  }
}

std::size_t value_size(std::uint8_t format) { return format == 2 ? 8 : 4; }

std::vector<double> values(std::string_view bytes, std::size_t offset, std::size_t n, std::uint8_t format) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double v = format == 2   ? load<double>(bytes, offset + 8 * i)
                     : format == 1 ? static_cast<double>(load<std::int32_t>(bytes, offset + 4 * i))
                                   : static_cast<double>(load<float>(bytes, offset + 4 * i));
    out[i] = std::isfinite(v) ? v : std::numeric_limits<double>::quiet_NaN();
  }
  return out;
}

double greatest(const std::vector<double>& v) {
  double most = 0;
  for (const double x : v) {
    if (x > most) most = x;
  }
  return most;
}

std::string_view text_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  const std::string_view field = bytes.substr(offset, size);
  return trim(field.substr(0, field.find('\0')));
}

// struct tm of the instrument's computer: local time without its zone, so no point in time.
std::string local_time(std::string_view bytes) {
  int part[6];
  for (std::size_t i = 0; i < 6; ++i) part[i] = load<std::int16_t>(bytes, 160 + 2 * i);   // s, min, h, day, month, year
  if (part[0] < 0 || part[0] > 60 || part[1] < 0 || part[1] > 59 || part[2] < 0 || part[2] > 23 || part[3] < 1 || part[3] > 31 ||
      part[4] < 0 || part[4] > 11 || part[5] < 70 || part[5] > 300) {
    return {};
  }
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", 1900 + part[5], part[4] + 1, part[3], part[2], part[1], part[0]);
  return text;
}

Result<SpectrumFile> read(std::string_view bytes) {
  if (bytes.size() < kAsdHeaderSize) return invalid_input("expected a header of 484 bytes, found " + std::to_string(bytes.size()));
  const bool first_revision = bytes.substr(0, 3) == "ASD";
  const auto type = load<std::uint8_t>(bytes, 186), format = load<std::uint8_t>(bytes, 199);
  const double first_nm = load<float>(bytes, 191), step_nm = load<float>(bytes, 195);
  const std::size_t n = load<std::uint16_t>(bytes, 204);
  if (n < 1) return invalid_input("byte 204: expected at least one channel, found 0");
  if (format > 2) {
    return unsupported("byte 199: expected data as 0 (float), 1 (integer) or 2 (double), found " + std::to_string(format));
  }
  if (!std::isfinite(first_nm) || !std::isfinite(step_nm) || !(step_nm != 0) || !std::isfinite(first_nm + step_nm * 65536)) {
    return invalid_input("byte 191: the first wavelength and the step make no axis: " + number_text(first_nm) + ", " + number_text(step_nm));
  }
  const std::size_t size = value_size(format) * n, end = kAsdHeaderSize + size;
  if (bytes.size() < end) {
    return invalid_input("expected " + std::to_string(n) + " channels up to byte " + std::to_string(end) + ", but the file ends at " +
                         std::to_string(bytes.size()));
  }
  SpectrumFile file{"ASD", {}, {}};
  Spectrum primary;
  primary.x_unit = "nm";
  primary.x.resize(n);
  for (std::size_t i = 0; i < n; ++i) primary.x[i] = first_nm + step_nm * static_cast<double>(i);
  primary.y = values(bytes, kAsdHeaderSize, n, format);
  primary.y_unit = unit_of(type);
  primary.meta["signal"] = "primary";
  primary.meta["revision"] = first_revision ? "1" : std::string(1, bytes[2]);
  primary.meta["data_type"] = std::to_string(type);
  if (const auto comment = text_at(bytes, 3, 157); !comment.empty()) primary.meta["comment"] = comment;
  if (const auto date = local_time(bytes); !date.empty()) primary.meta["date"] = date;
  primary.meta["integration_ms"] = std::to_string(load<std::uint32_t>(bytes, 390));
  primary.meta["serial_number"] = std::to_string(load<std::uint16_t>(bytes, 400));
  for (const auto& [key, offset] : {std::pair<const char*, std::size_t>{"splice1_nm", 444}, {"splice2_nm", 448}}) {
    const float nm = load<float>(bytes, offset);
    if (nm > 0 && nm < 1e5f) primary.meta[key] = number_text(nm);
  }
  file.spectra.push_back(std::move(primary));
  if (first_revision || bytes.size() < end + kReferenceHeader || load<std::int16_t>(bytes, end) == 0) return file;

  const auto description = load<std::uint16_t>(bytes, end + kReferenceHeader - 2);
  const std::size_t at = end + kReferenceHeader + description;
  if (bytes.size() < at + size) {
    file.remarks.push_back("the white reference is cut off: expected it up to byte " + std::to_string(at + size) +
                           ", but the file ends at " + std::to_string(bytes.size()));
    return file;
  }
  const Spectrum& stored = file.spectra.front();
  Spectrum reference = stored;
  reference.y = values(bytes, at, n, format);
  reference.meta["signal"] = "reference";
  reference.y_unit = "counts";
  const double most = greatest(reference.y);
  if (!(most > 0)) return file;
  const bool numbers = (type == kRaw || type == kReflectance || type == kNoUnits) && greatest(stored.y) > kGreatestReflectance &&
                       most > kGreatestReflectance;
  Spectrum ratio = stored;
  if (numbers) {
    ratio.meta["signal"] = "ratio";
    ratio.y_unit = "reflectance";
    for (std::size_t i = 0; i < n; ++i) {
      ratio.y[i] = reference.y[i] != 0 ? ratio.y[i] / reference.y[i] : std::numeric_limits<double>::quiet_NaN();
    }
    file.spectra.front().y_unit = "counts";
  }
  file.spectra.push_back(std::move(reference));
  if (numbers) file.spectra.push_back(std::move(ratio));
  return file;
}

}  // namespace

Result<SpectrumFile> read_asd(std::string_view bytes) {
  if (bytes.size() > kMaxSpectrumFileBytes) return invalid_input("ASD: file larger than 256 MiB");
  if (bytes.substr(0, 3) != "ASD" && !(bytes.size() > 2 && bytes.substr(0, 2) == "as" && bytes[2] >= '2' && bytes[2] <= '8')) {
    return invalid_input("ASD: expected ASD or as2 to as8 at byte 0, found " + quoted(bytes.substr(0, 3)));
  }
  auto file = read(bytes);
  if (!file) return file.error().within("ASD");
  return file;
}

}  // namespace beltwarden::formats
