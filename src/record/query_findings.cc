// Questions about findings and their evidence.
#include <algorithm>

#include "record/base64.h"
#include "record/state.h"
#include "wire/codec.h"

namespace beltwarden::record {
namespace {

using Number = long long;

/// The digest of the picture that was made of a frame, or nothing while it has not arrived.
std::string picture_of(soci::session& sql, const wire::Evidence& evidence) {
  const std::string frame = to_hex(evidence.digest);
  std::string sha256;
  soci::indicator present = soci::i_null;
  soci::statement select = (sql.prepare << "SELECT sha256 FROM evidence WHERE frame_sha256 = :frame LIMIT 1",
                            soci::use(frame), soci::into(sha256, present));
  select.execute();
  return select.fetch() && present == soci::i_ok ? sha256 : "";
}

StoredFinding stored(Number number, const std::string& body) {
  StoredFinding result;
  result.number = number;
  const auto bytes = from_base64(body);
  auto finding = bytes ? wire::decode_finding(*bytes) : Result<wire::Finding>(corrupt("expected base64"));
  if (!finding) throw std::runtime_error("finding " + std::to_string(number) + ": " + finding.error().message);
  result.finding = std::move(*finding);
  result.id = to_string(result.finding.cause) + "/" + std::to_string(result.finding.ordinal);
  return result;
}

void find_evidence(soci::session& sql, StoredFinding& finding) {
  for (const auto& evidence : finding.finding.evidence) {
    finding.evidence_sha256.push_back(evidence.kind == "frame" ? picture_of(sql, evidence) : to_hex(evidence.digest));
  }
}

/// Reads rows of (number, body), then their evidence: one statement at a time on a connection.
std::vector<StoredFinding> fetch_all(soci::session& sql, soci::statement& select, Number& number, std::string& body) {
  std::vector<StoredFinding> found;
  select.execute();
  while (select.fetch()) found.push_back(stored(number, body));
  for (auto& finding : found) find_evidence(sql, finding);
  return found;
}

}  // namespace

Result<std::vector<StoredFinding>> Record::findings(const FindingQuery& query) const {
  return state_->reader.read("reading findings", [&](soci::session& sql) {
    std::string where = "number > :after AND priority >= :priority";
    if (query.lot) where += " AND lot = :lot";
    if (query.tonnes) where += " AND from_t < :to AND to_t > :from";
    if (query.verdict) where += " AND verdict = :verdict";
    if (query.model) where += " AND model = :model";
    const std::string order = query.newest_first ? "DESC" : "ASC";
    const Number after = query.after_number;
    const int priority = static_cast<int>(query.min_priority);
    const std::string lot = query.lot ? query.lot->str() : "", model = query.model.value_or("");
    const TonneInterval tonnes = query.tonnes.value_or(TonneInterval{});
    const int verdict = query.verdict ? static_cast<int>(*query.verdict) : 0;
    const long long limit = std::min<std::uint32_t>(query.limit, 100'000);

    Number number = 0;
    std::string body;
    soci::statement select(sql);
    select.exchange(soci::use(after, "after"));
    select.exchange(soci::use(priority, "priority"));
    if (query.lot) select.exchange(soci::use(lot, "lot"));
    if (query.tonnes) {
      select.exchange(soci::use(tonnes.to.value, "to"));
      select.exchange(soci::use(tonnes.from.value, "from"));
    }
    if (query.verdict) select.exchange(soci::use(verdict, "verdict"));
    if (query.model) select.exchange(soci::use(model, "model"));
    select.exchange(soci::use(limit, "limit"));
    select.exchange(soci::into(number));
    select.exchange(soci::into(body));
    select.alloc();
    select.prepare("SELECT number, body FROM finding WHERE " + where + " ORDER BY number " + order + " LIMIT :limit");
    select.define_and_bind();
    return fetch_all(sql, select, number, body);
  });
}

Result<std::vector<StoredFinding>> Record::findings_by_number(const std::vector<std::int64_t>& numbers) const {
  return state_->reader.read("reading findings", [&](soci::session& sql) {
    std::vector<StoredFinding> found;
    Number wanted = 0, number = 0;
    std::string body;
    soci::statement select = (sql.prepare << "SELECT number, body FROM finding WHERE number = :number", soci::use(wanted),
                              soci::into(number), soci::into(body));
    for (const auto each : numbers) {
      wanted = each;
      select.execute();
      while (select.fetch()) found.push_back(stored(number, body));
    }
    for (auto& finding : found) find_evidence(sql, finding);
    return found;
  });
}

Result<StoredFinding> Record::finding(std::int64_t number) const {
  auto found = findings_by_number({number});
  if (!found) return found.error();
  if (found->empty()) return not_found("no finding " + std::to_string(number));
  return std::move(found->front());
}

}  // namespace beltwarden::record
