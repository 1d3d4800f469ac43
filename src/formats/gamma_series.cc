#include "formats/gamma_series.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMostChannels = 65'536, kMostCounts = std::size_t{1} << 29;

enum class Column : std::uint8_t { kOther, kTime, kLive, kSpeed, kLoad, kChannel };

struct SeriesHeader {
  std::vector<Column> columns;
  std::size_t channels = 0;
  bool live = false, speed = false, load = false;
};

Result<SeriesHeader> read_header(std::string_view line) {
  SeriesHeader header;
  bool time = false;
  while (true) {
    const std::size_t comma = line.find(',');
    const std::string_view name = trim(line.substr(0, comma));
    Column column = Column::kOther;
    if (name == "t" || name == "time_s") {
      column = Column::kTime, time = true;
    } else if (name == "live" || name == "live_s") {
      column = Column::kLive, header.live = true;
    } else if (name == "speed_mps") {
      column = Column::kSpeed, header.speed = true;
    } else if (name == "load_kg_per_m") {
      column = Column::kLoad, header.load = true;
    } else if (name.size() > 1 && name[0] == 'c' && name[1] >= '0' && name[1] <= '9') {
      if (name.substr(1) != std::to_string(header.channels)) {
        return invalid_input("line 1: expected the column c" + std::to_string(header.channels) + ", found " +
                             quoted(name));
      }
      column = Column::kChannel;
      if (++header.channels > kMostChannels)
        return invalid_input("line 1: more than " + std::to_string(kMostChannels) + " channels");
    }
    header.columns.push_back(column);
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  if (!time || header.channels == 0)
    return invalid_input("line 1: expected the columns t,live,speed_mps,load_kg_per_m,c0..cN of a gamma series");
  return header;
}

class Rows {
 public:
  Rows(const SeriesHeader& header, GammaSeries& series) : header_(header), series_(series) {}

  Result<void> add(std::string_view line, std::size_t number) {
    const char* at = line.data();
    const char* const end = at + line.size();
    double time = 0, live = 0;
    // An empty field is not an empty belt.
    double speed = series_.speed_mps.empty() ? 0 : series_.speed_mps.back();
    double load = series_.load_kg_per_m.empty() ? 0 : series_.load_kg_per_m.back();
    if (!header_.speed) speed = 0;
    bool load_known = true;
    for (std::size_t c = 0; c < header_.columns.size(); ++c) {
      if (c > 0) {
        if (at == end || *at != ',') {
          return invalid_input(where(number) + "expected " + std::to_string(header_.columns.size()) +
                               " fields, found " + std::to_string(c) + " or something that is no number");
        }
        ++at;
      }
      switch (header_.columns[c]) {
        case Column::kChannel: {
          std::uint32_t count = 0;
          const auto [stop, code] = std::from_chars(at, end, count);
          if (code == std::errc{} && (stop == end || *stop == ',')) {
            at = stop;
          } else {
            const auto value = field(at, end);
            if (!value || *value < 0 || *value > 4294967295.0 || *value != std::floor(*value))
              return invalid_input(where(number) + "expected whole counts, found " + text(at, end));
            count = static_cast<std::uint32_t>(*value);
            skip(at, end);
          }
          series_.counts.push_back(count);
          break;
        }
        case Column::kOther: skip(at, end); break;
        default: {
          const auto value = field(at, end);
          const bool may_miss = header_.columns[c] == Column::kSpeed || header_.columns[c] == Column::kLoad;
          if (!value && !(may_miss && is_empty(at, end)))
            return invalid_input(where(number) + "expected a number, found " + text(at, end));
          if (header_.columns[c] == Column::kTime) time = value.value_or(0);
          if (header_.columns[c] == Column::kLive) live = value.value_or(0);
          if (header_.columns[c] == Column::kSpeed) speed = value.value_or(speed);
          if (header_.columns[c] == Column::kLoad) load = value.value_or(load), load_known = value.has_value();
          skip(at, end);
        }
      }
    }
    if (at != end) {
      return invalid_input(where(number) + "expected " + std::to_string(header_.columns.size()) +
                           " fields, found more");
    }
    if (!series_.time_s.empty() && !(time > series_.time_s.back())) {
      return invalid_input(where(number) + "expected times that rise, found " + number_text(time) + " after " +
                           number_text(series_.time_s.back()));
    }
    if (live < 0) return invalid_input(where(number) + "expected a live time of at least 0, found " + number_text(live));
    series_.time_s.push_back(time);
    series_.live_s.push_back(live);
    series_.speed_mps.push_back(speed);
    series_.load_kg_per_m.push_back(load);
    series_.load_known.push_back(load_known);
    if (series_.counts.size() > kMostCounts) return invalid_input(where(number) + "more counts than can be held");
    return {};
  }

 private:
  static std::string where(std::size_t number) { return "line " + std::to_string(number) + ": "; }
  static std::string_view word(const char* at, const char* end) {
    return {at, static_cast<std::size_t>(std::find(at, end, ',') - at)};
  }
  static std::string text(const char* at, const char* end) { return quoted(word(at, end)); }
  static bool is_empty(const char* at, const char* end) {
    const std::string_view value = trim(word(at, end));
    return value.empty() || lower(value) == "nan";
  }
  static std::optional<double> field(const char* at, const char* end) { return parse_number(trim(word(at, end))); }
  static void skip(const char*& at, const char* end) { at = std::find(at, end, ','); }

  const SeriesHeader& header_;
  GammaSeries& series_;
};

}  // namespace

