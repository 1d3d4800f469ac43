#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "apps/lab/gamma/csv_table.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/source_templates.h"

namespace beltwarden::lab {
namespace {

constexpr double kMerge_s = 5, kSlack_s = 1;

struct EvaluateOptions {
  std::string events, truth;
  double confident = 0.9;
  bool json = false;
};

using Row = TableRow;

double number(const Row& row, const char* name) { return std::strtod(row.at(name).c_str(), nullptr); }

struct Alarm {
  std::string series, kind, nuclide;
  double start = 0, end = 0, confidence = 0, cps = 0;
  bool used = false, right = false;      // it overlaps a source; and that is what it is named
};

// Alarms closer than kMerge_s are one, named as its strongest.
std::vector<Alarm> merged(const std::vector<Row>& events) {
  std::vector<Alarm> alarms;
  for (const Row& row : events) {
    if (row.at("kind") == "fault") continue;
    alarms.push_back({row.at("series"), row.at("kind"), row.at("nuclide"), number(row, "start_s"), number(row, "end_s"),
                      number(row, "confidence"), number(row, "added_cps")});
  }
  std::stable_sort(alarms.begin(), alarms.end(), [](const Alarm& a, const Alarm& b) {
    return a.series != b.series ? a.series < b.series : a.start < b.start;
  });
  std::vector<Alarm> result;
  for (const Alarm& alarm : alarms) {
    if (!result.empty() && result.back().series == alarm.series && alarm.start - result.back().end < kMerge_s) {
      Alarm& last = result.back();
      last.end = std::max(last.end, alarm.end);
      if (alarm.cps > last.cps) {
        last.kind = alarm.kind, last.nuclide = alarm.nuclide;
        last.confidence = alarm.confidence, last.cps = alarm.cps;
      }
    } else {
      result.push_back(alarm);
    }
  }
  return result;
}

std::string ratio(int part, int all) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", all > 0 ? static_cast<double>(part) / all : 0.0);
  return text;
}

// How often what was said with so much confidence was so (reliability: Murphy and Winkler, Appl. Stat. 26, 1977). An alarm without
// a source, or of another nuclide, is wrong; "unknown" with a name counts by that name.
std::string reliability(const std::vector<Alarm>& alarms) {
  constexpr double kFrom[] = {0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0001};
  std::string rows;
  for (std::size_t i = 0; i + 1 < std::size(kFrom); ++i) {
    int n = 0, right = 0;
    double stated = 0;
    for (const Alarm& alarm : alarms) {
      if (alarm.confidence < kFrom[i] || !(alarm.confidence < kFrom[i + 1])) continue;
      ++n, right += alarm.right, stated += alarm.confidence;
    }
    char text[160];
    std::snprintf(text, sizeof text, "%s{\"from\":%.2f,\"to\":%.2f,\"alarms\":%d,\"stated\":%.3f,\"right\":", i == 0 ? "" : ",\n  ", kFrom[i],
                  std::min(kFrom[i + 1], 1.0), n, n > 0 ? stated / n : 0.0);
    rows += text + ratio(right, n) + "}";
  }
  return rows;
}

// Protocol: an alarm that overlaps [start - 1 s, end + 1 s] of an encounter detects it; every other is false.
Result<void> evaluate(const EvaluateOptions& options) {
  auto events = read_table(options.events, {"series", "start_s", "end_s", "kind", "nuclide", "confidence", "added_cps"});
  if (!events) return events.error();
  auto truth = read_table(options.truth, {"series", "start_s", "end_s", "nuclide", "peak_cps"});
  if (!truth) return truth.error();
  auto alarms = merged(*events);
  std::map<std::string, std::map<int, std::pair<int, int>>> cells;   // nuclide, level: detected, all
  std::map<int, std::pair<int, int>> levels;
  std::set<std::string> injected;
  int detected = 0, named = 0, natural_seen = 0, natural_wrong = 0, artificial_seen = 0, artificial_wrong = 0;
  std::map<std::string, int> confused;
  for (const Row& row : *truth) {
    injected.insert(row.at("series"));
    const double start = number(row, "start_s") - kSlack_s, end = number(row, "end_s") + kSlack_s;
    const Alarm* best = nullptr;
    for (Alarm& alarm : alarms) {
      if (alarm.series != row.at("series") || alarm.end < start || alarm.start > end) continue;
      alarm.used = true;
      alarm.right = alarm.right || alarm.nuclide == row.at("nuclide");
      if (best == nullptr || alarm.cps > best->cps) best = &alarm;
    }
    const int level = static_cast<int>(std::lround(number(row, "peak_cps")));
    const std::string& nuclide = row.at("nuclide");
    auto& cell = cells[nuclide][level];
    ++cell.second, ++levels[level].second;
    if (best == nullptr) continue;
    ++cell.first, ++levels[level].first, ++detected;
    if (best->nuclide == nuclide) {
      ++named;
    } else {
      ++confused[nuclide + " as " + best->nuclide];
    }
    if (gamma::is_natural(nuclide)) {
      ++natural_seen, natural_wrong += best->kind == "artificial";
    } else {
      ++artificial_seen, artificial_wrong += best->kind == "natural";
    }
  }
  int false_free = 0, false_injected = 0, confident = 0;
  std::string false_list;
  for (const Alarm& alarm : alarms) {
    if (alarm.used) continue;
    const bool in_injected = injected.contains(alarm.series);
    ++(in_injected ? false_injected : false_free);
    if (!in_injected && alarm.kind == "artificial" && alarm.confidence >= options.confident) ++confident;
    char text[120];
    std::snprintf(text, sizeof text, "%s\"%s %.0f s %s\"", false_list.empty() ? "" : ",", alarm.series.c_str(),
                  alarm.start, alarm.nuclide.c_str());
    false_list += text;
  }
  double mean = 0;
  std::string by_level, by_nuclide;
  for (const auto& [level, cell] : levels) {
    by_level += (by_level.empty() ? "" : ",") + std::string("\"") + std::to_string(level) + "\":" + ratio(cell.first, cell.second);
    mean += static_cast<double>(cell.first) / cell.second / static_cast<double>(levels.size());
  }
  for (const auto& [nuclide, row] : cells) {
    by_nuclide += (by_nuclide.empty() ? "" : ",\n  ") + json_text(nuclide) + ":{";
    bool first = true;
    for (const auto& [level, cell] : row) {
      by_nuclide += (first ? "\"" : ",\"") + std::to_string(level) + "\":" + ratio(cell.first, cell.second);
      first = false;
    }
    by_nuclide += "}";
  }
  std::string confusion;
  for (const auto& [what, count] : confused)
    confusion += (confusion.empty() ? "" : ",") + json_text(what) + ":" + std::to_string(count);
  char mean_text[32];
  std::snprintf(mean_text, sizeof mean_text, "%.3f", mean);
  return write_output(
      "-", "{\"encounters\":" + std::to_string(truth->size()) + ",\"detected\":" + std::to_string(detected) +
               ",\"detection\":" + mean_text + ",\n \"by_level\":{" + by_level + "},\n \"by_nuclide\":{" + by_nuclide +
               "},\n \"false_alarms\":{\"source_free\":" + std::to_string(false_free) +
               ",\"injected\":" + std::to_string(false_injected) + ",\"list\":[" + false_list +
               "]},\n \"named_right\":" + ratio(named, detected) + ",\"confused\":{" + confusion +
               "},\n \"natural_called_artificial\":" + ratio(natural_wrong, natural_seen) +
               ",\"artificial_called_natural\":" + ratio(artificial_wrong, artificial_seen) +
               ",\"confident_artificial_on_source_free\":" + std::to_string(confident) +
               ",\n \"reliability\":[" + reliability(alarms) + "]}\n");
}

}  // namespace

void add_gamma_evaluate(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = gamma.add_subcommand("evaluate", "Compare events that 'gamma inspect' found with sources known to have passed");
  command->add_option("--events", options->events, "E.csv of 'gamma inspect'")->required()->check(cli::ExistingFile());
  command->add_option("--truth", options->truth, "series,start_s,end_s,nuclide,peak_cps")->required()->check(cli::ExistingFile());
  command->add_flag("--json", options->json, "The result is JSON in any case");
  command->footer("Example: beltwarden gamma evaluate --events E.csv --truth truth.csv --json");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma evaluate", evaluate(*options)); });
}

}  // namespace beltwarden::lab
