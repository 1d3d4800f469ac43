// Questions about values along a lot, its increments and its instruments.
#include <algorithm>

#include "record/base64.h"
#include "record/state.h"
#include "record/thinning.h"
#include "wire/codec.h"

namespace beltwarden::record {
namespace {

using Number = long long;

std::optional<double> optional_of(double value, soci::indicator present) {
  return present == soci::i_ok ? std::optional<double>(value) : std::nullopt;
}

void read_points(soci::session& sql, Number id, const TonneInterval& window, std::size_t max, Series& series) {
  double value = 0, std_error = 0, from = 0, to = 0, expected = 0, low = 0, high = 0;
  soci::indicator has_expected = soci::i_null, has_low = soci::i_null, has_high = soci::i_null;
  Number time = 0;
  int suspect = 0;
  soci::statement select =
      (sql.prepare << "SELECT from_t, to_t, value, std_error, time, suspect, expected, low, high FROM point"
                      " WHERE series = :series AND from_t < :to AND to_t > :from ORDER BY from_t, time",
       soci::use(id), soci::use(window.to.value), soci::use(window.from.value), soci::into(from), soci::into(to),
       soci::into(value), soci::into(std_error), soci::into(time), soci::into(suspect), soci::into(expected, has_expected),
       soci::into(low, has_low), soci::into(high, has_high));
  select.execute();
  std::vector<Point> points;
  while (select.fetch()) {
    series.expected = optional_of(expected, has_expected);
    series.low = optional_of(low, has_low);
    series.high = optional_of(high, has_high);
    points.push_back({Tonnes{from}, Tonnes{to}, value, std_error, Time{time}, suspect != 0, series.expected});
  }
  series.points = thinned(points, max);
}

}  // namespace

Result<std::vector<Series>> Record::series(const SeriesQuery& query) const {
  std::vector<std::pair<Number, Series>> wanted;
  {
    std::shared_lock lock(state_->mirror_mutex);
    const auto& all = state_->mirror.series;
    for (auto at = all.lower_bound({query.lot.str(), "", "", "", ""}); at != all.end(); ++at) {
      const auto& [lot, model, name, unit, line] = at->first;
      if (lot != query.lot.str()) break;
      if (line != query.line.str()) continue;
      if (!query.names.empty() && std::find(query.names.begin(), query.names.end(), name) == query.names.end()) continue;
      wanted.push_back({at->second, Series{name, model, unit}});
    }
  }
  const TonneInterval window = query.tonnes.value_or(TonneInterval{Tonnes{-1e12}, Tonnes{1e12}});
  return state_->reader.read("reading series", [&](soci::session& sql) {
    std::vector<Series> found;
    for (auto& [id, series] : wanted) {
      read_points(sql, id, window, query.max, series);
      found.push_back(std::move(series));
    }
    return found;
  });
}

Result<std::vector<LotMean>> Record::lot_means(const LotId& lot, const std::string& model) const {
  return state_->reader.read("reading lot means", [&](soci::session& sql) {
    const std::string of_lot = lot.str();
    std::string name, unit;
    double value = 0, std_error = 0, tonnes = 0, expected = 0, low = 0, high = 0;
    soci::indicator has_expected = soci::i_null, has_low = soci::i_null, has_high = soci::i_null;
    soci::statement select =
        (sql.prepare << "SELECT s.name, s.unit, SUM(p.value * (p.to_t - p.from_t)) / SUM(p.to_t - p.from_t),"
                        " SUM(p.std_error * (p.to_t - p.from_t)) / SUM(p.to_t - p.from_t), SUM(p.to_t - p.from_t),"
                        " MAX(p.expected), MAX(p.low), MIN(p.high) FROM point p JOIN series s ON s.id = p.series"
                        " WHERE s.lot = :lot AND s.model = :model AND p.to_t > p.from_t GROUP BY s.name, s.unit"
                        " ORDER BY s.name",
         soci::use(of_lot), soci::use(model), soci::into(name), soci::into(unit), soci::into(value), soci::into(std_error),
         soci::into(tonnes), soci::into(expected, has_expected), soci::into(low, has_low), soci::into(high, has_high));
    select.execute();
    std::vector<LotMean> means;
    while (select.fetch()) {
      means.push_back({name, unit, value, std_error, Tonnes{tonnes}, optional_of(expected, has_expected),
                       optional_of(low, has_low), optional_of(high, has_high)});
    }
    return means;
  });
}

namespace {

std::vector<IncrementRow> select_increments(soci::session& sql, const std::string& rest, const std::string& value) {
  std::string command, instrument, lot;
  double from = 0, to = 0, mass = 0;
  Number increment = 0, time = 0;
  int confirmed = 0;
  soci::statement select =
      (sql.prepare << "SELECT command, instrument, lot, from_t, to_t, increment, confirmed, mass_kg, time FROM increment " + rest,
       soci::use(value), soci::into(command), soci::into(instrument), soci::into(lot), soci::into(from), soci::into(to),
       soci::into(increment), soci::into(confirmed), soci::into(mass), soci::into(time));
  select.execute();
  std::vector<IncrementRow> rows;
  while (select.fetch()) {
    rows.push_back({command, InstrumentId{instrument}, LotId{lot}, {Tonnes{from}, Tonnes{to}},
                    static_cast<std::uint32_t>(increment), confirmed != 0, mass, Time{time}});
  }
  return rows;
}

}  // namespace

Result<std::vector<LatestValue>> Record::latest_values(const LotId& lot, const std::string& model) const {
  return state_->reader.read("reading the latest values of a lot", [&](soci::session& sql) {
    const std::string of_lot = lot.str();
    std::string name, unit;
    double value = 0, std_error = 0, from = 0, to = 0, high = 0;
    soci::indicator has_high = soci::i_null;
    // By the index on (series, from_t); values since the lot's beginning all begin at 0, the longest of them is the latest.
    soci::statement select =
        (sql.prepare << "SELECT s.name, s.unit, p.value, p.std_error, p.from_t, p.to_t, p.high FROM series s JOIN point p ON p.series = s.id"
                        " AND p.from_t = (SELECT MAX(q.from_t) FROM point q WHERE q.series = s.id)"
                        " WHERE s.lot = :lot AND s.model = :model ORDER BY s.name, p.to_t DESC",
         soci::use(of_lot), soci::use(model), soci::into(name), soci::into(unit), soci::into(value), soci::into(std_error),
         soci::into(from), soci::into(to), soci::into(high, has_high));
    select.execute();
    std::vector<LatestValue> latest;
    while (select.fetch()) {
      if (latest.empty() || latest.back().name != name)
        latest.push_back({name, unit, value, std_error, {Tonnes{from}, Tonnes{to}}, optional_of(high, has_high)});
    }
    return latest;
  });
}

Result<std::vector<IncrementRow>> Record::increments(const LotId& lot) const {
  return state_->reader.read("reading increments", [&](soci::session& sql) {
    return select_increments(sql, "WHERE lot = :value ORDER BY from_t, time", lot.str());
  });
}

Result<std::vector<IncrementRow>> Record::increments_of(const std::string& command_id) const {
  return state_->reader.read("reading increments", [&](soci::session& sql) {
    return select_increments(sql, "WHERE command = :value ORDER BY from_t, time", command_id);
  });
}

Result<std::vector<CutOrderRow>> Record::cut_orders(const LotId& lot) const {
  return state_->reader.read("reading sampler orders", [&](soci::session& sql) {
    const std::string of_lot = lot.str();
    std::string command, requested_by;
    double mark = 0;
    Number time = 0;
    soci::statement select = (sql.prepare << "SELECT command, mark_t, requested_by, time FROM cut_order WHERE lot = :lot"
                                             " ORDER BY mark_t, time",
                              soci::use(of_lot), soci::into(command), soci::into(mark), soci::into(requested_by),
                              soci::into(time));
    select.execute();
    std::vector<CutOrderRow> rows;
    while (select.fetch()) rows.push_back({command, lot, Tonnes{mark}, requested_by, Time{time}});
    return rows;
  });
}

Result<std::vector<AnswerRow>> Record::answers(const std::string& command_id) const {
  return state_->reader.read("reading answers", [&](soci::session& sql) {
    std::string kind, detail;
    int accepted = 0;
    Number time = 0, epoch = 0;
    soci::statement select = (sql.prepare << "SELECT kind, accepted, detail, time, epoch FROM answer WHERE command = :command"
                                             " ORDER BY epoch, sequence",
                              soci::use(command_id), soci::into(kind), soci::into(accepted), soci::into(detail),
                              soci::into(time), soci::into(epoch));
    select.execute();
    std::vector<AnswerRow> rows;
    while (select.fetch()) {
      rows.push_back({command_id, kind, accepted != 0, detail, Time{time}, static_cast<std::uint64_t>(epoch)});
    }
    return rows;
  });
}

Result<std::vector<InstrumentRow>> Record::instruments_at_end(const LotId& lot) const {
  const auto known = this->lot(lot);
  if (!known) return not_found("no lot " + lot.str());
  if (!known->finished) return conflict("lot " + lot.str() + " has not finished");
  return state_->reader.read("reading instruments' history", [&](soci::session& sql) {
    // The last journal in which it ended: an end is sent again to one that was begun anew.
    const auto end = std::find_if(known->epochs.rbegin(), known->epochs.rend(), [](const LotEpoch& part) { return part.ended; });
    if (end == known->epochs.rend()) throw std::runtime_error("lot " + lot.str() + " has finished in no known epoch");
    const std::string line = known->line.str(), site = end->site.str();
    const auto epoch = static_cast<Number>(end->epoch), sequence = static_cast<Number>(end->last_sequence);
    std::string body;
    soci::statement select =
        (sql.prepare << "SELECT body FROM instrument_history WHERE line = :line AND site = :site AND (epoch < :epoch OR"
                        " (epoch = :same AND sequence <= :sequence)) ORDER BY epoch, sequence",
         soci::use(line, "line"), soci::use(site, "site"), soci::use(epoch, "epoch"), soci::use(epoch, "same"),
         soci::use(sequence, "sequence"), soci::into(body));
    select.execute();
    std::map<InstrumentId, InstrumentRow> newest;
    while (select.fetch()) {
      const auto bytes = from_base64(body);
      auto observation = bytes ? wire::decode_observation(*bytes) : Result<material::Observation>(corrupt("expected base64"));
      if (!observation) throw std::runtime_error("instrument history: " + observation.error().message);
      newest[observation->instrument] = {observation->instrument, known->line, observation->time, observation->time, {},
                                         std::get<material::HealthReading>(observation->payload)};
    }
    std::vector<InstrumentRow> rows;
    for (auto& [id, row] : newest) rows.push_back(std::move(row));
    return rows;
  });
}

}  // namespace beltwarden::record
