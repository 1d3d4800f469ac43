#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "formats/spc_layout.h"
#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

using namespace spc;

template <std::size_t N>
std::uint8_t code_of(const std::array<std::string_view, N>& names, std::string_view name, std::uint8_t base) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() || name.empty() ? 0 : static_cast<std::uint8_t>(base + (found - names.begin()));
}

std::uint8_t y_code(std::string_view unit) {
  const std::uint8_t high = code_of(kYUnitsFrom128, unit, 128);
  return high != 0 ? high : code_of(kYUnits, unit, 0);
}

std::string log_text(const SpectrumFile& file) {
  std::string text;
  for (std::size_t i = 0; i < file.spectra.size(); ++i) {
    const Spectrum& spectrum = file.spectra[i];
    const std::string prefix = "[" + std::to_string(i) + "] ";
    if (!spectrum.id.empty()) text += prefix + "id=" + one_line(spectrum.id) + "\r\n";
    if (spectrum.measured) text += prefix + "measured=" + to_rfc3339(*spectrum.measured) + "\r\n";
    for (const auto& [key, value] : spectrum.meta) text += prefix + one_line(key) + "=" + one_line(value) + "\r\n";
  }
  return text;
}

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The header's packed date; UTC, as the log's `measured` says it exactly.
std::uint32_t packed_date(Time time) {
  using namespace std::chrono;
  const sys_time<minutes> point = floor<minutes>(sys_time<nanoseconds>(nanoseconds(time.ns)));
  const auto day = floor<days>(point);
  const year_month_day date(day);
  const auto minute_of_day = static_cast<std::uint32_t>((point - day).count());
  return static_cast<std::uint32_t>(static_cast<int>(date.year())) << 20 | static_cast<unsigned>(date.month()) << 16 |
         static_cast<unsigned>(date.day()) << 11 | minute_of_day / 60 << 6 | minute_of_day % 60;
}

}  // namespace

Result<std::string> write_spc(const SpectrumFile& file) {
  if (file.spectra.empty()) return invalid_input("SPC: no spectrum to write");
  const Spectrum& first = file.spectra.front();
  if (first.x.empty() || first.x.size() > kMaxSpectrumPoints) {
    return invalid_input("SPC: expected 1 to " + std::to_string(kMaxSpectrumPoints) + " points, found " +
                         std::to_string(first.x.size()));
  }
  for (const Spectrum& spectrum : file.spectra) {
    if (spectrum.x != first.x || spectrum.y.size() != first.x.size()) {
      return invalid_input("SPC: spectrum " + quoted(spectrum.id) + " has another axis than the first");
    }
  }
  const bool even = is_even(first.x);
  const auto too_large = [](double x) { return !(std::abs(x) <= std::numeric_limits<float>::max()); };
  if (!even && std::any_of(first.x.begin(), first.x.end(), too_large)) {
    return invalid_input("SPC: the axis has values beyond what 32-bit floats hold");
  }
  const bool multi = file.spectra.size() > 1;

  std::string out(kHeaderSize, '\0');
  store<std::uint8_t>(out.data(), 0, static_cast<std::uint8_t>((multi ? kMultifile : 0) | (even ? 0 : kExplicitAxis)));
  store<std::uint8_t>(out.data(), 1, kNewLittleEndian);
  store<std::int8_t>(out.data(), 3, kFloatExponent);
  store<std::uint32_t>(out.data(), 4, static_cast<std::uint32_t>(first.x.size()));
  store<double>(out.data(), 8, first.x.front());
  store<double>(out.data(), 16, first.x.back());
  store<std::uint32_t>(out.data(), 24, static_cast<std::uint32_t>(file.spectra.size()));
  store<std::uint8_t>(out.data(), 28, code_of(kXUnits, first.x_unit, 0));
  store<std::uint8_t>(out.data(), 29, y_code(first.y_unit));
  if (first.measured) store<std::uint32_t>(out.data(), 32, packed_date(*first.measured));
  if (!even) {
    for (const double x : first.x) append(out, static_cast<float>(x));
  }
  for (std::size_t i = 0; i < file.spectra.size(); ++i) {
    std::string subheader(kSubheaderSize, '\0');
    store<std::int8_t>(subheader.data(), 1, kFloatExponent);
    store<std::uint16_t>(subheader.data(), 2, static_cast<std::uint16_t>(i));
    store<float>(subheader.data(), 4, static_cast<float>(i));
    out += subheader;
    for (const double y : file.spectra[i].y) append(out, static_cast<float>(y));
  }
  const std::string log = log_text(file);
  if (!log.empty()) {
    store<std::uint32_t>(out.data(), 248, static_cast<std::uint32_t>(out.size()));
    std::string header(kLogHeaderSize, '\0');
    store<std::uint32_t>(header.data(), 0, static_cast<std::uint32_t>(kLogHeaderSize + log.size() + 1));
    store<std::uint32_t>(header.data(), 4,
                         static_cast<std::uint32_t>((kLogHeaderSize + log.size() + 1 + 4095) / 4096 * 4096));
    store<std::uint32_t>(header.data(), 8, static_cast<std::uint32_t>(kLogHeaderSize));
    out += header + log + '\0';
  }
  return out;
}

}  // namespace beltwarden::formats
