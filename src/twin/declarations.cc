#include "twin/declarations.h"

#include <cmath>
#include <cstdio>
#include <string_view>

namespace beltwarden::twin {
namespace {

constexpr std::string_view kCommodity = "iron-ore";

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

std::string number(double value, const char* format = "%.10g") {
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

double rounded(double value, double step) { return std::round(value / step) * step; }

}  // namespace

Result<void> declare(Scenario& scenario, const SpectrumMaker& spectra, const BeltPlan& plan) {
  for (std::size_t i = 0; i < scenario.lots.size(); ++i) {
    auto& lot = scenario.lots[i];
    if (lot.declared_mass_t <= 0) lot.declared_mass_t = rounded(plan.lot_mass_t(i), 10);
    if (!lot.declared.empty()) continue;
    auto mean = spectra.lot_mean(i);
    if (!mean) return mean.error().within("lot '" + lot.lot + "'");
    lot.declared = {{"Fe", rounded(mean->fe, 0.1)},
                    {"SiO2", rounded(mean->sio2, 0.1)},
                    {"Al2O3", rounded(mean->al2o3, 0.1)},
                    {"P", rounded(mean->p, 0.001)},
                    {"S", rounded(mean->s, 0.001)},
                    {"LOI", rounded(mean->loi, 0.1)},
                    {"moisture", rounded(mean->moisture, 0.1)}};
  }
  return {};
}

std::string declarations_as_json(const Scenario& scenario) {
  std::string out = "[";
  for (const auto& lot : scenario.lots) {
    if (out.size() > 1) out += ",";
    out += "\n{\"number\":" + json_text(lot.consignment) + ",\"hs_code\":" + json_text(lot.hs_code) +
           ",\"brand\":" + json_text(lot.brand) + ",\"origin\":" + json_text(lot.origin) +
           ",\"consignee\":" + json_text(lot.consignee) + ",\"ship\":" + json_text(scenario.ship) +
           ",\"call\":" + json_text(scenario.call) + ",\"lot\":" + json_text(lot.lot) +
           ",\"feed_number\":" + std::to_string(lot.feed_number) + ",\"mass_t\":" + number(lot.declared_mass_t) +
           ",\"composition\":{";
    bool first = true;
    for (const auto& [name, value] : lot.declared) {
      out += (first ? "" : ",") + json_text(name) + ":" + number(value, "%.4g");
      first = false;
    }
    out += "},\"commodity\":" + json_text(kCommodity) + "}";
  }
  return out + "\n]\n";
}

std::vector<material::LotPlan> plans_of(const Scenario& scenario) {
  std::vector<material::LotPlan> out;
  for (const auto& lot : scenario.lots) {
    material::LotPlan p;
    p.lot = LotId(lot.lot);
    p.feed_number = lot.feed_number;
    p.call = CallId(scenario.call);
    p.consignment = ConsignmentId(lot.consignment);
    p.commodity = kCommodity;
    p.hs_code = lot.hs_code;
    p.brand = lot.brand;
    p.origin = lot.origin;
    p.consignee = lot.consignee;
    p.declared_mass_t = lot.declared_mass_t;
    p.declared_composition = lot.declared;
    out.push_back(std::move(p));
  }
  return out;
}

std::string fault_detail(const Fault& f) {
  if (f.kind == "slag") return number(f.amount * 100) + " % " + f.what + " slag by mass";
  if (f.kind == "wrong_brand") return f.what;
  if (f.is_object())
    return number(f.length_mm) + " x " + number(f.width_mm) + " mm, " + number(f.buried * 100) + " % under ore";
  if (f.kind == "cs137_source") return number(f.amount) + " MBq under " + number(f.cover_g_per_cm2) + " g/cm2 of ore";
  if (f.kind == "high_thorium") return "Th-232 series + " + number(f.amount) + " Bq/kg";
  if (f.kind == "wet_stretch") return "moisture + " + number(f.amount) + " %";
  if (f.kind == "dirty_window") return f.what + ", haze " + number(f.amount);
  if (f.kind == "stuck_detector") return "detector 2 repeats one value";
  if (f.kind == "scale_drift") return "gain drifts to " + number(1 + f.amount);
  return {};
}

}  // namespace beltwarden::twin
