#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <tuple>

#include "formats/spc_layout.h"
#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

using namespace spc;

constexpr std::size_t kMaxCopiedLogBytes = 16 << 20;

std::string at_byte(std::size_t offset) { return "byte " + std::to_string(offset); }

// What the main header says, old and new alike.
struct SpcHeader {
  std::uint8_t flags = 0;
  int exponent = 0;
  std::uint64_t points = 0;
  double first_x = 0, last_x = 0;
  std::uint64_t subfiles = 1;  // the old format does not say; it is counted
  std::string x_unit, y_unit;
  std::map<std::string, std::string> meta;
  std::size_t log_offset = 0;
  std::size_t directory_offset = 0;

  bool has(Flags flag) const { return (flags & flag) != 0; }
};

std::string_view text_field(std::string_view bytes, std::size_t offset, std::size_t size) {
  const std::string_view field = bytes.substr(offset, size);
  return trim(field.substr(0, field.find('\0')));
}

std::string x_unit_name(unsigned code) {
  return code < kXUnits.size() ? std::string(kXUnits[code]) : "code " + std::to_string(code);
}

std::string y_unit_name(unsigned code) {
  if (code < kYUnits.size() && !kYUnits[code].empty()) return std::string(kYUnits[code]);
  if (code >= 128 && code - 128 < kYUnitsFrom128.size()) return std::string(kYUnitsFrom128[code - 128]);
  return "code " + std::to_string(code);
}

void keep_date(SpcHeader& header, unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute) {
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return;
  char text[48];
  std::snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u", year, month, day, hour, minute);
  header.meta["date"] = text;  // local time of the vendor's computer: without a zone it is no point in time
}

Result<SpcHeader> read_new_header(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) {
    return invalid_input("expected a header of 512 bytes, found " + std::to_string(bytes.size()));
  }
  SpcHeader header;
  header.flags = load<std::uint8_t>(bytes, 0);
  header.exponent = load<std::int8_t>(bytes, 3);
  header.points = load<std::uint32_t>(bytes, 4);
  header.first_x = load<double>(bytes, 8);
  header.last_x = load<double>(bytes, 16);
  header.subfiles = header.has(kMultifile) ? std::max<std::uint32_t>(load<std::uint32_t>(bytes, 24), 1) : 1;
  header.x_unit = x_unit_name(load<std::uint8_t>(bytes, 28));
  header.y_unit = y_unit_name(load<std::uint8_t>(bytes, 29));
  const auto date = load<std::uint32_t>(bytes, 32);
  keep_date(header, date >> 20, date >> 16 & 15, date >> 11 & 31, date >> 6 & 31, date & 63);
  for (const auto& [key, offset, size] :
       {std::tuple{"resolution", 36u, 9u}, {"source", 45u, 9u}, {"comment", 88u, 130u}}) {
    if (const auto text = text_field(bytes, offset, size); !text.empty()) header.meta[key] = text;
  }
  header.log_offset = load<std::uint32_t>(bytes, 248);
  if (header.has(kOwnAxis)) header.directory_offset = header.points;
  return header;
}

Result<SpcHeader> read_old_header(std::string_view bytes) {
  if (bytes.size() < kOldHeaderSize) {
    return invalid_input("expected an old header of 256 bytes, found " + std::to_string(bytes.size()));
  }
  SpcHeader header;
  header.flags = load<std::uint8_t>(bytes, 0) & (kY16Bit | kMultifile);
  header.exponent = static_cast<std::int8_t>(load<std::int16_t>(bytes, 2));
  const float points = load<float>(bytes, 4);
  if (!(points >= 1) || points > static_cast<float>(kMaxSpectrumPoints) || points != std::floor(points)) {
    return invalid_input(at_byte(4) + ": expected 1 to " + std::to_string(kMaxSpectrumPoints) + " points, found " +
                         number_text(points));
  }
  header.points = static_cast<std::uint64_t>(points);
  header.first_x = load<float>(bytes, 8);
  header.last_x = load<float>(bytes, 12);
  header.x_unit = x_unit_name(load<std::uint8_t>(bytes, 16) & 0x0F);
  header.y_unit = y_unit_name(load<std::uint8_t>(bytes, 17));
  keep_date(header, load<std::uint16_t>(bytes, 18), load<std::uint8_t>(bytes, 20), load<std::uint8_t>(bytes, 21),
            load<std::uint8_t>(bytes, 22), load<std::uint8_t>(bytes, 23));
  if (const auto comment = text_field(bytes, 64, 130); !comment.empty()) header.meta["comment"] = comment;
  return header;
}

