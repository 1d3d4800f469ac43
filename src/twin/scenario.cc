#include "twin/scenario.h"

#include <algorithm>
#include <set>

#include "science/spectra/ores.h"

namespace beltwarden::twin {
namespace {

// Reads fields one after another and keeps the first error, so that a reader is a list and not a ladder.
class Fields {
 public:
  explicit Fields(Config config) : config_(std::move(config)) {}

  Fields& text(std::string_view key, std::string& out) { return take(config_.text(key), out); }
  Fields& text_or(std::string_view key, std::string& out) { return take(config_.text(key, out), out); }
  Fields& number(std::string_view key, double low, double high, double& out) {
    return take(config_.number(key, low, high), out);
  }
  Fields& number_or(std::string_view key, double low, double high, double& out) {
    return take(config_.number(key, low, high, out), out);
  }
  template <class Int>
  Fields& integer_or(std::string_view key, std::int64_t low, std::int64_t high, Int& out) {
    std::int64_t value = static_cast<std::int64_t>(out);
    take(config_.integer(key, low, high, value), value);
    out = static_cast<Int>(value);
    return *this;
  }
  Fields& only(const std::vector<std::string_view>& known) {
    if (auto r = config_.only(known); !r && !error_) error_ = r.error();
    return *this;
  }
  void fail(const std::string& what) {
    if (!error_) error_ = invalid_input(config_.where() + ": " + what);
  }
  const Config& config() const { return config_; }
  Result<void> done() const { return error_ ? Result<void>(*error_) : Result<void>(); }

