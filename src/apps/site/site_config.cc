#include "apps/site/site_config.h"

#include <optional>
#include <set>

namespace beltwarden::site {
namespace {

constexpr double kFar_m = 100'000;

// Collects settings until the first that does not fit.
class Reader {
 public:
  template <class T>
  T take(Result<T> value) {
    if (!value) {
      if (!error_) error_ = value.error();
      return T{};
    }
    return std::move(*value);
  }
  void check(const Result<void>& done) {
    if (!done && !error_) error_ = done.error();
  }
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

void read_line(const Config& config, material::LineLayout& layout, Reader& reader) {
  layout.line = LineId(reader.take(config.text("id")));
  layout.feed_distance = {reader.take(config.number("feed_distance_m", -kFar_m, 0, -20))};
  layout.tick = {reader.take(config.number("tick_t", 1e-6, 1000, 0.1))};
  layout.totaliser_modulus =
      static_cast<std::uint64_t>(reader.take(config.integer("totaliser_modulus", 2, std::int64_t{1} << 32, std::int64_t{1} << 32)));
  layout.encoder_tick = {reader.take(config.number("encoder_tick_m", 1e-6, 100, 0.01))};
  layout.encoder_modulus =
      static_cast<std::uint64_t>(reader.take(config.integer("encoder_modulus", 2, std::int64_t{1} << 32, std::int64_t{1} << 32)));
  layout.slice = {reader.take(config.number("slice_t", 1, 10'000, 50))};
  layout.max_step = {reader.take(config.number("max_step_t", 0.001, 10'000, 20))};
  reader.check(config.only({"id", "feed_distance_m", "tick_t", "totaliser_modulus", "encoder_tick_m", "encoder_modulus", "slice_t",
                            "max_step_t"}));
}

// A month at the most, and no more than fits beside the record on a site's disk; 0 switches a limit off.
void read_journal(const Config& config, journal::Retention& retention, Reader& reader) {
  retention.max_age = seconds(86400 * reader.take(config.number("journal.keep_days", 0, 36'500, 30)));
  retention.max_bytes = static_cast<std::uint64_t>(1e9 * reader.take(config.number("journal.keep_gb", 0, 1e6, 100)));
  if (!config.has("journal")) return;
  auto table = config.table("journal");
  if (!table) return reader.fail(table.error());
  reader.check(table->only({"keep_days", "keep_gb"}));
}

void read_instrument(const Config& config, SiteConfig& site, std::set<std::string>& names, Reader& reader) {
  const std::string id = reader.take(config.text("id"));
  const std::string kind = reader.take(config.text("kind"));
  const std::string driver = reader.take(config.text("driver"));
  if (!names.insert(id).second) reader.fail(invalid_input(config.where() + ": there is another instrument '" + id + "'"));
  static const std::set<std::string> kinds{"plc", "spectrometer", "camera", "gamma", "sampler"};
  if (!kinds.contains(kind)) {
    reader.fail(invalid_input(config.where() + ": 'kind' is '" + kind + "', expected plc, spectrometer, camera, gamma or sampler"));
  }
  site.instruments.push_back({InstrumentId(id), kind, driver, config});
  if (kind == "plc") {
    if (!site.layout.plc.empty()) reader.fail(invalid_input(config.where() + ": a line has one plc"));
    site.layout.plc = InstrumentId(id);
    return;
  }
  material::InstrumentPlace place;
  place.instrument = InstrumentId(id);
  place.kind = kind;
  place.distance = {reader.take(config.number("distance_m", -kFar_m, kFar_m))};
  place.field_length = {reader.take(config.number("field_length_m", 0, 1000, 0.1))};
  // A cutter covers nothing: the increments it took are counted instead.
  if (kind != material::kSamplerKind) place.sampling_distance = {reader.take(config.number("sampling_distance_t", 0.001, 10'000))};
  site.layout.instruments.push_back(place);
}

}  // namespace

Result<SiteConfig> load_site_config(const std::string& path) {
  auto loaded = Config::load(path);
  if (!loaded) return loaded.error();
  const Config& config = *loaded;
  Reader reader;
  SiteConfig site;
  site.layout.site = SiteId(reader.take(config.text("site")));
  site.data_dir = reader.take(config.text("data_dir"));
  site.pack = reader.take(config.text("pack"));
  site.trusted_keys = reader.take(config.texts("trusted_keys"));
  site.timezone = reader.take(config.text("timezone", std::string("Asia/Shanghai")));
  site.database = reader.take(config.text("center.database", std::string()));
  site.database_password_file = reader.take(config.text("center.password_file", std::string()));
  site.http_address = reader.take(config.text("http.address", std::string("127.0.0.1")));
  site.http_port = static_cast<std::uint16_t>(reader.take(config.integer("http.port", 0, 65535, 8080)));
  reader.check(config.only({"site", "data_dir", "pack", "trusted_keys", "timezone", "center", "http", "journal", "line",
                            "instrument"}));
  read_journal(config, site.retention, reader);
  auto line = config.table("line");
  if (!line) return line.error();
  read_line(*line, site.layout, reader);
  std::set<std::string> names;
  for (const auto& instrument : config.tables("instrument")) read_instrument(instrument, site, names, reader);
  if (site.layout.plc.empty()) reader.fail(invalid_input(path + ": there is no instrument of kind plc; belt and scale come from it"));
  if (reader.error()) return *reader.error();
  return site;
}

}  // namespace beltwarden::site