std::size_t y_size(const SpcHeader& header, int exponent) {
  return exponent != kFloatExponent && header.has(kY16Bit) ? 2 : 4;
}

// `points` ordinates at `offset`, which the caller has checked to lie inside.
std::vector<double> read_y(std::string_view bytes, std::size_t offset, std::size_t points, int exponent,
                           const SpcHeader& header, bool old) {
  std::vector<double> y(points);
  for (std::size_t i = 0; i < points; ++i) {
    if (exponent == kFloatExponent) {
      const float value = load<float>(bytes, offset + 4 * i);
      y[i] = std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
    } else if (header.has(kY16Bit)) {
      y[i] = std::ldexp(load<std::int16_t>(bytes, offset + 2 * i), exponent - 16);
    } else {
      auto value = load<std::uint32_t>(bytes, offset + 4 * i);
      if (old) value = value << 16 | value >> 16;  // the old format has the high word first
      y[i] = std::ldexp(static_cast<std::int32_t>(value), exponent - 32);
    }
  }
  return y;
}

Result<std::vector<double>> read_x(std::string_view bytes, std::size_t offset, std::size_t points) {
  std::vector<double> x(points);
  for (std::size_t i = 0; i < points; ++i) {
    x[i] = load<float>(bytes, offset + 4 * i);
    if (!std::isfinite(x[i])) return invalid_input(at_byte(offset + 4 * i) + ": x is not a finite number");
  }
  return x;
}

Result<std::vector<double>> even_axis(const SpcHeader& header) {
  if (!std::isfinite(header.first_x) || !std::isfinite(header.last_x) ||
      !std::isfinite(header.last_x - header.first_x)) {
    return invalid_input("the header's first or last x is not a finite number, or they are too far apart");
  }
  if (header.points > 1 && header.first_x == header.last_x) {
    return invalid_input("the header's first and last x are the same, " + number_text(header.first_x));
  }
  std::vector<double> x(header.points);
  const double span = header.last_x - header.first_x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = x.size() == 1 ? header.first_x
                         : header.first_x + span * static_cast<double>(i) / static_cast<double>(x.size() - 1);
  }
  return x;
}

Error too_short(std::size_t subfile, std::uint64_t expected, std::size_t found) {
  return invalid_input("subfile " + std::to_string(subfile) + ": expected it to reach to byte " +
                       std::to_string(expected) + ", but the file ends at " + std::to_string(found));
}

