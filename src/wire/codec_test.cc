// What is written is read back the same, and what was damaged is refused, never guessed at.
#include "wire/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::wire {
namespace {

using ::testing::HasSubstr;

material::Observation spectrum_observation() {
  material::SpectrumReading spectrum;
  spectrum.axis = std::make_shared<material::SpectralAxis>(material::SpectralAxis{{350, 360, 370, 380}});
  spectrum.reflectance = {0.1f, 0.2f, std::nanf(""), 0.4f};
  spectrum.scans = 3;
  spectrum.white_level = 0.98;
  material::Observation observation;
  observation.line = LineId("line-1");
  observation.instrument = InstrumentId("nir");
  observation.device_sequence = 7;
  observation.time = {1'000};
  observation.received = {2'000};
  observation.intervals = {{LotId("A"), {100_t, 102.5_t}}, {LotId("B"), {0_t, 1_t}}};
  observation.payload = spectrum;
  return observation;
}

Finding finding() {
  Finding f;
  f.ordinal = 2;
  f.cause = {SiteId("berth"), 3, 99};
  f.model = "slag_comparison";
  f.model_version = "iron-ore@1#abc";
  f.line = LineId("line-1");
  f.where = {LotId("A"), {100_t, 150_t}};
  f.time = {5};
  f.verdict = Verdict::kSuspect;
  f.priority = Priority::kHigh;
  f.code = "slag_suspect";
  f.label = "fayalite";
  f.confidence = 0.9;
  f.measured = {{"slag_distance", 3.2, 0.1, "1", std::nullopt, std::nullopt, 1.0}};
  f.evidence = {{"frame", "image/jpeg", "", sha256("pixels"), InstrumentId("cam"), 12, material::Box{1, 2, 3, 4}}};
  return f;
}

TEST(Codec, ObservationReturnsTheSame) {
  const auto before = spectrum_observation();
  const auto after = decode_observation(encode(before));
  ASSERT_TRUE(after.ok()) << after.error().message;
  EXPECT_EQ(after->intervals, before.intervals);
  EXPECT_EQ(after->device_sequence, 7u);
  const auto& spectrum = std::get<material::SpectrumReading>(after->payload);
  EXPECT_EQ(spectrum.axis->wavelengths_nm, (std::vector<double>{350, 360, 370, 380}));
  EXPECT_EQ(spectrum.reflectance[3], 0.4f);
  EXPECT_TRUE(std::isnan(spectrum.reflectance[2]));
  EXPECT_EQ(encode(*after), encode(before));
}

TEST(Codec, IrregularAxisKeepsEveryWavelength) {
  auto before = spectrum_observation();
  auto& spectrum = std::get<material::SpectrumReading>(before.payload);
  spectrum.axis = std::make_shared<material::SpectralAxis>(material::SpectralAxis{{383.15, 392.84, 402.54, 412.25}});
  const auto after = decode_observation(encode(before));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(std::get<material::SpectrumReading>(after->payload).axis->wavelengths_nm[2], 402.54);
}

TEST(Codec, SummaryKeepsWhereAndWhenButNotTheChannels) {
  const auto brief = decode_observation(encode_summary(spectrum_observation()));
  ASSERT_TRUE(brief.ok()) << brief.error().message;
  EXPECT_EQ(brief->intervals.size(), 2u);
  EXPECT_TRUE(std::get<material::SpectrumReading>(brief->payload).reflectance.empty());
}

TEST(Codec, FindingReturnsTheSame) {
  const auto after = decode_finding(encode(finding()));
  ASSERT_TRUE(after.ok()) << after.error().message;
  EXPECT_EQ(encode(*after), encode(finding()));
  EXPECT_EQ(after->cause.sequence, 99u);
  EXPECT_EQ(after->evidence[0].box->h, 4);
  EXPECT_FALSE(after->measured[0].expected.has_value());
  EXPECT_EQ(after->measured[0].high, 1.0);
}

TEST(Codec, RefusesWhatCannotBe) {
  auto backwards = finding();
  backwards.where.tonnes = {150_t, 100_t};
  EXPECT_THAT(decode_finding(encode(backwards)).error().message, HasSubstr("tonnes: expected from <= to"));
  auto infinite = finding();
  infinite.measured[0].value = INFINITY;
  EXPECT_THAT(decode_finding(encode(infinite)).error().message, HasSubstr("measured.value: expected a finite number"));
  auto uneven = spectrum_observation();
  std::get<material::SpectrumReading>(uneven.payload).reflectance.pop_back();
  EXPECT_THAT(decode_observation(encode(uneven)).error().message, HasSubstr("one value a wavelength"));
  EXPECT_FALSE(decode_observation("").ok());
  EXPECT_FALSE(decode_command("nonsense").ok());
}

TEST(Codec, DamagedBytesAreAnErrorOrAnotherMessageButNeverACrash) {
  Rng rng(1);
  const std::string observation = encode(spectrum_observation()), said = encode(finding());
  for (int i = 0; i < 3000; ++i) {
    for (const std::string* whole : {&observation, &said}) {
      std::string damaged = *whole;
      damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
      damaged.resize(rng.below(damaged.size() + 1));
      (void)decode_observation(damaged);
      (void)decode_finding(damaged);
      (void)decode_slice_report(damaged);
      (void)decode_command(damaged);
      (void)decode_evidence(damaged);
    }
  }
}

TEST(Codec, CommandAndReportReturnTheSame) {
  const auto end = decode_command(encode(SiteCommand{"c-2", LineId("line-1"), {9}, "terminal", EndLot{LotId("A")}}));
  ASSERT_TRUE(end);
  EXPECT_EQ(std::get<EndLot>(end->order).lot, LotId("A"));

  SiteCommand command{"c-1", LineId("line-1"), {9}, "li.wei", OrderSample{{LotId("A"), {10_t, 20_t}}}};
  const auto taken = decode_command(encode(command));
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(std::get<OrderSample>(taken->order).where.tonnes.to, 20_t);
  SliceReport report{LineId("line-1"), {LotId("A"), {0_t, 50_t}}, {1}, {2}, true, {{"slag_comparison", {{0_t, 40_t}}, true}}, {}};
  const auto read = decode_slice_report(encode(report));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->last_of_lot);
  EXPECT_EQ(read->models[0].covered[0].to, 40_t);
}

TEST(Codec, EvidenceMustMatchItsDigest) {
  EvidenceBlob blob{sha256("jpeg"), "image/jpeg", "jpeg", {}, InstrumentId("cam"), 4, {LotId("A"), {0_t, 1_t}}};
  EXPECT_TRUE(decode_evidence(encode(blob)).ok());
  blob.bytes = "other";
  EXPECT_THAT(decode_evidence(encode(blob)).error().message, HasSubstr("SHA-256"));
}

}  // namespace
}  // namespace beltwarden::wire
