// What is written is read back the same, and what was damaged is refused, never guessed at.
#include "wire/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(Codec, WhatTheRimSawOfAPictureReturnsTheSame) {
  material::FrameReading frame;
  frame.frame_number = 9;
  frame.width_px = 640;
  frame.height_px = 480;
  frame.mm_per_px = 2;
  frame.condition = {.light = 90, .saturated = 0.01, .contrast = 40, .detail = 0.25, .dark_point = 12, .frozen = true, .dirty_share = 0.125};
  frame.heat = {2, 2, true, "0129"};
  frame.network = true;
  material::FrameCandidate candidate;
  candidate.box = {1, 2, 3, 4};
  candidate.false_per_frame = 1e-6;
  candidate.label = "wood";
  candidate.confidence = 0.75;
  frame.candidates = {candidate};
  material::Observation observation = spectrum_observation();
  observation.payload = frame;
  const auto back = decode_observation(encode(observation));
  ASSERT_TRUE(back.ok()) << back.error().message;
  const auto& read = std::get<material::FrameReading>(back->payload);
  EXPECT_EQ(read.condition.light, 90);
  EXPECT_EQ(read.condition.saturated, 0.01);
  EXPECT_EQ(read.condition.contrast, 40);
  EXPECT_EQ(read.condition.detail, 0.25);
  EXPECT_EQ(read.condition.dark_point, 12);
  EXPECT_TRUE(read.condition.frozen);
  EXPECT_EQ(read.condition.dirty_share, 0.125);
  EXPECT_EQ(read.heat.columns, 2u);
  EXPECT_EQ(read.heat.rows, 2u);
  EXPECT_TRUE(read.heat.by_network);
  EXPECT_EQ(read.heat.levels, "0129");
  EXPECT_TRUE(read.network);
  ASSERT_EQ(read.candidates.size(), 1u);
  EXPECT_EQ(read.candidates[0].box, (material::Box{1, 2, 3, 4}));
  EXPECT_EQ(read.candidates[0].false_per_frame, 1e-6);
  EXPECT_EQ(read.candidates[0].label, "wood");
  EXPECT_EQ(read.candidates[0].confidence, 0.75);
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

// The bytes with one number in them replaced by another: what no writer of ours would write.
template <class Number>
std::string with(std::string bytes, Number number, Number other) {
  const std::string from(reinterpret_cast<const char*>(&number), sizeof number);
  const std::string to(reinterpret_cast<const char*>(&other), sizeof other);
  const auto at = bytes.find(from);
  EXPECT_NE(at, std::string::npos) << number;
  return bytes.replace(at, from.size(), to);
}

TEST(Codec, RefusesWhatCannotBe) {
  EXPECT_THAT(decode_finding(with(encode(finding()), 150.0, 50.0)).error().message, HasSubstr("tonnes: expected from <= to"));
  EXPECT_THAT(decode_finding(with(encode(finding()), 3.2, static_cast<double>(INFINITY))).error().message,
              HasSubstr("measured.value: expected a finite number"));
  std::string no_text = encode(finding());
  no_text[no_text.find("fayalite")] = '\xB9';
  EXPECT_FALSE(decode_finding(no_text).ok());
  // Field 2 of a spectrum, reflectance, is the one field of four floats (16 bytes): one channel goes to an unknown field 22.
  std::string uneven = encode(spectrum_observation());
  const auto at = uneven.find(std::string("\x12\x10", 2));
  ASSERT_NE(at, std::string::npos);
  uneven[at] = '\x7A';
  EXPECT_THAT(decode_observation(uneven).error().message, HasSubstr("one value a wavelength"));
  EXPECT_FALSE(decode_observation("").ok());
  EXPECT_FALSE(decode_command("nonsense").ok());
}