// "key=value" lines; "[3] key=value" speaks of subfile 3 only. Free text is kept under "log".
void read_log(std::string_view bytes, const SpcHeader& header, SpectrumFile& file) {
  if (header.log_offset == 0) return;
  if (header.log_offset + kLogHeaderSize > bytes.size()) {
    file.remarks.push_back("the log at byte " + std::to_string(header.log_offset) + " lies outside the file; not read");
    return;
  }
  const std::string_view log = bytes.substr(header.log_offset);
  const std::size_t size = std::min<std::size_t>(load<std::uint32_t>(log, 0), log.size());
  const std::size_t text_offset = load<std::uint32_t>(log, 8);
  if (text_offset >= size) return;
  std::string_view text = log.substr(text_offset, size - text_offset);
  text = text.substr(0, std::min<std::size_t>(text.find('\0'), 1 << 20));

  const auto apply = [&](Spectrum& spectrum, std::string_view key, std::string_view value) {
    if (key == "id") {
      spectrum.id = value;
    } else if (key == "measured") {
      if (auto time = parse_rfc3339(value))
        spectrum.measured = *time;
      else
        file.remarks.push_back("log: " + time.error().message);
    } else {
      spectrum.meta[lower(key)] = value;
    }
  };
  LineReader lines(text);
  std::string_view line;
  std::string free_text;
  std::size_t copied_bytes = 0;
  while (lines.next(line)) {
    line = trim(line);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      if (!line.empty() && free_text.size() < 4096) free_text += std::string(line) + "\n";
      continue;
    }
    std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1)).substr(0, 4096);
    if (key.size() > 200) continue;
    if (key.front() == '[') {
      const std::size_t close = key.find(']');
      const auto index = close == std::string_view::npos ? std::nullopt : parse_number(key.substr(1, close - 1));
      if (!index || *index < 0 || *index >= static_cast<double>(file.spectra.size())) continue;
      apply(file.spectra[static_cast<std::size_t>(*index)], trim(key.substr(close + 1)), value);
    } else {  // copied to every subfile
      copied_bytes += (key.size() + value.size()) * file.spectra.size();
      if (copied_bytes > kMaxCopiedLogBytes) {
        file.remarks.push_back("the log is too long to be read whole");
        break;
      }
      for (Spectrum& spectrum : file.spectra) apply(spectrum, key, value);
    }
  }
  if (!free_text.empty() && !file.spectra.empty()) file.spectra.front().meta["log"] = std::string(trim(free_text));
}

class SpcReader {
 public:
  SpcReader(std::string_view bytes, SpcHeader header, bool old) : bytes_(bytes), header_(std::move(header)), old_(old) {}

  Result<SpectrumFile> read() {
    SpectrumFile file;
    file.format = "SPC";
    std::size_t pos = old_ ? kOldHeaderSize - kSubheaderSize : kHeaderSize;
    if (!header_.has(kOwnAxis)) {
      if (auto done = read_shared_axis(pos); !done) return done.error();
    }
    const std::uint64_t smallest = kSubheaderSize + (header_.has(kOwnAxis) ? 6 : 2);
    if (header_.subfiles > std::min<std::uint64_t>(bytes_.size() / smallest, kMaxFileSpectra)) {
      return invalid_input(at_byte(24) + ": " + std::to_string(header_.subfiles) +
                           " subfiles do not fit into a file of " + std::to_string(bytes_.size()) + " bytes");
    }
    for (std::size_t i = 0; more(i, pos); ++i) {
      auto spectrum = read_subfile(i, pos);
      if (!spectrum) return spectrum.error();
      points_ += spectrum->y.size();
      if (points_ > kMaxFilePoints)
        return invalid_input("more than " + std::to_string(kMaxFilePoints) + " points in one file");
      file.spectra.push_back(std::move(*spectrum));
    }
    read_log(bytes_, header_, file);
    return file;
  }

 private:
  bool more(std::size_t i, std::size_t pos) const {
    if (!old_) return i < header_.subfiles;
    return i == 0 || (header_.has(kMultifile) && pos + kSubheaderSize < bytes_.size() && i < kMaxFileSpectra);
  }

  Result<void> read_shared_axis(std::size_t& pos) {
    if (header_.points < 1 || header_.points > kMaxSpectrumPoints) {
      return invalid_input(at_byte(4) + ": expected 1 to " + std::to_string(kMaxSpectrumPoints) + " points, found " +
                           std::to_string(header_.points));
    }
    if (2 * header_.points > bytes_.size()) return too_short(0, pos + 2 * header_.points, bytes_.size());
    const bool stored = header_.has(kExplicitAxis);
    if (stored && pos + 4 * header_.points > bytes_.size())
      return too_short(0, pos + 4 * header_.points, bytes_.size());
    auto x = stored ? read_x(bytes_, pos, header_.points) : even_axis(header_);
    if (!x) return x.error();
    axis_ = std::move(*x);
    if (stored) pos += 4 * header_.points;
    return {};
  }