Result<std::vector<double>> json_numbers(std::string_view json, std::string_view key) {
  std::vector<double> numbers;
  std::string name(1, '"');
  name.append(key).append(1, '"');
  std::size_t at = json.find(name);
  if (at == std::string_view::npos) return numbers;
  at = json.find_first_not_of(" \t\r\n", at + name.size());
  if (at != std::string_view::npos && json[at] == ':') at = json.find_first_not_of(" \t\r\n", at + 1);
  if (at == std::string_view::npos || json[at] != '[')
    return invalid_input("expected a list of numbers after " + name);
  const std::size_t close = json.find(']', at);
  if (close == std::string_view::npos) return invalid_input("the list " + name + " does not end");
  std::string_view rest = json.substr(at + 1, close - at - 1);
  while (!trim(rest).empty()) {
    const std::size_t comma = rest.find(',');
    const auto value = parse_number(trim(rest.substr(0, comma)));
    if (!value) return invalid_input(name + ": expected a number, found " + quoted(trim(rest.substr(0, comma))));
    if (numbers.size() > kMostChannels) return invalid_input(name + ": more numbers than a spectrum has edges");
    numbers.push_back(*value);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return numbers;
}

Result<std::vector<double>> edges_of(std::span<const double> calibration, std::size_t channels) {
  if (calibration.empty()) return invalid_input("energy calibration: expected coefficients, found none");
  std::vector<double> edges;
  edges.reserve(channels + 1);
  for (std::size_t i = 0; i <= channels; ++i) {
    double energy = 0;
    for (std::size_t k = calibration.size(); k-- > 0;) energy = energy * static_cast<double>(i) + calibration[k];
    if (!edges.empty() && !(energy > edges.back())) {
      return invalid_input("energy calibration: expected energies that rise, found " + number_text(energy) +
                           " keV after " + number_text(edges.back()) + " keV at channel " + std::to_string(i));
    }
    edges.push_back(energy);
  }
  return edges;
}

Result<GammaSeries> read_gamma_series(std::string_view csv, std::string_view json) {
  GammaSeries series;
  LineReader lines(csv);
  std::string_view line;
  if (!lines.next(line)) return invalid_input("expected a gamma series, found nothing");
  auto header = read_header(line);
  if (!header) return header.error();
  series.channels = header->channels;
  series.has_speed = header->speed;
  series.has_load = header->load;
  Rows rows(*header, series);
  while (lines.next(line)) {
    if (trim(line).empty()) continue;
    if (auto added = rows.add(line, lines.line_number()); !added) return added.error();
  }
  if (const auto unknown = std::count(series.load_known.begin(), series.load_known.end(), false); unknown > 0)
    series.remarks.push_back("no load in " + std::to_string(unknown) + " rows; the last one is taken to go on");
  if (series.size() == 0) return invalid_input("expected at least one row after the header, found none");
  if (!header->live) {
    const double step = series.size() > 1 ? (series.time_s.back() - series.time_s.front()) /
                                                static_cast<double>(series.size() - 1)
                                          : 1.0;
    std::fill(series.live_s.begin(), series.live_s.end(), step);
    series.remarks.push_back("no live time; the step of time is taken for it");
  }
  if (json.empty()) return series;
  auto edges = json_numbers(json, "energy_edges_kev");
  if (!edges) return edges.error();
  if (edges->empty()) {
    auto calibration = json_numbers(json, "calibration");
    if (!calibration) return calibration.error();
    if (calibration->empty()) return invalid_input("expected energy_edges_kev or calibration in the JSON beside it");
    edges = edges_of(*calibration, series.channels);
    if (!edges) return edges.error();
  }
  if (edges->size() != series.channels + 1) {
    return invalid_input("energy_edges_kev: expected " + std::to_string(series.channels + 1) + " edges, found " +
                         std::to_string(edges->size()));
  }
  for (std::size_t i = 1; i < edges->size(); ++i) {
    if (!((*edges)[i] > (*edges)[i - 1]))
      return invalid_input("energy_edges_kev: expected energies that rise, found none at edge " + std::to_string(i));
  }
  series.energy_edges_kev = std::move(*edges);
  return series;
}

}  // namespace beltwarden::formats