 private:
  template <class T>
  Fields& take(Result<T> r, T& out) {
    if (r) {
      out = std::move(*r);
    } else if (!error_) {
      error_ = r.error();
    }
    return *this;
  }
  Config config_;
  std::optional<Error> error_;
};

constexpr double kMaxTonnes = 500000;

Result<ScenarioLot> read_lot(const Config& config) {
  ScenarioLot lot;
  Fields f(config);
  f.text("lot", lot.lot).text("consignment", lot.consignment).text("brand", lot.brand);
  f.text("hs_code", lot.hs_code).text("origin", lot.origin).text("consignee", lot.consignee);
  f.integer_or("feed_number", 1, 99, lot.feed_number).number_or("declared_mass_t", 0, kMaxTonnes, lot.declared_mass_t);
  lot.k_bq_per_kg = 40, lot.u_bq_per_kg = 12, lot.th_bq_per_kg = 8;
  f.number_or("k_bq_per_kg", 0, 5000, lot.k_bq_per_kg).number_or("u_bq_per_kg", 0, 5000, lot.u_bq_per_kg);
  f.number_or("th_bq_per_kg", 0, 5000, lot.th_bq_per_kg);
  f.only({"lot", "consignment", "brand", "hs_code", "origin", "consignee", "feed_number", "declared_mass_t",
          "k_bq_per_kg", "u_bq_per_kg", "th_bq_per_kg", "declared"});
  if (spectra::find_demo_ore(lot.brand) == nullptr) f.fail("brand '" + lot.brand + "' has no recipe");
  if (lot.feed_number == 0) f.fail("feed_number is missing: expected 1 to 99");
  if (config.has("declared")) {
    auto table = config.table("declared");
    if (!table) return table.error();
    for (const auto& key : table->keys()) {
      auto value = table->number(key, -20, 100);
      if (!value) return value.error();
      lot.declared[key] = *value;
    }
  }
  if (auto ok = f.done(); !ok) return ok.error();
  return lot;
}

Result<void> read_feed(const Config& config, Scenario& scenario) {
  Fields f(config);
  Feed feed;
  feed.rate_tph = 4000, feed.gap_s = 240;
  double alternate_t = 0;
  std::int64_t first = 0, second = 0;
  const auto lots = static_cast<std::int64_t>(scenario.lots.size());
  f.integer_or("lot", 1, lots, first)
      .integer_or("with_lot", 1, lots, second)
      .number_or("alternate_t", 20, 50000, alternate_t);
  f.integer_or("hatch", 1, 12, feed.hatch).number("tonnes", 1, kMaxTonnes, feed.tonnes);
  f.number_or("rate_tph", 100, 12000, feed.rate_tph).number_or("gap_s", 0, 36000, feed.gap_s);
  f.only({"lot", "with_lot", "alternate_t", "hatch", "tonnes", "rate_tph", "gap_s"});
  if (first == 0) f.fail("lot is missing: expected the number of a [[lot]], from 1");
  if ((second != 0) != (alternate_t != 0)) f.fail("with_lot and alternate_t go together");
  if (auto ok = f.done(); !ok) return ok;
  feed.lot = static_cast<std::size_t>(first - 1);
  if (second == 0) {
    scenario.feeds.push_back(feed);
    return {};
  }
  // Two unloaders on one belt, turn and turn about, with a short gap in between.
  double left = feed.tonnes;
  for (int turn = 0; left > 0; ++turn) {
    Feed part = feed;
    part.lot = static_cast<std::size_t>((turn % 2 == 0 ? first : second) - 1);
    part.tonnes = std::min(left, alternate_t);
    if (turn > 0) part.gap_s = 14;
    scenario.feeds.push_back(part);
    left -= part.tonnes;
  }
  return {};
}

struct FaultKind {
  const char* kind;
  const char* amount;  // name of its number; empty = none
  double low, high;
  const char* what;  // name of its text; empty = none
  double object_length_mm, object_width_mm;
};
constexpr FaultKind kFaultKinds[] = {
    {"slag", "share", 0.01, 1, "slag", 0, 0},
    {"wrong_brand", "", 0, 0, "brand", 0, 0},
    {"steel_plate", "", 0, 0, "", 600, 400},
    {"wooden_beam", "", 0, 0, "", 1500, 150},
    {"rope", "", 0, 0, "", 3000, 70},
    {"cs137_source", "activity_mbq", 0.01, 1e5, "", 0, 0},
    {"high_thorium", "th_bq_per_kg", 1, 20000, "", 0, 0},
    {"wet_stretch", "moisture_percent", 0.1, 15, "", 0, 0},
    {"dirty_window", "haze", 0.01, 0.95, "instrument", 0, 0},
    {"stuck_detector", "", 0, 0, "", 0, 0},
    {"scale_drift", "gain", -0.2, 0.2, "", 0, 0},
};

Result<Fault> read_fault(const Config& config, const Scenario& scenario) {
  Fault fault;
  Fields f(config);
  f.text("kind", fault.kind);
  if (auto ok = f.done(); !ok) return ok.error();
  const auto* kind = std::ranges::find(kFaultKinds, fault.kind, &FaultKind::kind);
  if (kind == std::end(kFaultKinds)) return invalid_input(config.where() + ": no fault of kind '" + fault.kind + "'");
  std::vector<std::string_view> known = {"kind", "lot"};
  std::int64_t lot = 0;
  f.integer_or("lot", 1, static_cast<std::int64_t>(scenario.lots.size()), lot);
  if (lot == 0) f.fail("lot is missing: expected the number of a [[lot]], from 1");
  const bool point = kind->object_length_mm > 0 || fault.kind == "cs137_source";
  if (point) {
    f.number("at_t", 0, kMaxTonnes, fault.from_t);
    fault.to_t = fault.from_t;
    known.push_back("at_t");
  } else {
    f.number("from_t", 0, kMaxTonnes, fault.from_t).number("to_t", 0, kMaxTonnes, fault.to_t);
    known.insert(known.end(), {"from_t", "to_t"});
  }
  if (*kind->amount != 0) {
    f.number(kind->amount, kind->low, kind->high, fault.amount);
    known.push_back(kind->amount);
  }
  if (*kind->what != 0) {
    f.text(kind->what, fault.what);
    known.push_back(kind->what);
  }
  if (kind->object_length_mm > 0) {
    fault.length_mm = kind->object_length_mm, fault.width_mm = kind->object_width_mm;
    f.number_or("length_mm", 20, 6000, fault.length_mm).number_or("width_mm", 10, 2000, fault.width_mm);
    f.number_or("angle_deg", -180, 180, fault.angle_deg).number_or("offset_mm", -1500, 1500, fault.offset_mm);
    f.number_or("buried", 0, 0.9, fault.buried);
    known.insert(known.end(), {"length_mm", "width_mm", "angle_deg", "offset_mm", "buried"});
  }
  if (fault.kind == "cs137_source") {
    fault.cover_g_per_cm2 = 40;
    f.number_or("cover_g_per_cm2", 0, 500, fault.cover_g_per_cm2);
    known.push_back("cover_g_per_cm2");
  }
  f.only(known);
  if (auto ok = f.done(); !ok) return ok.error();
  fault.lot = static_cast<std::size_t>(lot - 1);
  const double mass = scenario.lot_mass_t(fault.lot);
  if ((!point && fault.to_t <= fault.from_t) || fault.to_t > mass) {
    f.fail("fault '" + fault.kind + "' lies outside its lot of " + std::to_string(mass) + " t");
  }
  if (fault.kind == "wrong_brand" && spectra::find_demo_ore(fault.what) == nullptr)
    f.fail("brand '" + fault.what + "' has no recipe");
  if (fault.kind == "slag" && fault.what != "blast_furnace" && fault.what != "steel" && fault.what != "fayalitic") {
    f.fail("slag '" + fault.what + "': expected blast_furnace, steel or fayalitic");
  }
  if (fault.kind == "dirty_window" && fault.what != "spectrometer" && fault.what != "camera") {
    f.fail("instrument '" + fault.what + "': expected spectrometer or camera");
  }
  if (auto ok = f.done(); !ok) return ok.error();
  return fault;
}

void read_trigger(Fields& f, Trigger& trigger) {
  f.number_or("every_m", 0, 1000, trigger.every_m).number_or("every_s", 0, 3600, trigger.every_s);
  if ((trigger.every_m > 0) == (trigger.every_s > 0)) f.fail("expected either every_m or every_s");
}

Result<void> read_instruments(const Config& config, Scenario& s) {
  for (const char* name : {"belt", "camera", "spectrometer", "gamma"}) {
    if (auto t = config.table(name); !t) return t.error();
  }
  Fields belt(*config.table("belt"));
  belt.number_or("speed_mps", 0.5, 8, s.speed_mps).number_or("feed_distance_m", -500, -1, s.feed_distance_m);
  belt.number_or("slice_t", 1, 1000, s.slice_t).number_or("plc_period_s", 0.05, 60, s.plc_period_s);
  belt.number_or("health_period_s", 1, 60, s.health_period_s)
      .number_or("sampler_distance_m", -500, 500, s.sampler_distance_m);
  belt.only({"speed_mps", "feed_distance_m", "slice_t", "plc_period_s", "health_period_s", "sampler_distance_m"});
  if (auto ok = belt.done(); !ok) return ok;

  Fields camera(*config.table("camera"));
  camera.number_or("distance_m", -500, 500, s.camera.distance_m).number_or("mm_per_px", 0.2, 50, s.camera.mm_per_px);
  camera.integer_or("width_px", 64, 8192, s.camera.width_px).integer_or("height_px", 64, 8192, s.camera.height_px);
  std::string pixel_format = "RGB8";
  camera.text_or("pixel_format", pixel_format);
  if (pixel_format != "RGB8" && pixel_format != "BayerRG8")
    camera.fail("pixel_format '" + pixel_format + "': expected RGB8 or BayerRG8");
  s.camera.bayer = pixel_format == "BayerRG8";
  read_trigger(camera, s.camera.trigger);
  camera.only({"pixel_format", "distance_m", "mm_per_px", "width_px", "height_px", "every_m", "every_s"});
  if (auto ok = camera.done(); !ok) return ok;

  auto& sp = s.spectrometer;
  Fields spectrometer(*config.table("spectrometer"));
  spectrometer.number_or("distance_m", -500, 500, sp.distance_m).number_or("from_nm", 200, 3000, sp.from_nm);
  spectrometer.number_or("to_nm", 200, 3000, sp.to_nm).number_or("step_nm", 0.1, 100, sp.step_nm);
  spectrometer.number_or("exposure_s", 0, 10, sp.exposure_s)
      .number_or("sampling_distance_t", 0.1, 100, sp.sampling_distance_t);
  spectrometer.integer_or("spots", 1, 100, sp.spots);
  read_trigger(spectrometer, sp.trigger);
  spectrometer.only({"distance_m", "from_nm", "to_nm", "step_nm", "exposure_s", "sampling_distance_t", "spots",
                     "every_m", "every_s"});
  if (sp.to_nm <= sp.from_nm + 2 * sp.step_nm) spectrometer.fail("wavelengths: expected to_nm well above from_nm");
  if (auto ok = spectrometer.done(); !ok) return ok;

  Fields gamma(*config.table("gamma"));
  gamma.number_or("distance_m", -500, 500, s.gamma.distance_m).number_or("period_s", 0.05, 60, s.gamma.period_s);
  gamma.number_or("ambient_cps", 1, 1e5, s.gamma.ambient_cps).number_or("height_m", 0.2, 5, s.gamma.height_m);
  gamma.integer_or("channels", 16, 4096, s.gamma.channels).integer_or("detectors", 1, 16, s.gamma.detectors);
  gamma.only({"distance_m", "period_s", "ambient_cps", "height_m", "channels", "detectors"});
  return gamma.done();
}

}  // namespace

double Scenario::lot_mass_t(std::size_t lot) const {
  double sum = 0;
  for (const auto& f : feeds) sum += f.lot == lot ? f.tonnes : 0;
  return sum;
}

Result<Scenario> read_scenario(const Config& config) {
  Scenario s;
  std::string start;
  Fields f(config);
  f.text("name", s.name).text("site", s.site).text("line", s.line).text("ship", s.ship).text("call", s.call);
  f.text("start", start).integer_or("seed", 0, INT64_MAX, s.seed);
  f.only({"name", "site", "line", "ship", "call", "start", "seed", "belt", "camera", "spectrometer", "gamma", "lot",
          "feed", "stop", "surge", "fault"});
  if (auto ok = f.done(); !ok) return ok.error();
  auto time = parse_rfc3339(start);
  if (!time) return time.error().within(config.where() + ": start");
  s.start = *time;
  if (auto ok = read_instruments(config, s); !ok) return ok.error();

  std::set<std::string> names;
  std::set<int> numbers;
  for (const auto& table : config.tables("lot")) {
    auto lot = read_lot(table);
    if (!lot) return lot.error();
    if (!names.insert(lot->lot).second || !numbers.insert(lot->feed_number).second) {
      return invalid_input(table.where() + ": lot '" + lot->lot + "' or its feed_number is there twice");
    }
    s.lots.push_back(std::move(*lot));
  }
  if (s.lots.empty()) return invalid_input(config.where() + ": expected at least one [[lot]]");
  for (const auto& table : config.tables("feed")) {
    if (auto ok = read_feed(table, s); !ok) return ok.error();
  }
  double total_t = 0;
  for (const auto& feed : s.feeds) total_t += feed.tonnes;
  if (total_t > kMaxTonnes) return invalid_input(config.where() + ": the feeds add up to more than 500,000 t");
  for (std::size_t i = 0; i < s.lots.size(); ++i) {
    if (s.lot_mass_t(i) <= 0) return invalid_input(config.where() + ": no [[feed]] feeds lot '" + s.lots[i].lot + "'");
  }
  for (const auto& table : config.tables("stop")) {
    BeltStop stop;
    Fields g(table);
    g.number("at_t", 0, kMaxTonnes, stop.at_t).number("seconds", 1, 36000, stop.seconds).only({"at_t", "seconds"});
    if (auto ok = g.done(); !ok) return ok.error();
    s.stops.push_back(stop);
  }
  std::ranges::sort(s.stops, {}, &BeltStop::at_t);
  for (const auto& table : config.tables("surge")) {
    Surge surge;
    Fields g(table);
    g.number("from_t", 0, kMaxTonnes, surge.from_t).number("to_t", 0, kMaxTonnes, surge.to_t);
    g.number("factor", 0.05, 2, surge.factor).only({"from_t", "to_t", "factor"});
    if (auto ok = g.done(); !ok) return ok.error();
    s.surges.push_back(surge);
  }
  for (const auto& table : config.tables("fault")) {
    auto fault = read_fault(table, s);
    if (!fault) return fault.error();
    s.faults.push_back(std::move(*fault));
  }
  return s;
}

}  // namespace beltwarden::twin