  Result<Spectrum> read_subfile(std::size_t i, std::size_t& pos) {
    if (header_.directory_offset != 0) {
      const std::uint64_t entry = header_.directory_offset + std::uint64_t{12} * i;
      if (entry + 12 > bytes_.size()) return too_short(i, entry + 12, bytes_.size()).within("directory");
      pos = load<std::uint32_t>(bytes_, entry);
    }
    if (pos + kSubheaderSize > bytes_.size()) return too_short(i, pos + kSubheaderSize, bytes_.size());
    const std::string_view subheader = bytes_.substr(pos, kSubheaderSize);
    const bool multi = header_.has(kMultifile) || header_.has(kOwnAxis);
    const int exponent = multi && !(old_ && i == 0) ? load<std::int8_t>(subheader, 1) : header_.exponent;
    pos += kSubheaderSize;

    Spectrum spectrum;
    spectrum.x_unit = header_.x_unit;
    spectrum.y_unit = header_.y_unit;
    spectrum.meta = header_.meta;
    if (multi) {
      spectrum.meta["subfile"] = std::to_string(load<std::uint16_t>(subheader, 2));
      spectrum.meta["z"] = number_text(load<float>(subheader, 4));
    }
    std::uint64_t points = header_.points;
    if (header_.has(kOwnAxis)) {
      points = load<std::uint32_t>(subheader, 16);
      if (points < 1 || points > kMaxSpectrumPoints) {
        return invalid_input(at_byte(pos - kSubheaderSize + 16) + ": expected 1 to " +
                             std::to_string(kMaxSpectrumPoints) + " points, found " + std::to_string(points));
      }
      if (pos + 4 * points > bytes_.size()) return too_short(i, pos + 4 * points, bytes_.size());
      auto x = read_x(bytes_, pos, points);
      if (!x) return x.error().within("subfile " + std::to_string(i));
      spectrum.x = std::move(*x);
      pos += 4 * points;
    } else {
      spectrum.x = axis_;
    }
    const std::uint64_t end = pos + y_size(header_, exponent) * points;
    if (end > bytes_.size()) return too_short(i, end, bytes_.size());
    spectrum.y = read_y(bytes_, pos, points, exponent, header_, old_);
    pos = end;
    return spectrum;
  }

  std::string_view bytes_;
  SpcHeader header_;
  bool old_;
  std::vector<double> axis_;
  std::size_t points_ = 0;
};

}  // namespace

Result<SpectrumFile> read_spc(std::string_view bytes) {
  if (bytes.size() < 2)
    return invalid_input("SPC: expected a header, found " + std::to_string(bytes.size()) + " bytes");
  if (bytes.size() > kMaxSpectrumFileBytes) return invalid_input("SPC: file larger than 256 MiB");
  const auto version = load<std::uint8_t>(bytes, 1);
  if (version == kNewBigEndian) return unsupported("SPC: byte 1 is 4C: big-endian files are not read, only 4B and 4D");
  if (version != kNewLittleEndian && version != kOld) {
    char found[8];
    std::snprintf(found, sizeof found, "%02X", version);
    return invalid_input("SPC: byte 1: expected version 4B or 4D, found " + std::string(found));
  }
  const bool old = version == kOld;
  auto header = old ? read_old_header(bytes) : read_new_header(bytes);
  if (!header) return header.error().within("SPC");
  auto file = SpcReader(bytes, std::move(*header), old).read();
  if (!file) return file.error().within("SPC");
  return file;
}

}  // namespace beltwarden::formats
