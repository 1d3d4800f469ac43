// Between our structs and the generated messages; for this module's sources only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "beltwarden.pb.h"
#include "material/observation.h"
#include "wire/finding.h"

namespace beltwarden::wire {

// What a field may hold. Writers keep to it (fit_text, fit_number, fit_count) and readers insist on it (Check): whatever was
// encoded decodes.
inline constexpr std::size_t kCodeBytes = 64, kNameBytes = 128, kLongNameBytes = 256, kCauseBytes = 512, kTextBytes = 4096;
inline constexpr std::size_t kUnitBytes = 32;
inline constexpr int kMaxChannels = 1 << 16, kMaxStretches = 1 << 16;
inline constexpr int kMaxIntervals = 64, kMaxEvidence = 64, kMaxComposition = 64;
inline constexpr int kMaxParts = 256;      ///< instruments, models, detectors, faults, candidates, measured values
inline constexpr int kMaxCauses = 4096;

/// Valid UTF-8 of at most `most` bytes: cut where it must be.
std::string fit_text(const std::string& value, std::size_t most = kTextBytes);
/// 0 for what is no number; drivers refuse such readings, this is the last fence.
double fit_number(double value);
/// How many of `size` elements may be written.
inline std::size_t fit_count(std::size_t size, int most) { return std::min(size, static_cast<std::size_t>(most)); }

/// Collects the first thing that does not fit while a message is read; later ones change nothing.
class Check {
 public:
  /// Notes `expected` for `field` unless `holds`.
  void that(bool holds, const char* field, const char* expected) {
    if (!holds && first_.empty()) first_ = std::string(field) + ": expected " + expected;
  }
  /// A number that is neither NaN nor infinite.
  double finite(double value, const char* field);
  /// At most `most` bytes of UTF-8 text.
  std::string text(const std::string& value, const char* field, std::size_t most = kTextBytes);
  Sha256 digest(const std::string& bytes, const char* field);
  bool ok() const { return first_.empty(); }
  Error error(const char* what) const { return invalid_input(std::string(what) + ": " + first_); }

 private:
  std::string first_;
};

pb::LotInterval to_pb(const material::LotInterval& interval);
material::LotInterval from_pb(const pb::LotInterval& message, Check& check);
void to_pb(const material::LotPlan& plan, pb::LotPlan& message);
material::LotPlan from_pb(const pb::LotPlan& message, Check& check);
void to_pb(const std::vector<TonneInterval>& intervals, pb::Coverage& message);
std::vector<TonneInterval> from_pb(const pb::Coverage& message, Check& check);
/// Fields of any message that has levels; at most `kMostLevels`.
inline constexpr std::size_t kMostLevels = 16;
template <class Message>
void levels_to_pb(const std::vector<material::NaturalLevel>& levels, Message& message) {
  for (std::size_t i = 0; i < levels.size() && i < kMostLevels; ++i) {
    auto& m = *message.add_levels();
    m.set_series(fit_text(levels[i].series, kCodeBytes));
    m.set_level(fit_number(levels[i].level));
    m.set_unit(fit_text(levels[i].unit, kCodeBytes));
  }
}
template <class Message>
std::vector<material::NaturalLevel> levels_from_pb(const Message& message, Check& check) {
  check.that(static_cast<std::size_t>(message.levels_size()) <= kMostLevels, "levels", "at most 16");
  std::vector<material::NaturalLevel> levels;
  if (!check.ok()) return levels;
  for (const auto& m : message.levels())
    levels.push_back({check.text(m.series(), "series", kCodeBytes), check.finite(m.level(), "level"), check.text(m.unit(), "unit", kCodeBytes)});
  return levels;
}
pb::Box to_pb(const material::Box& box);
material::Box from_pb(const pb::Box& message);

/// Reads `message` whole, saying nothing on stderr: bad input is the caller's to report. False if it is no such message.
bool from_bytes(std::string_view bytes, std::size_t most, google::protobuf::MessageLite& message);

/// The bytes of a message; equal messages give equal bytes.
std::string to_bytes(const google::protobuf::MessageLite& message);

}  // namespace beltwarden::wire
