#include "apps/beltwarden/demo_report.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <map>
#include <set>

#include "api/json_text.h"

namespace beltwarden::app {
namespace {

using boost::json::array;
using boost::json::object;

// Readings speak for a slice: a finding may begin or end one slice beside the truth.
constexpr Tonnes kSlack{50};
// A fault as long as this runs through most of a lot: only an alarm of its own kind is explained by it.
constexpr Tonnes kWholeLot{2000};

const std::set<std::string>& codes_for(const std::string& kind) {
  static const std::set<std::string> kInclusion{"inclusion"};
  static const std::map<std::string, std::set<std::string>> codes{
      {"slag", {"slag_suspect"}},
      {"wrong_brand", {"wrong_brand"}},
      {"steel_plate", kInclusion},
      {"wooden_beam", kInclusion},
      {"rope", kInclusion},
      {"cs137_source", {"artificial_source"}},
      {"high_thorium", {"natural_radioactivity_high"}},
      {"wet_stretch", {"moisture_high"}},
      {"dirty_window", {"dirty_window"}},
      {"stuck_detector", {"detector_fault"}},
      {"scale_drift", {"scale_drift", "mass_differs"}},
  };
  static const std::set<std::string> kNone;
  const auto it = codes.find(kind);
  return it == codes.end() ? kNone : it->second;
}

bool near(const twin::PlantedFault& fault, const control::AlarmView& alarm) {
  return alarm.lot == fault.measured.lot &&
         TonneInterval{fault.measured.tonnes.from - kSlack, fault.measured.tonnes.to + kSlack}.overlaps(alarm.tonnes);
}

bool explains(const twin::PlantedFault& fault, const control::AlarmView& alarm) {
  return near(fault, alarm) && (codes_for(fault.kind).contains(alarm.code) || fault.measured.tonnes.mass() < kWholeLot);
}

// To so many decimals, in a double whose shortest form has no more.
double rounded(double value, int decimals) {
  const double scale = std::pow(10, decimals);
  return std::round(value * scale) / scale;
}

}  // namespace

Result<std::string> demo_report(const twin::Berth& berth, const control::Control& control, const record::Record& record,
                                const DemoFigures& figures) {
  const auto alarms = control.alarms(false, std::nullopt);
  const control::Actor reader{UserId("report"), "report", control::Role::kSupervisor, ""};
  const auto lots = control.lots(reader);
  const auto truth = berth.truth();

  object report;
  report["scenario"] = figures.scenario;
  Tonnes tonnes;
  for (const auto& lot : lots) tonnes += lot.passed;
  report["tonnes"] = rounded(tonnes.value, 1);

  array planted;
  for (const auto& fault : truth) {
    object row{{"kind", fault.kind}, {"lot", fault.where.lot.str()}, {"from_t", rounded(fault.measured.tonnes.from.value, 1)},
               {"to_t", rounded(fault.measured.tonnes.to.value, 1)}};
    array ids;
    double latency_s = -1;
    for (const auto& alarm : alarms) {
      if (!near(fault, alarm) || !codes_for(fault.kind).contains(alarm.code)) continue;
      auto findings = record.findings_by_number(alarm.findings);
      if (!findings) return findings.error();
      for (const auto& found : *findings) {
        const TonneInterval wide{fault.measured.tonnes.from - kSlack, fault.measured.tonnes.to + kSlack};
        if (!wide.overlaps(found.finding.where.tonnes)) continue;
        ids.emplace_back(found.id);
        const double after_s = std::max(0.0, (alarm.raised - found.finding.time).seconds());
        if (latency_s < 0 || after_s < latency_s) latency_s = after_s;
      }
    }
    row["found"] = !ids.empty();
    row["finding_ids"] = std::move(ids);
    if (latency_s >= 0) {
      row["latency_s"] = rounded(latency_s, 3);
    } else {
      row["latency_s"] = nullptr;
    }
    planted.push_back(std::move(row));
  }
  report["planted"] = std::move(planted);

  object false_alarms;
  array false_list;
  std::map<std::string, std::pair<double, double>> coverage;  // covered and passed tonnes by model
  for (const auto& lot : lots) {
    for (const auto& model : lot.models) {
      auto& [covered, passed] = coverage[model.name];
      for (const auto& interval : model.covered) covered += interval.mass().value;
      passed += lot.passed.value;
    }
  }
  for (const auto& [model, masses] : coverage) false_alarms[model] = 0;
  for (const auto& alarm : alarms) {
    if (std::any_of(truth.begin(), truth.end(), [&](const auto& fault) { return explains(fault, alarm); })) continue;
    false_alarms[alarm.model] = (false_alarms.contains(alarm.model) ? false_alarms[alarm.model].to_number<int>() : 0) + 1;
    false_list.push_back(object{{"model", alarm.model}, {"code", alarm.code}, {"label", alarm.label}, {"lot", alarm.lot.str()},
                                {"from_t", rounded(alarm.tonnes.from.value, 1)}, {"to_t", rounded(alarm.tonnes.to.value, 1)}});
  }
  report["false_alarms"] = std::move(false_alarms);
  report["false_alarm_list"] = std::move(false_list);

  object fractions;
  for (const auto& [model, masses] : coverage) {
    fractions[model] = masses.second > 0 ? rounded(masses.first / masses.second, 4) : 0;
  }
  report["coverage"] = std::move(fractions);

  const auto latency = record.sensor_to_center();
  report["sensor_to_center_ms"] = object{{"p50", rounded(latency.p50_ms, 2)}, {"p99", rounded(latency.p99_ms, 2)}};
  report["officer_actions"] = figures.officer_actions;
  report["officers"] = "scripted, through the API";
  report["hours_last_tonne_to_release"] = rounded(figures.hours_last_tonne_to_release, 4);
  report["observations"] = figures.observations;
  report["lost"] = figures.lost;
  report["refused"] = figures.refused;
  report["wall_s"] = rounded(figures.wall_s, 1);
  report["ship_hours"] = rounded(figures.ship_s / 3600, 2);
  report["times_real_time"] = figures.wall_s > 0 ? rounded(figures.ship_s / figures.wall_s, 1) : 0;
  array states;
  for (const auto& lot : lots) {
    array overridden;
    for (const auto& d : lot.dispositions) {
      if (d.override_blockers) overridden.push_back(boost::json::string(d.reason));
    }
    states.push_back(object{{"lot", lot.lot.str()}, {"state", control::to_string(lot.state)},
                            {"tonnes", rounded(lot.passed.value, 1)}, {"released_by_override", std::move(overridden)}});
  }
  report["lots"] = std::move(states);
  object rates;
  for (const auto& [name, value] : berth.rates()) rates[name] = value;
  report["rates"] = std::move(rates);
  array provenance;
  for (const auto& p : berth.provenance()) {
    provenance.push_back(object{{"what", p.what}, {"kind", p.kind}, {"source", p.source}});
  }
  report["provenance"] = std::move(provenance);
  return api::json_text(report) + "\n";
}

}  // namespace beltwarden::app
