// A folded batch into tables. Each statement is prepared once a batch and executed for every row.
#include "record/base64.h"
#include "record/delta.h"
#include "wire/codec.h"

namespace beltwarden::record {
namespace {

using Number = long long;

template <class Payload>
std::string body_of(const LineId& line, const InstrumentId& instrument, Time time, const Payload& payload) {
  material::Observation observation;
  observation.line = line;
  observation.instrument = instrument;
  observation.time = time;
  observation.payload = payload;
  return to_base64(wire::encode(observation));
}

/// The columns that name an entry, bound together.
struct EntryColumns {
  std::string site;
  Number epoch = 0, sequence = 0;
  void set(const EntryId& id) {
    site = id.site.str();
    epoch = static_cast<Number>(id.epoch);
    sequence = static_cast<Number>(id.sequence);
  }
};

}  // namespace

void Delta::write(soci::session& sql) {
  write_states(sql);
  write_lots(sql);
  write_findings(sql);
  write_points(sql);
  write_rows(sql);
}

void Delta::write_states(soci::session& sql) {
  using soci::use;
  for (const auto& [key, receipt] : changed_.receipts) {
    const std::string site = receipt.site.str(), beyond = ranges_to_text(receipt.beyond);
    const auto epoch = static_cast<Number>(receipt.epoch), contiguous = static_cast<Number>(receipt.contiguous);
    sql << "INSERT INTO receipt (site, epoch, contiguous, beyond) VALUES (:site, :epoch, :contiguous, :beyond)"
           " ON CONFLICT (site, epoch) DO UPDATE SET contiguous = excluded.contiguous, beyond = excluded.beyond",
        use(site), use(epoch), use(contiguous), use(beyond);
  }
  for (const auto& [id, row] : changed_.lines) {
    const std::string line = id.str(), site = row.site.str(), lot = row.lot.str();
    const std::string body = body_of(id, {}, row.time, row.belt);
    sql << "INSERT INTO line_state (line, site, lot, passed_t, body) VALUES (:line, :site, :lot, :passed, :body)"
           " ON CONFLICT (line) DO UPDATE SET site = excluded.site, lot = excluded.lot, passed_t = excluded.passed_t,"
           " body = excluded.body",
        use(line), use(site), use(lot), use(row.passed.value), use(body);
  }
  for (const auto& [id, runs] : changed_.runs) {
    const std::size_t before = runs_before_.at(id);
    // The last run known before may have grown; those after it are new.
    for (std::size_t i = before > 0 ? before - 1 : 0; i < runs.size(); ++i) {
      const std::string line = id.str(), lot = runs[i].lot.str();
      const Number ordinal = runs[i].ordinal;
      sql << "INSERT INTO run (line, ordinal, lot, from_t, to_t, line_t) VALUES (:line, :ordinal, :lot, :from, :to, :at)"
             " ON CONFLICT (line, ordinal) DO UPDATE SET to_t = excluded.to_t",
          use(line), use(ordinal), use(lot), use(runs[i].tonnes.from.value), use(runs[i].tonnes.to.value),
          use(runs[i].line_t.value);
    }
  }
  for (const auto& [id, row] : changed_.instruments) {
    const std::string instrument = id.str(), line = row.line.str();
    const std::string body = row.time == Time{} ? "" : body_of(row.line, id, row.time, row.health);
    const Number since = row.since.ns, last_reading = row.last_reading.ns;
    sql << "INSERT INTO instrument (instrument, line, since, last_reading, body) VALUES (:i, :line, :since, :last, :body)"
           " ON CONFLICT (instrument) DO UPDATE SET line = excluded.line, since = excluded.since,"
           " last_reading = excluded.last_reading, body = excluded.body",
        use(instrument), use(line), use(since), use(last_reading), use(body);
  }
}

void Delta::write_lots(soci::session& sql) {
  using soci::use;
  for (const auto& [id, entry] : changed_.lots) {
    const LotRow& row = entry.row;
    const std::string lot = id.str(), line = row.line.str(), site = row.site.str();
    const std::string plan = row.plan ? body_of(row.line, {}, {}, *row.plan) : "";
    const Number ordinal = entry.ordinal, started = row.started.ns, ended = row.ended.ns;
    const int finished = row.finished;
    sql << "INSERT INTO lot (lot, ordinal, line, site, passed_t, sliced_t, started, ended, finished, plan) VALUES"
           " (:lot, :ordinal, :line, :site, :passed, :sliced, :started, :ended, :finished, :plan) ON CONFLICT (lot) DO UPDATE"
           " SET line = excluded.line, site = excluded.site, passed_t = excluded.passed_t, sliced_t = excluded.sliced_t,"
           " started = excluded.started, ended = excluded.ended, finished = excluded.finished, plan = excluded.plan",
        use(lot), use(ordinal), use(line), use(site), use(row.passed.value), use(row.sliced.value), use(started), use(ended),
        use(finished), use(plan);
    for (const auto& part : row.epochs) {
      const std::string of_site = part.site.str();
      const Number epoch = static_cast<Number>(part.epoch), first = static_cast<Number>(part.first_sequence),
                   last = static_cast<Number>(part.last_sequence);
      const int announced = part.announced, over = part.ended;
      sql << "INSERT INTO lot_epoch (lot, site, epoch, first_sequence, last_sequence, announced, ended) VALUES (:lot, :site,"
             " :epoch, :first, :last, :announced, :ended) ON CONFLICT (lot, site, epoch) DO UPDATE SET"
             " first_sequence = excluded.first_sequence, last_sequence = excluded.last_sequence,"
             " announced = excluded.announced, ended = excluded.ended",
          use(lot), use(of_site), use(epoch), use(first), use(last), use(announced), use(over);
    }
  }
  for (const auto& [id, parts] : changed_.coverage) {
    for (const auto& part : parts) {
      const std::string lot = id.str(), covered = intervals_to_text(part.covered);
      const int of_model = part.of_model, fitted = part.fitted;
      sql << "INSERT INTO coverage (lot, name, of_model, fitted, covered) VALUES (:lot, :name, :of_model, :fitted, :covered)"
             " ON CONFLICT (lot, of_model, name) DO UPDATE SET fitted = excluded.fitted, covered = excluded.covered",
          use(lot), use(part.name), use(of_model), use(fitted), use(covered);
    }
  }
}

void Delta::write_findings(soci::session& sql) {
  if (finding_rows_.empty()) return;
  using soci::use;
  Number number = 0, epoch = 0, cause = 0, ordinal = 0, time = 0;
  int verdict = 0, priority = 0;
  double from = 0, to = 0, confidence = 0;
  std::string site, model, line, lot, code, label, body;
  soci::statement insert =
      (sql.prepare << "INSERT INTO finding (number, site, epoch, cause, ordinal, model, line, lot, from_t, to_t, time, verdict,"
                      " priority, code, label, confidence, body) VALUES (:number, :site, :epoch, :cause, :ordinal, :model,"
                      " :line, :lot, :from, :to, :time, :verdict, :priority, :code, :label, :confidence, :body)"
                      " ON CONFLICT DO NOTHING",
       use(number), use(site), use(epoch), use(cause), use(ordinal), use(model), use(line), use(lot), use(from), use(to),
       use(time), use(verdict), use(priority), use(code), use(label), use(confidence), use(body));
  for (const auto& row : finding_rows_) {
    const wire::Finding& finding = row.finding;
    number = row.number;
    site = finding.cause.site.str();
    epoch = static_cast<Number>(finding.cause.epoch);
    cause = static_cast<Number>(finding.cause.sequence);
    ordinal = finding.ordinal;
    model = finding.model;
    line = finding.line.str();
    lot = finding.where.lot.str();
    from = finding.where.tonnes.from.value;
    to = finding.where.tonnes.to.value;
    time = finding.time.ns;
    verdict = static_cast<int>(finding.verdict);
    priority = static_cast<int>(finding.priority);
    code = finding.code;
    label = finding.label;
    confidence = finding.confidence;
    body = to_base64(wire::encode(finding));
    insert.execute(true);
  }
  // A site that crashed between judging and moving on says the same finding again under a new sequence: it is not taken
  // twice. Which were taken, the table knows.
  std::set<std::int64_t> taken;
  const Number first = finding_rows_.front().number;
  Number found = 0;
  soci::statement select = (sql.prepare << "SELECT number FROM finding WHERE number >= :first", use(first), soci::into(found));
  select.execute();
  while (select.fetch()) taken.insert(found);
  for (const auto& row : finding_rows_) {
    if (taken.contains(row.number)) committed.finding_numbers[row.fresh_index] = row.number;
  }
  std::erase_if(point_rows_, [&](const PointOut& point) { return !taken.contains(point.finding); });
}

void Delta::write_points(soci::session& sql) {
  using soci::use;
  for (const auto& [key, id] : new_series_) {
    const auto& [lot, model, name, unit, line] = key;
    const Number number = id;
    sql << "INSERT INTO series (id, line, lot, model, name, unit) VALUES (:id, :line, :lot, :model, :name, :unit)",
        use(number), use(line), use(lot), use(model), use(name), use(unit);
  }
  if (point_rows_.empty()) return;
  Number series = 0, time = 0;
  int suspect = 0;
  double from = 0, to = 0, value = 0, std_error = 0, expected = 0, low = 0, high = 0;
  soci::indicator has_expected = soci::i_null, has_low = soci::i_null, has_high = soci::i_null;
  soci::statement insert =
      (sql.prepare << "INSERT INTO point (series, from_t, to_t, value, std_error, time, suspect, expected, low, high) VALUES"
                      " (:series, :from, :to, :value, :error, :time, :suspect, :expected, :low, :high)",
       use(series), use(from), use(to), use(value), use(std_error), use(time), use(suspect), use(expected, has_expected),
       use(low, has_low), use(high, has_high));
  const auto set = [](const std::optional<double>& from, double& to, soci::indicator& present) {
    to = from.value_or(0);
    present = from ? soci::i_ok : soci::i_null;
  };
  for (const auto& row : point_rows_) {
    series = row.series;
    from = row.tonnes.from.value;
    to = row.tonnes.to.value;
    value = row.measured.value;
    std_error = row.measured.std_error;
    time = row.time.ns;
    suspect = row.suspect;
    set(row.measured.expected, expected, has_expected);
    set(row.measured.low, low, has_low);
    set(row.measured.high, high, has_high);
    insert.execute(true);
  }
}

void Delta::write_rows(soci::session& sql) {
  using soci::use;
  EntryColumns entry;
  for (const auto& [id, at, reason] : unreadable_rows_) {
    entry.set(id);
    const Number time = at.ns;
    sql << "INSERT INTO unreadable (site, epoch, sequence, time, reason) VALUES (:site, :epoch, :sequence, :time, :reason)",
        use(entry.site), use(entry.epoch), use(entry.sequence), use(time), use(reason);
  }
  for (const auto& [id, time, report] : slice_rows_) {
    entry.set(id);
    const std::string line = report.line.str(), lot = report.slice.lot.str();
    const Number first = report.first.ns, last = report.last.ns;
    const int last_of_lot = report.last_of_lot;
    sql << "INSERT INTO slice (site, epoch, sequence, line, lot, from_t, to_t, first, last, last_of_lot) VALUES"
           " (:site, :epoch, :sequence, :line, :lot, :from, :to, :first, :last, :last_of_lot)",
        use(entry.site), use(entry.epoch), use(entry.sequence), use(line), use(lot), use(report.slice.tonnes.from.value),
        use(report.slice.tonnes.to.value), use(first), use(last), use(last_of_lot);
  }
  for (const auto& [id, at, row] : increment_rows_) {
    entry.set(id);
    const std::string instrument = row.instrument.str(), lot = row.lot.str();
    const Number increment = row.increment, time = row.time.ns;
    const int confirmed = row.confirmed;
    sql << "INSERT INTO increment (site, epoch, sequence, command, instrument, lot, from_t, to_t, increment, confirmed,"
           " mass_kg, time) VALUES (:site, :epoch, :sequence, :command, :instrument, :lot, :from, :to, :increment,"
           " :confirmed, :mass, :time)",
        use(entry.site), use(entry.epoch), use(entry.sequence), use(row.command_id), use(instrument), use(lot),
        use(row.tonnes.from.value), use(row.tonnes.to.value), use(increment), use(confirmed), use(row.mass_kg), use(time);
  }
  for (const auto& [id, at, row] : answer_rows_) {
    entry.set(id);
    const Number time = row.time.ns;
    const int accepted = row.accepted;
    sql << "INSERT INTO answer (site, epoch, sequence, command, kind, accepted, detail, time) VALUES (:site, :epoch,"
           " :sequence, :command, :kind, :accepted, :detail, :time)",
        use(entry.site), use(entry.epoch), use(entry.sequence), use(row.command_id), use(row.kind), use(accepted),
        use(row.detail), use(time);
  }
  for (const auto& [id, at, row] : cut_order_rows_) {
    entry.set(id);
    const std::string lot = row.lot.str();
    const Number time = row.time.ns;
    sql << "INSERT INTO cut_order (site, epoch, sequence, command, lot, mark_t, requested_by, time) VALUES (:site, :epoch,"
           " :sequence, :command, :lot, :mark, :by, :time)",
        use(entry.site), use(entry.epoch), use(entry.sequence), use(row.command_id), use(lot), use(row.mark.value),
        use(row.requested_by), use(time);
  }
  for (const auto& [id, at, row] : history_rows_) {
    entry.set(id);
    const std::string instrument = row.instrument.str(), line = row.line.str();
    const std::string body = body_of(row.line, row.instrument, row.time, row.health);
    sql << "INSERT INTO instrument_history (site, epoch, sequence, instrument, line, body) VALUES (:site, :epoch, :sequence,"
           " :instrument, :line, :body)",
        use(entry.site), use(entry.epoch), use(entry.sequence), use(instrument), use(line), use(body);
  }
  for (const auto& row : evidence_rows_) {
    const std::string instrument = row.instrument.str(), line = row.line.str();
    const std::string lot = row.where ? row.where->lot.str() : "";
    const double from = row.where ? row.where->tonnes.from.value : 0, to = row.where ? row.where->tonnes.to.value : 0;
    const Number size = static_cast<Number>(row.size), frame = static_cast<Number>(row.frame_number), time = row.time.ns,
                 width = row.width_px, height = row.height_px;
    sql << "INSERT INTO evidence (sha256, kind, media_type, size, instrument, frame_number, frame_sha256, line, lot, from_t,"
           " to_t, time, width_px, height_px, mm_per_px) VALUES (:sha256, :kind, :media, :size, :instrument, :frame,"
           " :frame_sha256, :line, :lot, :from, :to, :time, :width, :height, :mm) ON CONFLICT (sha256) DO NOTHING",
        use(row.sha256), use(row.kind), use(row.media_type), use(size), use(instrument), use(frame), use(row.frame_sha256),
        use(line), use(lot), use(from), use(to), use(time), use(width), use(height), use(row.mm_per_px);
  }
}

}  // namespace beltwarden::record
