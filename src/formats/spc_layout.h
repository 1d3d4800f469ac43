// Offsets and codes of Galactic's SPC format, as in its description "Universal Data Format Specification"
// (Galactic Industries, 1997; SPC.H). All numbers little-endian. Private to formats.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace beltwarden::formats::spc {

inline constexpr std::uint8_t kNewLittleEndian = 0x4B, kNewBigEndian = 0x4C, kOld = 0x4D;
inline constexpr std::size_t kHeaderSize = 512, kOldHeaderSize = 256, kSubheaderSize = 32, kLogHeaderSize = 64;
inline constexpr std::int8_t kFloatExponent = -128;  // 0x80: y values are 32-bit floats

enum Flags : std::uint8_t {
  kY16Bit = 0x01,        // TSPREC: 16-bit integers
  kMultifile = 0x04,     // TMULTI: more than one subfile
  kOwnAxis = 0x40,       // TXYXYS: each subfile has its own x
  kExplicitAxis = 0x80,  // TXVALS: x values are stored
};

inline constexpr std::array<std::string_view, 31> kXUnits = {"arbitrary",
                                                             "cm-1",
                                                             "um",
                                                             "nm",
                                                             "s",
                                                             "min",
                                                             "Hz",
                                                             "kHz",
                                                             "MHz",
                                                             "m/z",
                                                             "ppm",
                                                             "day",
                                                             "year",
                                                             "cm-1 (Raman shift)",
                                                             "eV",
                                                             "label",
                                                             "diode number",
                                                             "channel",
                                                             "degree",
                                                             "degF",
                                                             "degC",
                                                             "K",
                                                             "point",
                                                             "ms",
                                                             "us",
                                                             "ns",
                                                             "GHz",
                                                             "cm",
                                                             "m",
                                                             "mm",
                                                             "h"};
inline constexpr std::array<std::string_view, 27> kYUnits = {"arbitrary",
                                                             "interferogram",
                                                             "absorbance",
                                                             "Kubelka-Munk",
                                                             "counts",
                                                             "V",
                                                             "degree",
                                                             "mA",
                                                             "mm",
                                                             "mV",
                                                             "log(1/R)",
                                                             "percent",
                                                             "intensity",
                                                             "relative intensity",
                                                             "energy",
                                                             "",
                                                             "dB",
                                                             "",
                                                             "",
                                                             "degF",
                                                             "degC",
                                                             "K",
                                                             "refractive index",
                                                             "extinction coefficient",
                                                             "real",
                                                             "imaginary",
                                                             "complex"};
inline constexpr std::array<std::string_view, 4> kYUnitsFrom128 = {"transmittance", "reflectance", "single beam",
                                                                   "emission"};

/// The value at `offset`; the caller has checked that it lies inside.
template <class T>
T load(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class T>
void store(char* header, std::size_t offset, T value) {
  std::memcpy(header + offset, &value, sizeof value);
}

}  // namespace beltwarden::formats::spc
