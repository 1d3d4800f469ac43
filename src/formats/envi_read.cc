// After "ENVI Header Files" of the ENVI documentation (NV5 Geospatial, formerly Harris and Exelis).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "formats/envi.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 20, kMaxFields = 1'000;
constexpr double kNoData = 1e30;   // USGS libraries mark what is missing with -1.23e34, with or without saying so

struct Field {
  std::string value;   // without braces
  std::size_t line = 0;
};
using Fields = std::map<std::string, Field>;

std::string key_of(std::string_view text) {
  std::string key;
  for (const char c : lower(trim(text).substr(0, 200))) {
    const char plain = c == '\t' ? ' ' : c;
    if (plain != ' ' || key.empty() || key.back() != ' ') key += plain;
  }
  return key;
}

Result<Fields> read_fields(std::string_view header) {
  Fields fields;
  LineReader lines(header);
  std::string_view line;
  lines.next(line);   // ENVI
  while (lines.next(line)) {
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == ';') continue;
    const std::size_t number = lines.line_number(), equals = text.find('=');
    if (equals == std::string_view::npos) {
      return invalid_input("header line " + std::to_string(number) + ": expected 'key = value', found " + quoted(text));
    }
    if (fields.size() >= kMaxFields) return invalid_input("header: more than 1000 fields");
    Field field{{}, number};
    std::string_view value = trim(text.substr(equals + 1));
    if (!value.empty() && value.front() == '{') {
      value.remove_prefix(1);
      while (value.find('}') == std::string_view::npos) {
        field.value.append(value).append(1, '\n');
        if (!lines.next(value)) {
          return invalid_input("header line " + std::to_string(number) + ": the brace is not closed up to the end");
        }
      }
      value = value.substr(0, value.find('}'));
    }
    field.value.append(value);
    fields.insert_or_assign(key_of(text.substr(0, equals)), std::move(field));
  }
  return fields;
}

std::string at_line(const Field& field, const char* key) {
  return "header line " + std::to_string(field.line) + ", " + key + ": ";
}

Result<std::uint64_t> whole(const Fields& fields, const char* key, std::optional<std::uint64_t> absent = std::nullopt) {
  const auto found = fields.find(key);
  if (found == fields.end()) {
    if (absent) return *absent;
    return invalid_input(std::string("header: expected a field '") + key + "', found none");
  }
  const auto value = parse_number(trim(found->second.value));
  if (!value || *value < 0 || *value > 1e12 || *value != std::floor(*value)) {
    return invalid_input(at_line(found->second, key) + "expected a whole number, found " + quoted(found->second.value));
  }
  return static_cast<std::uint64_t>(*value);
}

Result<std::optional<double>> number(const Fields& fields, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end() || trim(found->second.value).empty()) return std::optional<double>{};
  const auto value = parse_number(trim(found->second.value));
  if (!value) return invalid_input(at_line(found->second, key) + "expected a number, found " + quoted(found->second.value));
  return value;
}

