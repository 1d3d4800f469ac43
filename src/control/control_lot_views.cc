// Lots as people see them: officers whole, consignees their own lots' progress.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "control/state.h"

namespace beltwarden::control {
namespace {

const record::LatestValue* find(const std::vector<record::LatestValue>& latest, const std::string& name) {
  const auto it = std::ranges::find(latest, name, &record::LatestValue::name);
  return it == latest.end() ? nullptr : &*it;
}

// What brand regression measures besides the ore: how far away a brand, a clean window or the calibration is.
constexpr std::string_view kNoContent[] = {"dark_level", "contrast", "brand_distance", "nearest_brand_distance", "t2_ratio", "q_ratio"};

void state_precision(const std::vector<record::LatestValue>& latest, std::vector<record::LotMean>& composition) {
  for (auto& mean : composition) {
    if (const auto* v = find(latest, "mean_500t." + mean.name)) mean.std_error_500t = v->std_error;
    if (const auto* v = find(latest, "lot_mean." + mean.name)) mean.std_error_lot = v->std_error;
  }
}

// Slag is a row like the others, with what would have been seen in place of a limit.
void add_slag(const std::vector<record::LatestValue>& latest, std::vector<record::LotMean>& composition) {
  const auto* mean = find(latest, "lot_mean.slag_fraction");
  const auto* slice = find(latest, "slag_fraction");
  if (mean == nullptr || slice == nullptr) return;
  record::LotMean row{.name = "slag_fraction", .unit = mean->unit, .value = mean->value, .std_error = slice->std_error};
  row.tonnes = mean->where.mass();
  row.std_error_lot = mean->std_error;
  if (const auto* v = find(latest, "mean_500t.slag_fraction")) row.std_error_500t = v->std_error;
  if (const auto* v = find(latest, "slag_detection_limit")) row.detection_limit = v->value;
  if (const auto* v = find(latest, "mean_500t.slag_detection_limit")) row.detection_limit_500t = v->value;
  if (const auto* v = find(latest, "lot_mean.slag_detection_limit")) row.detection_limit_lot = v->value;
  composition.push_back(std::move(row));
}

// The ore's own radioactivity, each with its limit and with what would have been seen.
void add_activities(const std::vector<record::LatestValue>& latest, std::vector<record::LotMean>& composition) {
  for (const std::string name : {"K-40", "U-238", "Th-232", "I_Ra", "I_gamma", "dose_over_bare_belt"}) {
    const auto* mean = find(latest, "lot_mean." + name);
    const auto* slice = find(latest, name);
    if (mean == nullptr || slice == nullptr) continue;
    record::LotMean row{.name = name, .unit = mean->unit, .value = mean->value, .std_error = slice->std_error};
    row.tonnes = mean->where.mass();
    row.high = mean->high;
    row.std_error_lot = mean->std_error;
    if (const auto* v = find(latest, "mean_500t." + name)) row.std_error_500t = v->std_error;
    if (const auto* v = find(latest, name + "_detection_limit")) row.detection_limit = v->value;
    if (const auto* v = find(latest, "mean_500t." + name + "_detection_limit")) row.detection_limit_500t = v->value;
    if (const auto* v = find(latest, "lot_mean." + name + "_detection_limit")) row.detection_limit_lot = v->value;
    composition.push_back(std::move(row));
  }
}

}  // namespace

LotView Control::State::view(const LotId& lot, bool inspection) const {
  LotView view;
  view.lot = lot;
  const auto row = record.lot(lot);
  if (const auto* entry = declaration_of(lot)) {
    const Declaration& declared = entry->declaration;
    view.call = CallId{declared.call};
    view.ship = declared.ship;
    view.consignment = declared.number;
    view.brand = declared.brand;
    view.origin = declared.origin;
    view.consignee = declared.consignee;
    view.hs_code = declared.hs_code;
    view.commodity = declared.commodity;
    view.declared_mass_t = declared.mass_t;
    view.declared_composition = declared.composition;
    view.line = line_of(*entry);
  } else if (row && row->plan) {
    view.call = row->plan->call;
    view.consignment = row->plan->consignment.str();
    view.brand = row->plan->brand;
    view.origin = row->plan->origin;
    view.consignee = row->plan->consignee;
    view.hs_code = row->plan->hs_code;
    view.commodity = row->plan->commodity;
    view.declared_mass_t = row->plan->declared_mass_t;
    view.declared_composition = row->plan->declared_composition;
  }
  view.state = lot_state(lot, row);
  view.released = dispositions.lot(lot).released;
  view.required_models = options.required_models;
  if (row) {
    view.line = row->line;
    view.passed = row->passed;
    if (row->started != Time{}) view.started = row->started;
    if (row->ended != Time{}) view.ended = row->ended;
    for (const auto& line : record.lines()) {
      if (row->finished || line.line != row->line) continue;
      if (line.lot == lot) view.rate_tph = line.belt.rate_tph;
      // From the mean rate so far, stops included: what an importer can plan with.
      const double hours = (line.time - row->started).seconds() / 3600;
      const double remaining = view.declared_mass_t - row->passed.value;
      if (view.started && hours > 0 && row->passed.value > 0 && remaining > 0) {
        view.eta = line.time + seconds(remaining / (row->passed.value / hours) * 3600);
      }
    }
  }
  const Tonnes sliced = row ? row->sliced : Tonnes{0};
  const auto coverage = record.coverage(lot);
  view.models = coverage_views(coverage, true, options.required_models, sliced);
  view.instruments = coverage_views(coverage, false, {}, sliced);
  for (const auto& [number, disposition] : dispositions.all()) {
    if (disposition.lot == lot && (inspection || disposition.in_case.empty())) view.dispositions.push_back(disposition);
  }
  if (!inspection) {
    view.dispositions.clear();
    return view;
  }
  if (view.state != LotState::kReleased && view.state != LotState::kRejected) view.blockers = blockers(clearance_input(lot));
  for (const auto& [number, alarm] : alarms.alarms()) {
    if (alarm.lot != lot || alarm.closed) continue;
    ++view.alarms_open;
    view.findings_open += alarm.findings.size();
  }
  return view;
}

void Control::State::complete(LotView& view, bool inspection) const {
  if (auto orders = record.cut_orders(view.lot)) {
    for (const auto& order : *orders) view.increments_planned.push_back(order.mark);
  }
  if (auto increments = record.increments(view.lot)) {
    for (const auto& increment : *increments) {
      if (increment.confirmed) view.increments_taken.push_back(increment.tonnes.from);
    }
  }
  if (!inspection) return;
  if (auto means = record.lot_means(view.lot, "brand_regression")) view.composition = std::move(*means);
  std::erase_if(view.composition, [](const record::LotMean& mean) { return std::ranges::find(kNoContent, mean.name) != std::end(kNoContent); });
  if (auto latest = record.latest_values(view.lot, "element_threshold")) state_precision(*latest, view.composition);
  if (auto latest = record.latest_values(view.lot, "slag_comparison")) add_slag(*latest, view.composition);
  if (auto latest = record.latest_values(view.lot, "radioactivity")) add_activities(*latest, view.composition);
}

std::vector<LotView> Control::lots(const Actor& actor) const {
  std::unique_lock lock(state_->mutex);
  std::vector<LotId> ids;
  for (const auto& [number, entry] : state_->declarations) ids.push_back(LotId{entry.declaration.lot});
  for (const auto& row : state_->record.lots()) {
    if (std::find(ids.begin(), ids.end(), row.lot) == ids.end()) ids.push_back(row.lot);
  }
  std::vector<LotView> views;
  for (const auto& id : ids) {
    LotView view = state_->view(id, sees_inspection(actor.role));
    if (actor.role == Role::kConsignee && (actor.consignee.empty() || view.consignee != actor.consignee)) continue;
    views.push_back(std::move(view));
  }
  lock.unlock();
  for (auto& view : views) state_->complete(view, sees_inspection(actor.role));
  return views;
}

Result<LotView> Control::lot(const Actor& actor, const LotId& id) const {
  std::unique_lock lock(state_->mutex);
  if (!state_->knows_lot(id)) return not_found("no lot " + id.str());
  LotView view = state_->view(id, sees_inspection(actor.role));
  // Another's lot is, to a consignee, no lot at all.
  if (actor.role == Role::kConsignee && (actor.consignee.empty() || view.consignee != actor.consignee)) {
    return not_found("no lot " + id.str());
  }
  lock.unlock();
  state_->complete(view, sees_inspection(actor.role));
  return view;
}

}  // namespace beltwarden::control
