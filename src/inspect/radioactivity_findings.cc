#include "inspect/radioactivity_findings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "base/text.h"
#include "inspect/round.h"

namespace beltwarden::inspect {
namespace {

constexpr std::size_t kMostRows = 60;  // of a waterfall
constexpr double kMultiple = 4;        // of what lots usually count, that is raised
constexpr double kWander = 3;          // standard deviations of lots, by which the filter's split into K, U and Th wanders
constexpr double kLeastSpread = 0.2;   // of the mean: a few lots may be alike by chance
constexpr std::array<const char*, gamma::kOreSeriesCount> kSeriesNames = {"K-40", "U-238", "Th-232"};

std::string label_of(const gamma::BeltEvent& event) {
  return event.also.empty() ? event.nuclide : event.nuclide + "+" + event.also;
}

// The spectrum of an event as the UI draws it: bin centres, counts and expected counts.
std::string spectrum_json(const gamma::BeltEvent& event, const std::vector<double>& edges_kev) {
  std::string energy, counts, expected;
  char number[32];
  const auto append = [&](std::string& to, const char* format, double value) {
    std::snprintf(number, sizeof number, format, value);
    if (!to.empty()) to += ',';
    to += number;
  };
  for (std::size_t b = 0; b + 1 < edges_kev.size() && b < event.observed.size(); ++b) {
    append(energy, "%.0f", (edges_kev[b] + edges_kev[b + 1]) / 2);
    append(counts, "%.0f", event.observed[b]);
    append(expected, "%.1f", event.expected[b]);
  }
  std::snprintf(number, sizeof number, "%.2f", event.live_s);
  return "{\"energy_kev\":[" + energy + "],\"counts\":[" + counts + "],\"expected\":[" + expected +
         "],\"live_s\":" + number + ",\"nuclide\":\"" + label_of(event) + "\",\"kind\":\"" +
         std::string(gamma::name_of(event.kind)) + "\"}";
}

std::size_t first_bin(std::size_t group, std::size_t bins) { return group * bins / kEnergyGroups; }

// Time by energy, for the eye: what lasts and what passes.
std::string waterfall_json(const std::vector<WaterfallRow>& rows, const std::vector<double>& edges_kev) {
  const std::size_t together = (rows.size() + kMostRows - 1) / kMostRows;
  std::string energy, seconds, live, load, counts;
  char number[32];
  const auto append = [&](std::string& to, const char* format, double value) {
    std::snprintf(number, sizeof number, format, value);
    if (!to.empty() && to.back() != '[') to += ',';
    to += number;
  };
  for (std::size_t g = 0; g <= kEnergyGroups; ++g) append(energy, "%.0f", edges_kev[first_bin(g, edges_kev.size() - 1)]);
  for (std::size_t i = 0; i < rows.size(); i += together) {
    WaterfallRow sum;
    const std::size_t end = std::min(rows.size(), i + together);
    for (std::size_t k = i; k < end; ++k) {
      sum.second += rows[k].second / static_cast<double>(end - i);
      sum.load_kg_per_m += rows[k].load_kg_per_m / static_cast<double>(end - i);
      sum.live_s += rows[k].live_s;
      for (std::size_t g = 0; g < kEnergyGroups; ++g) sum.counts[g] += rows[k].counts[g];
    }
    append(seconds, "%.2f", sum.second);
    append(live, "%.2f", sum.live_s);
    append(load, "%.1f", sum.load_kg_per_m);
    if (!counts.empty()) counts += ',';
    counts += '[';
    for (const double value : sum.counts) append(counts, "%.0f", value);
    counts += ']';
  }
  return "{\"edges_kev\":[" + energy + "],\"seconds\":[" + seconds + "],\"row_live_s\":[" + live + "],\"load_kg_per_m\":[" + load +
         "],\"rows\":[" + counts + "]}";
}

wire::Evidence json_evidence(std::string kind, std::string bytes) {
  wire::Evidence evidence;
  evidence.kind = std::move(kind);
  evidence.media_type = "application/json";
  evidence.bytes = std::move(bytes);
  evidence.digest = sha256(evidence.bytes);
  return evidence;
}

}  // namespace

std::array<double, kEnergyGroups> energy_groups(const std::vector<double>& bins) {
  std::array<double, kEnergyGroups> groups{};
  for (std::size_t g = 0; g < kEnergyGroups; ++g) {
    for (std::size_t b = first_bin(g, bins.size()); b < first_bin(g + 1, bins.size()); ++b) groups[g] += bins[b];
  }
  return groups;
}

wire::Finding source_finding(const gamma::BeltEvent& event, const EventPlace& place, double threshold,
                             const std::vector<double>& edges_kev, const std::vector<WaterfallRow>& waterfall) {
  wire::Finding finding;
  finding.where = place.where;
  finding.time = place.time;
  finding.verdict = wire::Verdict::kSuspect;
  finding.priority = wire::Priority::kHigh;
  finding.code = "gamma_excess";
  if (event.kind == gamma::SourceKind::kArtificial || event.kind == gamma::SourceKind::kMixed) {
    finding.code = "artificial_source";
    finding.priority = wire::Priority::kCritical;
  } else if (event.kind == gamma::SourceKind::kNatural) {
    finding.code = "natural_radioactivity_high";
  }
  finding.label = label_of(event);
  finding.confidence = rounded(event.confidence, 100);
  finding.measured.push_back({.name = "gamma_rate",
                              .value = rounded(place.observed_cps, kGammaRate),
                              .std_error = rounded(std::sqrt(place.observed_cps / std::max(place.live_s, 1e-3)), kGammaRate),
                              .unit = "cps",
                              .expected = rounded(place.expected_cps, kGammaRate)});
  const double observed = std::accumulate(event.observed.begin(), event.observed.end(), 0.0);
  const double expected = std::accumulate(event.expected.begin(), event.expected.end(), 0.0);
  const double live_s = std::max(event.live_s, 1e-3);
  finding.measured.push_back({.name = "excess",
                              .value = rounded((observed - expected) / live_s, kGammaRate),
                              .std_error = rounded(std::sqrt(observed + expected) / live_s, kGammaRate),
                              .unit = "cps"});
  finding.measured.push_back({.name = "position",
                              .value = rounded(place.position_t, 100),
                              .std_error = rounded(place.position_error_t, 100),
                              .unit = "t"});
  finding.measured.push_back({.name = "deviations", .value = rounded(event.deviations, 10), .unit = "1"});
  finding.measured.push_back(
      {.name = "alarm_score", .value = rounded(event.score, 10), .unit = "1", .high = rounded(threshold, 10)});
  finding.evidence.push_back(json_evidence("gamma_spectrum", spectrum_json(event, edges_kev)));
  if (!waterfall.empty()) finding.evidence.push_back(json_evidence("gamma_waterfall", waterfall_json(waterfall, edges_kev)));
  return finding;
}

gamma::NaturalReference usual_ore(const gamma::BackgroundModel& background) {
  gamma::NaturalReference usual;
  for (std::size_t i = 0; i < gamma::kOreSeriesCount; ++i) {
    const double sd = std::max(background.ore_sd[i], kLeastSpread * background.ore_mean[i]);
    usual.mean[i] = kMultiple * background.ore_mean[i];
    usual.sd[i] = kWander * sd;
  }
  return usual;
}

wire::Finding raised_finding(const gamma::Raised& raised, double usual, material::LotInterval where, Time time) {
  wire::Finding finding;
  finding.where = std::move(where);
  finding.time = time;
  finding.verdict = wire::Verdict::kSuspect;
  finding.priority = wire::Priority::kHigh;
  finding.code = "natural_radioactivity_high";
  finding.label = kSeriesNames[raised.series];
  finding.measured.push_back({.name = "ore_rate",
                              .value = rounded(raised.cps, kGammaRate),
                              .std_error = rounded(raised.error, kGammaRate),
                              .unit = "cps",
                              .expected = rounded(usual, kGammaRate)});
  finding.measured.push_back({.name = "times_usual",
                              .value = rounded(raised.cps / std::max(usual, 1e-9), 10),
                              .unit = "1"});
  return finding;
}

wire::Finding overload_finding(material::LotInterval where, Time time) {
  wire::Finding finding;
  finding.where = std::move(where);
  finding.time = time;
  finding.verdict = wire::Verdict::kSuspect;
  finding.priority = wire::Priority::kCritical;
  finding.code = "overload";
  finding.label = "dead time";
  return finding;
}

wire::Finding fault_finding(const std::string& what, material::LotInterval where, Time time) {
  wire::Finding finding;
  finding.where = std::move(where);
  finding.time = time;
  finding.verdict = wire::Verdict::kSuspect;
  finding.priority = wire::Priority::kMedium;
  finding.code = "detector_fault";
  finding.label = clipped_utf8(what, 80);
  return finding;
}

}  // namespace beltwarden::inspect
