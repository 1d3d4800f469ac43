#include "twin/berth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <string>

#include "base/hash.h"
#include "twin/test_scenario.h"

namespace beltwarden::twin {
namespace {

using instruments::Output;
using instruments::RawFrame;
using material::Reading;

std::unique_ptr<Berth> open(const std::string& toml) {
  auto config = Config::parse(toml, "test.toml");
  EXPECT_TRUE(config.ok()) << config.error().message;
  auto berth = Berth::create(*config, "");
  EXPECT_TRUE(berth.ok()) << berth.error().message;
  return std::move(*berth);
}

// Everything that a reading says, as bytes.
std::string bytes_of(const Output& output) {
  std::string out;
  const auto put = [&out](const auto& value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
  if (const auto* frame = std::get_if<RawFrame>(&output)) {
    put(frame->frame_number), put(frame->time.ns);
    out.append(reinterpret_cast<const char*>(frame->bgr.data()), frame->bgr.size());
    return out;
  }
  const auto& r = std::get<Reading>(output);
  out += r.instrument.str();
  put(r.device_sequence), put(r.time.ns);
  if (const auto* b = std::get_if<material::BeltReading>(&r.payload)) {
    put(b->speed_mps), put(*b->encoder_ticks), put(b->rate_tph), put(b->totaliser_ticks), put(b->feed_lot);
  } else if (const auto* s = std::get_if<material::SpectrumReading>(&r.payload)) {
    for (const float v : s->reflectance) put(v);
  } else if (const auto* g = std::get_if<material::GammaReading>(&r.payload)) {
    for (const auto c : g->counts) put(c);
    for (const auto c : g->detector_cps) put(c);
  }
  return out;
}

std::string digest_of_first(Berth& berth, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) {
    auto output = berth.next();
    if (!output) break;
    all += to_hex(sha256(bytes_of(*output)));
  }
  return to_hex(sha256(all));
}

TEST(Berth, SameSeedSameWordsOtherSeedOthers) {
  const auto a = digest_of_first(*open(quick_scenario(99)), 1500);
  EXPECT_EQ(a, digest_of_first(*open(quick_scenario(99)), 1500));
  EXPECT_NE(a, digest_of_first(*open(quick_scenario(100)), 1500));
}

std::string key_of(const Output& output) {
  if (std::holds_alternative<RawFrame>(output)) return "camera";
  return std::get<Reading>(output).instrument.str();
}

std::uint64_t sequence_of(const Output& output) {
  if (const auto* frame = std::get_if<RawFrame>(&output)) return frame->frame_number;
  return std::get<Reading>(output).device_sequence;
}

// Health readings and answers have no number and may be said twice.
std::optional<Output> next_numbered(Berth& berth) {
  auto output = berth.next();
  while (output && sequence_of(*output) == 0) output = berth.next();
  return output;
}

// A berth that is asked to stop its belt after `stops` readings each, and is interrupted after `spoken`.
void expect_resumption(int spoken, const std::vector<int>& stops) {
  auto undisturbed = open(quick_scenario(7));
  std::map<std::string, std::uint64_t> last;
  for (int i = 0; i < spoken; ++i) {
    const auto output = undisturbed->next();
    ASSERT_TRUE(output);
    if (sequence_of(*output) > 0) last[key_of(*output)] = sequence_of(*output);
    if (std::ranges::find(stops, i) != stops.end()) undisturbed->order(instruments::StopOrder{"stop", "test"});
  }
  auto resumed = open(quick_scenario(7));
  std::vector<std::pair<InstrumentId, std::uint64_t>> at;
  for (const auto& [instrument, sequence] : last) at.emplace_back(InstrumentId(instrument), sequence);
  resumed->skip_to(at);
  for (int i = 0; i < 1000; ++i) {
    const auto expected = next_numbered(*undisturbed), found = next_numbered(*resumed);
    ASSERT_EQ(expected.has_value(), found.has_value());
    if (!expected) break;
    ASSERT_EQ(bytes_of(*expected), bytes_of(*found)) << "reading " << i << " of " << key_of(*expected);
  }
}

TEST(Berth, ResumesAsIfNeverInterrupted) { expect_resumption(2000, {}); }
TEST(Berth, ResumesAfterStopsThatTheSiteOrdered) { expect_resumption(2000, {400, 1100}); }
TEST(Berth, ResumesInTheMiddleOfAStop) { expect_resumption(1500, {900, 1450}); }

TEST(Berth, StopsWhenAskedAndAnswers) {
  auto berth = open(quick_scenario(7));
  for (int i = 0; i < 1000; ++i) (void)berth->next();
  const Time asked = berth->now();
  berth->order(instruments::StopOrder{"stop-1", "plate on the belt"});
  int standing = 0;
  bool answered = false;
  while (auto output = berth->next()) {
    const auto* r = std::get_if<Reading>(&*output);
    if (r == nullptr) continue;
    if ((r->time - asked).seconds() > 120) break;
    if (const auto* b = std::get_if<material::BeltReading>(&r->payload)) standing += !b->running;
    if (const auto* a = std::get_if<material::StopAnswerReading>(&r->payload)) {
      answered = true;
      EXPECT_EQ(a->command_id, "stop-1");
      EXPECT_TRUE(a->accepted);
      EXPECT_NEAR((r->time - asked).seconds(), 3, 0.01);
    }
  }
  EXPECT_TRUE(answered);
  EXPECT_NEAR(standing, 60, 1);
}

TEST(Berth, CutsWhenOrdered) {
  auto berth = open(quick_scenario(7));
  while ((berth->now() - parse_rfc3339("2026-04-02T06:00:00Z").value()).seconds() < 10) (void)berth->next();
  berth->order(instruments::CutOrder{"early", 1});  // nothing has reached the sampler yet
  for (int i = 0; i < 1000; ++i) (void)berth->next();
  berth->order(instruments::CutOrder{"late", 2});
  std::vector<material::CutterReading> cuts;
  for (int i = 0; i < 50; ++i) {
    const auto output = berth->next();
    if (const auto* r = std::get_if<Reading>(&*output);
        r != nullptr && std::holds_alternative<material::CutterReading>(r->payload)) {
      cuts.push_back(std::get<material::CutterReading>(r->payload));
    }
  }
  ASSERT_EQ(cuts.size(), 1u);  // the first was answered among the thousand
  EXPECT_EQ(cuts[0].command_id, "late");
  EXPECT_TRUE(cuts[0].confirmed);
  EXPECT_NEAR(cuts[0].mass_kg, 280, 90);  // 4,000 t/h through a slot of 0.15 m at 0.6 m/s
}

TEST(Berth, ScaleCountsWhatWasFed) {
  auto berth = open(quick_scenario(3));
  std::uint32_t ticks = 0;
  Time last{};
  int spectra = 0, frames = 0, gammas = 0, polls = 0;
  const std::clock_t begin = std::clock();
  while (auto output = berth->next()) {
    EXPECT_GE(berth->now(), last);
    last = berth->now();
    if (std::holds_alternative<RawFrame>(*output)) {
      ++frames;
      continue;
    }
    const auto& r = std::get<Reading>(*output);
    if (const auto* b = std::get_if<material::BeltReading>(&r.payload)) ticks = b->totaliser_ticks, ++polls;
    spectra += std::holds_alternative<material::SpectrumReading>(r.payload);
    gammas += std::holds_alternative<material::GammaReading>(r.payload);
  }
  EXPECT_NEAR(ticks, 60000, 1);  // 6,000 t in counts of 0.1 t
  EXPECT_EQ(berth->ended_lots().size(), 2u);
  const double cpu_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const int all = spectra + frames + gammas + polls;
  std::printf("%d polls, %d spectra, %d frames, %d gamma spectra: %.1f us of CPU a reading\n", polls, spectra, frames,
              gammas, 1e6 * cpu_s / all);
}

}  // namespace
}  // namespace beltwarden::twin
