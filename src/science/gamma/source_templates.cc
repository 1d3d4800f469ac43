#include "science/gamma/source_templates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include "science/gamma/energy_grid.h"
#include "science/gamma/nuclear_data.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

constexpr std::size_t kMostTemplates = 2000, kMostChannels = 16384;
constexpr std::string_view kNatural[] = {"K-40",   "Ra-226", "U-238",  "Th-232", "Th-228", "Ra-228", "Ac-228",
                                         "Bi-214", "Pb-214", "Tl-208", "La-138", "Lu-176"};
// Sources of industry and medicine that have been found in scrap and bulk cargo (IAEA Safety Guide SSG-17, annex).
constexpr std::string_view kPorts[] = {"Am-241", "Cs-137", "Co-60", "Ir-192", "I-131", "Ra-226"};
constexpr std::string_view kRare[] = {"Se-75", "Ba-133", "Eu-152"};
constexpr std::string_view kOthers[] = {"Na-22",  "Mn-54",  "Co-57",  "Cs-134", "Tc-99m", "U-235", "Pu-239",
                                        "Y-88",   "Tl-201", "In-111", "Ga-67",  "Eu-154", "Sb-124",
                                        "Zn-65",  "F-18",   "Mo-99",  "Cd-109", "Yb-169", "Lu-177", "Np-237", "Au-198"};

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool among(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string_view next_field(std::string_view& line) {
  const std::size_t comma = line.find(',');
  const std::string_view field = line.substr(0, comma);
  line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  return field;
}

bool number(std::string_view text, double& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

std::string nuclide_name(std::string_view text) {
  std::size_t letters = 0;
  while (letters < text.size() && letter(text[letters])) ++letters;
  std::size_t digits = letters;
  if (digits < text.size() && text[digits] == '-') ++digits;
  const std::size_t first_digit = digits;
  while (digits < text.size() && digit(text[digits])) ++digits;
  if (letters == 0 || letters > 2 || digits == first_digit) return std::string(text);
  std::string name;
  name += static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (letters == 2) name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[1])));
  return name + "-" + std::string(text.substr(first_digit));
}

bool is_natural(std::string_view nuclide) { return among(kNatural, nuclide); }

double alarm_share(std::string_view nuclide) {
  if (nuclide == "Cs-137") return 1.5;   // by far the commonest in scrap
  if (among(kPorts, nuclide)) return 1;
  if (among(kRare, nuclide)) return 0.2;
  if (nuclide == "K-40" || nuclide == "U-238" || nuclide == "Th-232" || among(kOthers, nuclide)) return 0.02;
  return 0;
}

std::vector<double> TemplateLibrary::shape(const SourceTemplate& source, std::span<const double> edges,
                                           double stretch) const {
  std::vector<double> own(source.cps.size() + 1);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = static_cast<double>(i) * kev_per_channel * stretch;
  std::vector<double> bins(edges.size() - 1);
  Fold(own, edges).apply(std::span<const double>(source.cps), bins);
  double sum = 0;
  for (double& bin : bins) sum += bin = std::max(bin, 0.0);
  if (!(sum > 0)) return {};
  for (double& bin : bins) bin /= sum;
  return bins;
}

namespace {

// What stands above a spectrum's continuum, clipped as in spectrum_identify.cc, over bins as wide as peaks are everywhere.
std::vector<double> peaks_of(const TemplateLibrary& library, const SourceTemplate& source) {
  constexpr std::size_t kBins = 128, kFarthest = 5;
  const double low = std::sqrt(30.0), high = std::sqrt(3000.0);
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kBins; ++i) edges.push_back(std::pow(low + (high - low) * static_cast<double>(i) / kBins, 2));
  std::vector<double> peaks = library.shape(source, edges), under = peaks;
  if (peaks.empty()) return peaks;
  for (std::size_t p = kFarthest; p >= 1; --p) {
    const std::vector<double> before = under;
    for (std::size_t i = p; i + p < kBins; ++i) under[i] = std::min(before[i], (before[i - p] + before[i + p]) / 2);
  }
  for (std::size_t i = 0; i < kBins; ++i) peaks[i] -= under[i];
  return peaks;
}

}  // namespace

