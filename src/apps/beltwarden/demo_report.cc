#include "apps/beltwarden/demo_report.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "api/json_text.h"
#include "apps/beltwarden/fault_match.h"

namespace beltwarden::app {
namespace {

using boost::json::array;
using boost::json::object;

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

  std::vector<std::pair<control::AlarmView, std::vector<record::StoredFinding>>> raised;
  for (const auto& alarm : alarms) {
    auto findings = record.findings_by_number(alarm.findings);
    if (!findings) return findings.error();
    raised.emplace_back(alarm, std::move(*findings));
  }

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
    for (const auto& [alarm, findings] : raised) {
      for (const auto& found : findings) {
        if (!finds(fault, found.finding)) continue;
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
  // An alarm grows: one that began at a fault is false all the same when something was added to it that no fault explains.
  for (const auto& [alarm, findings] : raised) {
    std::size_t unexplained = 0;
    TonneInterval where;
    for (const auto& found : findings) {
      if (explained(truth, found.finding)) continue;
      const TonneInterval its = found.finding.where.tonnes;
      where = unexplained == 0 ? its : TonneInterval{std::min(where.from, its.from), std::max(where.to, its.to)};
      ++unexplained;
    }
    if (unexplained == 0) continue;
    false_alarms[alarm.model] = (false_alarms.contains(alarm.model) ? false_alarms[alarm.model].to_number<int>() : 0) + 1;
    false_list.push_back(object{{"model", alarm.model}, {"code", alarm.code}, {"label", alarm.label}, {"lot", alarm.lot.str()},
                                {"from_t", rounded(where.from.value, 1)}, {"to_t", rounded(where.to.value, 1)},
                                {"findings", findings.size()}, {"unexplained", unexplained}});
  }
  report["false_alarms"] = std::move(false_alarms);
  report["false_alarm_list"] = std::move(false_list);

  object fractions;
  for (const auto& [model, masses] : coverage) {
    fractions[model] = masses.second > 0 ? rounded(masses.first / masses.second, 4) : 0;
  }
  report["coverage"] = std::move(fractions);

  // What the center has, to be held against the journal and against another run.
  record::FindingQuery every;
  every.limit = 100'000;
  every.newest_first = false;
  std::int64_t kept = 0;
  for (;;) {
    auto page = record.findings(every);
    if (!page) return page.error();
    kept += static_cast<std::int64_t>(page->size());
    if (page->size() < every.limit) break;
    every.after_number = page->back().number;
  }
  auto chain = record.verify_events();
  if (!chain) return chain.error();
  array kinds;
  std::map<std::pair<std::string, std::string>, bool> known_kinds;
  for (const auto& alarm : alarms) known_kinds[{alarm.lot.str(), alarm.code}] = true;
  for (const auto& [kind, unused] : known_kinds) kinds.push_back(array{boost::json::string(kind.first), boost::json::string(kind.second)});
  report["center"] = object{{"findings", kept}, {"alarms", alarms.size()}, {"alarm_kinds", std::move(kinds)},
                            {"audit_entries", chain->entries}, {"audit_head", to_hex(chain->head)}, {"audit_whole", chain->whole}};

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
    array blocked_by;
    if (lot.state != control::LotState::kReleased && lot.state != control::LotState::kRejected) {
      for (const auto& blocker : lot.blockers) {
        blocked_by.push_back(object{{"code", blocker.code}, {"about", blocker.about}, {"text", blocker.text}});
      }
    }
    states.push_back(object{{"lot", lot.lot.str()}, {"state", control::to_string(lot.state)},
                            {"tonnes", rounded(lot.passed.value, 1)}, {"released_by_override", std::move(overridden)},
                            {"blocked_by", std::move(blocked_by)}});
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
