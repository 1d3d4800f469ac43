// Small OPUS, ASD and ENVI files made by hand, byte by byte: for tests and as seeds of the fuzzers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace beltwarden::formats::made {

template <class T>
void append(std::string& to, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  to.append(bytes, sizeof value);
}

template <class T>
void put(std::string& at, std::size_t offset, T value) {
  std::memcpy(at.data() + offset, &value, sizeof value);
}

// A parameter of an OPUS block: whole number, floating number or text.
inline std::string opus_parameter(const char* name, std::int32_t value) {
  std::string out(name, 4);
  append<std::uint16_t>(out, 0), append<std::uint16_t>(out, 2), append(out, value);
  return out;
}
inline std::string opus_parameter(const char* name, double value) {
  std::string out(name, 4);
  append<std::uint16_t>(out, 1), append<std::uint16_t>(out, 4), append(out, value);
  return out;
}
inline std::string opus_parameter(const char* name, const char* text) {
  std::string out(name, 4), value(text);
  value.resize(value.size() / 2 * 2 + 2);
  append<std::uint16_t>(out, 2), append<std::uint16_t>(out, static_cast<std::uint16_t>(value.size() / 2));
  return out + value;
}
inline std::string opus_end() { return std::string("END\0\0\0\0\0", 8); }

/// A file of the blocks given as (type, content); the directory comes first.
inline std::string opus(const std::vector<std::pair<std::uint32_t, std::string>>& blocks) {
  std::string out("\x0A\x0A\xFE\xFE", 4);
  append(out, 920622.0);
  append<std::uint32_t>(out, 24), append<std::uint32_t>(out, 40), append<std::uint32_t>(out, static_cast<std::uint32_t>(blocks.size()));
  std::size_t offset = 24 + 12 * blocks.size();
  for (const auto& [type, content] : blocks) {
    append(out, type), append<std::uint32_t>(out, static_cast<std::uint32_t>(content.size() / 4)), append<std::uint32_t>(out, static_cast<std::uint32_t>(offset));
    offset += content.size();
  }
  for (const auto& [type, content] : blocks) out += content;
  return out;
}

inline std::string opus_status(std::int32_t points, double first, double last, double factor) {
  std::string out = opus_parameter("DPF", 1) + opus_parameter("NPT", points) + opus_parameter("FXV", first) + opus_parameter("LXV", last) +
                    opus_parameter("CSF", factor) + opus_parameter("DAT", "23/11/2026") + opus_parameter("TIM", "14:31:06.250 (GMT+8)") +
                    opus_parameter("DXU", "WN") + opus_end();
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}

template <class T>
std::string values(const std::vector<T>& list) {
  std::string out;
  for (const T v : list) append(out, v);
  return out;
}

/// Absorbance of three points and the two single beams, and an interferogram that is not to be read.
inline std::string opus_sample() {
  const auto sample = [] {
    std::string out = opus_parameter("SNM", "ore 7") + opus_end();
    out.resize((out.size() + 3) / 4 * 4);
    return out;
  }();
  return opus({{0x407, values<float>({1, 2, 4, 0})},
               {0x417, opus_status(3, 9000, 5000, 0.5)},
               {0x40B, values<float>({2, 2, 2})},
               {0x41B, opus_status(3, 9000, 5000, 1)},
               {0x100F, values<float>({0.25f, 0.5f, 0.75f})},
               {0x101F, opus_status(3, 10000, 5000, 1)},
               {0x807, values<float>({9, 9})},
               {0xA0, sample}});
}

/// Revision 8, raw counts as doubles with a white reference.
inline std::string asd_sample(char revision = '8', std::uint16_t channels = 4) {
  std::string out(484, '\0');
  out.replace(0, 3, revision == '1' ? "ASD" : std::string("as") + revision);
  out.replace(3, 4, "ore ");
  const std::int16_t when[] = {6, 31, 14, 23, 10, 126};
  for (std::size_t i = 0; i < 6; ++i) put(out, 160 + 2 * i, when[i]);
  put<std::uint8_t>(out, 186, revision == '1' ? 1 : 0);
  put<float>(out, 191, 350), put<float>(out, 195, 1);
  put<std::uint8_t>(out, 199, revision == '1' ? 0 : 2);
  put<std::uint16_t>(out, 204, channels);
  put<std::uint32_t>(out, 390, 17), put<std::uint16_t>(out, 400, 6525), put<float>(out, 444, 1000), put<float>(out, 448, 1800);
  for (std::uint16_t i = 0; i < channels; ++i) {
    if (revision == '1') append(out, 0.25f + 0.125f * static_cast<float>(i));
    else append(out, 100.0 * (i + 1));
  }
  if (revision == '1') return out;
  append<std::int16_t>(out, -1);
  out.append(16, '\0');
  append<std::uint16_t>(out, 2);
  out += "wr";
  for (std::uint16_t i = 0; i < channels; ++i) append(out, 400.0);
  return out;
}

/// A library of two spectra of three bands, one value missing.
inline const char kEnviHeader[] =
    "ENVI\ndescription = {\n  two spectra }\nsamples = 3\nlines = 2\nbands = 1\nheader offset = 0\nfile type = ENVI Spectral Library\n"
    "data type = 4\ninterleave = bsq\nbyte order = 0\ndata ignore value = -1.23e34\nwavelength units = Micrometers\n"
    "spectra names = {Hematite a, Goethite b}\nwavelength = {0.5, 1.0,\n 2.5}\n";
inline std::string envi_data() { return values<float>({0.5f, 0.25f, -1.23e34f, 1, 2, 3}); }

/// A cube of 2 lines, 2 samples and 3 bands of 16-bit integers: value = 100 line + 10 sample + band.
inline std::string envi_cube_header(const char* interleave, bool big_endian = false) {
  return std::string("ENVI\nsamples = 2\nlines = 2\nbands = 3\ndata type = 2\ninterleave = ") + interleave + "\nbyte order = " +
         (big_endian ? "1" : "0") + "\nwavelength = {400, 500, 600}\n";
}
inline std::string envi_cube_data(const std::string& interleave, bool big_endian = false) {
  std::string out;
  const auto value = [&](int line, int sample, int band) {
    const auto v = static_cast<std::uint16_t>(100 * line + 10 * sample + band);
    append<std::uint16_t>(out, big_endian ? static_cast<std::uint16_t>(v << 8 | v >> 8) : v);
  };
  for (int a = 0; a < (interleave == "bsq" ? 3 : 2); ++a) {
    for (int b = 0; b < (interleave == "bil" ? 3 : 2); ++b) {
      for (int c = 0; c < (interleave == "bip" ? 3 : 2); ++c) {
        if (interleave == "bsq") value(b, c, a);
        else if (interleave == "bil") value(a, c, b);
        else value(a, b, c);
      }
    }
  }
  return out;
}

}  // namespace beltwarden::formats::made