bool shows_lines(const TemplateLibrary& library, const SourceTemplate& source) {
  constexpr double kLeastLikeness = 0.1;
  const auto bare = std::find_if(library.templates.begin(), library.templates.end(), [&](const SourceTemplate& one) {
    return one.nuclide == source.nuclide && one.shielding == "Unshielded";
  });
  if (bare == library.templates.end() || &*bare == &source) return true;
  const auto own = peaks_of(library, source), there = peaks_of(library, *bare);
  if (own.empty() || there.empty()) return false;
  double both = 0, a = 0, b = 0;
  for (std::size_t i = 0; i < own.size(); ++i) both += own[i] * there[i], a += own[i] * own[i], b += there[i] * there[i];
  return both > kLeastLikeness * std::sqrt(a * b);
}

TemplateLibrary response_templates(double resolution_662) {
  TemplateLibrary library;
  library.origin = "response model";
  std::vector<double> edges;
  for (std::size_t i = 0; i <= 1000; ++i) edges.push_back(std::max(3.0 * static_cast<double>(i), 0.0));
  const auto add = [&](std::string_view nuclide, const char* shielding, DetectorModel detector) {
    detector.resolution_662 = resolution_662;
    auto counts = detector_response(nuclide, edges, detector);
    double sum = 0;
    if (counts) sum = std::accumulate(counts->begin(), counts->end(), 0.0);
    // A nuclide that is listed here and has no lines would never be found, and nobody would notice.
    if (!counts || gamma_lines(nuclide).empty()) throw std::logic_error("response templates: no lines of " + std::string(nuclide));
    if (!(sum > 1e-6)) return;   // nothing comes through that much ore
    for (double& c : *counts) c *= 1000 / sum;
    library.templates.push_back({std::string(nuclide), shielding, std::move(*counts)});
  };
  for (const char* nuclide : {"K-40", "Ra-226", "U-238", "Th-232"}) {
    add(nuclide, "Bulk", bulk_ore_detector());
    add(nuclide, "Unshielded", {});
  }
  for (const char* nuclide : {"Cs-137", "Co-60", "Ir-192", "Am-241", "Ba-133", "I-131", "Na-22", "Eu-152", "Tc-99m", "Se-75"}) {
    add(nuclide, "Unshielded", {});
    add(nuclide, "Shielded", {.ore_cover_g_per_cm2 = 15});
    add(nuclide, "Covered", {.ore_cover_g_per_cm2 = 30});
  }
  return library;
}

std::string to_text(const TemplateLibrary& library) {
  std::string text = "templates," + std::to_string(library.templates.size()) + ",";
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%.9g", library.kev_per_channel);
  text += buffer + std::string(",") + library.origin + "\n";
  for (const auto& source : library.templates) {
    text += source.nuclide + "," + source.shielding;
    std::size_t length = source.cps.size();
    while (length > 0 && source.cps[length - 1] == 0) --length;
    for (std::size_t i = 0; i < length; ++i) {
      std::snprintf(buffer, sizeof buffer, ",%.5g", source.cps[i]);
      text += buffer;
    }
    text += "\n";
  }
  return text;
}

Result<TemplateLibrary> templates_from_text(std::string_view text, const std::string& origin) {
  TemplateLibrary library;
  std::string_view head = next_line(text);
  double count = 0;
  if (next_field(head) != "templates" || !number(next_field(head), count) ||
      !number(next_field(head), library.kev_per_channel) || !(library.kev_per_channel > 0) || count < 0 ||
      count > static_cast<double>(kMostTemplates)) {
    return invalid_input(origin + ": expected a list of templates");
  }
  library.origin = std::string(head);
  for (double i = 0; i < count; ++i) {
    std::string_view line = next_line(text);
    SourceTemplate source;
    source.nuclide = next_field(line);
    source.shielding = next_field(line);
    while (!line.empty()) {
      double value = 0;
      if (!number(next_field(line), value) || source.cps.size() >= kMostChannels)
        return invalid_input(origin + ": template " + std::to_string(i + 1) + ": expected count rates");
      source.cps.push_back(value);
    }
    if (source.cps.empty()) return invalid_input(origin + ": expected " + std::to_string(count) + " templates");
    library.templates.push_back(std::move(source));
  }
  return library;
}

