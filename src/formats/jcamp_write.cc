#include <algorithm>
#include <cmath>

#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kOrdinatesPerLine = 8;

// "2026/11/23 14:31:06.250 +0000" (JCAMP-DX 5.01, LONG DATE).
std::string long_date(Time time) {
  std::string text = to_rfc3339(time);
  text[4] = text[7] = '/';
  text[10] = ' ';
  text.pop_back();
  return text + " +0000";
}

// An exponent is only read as one with its sign: 'E' before a digit is a squeezed 5.
std::string affn(double value) { return std::isfinite(value) ? number_text(value) : "?"; }

void write_block(const Spectrum& spectrum, std::string& out) {
  const auto label = [&](std::string_view name, std::string_view value) {
    out += "##";
    out += name;
    out += '=';
    out += one_line(value);
    out += "\r\n";
  };
  label("TITLE", spectrum.id);
  label("JCAMP-DX", "5.01");
  label("DATA TYPE", "UV/VIS/NIR SPECTRUM");
  label("ORIGIN", "Beltwarden");
  label("OWNER", "");
  if (spectrum.measured) label("LONG DATE", long_date(*spectrum.measured));
  for (const auto& [key, value] : spectrum.meta) label(std::string(1, '$').append(one_line(key)), value);
  label("XUNITS", spectrum.x_unit == "nm" ? "NANOMETERS" : spectrum.x_unit == "cm-1" ? "1/CM" : spectrum.x_unit);
  label("YUNITS", spectrum.y_unit);
  label("XFACTOR", "1");
  label("YFACTOR", "1");
  const std::size_t n = std::min(spectrum.x.size(), spectrum.y.size());
  label("NPOINTS", std::to_string(n));
  if (n > 0) {
    label("FIRSTX", number_text(spectrum.x.front()));
    label("LASTX", number_text(spectrum.x[n - 1]));
  }
  if (spectrum.x.size() > 1 && is_even(spectrum.x)) {
    out += "##XYDATA=(X++(Y..Y))\r\n";
    for (std::size_t i = 0; i < n; i += kOrdinatesPerLine) {
      out += number_text(spectrum.x[i]);
      for (std::size_t j = i; j < std::min(n, i + kOrdinatesPerLine); ++j) out += ' ' + affn(spectrum.y[j]);
      out += "\r\n";
    }
  } else {
    out += "##XYPOINTS=(XY..XY)\r\n";
    for (std::size_t i = 0; i < n; ++i) out += number_text(spectrum.x[i]) + ", " + affn(spectrum.y[i]) + "\r\n";
  }
  out += "##END=\r\n";
}

}  // namespace

std::string write_jcamp_dx(const SpectrumFile& file) {
  std::string out;
  for (const Spectrum& spectrum : file.spectra) write_block(spectrum, out);
  return out;
}

}  // namespace beltwarden::formats