std::vector<std::string_view> items(std::string_view list) {
  std::vector<std::string_view> out;
  if (trim(list).empty()) return out;
  for (;;) {
    const std::size_t comma = list.find(',');
    out.push_back(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    list.remove_prefix(comma + 1);
  }
}

struct Layout {
  std::uint64_t samples = 0, lines = 0, bands = 0, offset = 0;
  std::size_t value_size = 0;
  int type = 0;
  bool big_endian = false, library = false;
  std::string interleave;
  std::uint64_t points = 0, spectra = 0;
};

std::size_t size_of_type(std::uint64_t type) {
  switch (type) {
    case 1: return 1;
    case 2: case 12: return 2;
    case 3: case 4: case 13: return 4;
    case 5: case 14: case 15: return 8;
    default: return 0;
  }
}

Result<Layout> read_layout(const Fields& fields, std::size_t data_size) {
  Layout l;
  for (const auto& [key, slot] : {std::pair<const char*, std::uint64_t*>{"samples", &l.samples}, {"lines", &l.lines}, {"bands", &l.bands}}) {
    auto value = whole(fields, key);
    if (!value) return value.error();
    if (*value < 1 || *value > kMaxFilePoints) {
      return invalid_input(at_line(fields.at(key), key) + "expected 1 to " + std::to_string(kMaxFilePoints) + ", found " + std::to_string(*value));
    }
    *slot = *value;
  }
  auto offset = whole(fields, "header offset", 0), type = whole(fields, "data type"), order = whole(fields, "byte order", 0);
  if (!offset) return offset.error();
  if (!type) return type.error();
  if (!order) return order.error();
  l.offset = *offset;
  l.value_size = size_of_type(*type);
  if (l.value_size == 0) {
    return unsupported(at_line(fields.at("data type"), "data type") +
                       "expected 1 (byte), 2, 3, 12, 13, 14, 15 (integers), 4 or 5 (floating), found " + std::to_string(*type));
  }
  l.type = static_cast<int>(*type);
  if (*order > 1) return invalid_input(at_line(fields.at("byte order"), "byte order") + "expected 0 or 1, found " + std::to_string(*order));
  l.big_endian = *order == 1;
  const auto text = [&](const char* key) {
    const auto found = fields.find(key);
    return found == fields.end() ? std::string{} : lower(trim(found->second.value));
  };
  l.interleave = text("interleave").empty() ? "bsq" : text("interleave");
  if (l.interleave != "bsq" && l.interleave != "bil" && l.interleave != "bip") {
    return invalid_input(at_line(fields.at("interleave"), "interleave") + "expected bsq, bil or bip, found " + quoted(l.interleave));
  }
  l.library = text("file type").find("spectral library") != std::string::npos;
  if (l.library && l.bands != 1) {
    return invalid_input(at_line(fields.at("bands"), "bands") + "expected 1 in a spectral library, found " + std::to_string(l.bands));
  }
  l.points = l.library ? l.samples : l.bands;
  l.spectra = l.library ? l.lines : l.lines * l.samples;
  if (l.points > kMaxSpectrumPoints || l.spectra > kMaxFileSpectra || l.points * l.spectra > kMaxFilePoints) {
    return invalid_input("header: " + std::to_string(l.spectra) + " spectra of " + std::to_string(l.points) + " points; at most " +
                         std::to_string(kMaxFileSpectra) + " spectra and " + std::to_string(kMaxFilePoints) +
                         " points in all are read: cut out a part first");
  }
  const std::uint64_t expected = l.offset + l.points * l.spectra * l.value_size;
  if (data_size < expected) {
    return invalid_input("data: expected " + std::to_string(expected) + " bytes (" + std::to_string(l.spectra) + " spectra of " +
                         std::to_string(l.points) + " values of " + std::to_string(l.value_size) + " bytes from byte " +
                         std::to_string(l.offset) + "), found " + std::to_string(data_size));
  }
  return l;
}

template <class Raw>
double as_number(const char* at, bool big_endian) {
  char bytes[sizeof(Raw)];
  std::memcpy(bytes, at, sizeof bytes);
  if (big_endian == (std::endian::native == std::endian::little)) std::reverse(bytes, bytes + sizeof bytes);
  Raw value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

// `n` values, each `stride` bytes after the one before it.
template <class Raw>
void copy(const char* from, std::size_t stride, bool big_endian, std::vector<double>& to) {
  if (big_endian || std::endian::native != std::endian::little) {
    for (double& v : to) v = as_number<Raw>(from, big_endian), from += stride;
  } else {
    for (double& v : to) {
      Raw value;
      std::memcpy(&value, from, sizeof value);
      v = static_cast<double>(value);
      from += stride;
    }
  }
}

void copy_values(const Layout& l, const char* from, std::size_t stride, std::vector<double>& to) {
  switch (l.type) {
    case 1: return copy<std::uint8_t>(from, stride, l.big_endian, to);
    case 2: return copy<std::int16_t>(from, stride, l.big_endian, to);
    case 3: return copy<std::int32_t>(from, stride, l.big_endian, to);
    case 4: return copy<float>(from, stride, l.big_endian, to);
    case 5: return copy<double>(from, stride, l.big_endian, to);
    case 12: return copy<std::uint16_t>(from, stride, l.big_endian, to);
    case 13: return copy<std::uint32_t>(from, stride, l.big_endian, to);
    case 14: return copy<std::int64_t>(from, stride, l.big_endian, to);
    default: return copy<std::uint64_t>(from, stride, l.big_endian, to);
  }
}

struct Axis {
  std::vector<double> x;
  std::string unit;
};

Result<Axis> read_axis(const Fields& fields, std::uint64_t points, std::vector<std::string>& remarks) {
  Axis axis;
  const auto found = fields.find("wavelength");
  if (found == fields.end()) {
    for (std::uint64_t i = 0; i < points; ++i) axis.x.push_back(static_cast<double>(i + 1));
    axis.unit = "channel";
    remarks.push_back("the header has no wavelengths; x is the band's number");
    return axis;
  }
  const auto list = items(found->second.value);
  if (list.size() != points) {
    return invalid_input(at_line(found->second, "wavelength") + "expected " + std::to_string(points) + " values, found " + std::to_string(list.size()));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto value = parse_number(list[i]);
    if (!value) {
      return invalid_input(at_line(found->second, "wavelength") + "value " + std::to_string(i + 1) + ": expected a number, found " + quoted(list[i]));
    }
    axis.x.push_back(*value);
  }
  const auto named = fields.find("wavelength units");
  const std::string unit = named == fields.end() ? "" : lower(trim(named->second.value));
  if (unit == "nanometers" || unit == "nanometer" || unit == "nm") axis.unit = "nm";
  else if (unit == "micrometers" || unit == "micrometer" || unit == "microns" || unit == "um") axis.unit = "um";
  else if (unit == "wavenumber" || unit == "wavenumbers" || unit == "cm-1" || unit == "1/cm") axis.unit = "cm-1";
  else if (unit.empty() || unit == "unknown") {
    const auto [least, most] = std::minmax_element(axis.x.begin(), axis.x.end());
    if (*least >= 100 && *most <= 30'000) axis.unit = "nm";
    else if (*least >= 0.1 && *most <= 30) axis.unit = "um";
    remarks.push_back("the header gives wavelengths without a unit; " + (axis.unit.empty() ? std::string("left without") : "taken for " + axis.unit));
  } else {
    axis.unit = unit;
  }
  return axis;
}

void mend(std::vector<double>& y, const std::optional<double>& ignore, double scale) {
  for (double& v : y) {
    if (!(std::abs(v) < kNoData) || (ignore && std::abs(v - *ignore) <= 1e-6 * std::abs(*ignore))) {
      v = std::numeric_limits<double>::quiet_NaN();
    } else {
      v /= scale;
    }
  }
}

}  // namespace

bool is_envi_header(std::string_view bytes) {
  return bytes.substr(0, 4) == "ENVI" && (bytes.size() == 4 || bytes[4] == '\n' || bytes[4] == '\r' || bytes[4] == ' ');
}

Result<SpectrumFile> read_envi(std::string_view header, std::string_view data) {
  if (!is_envi_header(header)) return invalid_input("ENVI: header line 1: expected ENVI, found " + quoted(header.substr(0, 16)));
  if (header.size() > kMaxHeaderBytes) return invalid_input("ENVI: header larger than 64 MiB");
  if (data.size() > kMaxSpectrumFileBytes) return invalid_input("ENVI: data larger than 256 MiB");
  auto fields = read_fields(header);
  if (!fields) return fields.error().within("ENVI");
  auto layout = read_layout(*fields, data.size());
  if (!layout) return layout.error().within("ENVI");
  const Layout& l = *layout;
  SpectrumFile file;
  file.format = "ENVI";
  auto axis = read_axis(*fields, l.points, file.remarks);
  auto ignore = number(*fields, "data ignore value"), scale = number(*fields, "reflectance scale factor");
  if (!axis) return axis.error().within("ENVI");
  if (!ignore) return ignore.error().within("ENVI");
  if (!scale) return scale.error().within("ENVI");
  if (*scale && !(**scale > 0)) return invalid_input("ENVI: reflectance scale factor: expected a positive number");
  std::vector<std::string_view> names;
  if (const auto found = fields->find("spectra names"); l.library && found != fields->end()) {
    names = items(found->second.value);
    if (names.size() != l.spectra) {
      file.remarks.push_back("the header names " + std::to_string(names.size()) + " of " + std::to_string(l.spectra) + " spectra");
    }
  }
  const auto plots = fields->find("z plot titles");
  const bool reflectance = *scale || (plots != fields->end() && lower(plots->second.value).find("reflectance") != std::string::npos);
  file.spectra.resize(l.spectra);
  for (std::uint64_t k = 0; k < l.spectra; ++k) {
    Spectrum& spectrum = file.spectra[k];
    const std::uint64_t line = l.library ? k : k / l.samples, sample = l.library ? 0 : k % l.samples;
    std::uint64_t first = 0, stride = 1;   // in values
    if (l.library) {
      first = k * l.points;
    } else if (l.interleave == "bip") {
      first = k * l.bands;
    } else if (l.interleave == "bil") {
      first = line * l.bands * l.samples + sample, stride = l.samples;
    } else {
      first = k, stride = l.lines * l.samples;
    }
    spectrum.y.resize(l.points);
    copy_values(l, data.data() + l.offset + first * l.value_size, stride * l.value_size, spectrum.y);
    mend(spectrum.y, *ignore, scale->value_or(1));
    spectrum.x = axis->x;
    spectrum.x_unit = axis->unit;
    if (reflectance) spectrum.y_unit = "reflectance";
    if (l.library) spectrum.id = k < names.size() ? std::string(names[k].substr(0, 1000)) : "";
    else spectrum.id = "line " + std::to_string(line) + " sample " + std::to_string(sample);
  }
  return file;
}

std::vector<std::string> envi_data_paths(const std::string& header_path) {
  std::string stem = header_path;
  const auto drop = [&](std::string_view ending) {
    if (lower(stem).ends_with(ending)) stem.resize(stem.size() - ending.size());
  };
  drop(".gz");
  drop(".hdr");
  std::vector<std::string> out;
  for (const char* packed : {"", ".gz"}) {
    for (const char* ending : {".sli", ".img", ".dat", ".bsq", ".bil", ".bip", ".lib", ".raw", ".spc", ".SLI", ".IMG", ".DAT", ""}) {
      if (stem + ending + packed != header_path) out.push_back(stem + ending + packed);
    }
  }
  return out;
}

std::vector<std::string> envi_header_paths(const std::string& data_path) {
  std::string whole = data_path;
  if (lower(whole).ends_with(".gz")) whole.resize(whole.size() - 3);
  const std::size_t dot = whole.rfind('.'), slash = whole.rfind('/');
  const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash + 1);
  const std::string stem = has_ending ? whole.substr(0, dot) : whole;
  std::vector<std::string> out;
  for (const char* ending : {".hdr", ".HDR", ".hdr.gz"}) {
    out.push_back(stem + ending);
    if (has_ending) out.push_back(whole + ending);
  }
  return out;
}

}  // namespace beltwarden::formats