Result<TemplateLibrary> templates_from_table(std::string_view csv, const std::string& origin) {
  TemplateLibrary library;
  library.origin = origin;
  std::string_view head = next_line(csv);
  constexpr std::array<std::string_view, 7> kColumns = {"template", "source", "shielding",      "real_s",
                                                        "live_s",   "e0_keV", "gain_keV_per_ch"};
  std::string_view rest = head;
  for (const std::string_view column : kColumns) {
    if (const std::string_view found = next_field(rest); found != column) {
      return invalid_input(origin + ": line 1: expected the column " + std::string(column) + ", found '" +
                           std::string(found.substr(0, 40)) + "'");
    }
  }
  struct Row {
    SourceTemplate source;
    double live_s = 0;
  };
  std::vector<Row> rows;
  std::vector<double> background;
  bool first = true;
  for (std::size_t line_number = 2; !csv.empty(); ++line_number) {
    std::string_view line = next_line(csv);
    if (line.empty()) continue;
    const std::string where = origin + ": line " + std::to_string(line_number) + ": ";
    Row row;
    double real = 0, e0 = 0, gain = 0;
    const std::string id(next_field(line));
    row.source.nuclide = nuclide_name(next_field(line));
    if (row.source.nuclide == "Uore") row.source.nuclide = "U-238";  // with its daughters, as rock has them
    row.source.shielding = next_field(line);
    if (!number(next_field(line), real) || !number(next_field(line), row.live_s) || !number(next_field(line), e0) ||
        !number(next_field(line), gain) || !(row.live_s > 0) || !(gain > 0)) {
      return invalid_input(where + "expected real_s, live_s, e0_keV and gain_keV_per_ch above 0");
    }
    std::vector<double> counts;
    while (!line.empty()) {
      double value = 0;
      if (!number(next_field(line), value) || value < 0 || counts.size() >= kMostChannels)
        return invalid_input(where + "expected counts of at least 0 in at most 16384 channels");
      counts.push_back(value);
    }
    if (first) library.kev_per_channel = gain;
    first = false;
    // All on the first row's channels, from 0 keV.
    std::vector<double> own(counts.size() + 1), edges(counts.size() + 1);
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i] = e0 + gain * static_cast<double>(i);
      edges[i] = library.kev_per_channel * static_cast<double>(i);
    }
    row.source.cps.assign(counts.size(), 0);
    Fold(own, edges).apply(std::span<const double>(counts), row.source.cps);
    for (double& c : row.source.cps) c /= row.live_s;
    if (id == "background") {
      background = row.source.cps;
      continue;
    }
    if (row.source.nuclide.find(',') != std::string::npos || rows.size() >= kMostTemplates)
      return invalid_input(where + "more templates than can be held");
    rows.push_back(std::move(row));
  }
  for (Row& row : rows) {
    double noise = 0, net = 0;
    for (std::size_t i = 0; i < row.source.cps.size(); ++i) {
      if (i < background.size()) row.source.cps[i] -= background[i];
      net += row.source.cps[i];
      noise += (i < background.size() ? background[i] : 0) / row.live_s;
    }
    // What hardly shows over its background (beta emitters, weak lumps) teaches no shape.
    if (net < 5 * std::sqrt(std::max(noise, 0.0)) || net < 5) continue;
    library.templates.push_back(std::move(row.source));
  }
  if (library.templates.empty()) return invalid_input(origin + ": expected at least one source that shows over the background");
  return library;
}

}  // namespace beltwarden::gamma