// Anything a device or a mistake can put into values: wild numbers, and texts that are long or no UTF-8.
struct Wild {
  Rng rng;
  double number() {
    switch (rng.below(6)) {
      case 0: return NAN;
      case 1: return INFINITY;
      case 2: return -INFINITY;
      default: return rng.normal() * 1000;
    }
  }
  std::string text() {
    std::string text(rng.below(40) == 0 ? rng.below(6000) : rng.below(40), ' ');
    for (char& c : text) c = static_cast<char>(rng.below(3) == 0 ? rng.below(256) : 'a' + rng.below(26));
    return text;
  }
  material::LotInterval stretch() { return {LotId(text()), {Tonnes{number()}, Tonnes{number()}}}; }
  std::vector<TonneInterval> stretches() {
    std::vector<TonneInterval> all(rng.below(5));
    for (auto& one : all) one = {Tonnes{number()}, Tonnes{number()}};
    return all;
  }
  material::ObservationPayload payload() {
    using namespace material;
    switch (rng.below(10)) {
      case 0: return BeltReading{number(), 7u, number(), 3, true, false, -4};
      case 1: {
        SpectrumReading s;
        auto axis = std::make_shared<SpectralAxis>();
        axis->wavelengths_nm.resize(rng.below(6));
        for (auto& x : axis->wavelengths_nm) x = number();
        if (rng.below(2)) std::sort(axis->wavelengths_nm.begin(), axis->wavelengths_nm.end());
        if (rng.below(5)) s.axis = axis;
        s.reflectance.resize(rng.below(6), static_cast<float>(number()));
        s.lamp_hours = number();
        return s;
      }
      case 2: {
        FrameReading f;
        f.mm_per_px = number();
        for (auto& v : f.mean_lab) v = number();
        f.candidates.resize(rng.below(400));
        for (auto& c : f.candidates) {
          c.features[3] = static_cast<float>(number());
          c.false_per_frame = number();
          c.label = text();
        }
        f.condition.light = number();
        f.condition.frozen = true;
        f.heat = {static_cast<std::uint32_t>(rng.below(400)), static_cast<std::uint32_t>(rng.below(400)), true, text()};
        return f;
      }
      case 3: {
        GammaReading g;
        g.live_s = number();
        g.counts.resize(rng.below(70'000));
        g.detector_cps.resize(rng.below(300), number());
        for (std::size_t i = rng.below(300); i > 0; --i) g.faults.push_back(text());
        return g;
      }
      case 4: return CutterReading{1, true, number(), text(), text()};
      case 5: return StopAnswerReading{text(), true, text()};
      case 6: {
        HealthReading h{HealthReading::State::kFaulty, text(), 3, {}};
        for (std::size_t i = rng.below(100); i > 0; --i) h.dropped.push_back({text(), 1});
        return h;
      }
      case 7: {
        LotPlan plan;
        plan.lot = LotId("L" + text());
        plan.brand = plan.consignee = plan.hs_code = text();
        plan.declared_mass_t = number();
        for (std::size_t i = rng.below(80); i > 0; --i) plan.declared_composition[text()] = number();
        return plan;
      }
      case 8: {
        SliceClosed slice;
        slice.interval = stretch();
        for (std::size_t i = rng.below(300); i > 0; --i) slice.seen[InstrumentId(text())] = stretches();
        return slice;
      }
      default: return CommandTaken{text(), text(), text(), text(), text(), {{text(), number(), text()}}};
    }
  }
};

TEST(Codec, WhateverWasEncodedDecodes) {
  Wild wild{Rng(11)};
  for (int i = 0; i < 100; ++i) {
    material::Observation observation;
    observation.line = LineId(wild.text());
    observation.instrument = InstrumentId(wild.text());
    for (std::size_t n = wild.rng.below(80); n > 0; --n) observation.intervals.push_back(wild.stretch());
    observation.payload = wild.payload();
    for (const auto& bytes : {encode(observation), encode_summary(observation)}) {
      const auto decoded = decode_observation(bytes);
      ASSERT_TRUE(decoded.ok()) << decoded.error().message << " payload " << observation.payload.index();
    }
    Finding said = finding();
    said.label = said.code = said.model = said.model_version = wild.text();
    said.where = wild.stretch();
    said.confidence = wild.number();
    for (std::size_t n = wild.rng.below(300); n > 0; --n) {
      said.measured.push_back({wild.text(), wild.number(), wild.number(), wild.text(), wild.number(), {}, wild.number()});
    }
    for (std::size_t n = wild.rng.below(80); n > 0; --n) said.evidence.push_back({wild.text(), wild.text(), wild.text(), {}, {}, 0, {}});
    const auto finding_back = decode_finding(encode(said));
    ASSERT_TRUE(finding_back.ok()) << finding_back.error().message;
    SliceReport report;
    report.slice = wild.stretch();
    for (std::size_t n = wild.rng.below(300); n > 0; --n) report.models.push_back({wild.text(), wild.stretches(), true});
    ASSERT_TRUE(decode_slice_report(encode(report)).ok());
    const auto command = decode_command(encode(SiteCommand{"c" + wild.text(), LineId("l"), {1}, wild.text(), RequestStop{wild.text()}}));
    ASSERT_TRUE(command.ok());
  }
}

TEST(Codec, AMonitorsFaultInAnotherEncodingIsKeptAsFarAsItIsText) {
  material::Observation observation = spectrum_observation();
  material::GammaReading gamma;
  gamma.faults = {"det1: \xB9\xCA\xD5\xCF " + std::string(2200, 'x')};   // GBK, and far too long
  observation.payload = gamma;
  const auto back = decode_observation(encode(observation));
  ASSERT_TRUE(back.ok()) << back.error().message;
  const auto& faults = std::get<material::GammaReading>(back->payload).faults;
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].size(), 256u);
  EXPECT_EQ(faults[0].substr(0, 19), "det1: \uFFFD\uFFFD\uFFFD\uFFFD ");
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
  const auto natural = decode_command(encode(SiteCommand{"c-3", LineId("line-1"), {9}, "li.wei", ExplainNaturalOre{{LotId("A"), {10_t, 20_t}}, "Karstad fines", {{"Th-232", 90.1, "Bq/kg"}}}}));
  ASSERT_TRUE(natural);
  EXPECT_EQ(std::get<ExplainNaturalOre>(natural->order).where, (material::LotInterval{LotId("A"), {10_t, 20_t}}));
  EXPECT_EQ(std::get<ExplainNaturalOre>(natural->order).brand, "Karstad fines");
  EXPECT_EQ(std::get<ExplainNaturalOre>(natural->order).levels, (std::vector<material::NaturalLevel>{{"Th-232", 90.1, "Bq/kg"}}));
  EXPECT_FALSE(std::get<ExplainNaturalOre>(natural->order).instead);
  EXPECT_TRUE(std::get<ExplainNaturalOre>(decode_command(encode(SiteCommand{"c-4", LineId("line-1"), {9}, "li.wei", ExplainNaturalOre{{}, "Karstad fines", {}, true}}))->order).instead);

  SiteCommand command{"c-1", LineId("line-1"), {9}, "li.wei", OrderSample{{LotId("A"), {10_t, 20_t}}}, 1'796'000'000'001};
  const auto taken = decode_command(encode(command));
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(std::get<OrderSample>(taken->order).where.tonnes.to, 20_t);
  EXPECT_EQ(taken->epoch, command.epoch);
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
