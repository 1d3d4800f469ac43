#include "report/vision_report.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "report/chart.h"

namespace beltwarden::report {
namespace {

constexpr const char* kStyle = R"(
:root{--paper:#fff;--ink:#1c2530;--soft:#5b6875;--grid:#e4e8ec;--c0:#1f6feb;--c1:#0f8a5f;--c2:#b45309;--c3:#7c3aed}
@media (prefers-color-scheme:dark){:root{--paper:#12171d;--ink:#e3e9ef;--soft:#9aa7b4;--grid:#28313a;--c0:#6cb0ff;--c1:#5fd0a0;--c2:#f0b35a;--c3:#b79bff}}
body{margin:0 auto;max-width:1440px;padding:1.2rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .3rem}p{margin:.3rem 0}.soft{color:var(--soft)}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:.8rem;margin:.8rem 0}
svg{width:100%;border:1px solid var(--grid);border-radius:6px}svg text{fill:var(--soft);font:11px system-ui,sans-serif}
svg text.title{fill:var(--ink);font-size:13px;font-weight:600}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.15rem .8rem .15rem 0;text-align:left;border-bottom:1px solid var(--grid)}
figure{margin:0}figure img{width:100%;border-radius:6px}figcaption{color:var(--soft);font-size:13px}
.grid{stroke:var(--grid)}.ideal{stroke:var(--soft);stroke-dasharray:5 4}path{fill:none;stroke-width:1.8}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}
)";

std::string base64(const std::string& bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : kLetters[three >> (18 - 6 * k) & 63];
    }
  }
  return out;
}

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}

// Both axes from 0 to 1 over 320 x 300 pixels.
std::string roc(const VisionReport::Chart& chart) {
  constexpr double kLeft = 46, kTop = 26, kSide = 250;
  const auto x = [](double v) { return number(kLeft + kSide * v); };
  const auto y = [](double v) { return number(kTop + kSide * (1 - v)); };
  std::string out = "<svg viewBox='0 0 420 330' role='img' aria-label='" + escape_html(chart.title) + "'><text class='title' x='46' y='16'>" +
                    escape_html(chart.title) + "</text>";
  for (int i = 0; i <= 4; ++i) {
    const double v = i / 4.0;
    out += "<line class='grid' x1='" + x(0) + "' x2='" + x(1) + "' y1='" + y(v) + "' y2='" + y(v) + "'/>";
    out += "<text x='" + x(v) + "' y='292' text-anchor='middle'>" + short_number(v) + "</text>";
    out += "<text x='40' y='" + number(kTop + kSide * (1 - v) + 4) + "' text-anchor='end'>" + short_number(v) + "</text>";
  }
  out += "<line class='ideal' x1='" + x(0) + "' x2='" + x(1) + "' y1='" + y(0) + "' y2='" + y(1) + "'/>";
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const auto& curve = chart.curves[i];
    const std::string css = "c" + std::to_string(i % 4);
    std::string path;
    for (std::size_t k = 0; k < std::min(curve.false_share.size(), curve.found_share.size()); ++k) {
      path += (path.empty() ? "M" : "L") + x(std::clamp(curve.false_share[k], 0.0, 1.0)) + " " +
              y(std::clamp(curve.found_share[k], 0.0, 1.0));
    }
    out += "<path class='" + css + "' d='" + path + "'/>";
    const std::string at = number(60 + 22.0 * static_cast<double>(i));
    out += "<line class='" + css + "' x1='306' x2='322' y1='" + at + "' y2='" + at + "' stroke-width='2'/><text x='327' y='" +
           number(64 + 22.0 * static_cast<double>(i)) + "'>" + escape_html(curve.name) + "</text>";
  }
  return out + "<text x='171' y='312' text-anchor='middle'>" + escape_html(chart.false_label) + "</text></svg>";
}

std::string table(const VisionReport::Table& table) {
  std::string out = "<h2>" + escape_html(table.title) + "</h2><table><tr>";
  for (const auto& cell : table.head) out += "<th>" + escape_html(cell) + "</th>";
  out += "</tr>";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (const auto& cell : row) out += "<td>" + escape_html(cell) + "</td>";
    out += "</tr>";
  }
  out += "</table>";
  return table.note.empty() ? out : out + "<p class='soft'>" + escape_html(table.note) + "</p>";
}

}  // namespace

std::string vision_report_html(const VisionReport& report) {
  std::string out = "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>" +
                    escape_html(report.title) + "</title><style>" + kStyle + "</style></head><body><h1>" +
                    escape_html(report.title) + "</h1><p class='soft'>" + escape_html(report.data) + " · " +
                    escape_html(report.made_with) + "</p>";
  for (const auto& line : report.lines) out += "<p>" + escape_html(line) + "</p>";
  if (!report.charts.empty()) out += "<div class='row'>";
  for (const auto& chart : report.charts) out += roc(chart);
  if (!report.charts.empty()) out += "</div>";
  for (const auto& one : report.tables) out += table(one);
  if (!report.pictures.empty()) out += "<h2>Pictures, with the evidence in red</h2><div class='row'>";
  for (const auto& picture : report.pictures) {
    out += "<figure><img alt='' src='data:image/jpeg;base64," + base64(picture.jpeg) + "'><figcaption>" +
           escape_html(picture.caption) + "</figcaption></figure>";
  }
  if (!report.pictures.empty()) out += "</div>";
  return out + "</body></html>\n";
}

}  // namespace beltwarden::report
