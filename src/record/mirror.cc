#include "record/mirror.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "record/base64.h"
#include "wire/codec.h"

namespace beltwarden::record {
namespace {

template <class T>
T good(Result<T> result, const std::string& where) {
  if (!result) throw std::runtime_error(where + ": " + result.error().message);
  return std::move(*result);
}

material::Observation observation_from(const std::string& body, const std::string& where) {
  const auto bytes = from_base64(body);
  if (!bytes) throw std::runtime_error(where + ": expected base64");
  return good(wire::decode_observation(*bytes), where);
}

void load_receipts(soci::session& sql, Mirror& mirror) {
  std::string site, beyond;
  long long epoch = 0, contiguous = 0;
  soci::statement select = (sql.prepare << "SELECT site, epoch, contiguous, beyond FROM receipt", soci::into(site),
                            soci::into(epoch), soci::into(contiguous), soci::into(beyond));
  select.execute();
  while (select.fetch()) {
    Receipt receipt{SiteId{site}, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(contiguous),
                    good(ranges_from_text(beyond), "receipt of " + site)};
    mirror.receipts[{receipt.site, receipt.epoch}] = receipt;
  }
}

void load_lots(soci::session& sql, Mirror& mirror) {
  std::string lot, line, site, plan;
  long long ordinal = 0, started = 0, ended = 0;
  double passed = 0, sliced = 0;
  int finished = 0;
  soci::statement select =
      (sql.prepare << "SELECT lot, ordinal, line, site, passed_t, sliced_t, started, ended, finished, plan FROM lot",
       soci::into(lot), soci::into(ordinal), soci::into(line), soci::into(site), soci::into(passed), soci::into(sliced),
       soci::into(started), soci::into(ended), soci::into(finished), soci::into(plan));
  select.execute();
  while (select.fetch()) {
    LotEntry entry;
    entry.ordinal = ordinal;
    entry.row = {LotId{lot},     LineId{line},  std::nullopt, Tonnes{passed}, Tonnes{sliced},
                 Time{started},  Time{ended},   finished != 0, SiteId{site},  {}};
    if (!plan.empty()) {
      entry.row.plan = std::get<material::LotPlan>(observation_from(plan, "plan of lot " + lot).payload);
    }
    mirror.last_lot = std::max<std::int64_t>(mirror.last_lot, ordinal);
    mirror.lots[LotId{lot}] = std::move(entry);
  }
}

void load_lot_epochs(soci::session& sql, Mirror& mirror) {
  std::string lot, site;
  long long epoch = 0, first = 0, last = 0;
  int announced = 0, ended = 0;
  soci::statement select =
      (sql.prepare << "SELECT lot, site, epoch, first_sequence, last_sequence, announced, ended FROM lot_epoch",
       soci::into(lot), soci::into(site), soci::into(epoch), soci::into(first), soci::into(last), soci::into(announced),
       soci::into(ended));
  select.execute();
  while (select.fetch()) {
    const auto known = mirror.lots.find(LotId{lot});
    if (known == mirror.lots.end()) continue;
    LotEpoch& part = epoch_of(known->second.row, SiteId{site}, static_cast<std::uint64_t>(epoch));
    part.first_sequence = static_cast<std::uint64_t>(first);
    part.last_sequence = static_cast<std::uint64_t>(last);
    part.announced = announced != 0;
    part.ended = ended != 0;
  }
}

void load_coverage(soci::session& sql, Mirror& mirror) {
  std::string lot, name, covered;
  int of_model = 0, fitted = 0;
  soci::statement select =
      (sql.prepare << "SELECT lot, name, of_model, fitted, covered FROM coverage ORDER BY lot, of_model, name",
       soci::into(lot), soci::into(name), soci::into(of_model), soci::into(fitted), soci::into(covered));
  select.execute();
  while (select.fetch()) {
    mirror.coverage[LotId{lot}].push_back(
        {name, of_model != 0, fitted != 0, good(intervals_from_text(covered), "coverage of lot " + lot)});
  }
}

void load_lines(soci::session& sql, Mirror& mirror) {
  std::string line, site, lot, body;
  double passed = 0;
  soci::statement select = (sql.prepare << "SELECT line, site, lot, passed_t, body FROM line_state", soci::into(line),
                            soci::into(site), soci::into(lot), soci::into(passed), soci::into(body));
  select.execute();
  while (select.fetch()) {
    const auto observation = observation_from(body, "state of line " + line);
    mirror.lines[LineId{line}] = {LineId{line}, SiteId{site}, observation.time,
                                  std::get<material::BeltReading>(observation.payload), LotId{lot}, Tonnes{passed}};
  }
  RunRow run;
  std::string run_line, run_lot;
  long long ordinal = 0;
  soci::statement runs =
      (sql.prepare << "SELECT line, ordinal, lot, from_t, to_t, line_t FROM run ORDER BY line, ordinal", soci::into(run_line),
       soci::into(ordinal), soci::into(run_lot), soci::into(run.tonnes.from.value), soci::into(run.tonnes.to.value),
       soci::into(run.line_t.value));
  runs.execute();
  while (runs.fetch()) {
    run.line = LineId{run_line};
    run.lot = LotId{run_lot};
    run.ordinal = ordinal;
    mirror.runs[run.line].push_back(run);
  }
}

void load_instruments(soci::session& sql, Mirror& mirror) {
  std::string instrument, line, body;
  long long since = 0, last_reading = 0;
  soci::statement select = (sql.prepare << "SELECT instrument, line, since, last_reading, body FROM instrument",
                            soci::into(instrument), soci::into(line), soci::into(since), soci::into(last_reading),
                            soci::into(body));
  select.execute();
  while (select.fetch()) {
    InstrumentRow row{InstrumentId{instrument}, LineId{line}, {}, Time{since}, Time{last_reading}, {}};
    if (!body.empty()) {
      const auto observation = observation_from(body, "health of " + instrument);
      row.time = observation.time;
      row.health = std::get<material::HealthReading>(observation.payload);
    }
    mirror.instruments[row.instrument] = row;
  }
}

void load_series(soci::session& sql, Mirror& mirror) {
  std::string lot, model, name, unit, line;
  long long id = 0;
  soci::statement select = (sql.prepare << "SELECT id, lot, model, name, unit, line FROM series", soci::into(id),
                            soci::into(lot), soci::into(model), soci::into(name), soci::into(unit), soci::into(line));
  select.execute();
  while (select.fetch()) {
    mirror.series[{lot, model, name, unit, line}] = id;
    mirror.last_series = std::max<std::int64_t>(mirror.last_series, id);
  }
}

void load_unreadable(soci::session& sql, Mirror& mirror) {
  std::string site;
  long long epoch = 0, sequence = 0;
  soci::statement select = (sql.prepare << "SELECT site, epoch, sequence FROM unreadable ORDER BY site, epoch, sequence",
                            soci::into(site), soci::into(epoch), soci::into(sequence));
  select.execute();
  while (select.fetch()) {
    mirror.unreadable[{SiteId{site}, static_cast<std::uint64_t>(epoch)}].push_back(static_cast<std::uint64_t>(sequence));
  }
}

std::int64_t single_number(soci::session& sql, const std::string& query) {
  long long value = 0;
  soci::indicator present = soci::i_null;
  sql << query, soci::into(value, present);
  return present == soci::i_ok ? value : 0;
}

}  // namespace

LotEpoch& epoch_of(LotRow& row, const SiteId& site, std::uint64_t epoch) {
  const auto place = std::find_if(row.epochs.begin(), row.epochs.end(), [&](const LotEpoch& part) {
    return std::tie(part.site, part.epoch) >= std::tie(site, epoch);
  });
  if (place != row.epochs.end() && place->site == site && place->epoch == epoch) return *place;
  return *row.epochs.insert(place, LotEpoch{site, epoch, 0, 0, false, false});
}

Result<Mirror> load_mirror(Database& database) {
  return database.read("reading the record", [](soci::session& sql) {
    Mirror mirror;
    load_receipts(sql, mirror);
    load_lots(sql, mirror);
    load_lot_epochs(sql, mirror);
    load_coverage(sql, mirror);
    load_lines(sql, mirror);
    load_instruments(sql, mirror);
    load_series(sql, mirror);
    mirror.last_finding = single_number(sql, "SELECT MAX(number) FROM finding");
    load_unreadable(sql, mirror);
    return mirror;
  });
}

}  // namespace beltwarden::record
