#include <boost/json/array.hpp>
#include <optional>

#include "api/json.h"
#include "api/routes.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;

constexpr double kMaxTonnes = 1e9;

Response site(Desk& desk, const Call&) {
  array provenance, lines;
  for (const auto& p : desk.options.provenance) provenance.push_back(object{{"what", p.what}, {"kind", p.kind}, {"source", p.source}});
  for (const auto& line : desk.control.lines()) lines.push_back(to_json(line));
  return json_response(object{{"site", desk.options.site.str()}, {"timezone", desk.options.timezone},
                              {"time", to_json(desk.clock.now())}, {"provenance", std::move(provenance)},
                              {"lines", std::move(lines)}});
}

Response series(Desk& desk, const Call& call) {
  record::SeriesQuery query;
  query.line = LineId(call.parts[0]);
  query.lot = LotId(call.request.value("lot"));
  if (query.lot.empty()) return error_response(invalid_input("'lot' is missing"));
  auto from = query_number(call.request, "from_t", -kMaxTonnes, kMaxTonnes);
  auto to = query_number(call.request, "to_t", -kMaxTonnes, kMaxTonnes);
  auto max = query_number(call.request, "max", 8, 20000);
  for (const auto* given : {&from, &to, &max}) {
    if (!*given) return error_response(given->error());
  }
  if (*from && *to && **from > **to) return error_response(invalid_input("'from_t' is more than 'to_t'"));
  if (*from || *to) query.tonnes = TonneInterval{{from->value_or(-kMaxTonnes)}, {to->value_or(kMaxTonnes)}};
  query.max = static_cast<std::uint32_t>(max->value_or(2000));
  std::string names = call.request.value("names");
  for (std::size_t start = 0; start < names.size();) {
    const auto end = std::min(names.find(',', start), names.size());
    if (end > start && query.names.size() < 64) query.names.push_back(names.substr(start, end - start));
    start = end + 1;
  }
  auto found = desk.record.series(query);
  if (!found) return error_response(found.error());
  array out;
  for (const auto& s : *found) {
    object one = head_of(s);
    array points;
    points.reserve(s.points.size());
    for (const auto& point : s.points) points.push_back(to_json(point));
    one["points"] = std::move(points);
    out.push_back(std::move(one));
  }
  return json_response(object{{"series", std::move(out)}});
}

// The boxes that findings drew into a frame.
array boxes_in(Desk& desk, const record::EvidenceRow& frame) {
  array boxes;
  if (!frame.where) return boxes;
  record::FindingQuery query;
  query.lot = frame.where->lot;
  query.tonnes = frame.where->tonnes;
  query.verdict = wire::Verdict::kSuspect;
  query.limit = 50;
  auto findings = desk.record.findings(query);
  if (!findings) return boxes;
  for (const auto& found : *findings) {
    for (const auto& e : found.finding.evidence) {
      if (!e.box || e.frame_number != frame.frame_number || e.instrument != frame.instrument) continue;
      boxes.push_back(object{{"x", e.box->x}, {"y", e.box->y}, {"w", e.box->w}, {"h", e.box->h},
                             {"label", found.finding.label.empty() ? found.finding.code : found.finding.label}});
    }
  }
  return boxes;
}

Response frame(Desk& desk, const Call& call) {
  auto near = query_number(call.request, "near_t", -kMaxTonnes, kMaxTonnes);
  if (!near) return error_response(near.error());
  auto row = desk.record.nearest_frame(LineId(call.parts[0]), LotId(call.request.value("lot")), Tonnes{near->value_or(0)});
  if (!row) return error_response(row.error());
  object out = to_json(*row);
  out["boxes"] = boxes_in(desk, *row);
  return json_response(object{{"frame", std::move(out)}});
}

Response evidence(Desk& desk, const Call& call) {
  if (call.parts[0].size() != 64 || call.parts[0].find_first_not_of("0123456789abcdef") != std::string::npos) {
    return error_response(invalid_input("evidence is named by the 64 hexadecimal characters of its SHA-256"));
  }
  auto row = desk.record.evidence(call.parts[0]);
  if (!row) return error_response(row.error());
  auto bytes = desk.record.evidence_bytes(call.parts[0]);
  if (!bytes) return error_response(bytes.error());
  return {200, row->media_type, std::move(*bytes),
          {{"Cache-Control", "private, max-age=31536000, immutable"}, {"Content-Security-Policy", "default-src 'none'; sandbox"}}};
}

}  // namespace

void add_line_routes(Router& router, Desk& desk) {
  router.add({"GET", "/api/v1/site", Access::kSignedIn, "The site, its lines, and whether what they show is real", "",
              [&desk](const Call& call) {
                if (control::sees_inspection(call.actor.role)) return site(desk, call);
                return json_response(object{{"site", desk.options.site.str()}, {"timezone", desk.options.timezone},
                                            {"time", to_json(desk.clock.now())}, {"provenance", array{}}, {"lines", array{}}});
              }});
  router.add({"GET", "/api/v1/lines/{line}", Access::kInspection, "A line now", "", [&desk](const Call& call) {
                auto line = desk.control.line(LineId(call.parts[0]));
                return line ? json_response(to_json(*line)) : error_response(line.error());
              }});
  router.add({"GET", "/api/v1/lines/{line}/series", Access::kInspection, "Series along the tonnes of a lot (lot, from_t, to_t, names, max)", "",
              [&desk](const Call& call) { return series(desk, call); }});
  router.add({"GET", "/api/v1/lines/{line}/frames", Access::kInspection, "The archived picture nearest to a tonne (lot, near_t)", "",
              [&desk](const Call& call) { return frame(desk, call); }});
  router.add({"GET", "/api/v1/evidence/{sha256}", Access::kInspection, "Evidence by its digest", "",
              [&desk](const Call& call) { return evidence(desk, call); }});
  router.add({"GET", "/api/v1/instruments", Access::kInspection, "Every instrument's health and what it dropped", "",
              [&desk](const Call&) {
                array out;
                for (const auto& instrument : desk.control.instruments()) out.push_back(to_json(instrument));
                return json_response(object{{"instruments", std::move(out)}});
              }});
}

}  // namespace beltwarden::api
