// What the record answers: plain values, newest state of things and rows of what was found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"
#include "material/observation.h"
#include "material/reading.h"
#include "wire/finding.h"

namespace beltwarden::record {

/// A finding as kept. `finding.evidence[i].bytes` is empty: the bytes are in the evidence store under `evidence[i].sha256`.
struct StoredFinding {
  std::int64_t number = 0;                          ///< in order of commit, from 1
  std::string id;                                   ///< "site/epoch/sequence/ordinal" of its cause
  wire::Finding finding;
  std::vector<std::string> evidence_sha256;         ///< of each evidence; empty while a frame has not been pinned yet
};

struct FindingQuery {
  std::optional<LotId> lot;
  std::optional<TonneInterval> tonnes;              ///< overlapping these
  std::optional<wire::Verdict> verdict;             ///< exactly this one
  std::optional<std::string> model;
  wire::Priority min_priority = wire::Priority::kNone;
  std::int64_t after_number = 0;                    ///< only later ones
  bool newest_first = true;
  std::uint32_t limit = 1000;                       ///< at most 100,000
};

/// One value of a series.
struct Point {
  Tonnes from, to;
  double value = 0, std_error = 0;
  Time time;
  bool suspect = false;
  std::optional<double> expected;
  auto operator<=>(const Point&) const = default;
};
struct Series {
  std::string name, model, unit;
  std::optional<double> low, high, expected;        ///< of the newest point
  std::vector<Point> points;                        ///< ascending
};
struct SeriesQuery {
  LineId line;
  LotId lot;
  std::optional<TonneInterval> tonnes;
  std::vector<std::string> names;                   ///< empty: all
  std::uint32_t max = 2000;                         ///< points a series, at least 8
};

/// Tonnes-weighted mean of a name over a lot. The calibration's error is common to all slices, so the standard
/// error of the mean is taken as the weighted mean of theirs: it does not shrink with their number.
struct LotMean {
  std::string name, unit;
  double value = 0, std_error = 0;
  Tonnes tonnes;
  std::optional<double> expected, low, high;
  /// Of the mean over the last 500 t and over the lot so far, where a model states it; `std_error` is a slice's.
  std::optional<double> std_error_500t, std_error_lot;
  /// Smallest content that a slice, 500 t and the lot would have shown.
  std::optional<double> detection_limit, detection_limit_500t, detection_limit_lot;
};

/// The newest value of a name on a lot.
struct LatestValue {
  std::string name, unit;
  double value = 0, std_error = 0;
  TonneInterval where;
  std::optional<double> high{};
};

struct CoverageRow {
  std::string name;
  bool of_model = false;                            ///< false: of an instrument
  bool fitted = true;                               ///< false once any slice said so
  std::vector<TonneInterval> covered;               ///< merged over all slices
};

/// What one journal of a site says of a lot. A lot goes on in a new epoch when its site's journal is replaced.
struct LotEpoch {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;                 ///< lowest of the entries that speak of it
  std::uint64_t last_sequence = 0;                  ///< highest of its plans and slices
  bool announced = false;                           ///< its plan came in this epoch
  bool ended = false;                               ///< its last slice closed in this epoch
};

/// What intake knows of a lot; what officers know of it is control's.
struct LotRow {
  LotId lot;
  LineId line;
  std::optional<material::LotPlan> plan;            ///< as the site took it
  Tonnes passed{0};                                 ///< tonne mark at the datum
  Tonnes sliced{0};                                 ///< up to where slices have closed
  Time started, ended;                              ///< first and last tonne past the datum; zero = not yet
  bool finished = false;                            ///< its last slice has closed
  SiteId site;
  std::vector<LotEpoch> epochs;                     ///< ascending by site and epoch
};

struct InstrumentRow {
  InstrumentId instrument;
  LineId line;
  Time time;                                        ///< of the report
  Time since;                                       ///< of the first report in this state
  Time last_reading;
  material::HealthReading health;
};

/// Newest state of a line's belt.
struct LineRow {
  LineId line;
  SiteId site;
  Time time;
  material::BeltReading belt;
  LotId lot;                                        ///< at the datum
  Tonnes passed{0};                                 ///< of that lot
};

/// A stretch of one lot in the order the line fed them.
struct RunRow {
  LineId line;
  std::int64_t ordinal = 0;
  LotId lot;
  TonneInterval tonnes;
  Tonnes line_t{0};                                 ///< the line's running total where it begins
};

struct IncrementRow {
  std::string command_id;
  InstrumentId instrument;
  LotId lot;
  TonneInterval tonnes;
  std::uint32_t increment = 0;
  bool confirmed = false;
  double mass_kg = 0;
  Time time;
};

/// An increment that the site has ordered of its sampler.
struct CutOrderRow {
  std::string command_id;
  LotId lot;
  Tonnes mark;
  std::string requested_by;                         ///< "plan", or an officer
  Time time;
};

/// What a site said about a command.
struct AnswerRow {
  std::string command_id;
  std::string kind;                                 ///< "taken", "cutter" or "stop"
  bool accepted = false;                            ///< the cut was confirmed, the stop accepted, the command taken
  std::string detail;
  Time time;
  std::uint64_t epoch = 0;                          ///< of the journal that says so
};

/// One stored piece of evidence.
struct EvidenceRow {
  std::string sha256;                               ///< of its bytes
  std::string kind, media_type;
  std::uint64_t size = 0;
  InstrumentId instrument;
  std::uint64_t frame_number = 0;
  std::string frame_sha256;                         ///< of the raw pixels; empty when it is no frame
  LineId line;
  std::optional<material::LotInterval> where;
  Time time;
  std::uint32_t width_px = 0, height_px = 0;        ///< of the frame as seen; 0 = not told
  double mm_per_px = 0;
};

/// Somebody who may sign in. `password_hash` is Argon2id in libsodium's text form.
struct Account {
  UserId user;
  std::string name, role, consignee, password_hash;
  bool disabled = false;
  Time created, changed;
};
/// A signed-in session; the token itself is kept nowhere.
struct SessionRow {
  std::string token_sha256;
  UserId user;
  std::string csrf;
  Time created, seen, expires;
};

struct LatencySummary {
  std::uint64_t count = 0;
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
};

}  // namespace beltwarden::record
