#include "twin/berth.h"

#include <gtest/gtest.h>

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
  if (const auto* frame = std::get_if<RawFrame>(&output)) return "camera";
  return std::get<Reading>(output).instrument.str();
}

std::uint64_t sequence_of(const Output& output) {
  if (const auto* frame = std::get_if<RawFrame>(&output)) return frame->frame_number;
  return std::get<Reading>(output).device_sequence;
}

TEST(Berth, ResumesAsIfNeverInterrupted) {
  auto undisturbed = open(quick_scenario(7));
  std::map<std::string, std::uint64_t> last;
  for (int i = 0; i < 2000; ++i) {
    const auto output = undisturbed->next();
    ASSERT_TRUE(output);
    if (sequence_of(*output) > 0) last[key_of(*output)] = sequence_of(*output);
  }
  auto resumed = open(quick_scenario(7));
  std::vector<std::pair<InstrumentId, std::uint64_t>> at;
  for (const auto& [instrument, sequence] : last) at.emplace_back(InstrumentId(instrument), sequence);
  resumed->skip_to(at);
  // Health readings have no number and may be said twice.
  const auto next_numbered = [](Berth& berth) {
    auto output = berth.next();
    while (output && sequence_of(*output) == 0) output = berth.next();
    return output;
  };
  for (int i = 0; i < 1000; ++i) {
    const auto expected = next_numbered(*undisturbed), found = next_numbered(*resumed);
    ASSERT_EQ(expected.has_value(), found.has_value());
    if (!expected) break;
    ASSERT_EQ(bytes_of(*expected), bytes_of(*found)) << "reading " << i << " of " << key_of(*expected);
  }
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
  EXPECT_NEAR(ticks, 60000, 1);   // 6,000 t in counts of 0.1 t
  EXPECT_EQ(berth->ended_lots().size(), 2u);
  const double cpu_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const int all = spectra + frames + gammas + polls;
  std::printf("%d polls, %d spectra, %d frames, %d gamma spectra: %.1f us of CPU a reading\n", polls, spectra, frames, gammas,
              1e6 * cpu_s / all);
}

}  // namespace
}  // namespace beltwarden::twin
