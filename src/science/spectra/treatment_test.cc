// Each step against values worked by hand, the golden files, and the law that a pipeline is one value.
#include "science/spectra/treatment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/allocations_for_tests.h"
#include "base/rng.h"
#include "science/spectra/reference_data_test.h"

namespace beltwarden::spectra {
namespace {

Eigen::VectorXd treated(const Treatment& t, const Eigen::VectorXd& in) {
  Treatment::Scratch scratch;
  Eigen::VectorXd out(t.outputs());
  EXPECT_TRUE(t.apply(in, scratch, out));
  return out;
}

Treatment pipeline(const std::string& text, std::vector<double> axis = regular_axis(1000, 1090, 10)) {
  return Treatment::make(std::move(axis), parse_steps(text).value()).value();
}

// Smooth curves that differ in gain, offset, slope and one band: rows in groups of four.
Spectra training(const std::vector<double>& axis, int rows, std::uint64_t seed) {
  Rng rng(seed);
  Spectra out(rows, static_cast<Eigen::Index>(axis.size()));
  for (int r = 0; r < rows; ++r) {
    const double gain = rng.uniform(0.8, 1.2), offset = rng.uniform(0, 0.1), tilt = rng.uniform(-0.05, 0.05), band = rng.uniform(0, 0.05);
    for (std::size_t i = 0; i < axis.size(); ++i) {
      const double x = (axis[i] - axis.front()) / (axis.back() - axis.front());
      out(r, static_cast<Eigen::Index>(i)) = gain * (0.4 + 0.1 * std::sin(6 * x)) + offset + tilt * x + band * std::exp(-200 * (x - 0.6) * (x - 0.6));
    }
  }
  return out;
}

TEST(TreatmentText, ReadsWhatItWrites) {
  for (const char* text : {"raw", "absorbance,snv,sg(11,2,1)", "range(0;1.2),splice(1000;1830),continuum",
                           "bands(450-1000;1100-2450),emsc(2),epo(2)", "km,detrend(1),center", "align(2.5),msc,autoscale", "reflectance"}) {
    EXPECT_EQ(to_string(parse_steps(text).value()), text);
  }
  EXPECT_EQ(to_string(parse_steps("bands(450-1000,1100-2450),centre,detrend(2)").value()), "bands(450-1000;1100-2450),center,detrend");
}

TEST(TreatmentText, SaysWhatWasExpected) {
  for (const char* bad : {"bands(400)", "bands(500-400)", "epo(0)", "emsc(9)", "range(1;0)", "align(0)", "splice()", "msc(", "snv,,msc", "sg(11,2.5,1)"}) {
    EXPECT_FALSE(parse_steps(bad).ok()) << bad;
  }
  EXPECT_NE(parse_steps("snw").error().message.find("found 'snw'"), std::string::npos);
}

TEST(TreatmentSteps, BetweenReflectanceAndAbsorbance) {
  const auto in = Eigen::VectorXd::Constant(10, 0.1).eval();
  EXPECT_NEAR(treated(pipeline("absorbance"), in)[3], 1, 1e-15);
  EXPECT_NEAR(treated(pipeline("absorbance,reflectance"), in)[3], 0.1, 1e-15);
  EXPECT_NEAR(treated(pipeline("km"), in)[3], 4.05, 1e-14);   // 0.9^2 / 0.2
}

TEST(TreatmentSteps, BandsLeaveBlocksThatFiltersDoNotCross) {
  const auto t = pipeline("bands(1000-1020;1050-1090),sg(3,1,1)");
  EXPECT_EQ(t.output_axis_nm(), (std::vector<double>{1000, 1010, 1020, 1050, 1060, 1070, 1080, 1090}));
  Eigen::VectorXd in(10);
  in << 0, 1, 2, 9, 9, 100, 101, 102, 103, 104;   // the jump lies in the gap
  EXPECT_TRUE(treated(t, in).isApproxToConstant(1, 1e-12));
  EXPECT_FALSE(Treatment::make(regular_axis(1000, 1090, 10), parse_steps("bands(1000-1010;1050-1090),sg(3,1,1)").value()).ok());
}

TEST(TreatmentSteps, TheContinuumIsTheHull) {
  Eigen::VectorXd in = Eigen::VectorXd::LinSpaced(10, 0.2, 0.65);   // 0.2, 0.25, ...
  in[4] = 0.2;                                                     // a band in a line of 0.4 there
  const auto out = treated(pipeline("continuum"), in);
  EXPECT_NEAR(out[4], 0.5, 1e-12);
  for (int i : {0, 1, 3, 5, 9}) EXPECT_NEAR(out[i], 1, 1e-12);
}

TEST(TreatmentSteps, DetectorsAreJoined) {
  Eigen::VectorXd line = Eigen::VectorXd::LinSpaced(30, 1, 30), broken = line;
  broken.head(10).array() += 0.5;    // up to 1090 nm
  broken.tail(8).array() -= 0.25;    // from 1220 nm
  const auto t = pipeline("splice(1090;1210)", regular_axis(1000, 1290, 10));
  EXPECT_NEAR((treated(t, broken) - line).cwiseAbs().maxCoeff(), 0, 1e-12);
}

TEST(TreatmentSteps, WhatIsOutOfRangeIsBridged) {
  Eigen::VectorXd line = Eigen::VectorXd::LinSpaced(40, 0.1, 0.49), saturated = line;
  saturated[7] = 65535;
  const auto t = pipeline("range(0;1.5)", regular_axis(1000, 1390, 10));
  EXPECT_NEAR((treated(t, saturated) - line).cwiseAbs().maxCoeff(), 0, 1e-12);
  saturated.head(5).setConstant(-1);   // 15 % missing
  Treatment::Scratch scratch;
  Eigen::VectorXd out(40);
  EXPECT_FALSE(t.apply(saturated, scratch, out));
}

TEST(TreatmentFit, AskedForBeforeApplying) {
  auto t = pipeline("msc");
  Treatment::Scratch scratch;
  Eigen::VectorXd out(10), in = Eigen::VectorXd::LinSpaced(10, 0, 1);
  EXPECT_FALSE(t.fitted());
  EXPECT_FALSE(t.apply(in, scratch, out));
  Spectra rows(2, 10);
  rows.row(0) = rows.row(1) = in.transpose();
  ASSERT_TRUE(t.fit(rows).ok());
  EXPECT_TRUE(t.fitted());
  EXPECT_NEAR((treated(t, (3 * in.array() + 7).matrix()) - in).norm(), 0, 1e-12);   // a = 7, b = 3
}

TEST(TreatmentFit, EmscTakesASlopeAway) {
  const auto axis = regular_axis(1000, 1990, 10);
  auto t = pipeline("emsc(1)", axis);
  const auto rows = training(axis, 30, 3);
  ASSERT_TRUE(t.fit(rows).ok());
  const Eigen::VectorXd x = rows.row(0).transpose();
  const Eigen::VectorXd tilted = x + Eigen::VectorXd::LinSpaced(100, 0.3, -0.2);
  EXPECT_NEAR((treated(t, tilted) - treated(t, x)).cwiseAbs().maxCoeff(), 0, 1e-11);
}

TEST(TreatmentFit, CentringAndScaling) {
  auto t = pipeline("autoscale");
  Spectra rows = Spectra::Zero(3, 10);
  for (int i = 0; i < 10; ++i) rows.col(i) << 1, 2, 3;
  rows.col(4).setConstant(5);   // a dead channel
  ASSERT_TRUE(t.fit(rows).ok());
  Eigen::VectorXd in = Eigen::VectorXd::Constant(10, 4);
  const auto out = treated(t, in);
  EXPECT_NEAR(out[0], 2, 1e-12);
  EXPECT_EQ(out[4], 0);
}

TEST(TreatmentFit, EpoRemovesWhatRepeatsDifferBy) {
  const auto axis = regular_axis(1000, 1990, 10);
  auto t = pipeline("epo(1)", axis);
  Spectra rows = training(axis, 40, 5);
  Eigen::VectorXd water(100);
  for (int i = 0; i < 100; ++i) water[i] = std::exp(-0.01 * (i - 45) * (i - 45));
  std::vector<std::uint32_t> groups(40);
  for (int r = 0; r < 40; ++r) {
    groups[static_cast<std::size_t>(r)] = static_cast<std::uint32_t>(r / 2);
    if (r % 2 == 1) rows.row(r) = rows.row(r - 1) + (0.1 + 0.01 * r) * water.transpose();
  }
  EXPECT_FALSE(t.fit(rows).ok()) << "no repeats, nothing to learn";
  ASSERT_TRUE(t.fit(rows, groups).ok());
  const Eigen::VectorXd dry = rows.row(0).transpose(), wet = dry + 0.7 * water;
  EXPECT_NEAR((treated(t, dry) - treated(t, wet)).norm(), 0, 1e-10);
  EXPECT_GT(treated(t, dry).norm(), 0.3 * dry.norm());
}

TEST(TreatmentFit, AlignFindsAShift) {
  const auto axis = regular_axis(1000, 1500, 1);
  const auto spectrum = [&](double shift) {
    Eigen::VectorXd v(501);
    for (int i = 0; i < 501; ++i) {
      const double x = axis[static_cast<std::size_t>(i)] + shift;
      v[i] = 0.5 - 0.2 * std::exp(-0.002 * (x - 1200) * (x - 1200)) - 0.1 * std::exp(-0.004 * (x - 1350) * (x - 1350));
    }
    return v;
  };
  auto t = pipeline("align(5)", axis);
  Spectra rows(2, 501);
  rows.row(0) = rows.row(1) = spectrum(0).transpose();
  ASSERT_TRUE(t.fit(rows).ok());
  const Eigen::VectorXd moved = 1.1 * spectrum(1.7);
  EXPECT_GT((moved / 1.1 - spectrum(0)).cwiseAbs().maxCoeff(), 0.01);
  EXPECT_LT((treated(t, moved) / 1.1 - spectrum(0)).cwiseAbs().maxCoeff(), 1e-5);
}

// Every step, learnt, written and read: the same bytes, the same values, and nothing allocated on the way.
TEST(TreatmentValue, IsTheSameAfterWritingAndAllocatesNothing) {
  const auto axis = regular_axis(400, 2490, 10);
  std::vector<std::uint32_t> groups(60);
  for (std::uint32_t r = 0; r < 60; ++r) groups[r] = r / 4;
  const auto rows = training(axis, 60, 9);
  const Eigen::VectorXd in = rows.row(7).transpose();
  for (const char* text : {"raw", "absorbance,snv,sg(11,2,1),detrend", "range(-1;2),splice(1000;1800),continuum,center",
                           "align(3),bands(450-1000;1100-2450),emsc(2),epo(2)", "km,reflectance,msc,sg(9,2,1),autoscale"}) {
    SCOPED_TRACE(text);
    auto t = pipeline(text, axis);
    ASSERT_TRUE(t.fit(rows, groups).ok());
    ModelWriter to;
    t.write(to);
    const auto bytes = to.finish("TEST", 1);
    auto from = ModelReader::open(bytes, "TEST", 1).value();
    const auto again = Treatment::read(from);
    ASSERT_TRUE(from.done().ok()) << from.done().error().message;
    EXPECT_EQ(again.steps(), t.steps());
    ModelWriter second;
    again.write(second);
    EXPECT_EQ(second.finish("TEST", 1), bytes);
    const auto expected = treated(t, in);
    Treatment::Scratch scratch;
    Eigen::VectorXd out(again.outputs());
    ASSERT_TRUE(again.apply(in, scratch, out));
    EXPECT_EQ(out, expected);
    const auto before = beltwarden::testing::allocations;
    const bool done = again.apply(in, scratch, out);
    EXPECT_EQ(beltwarden::testing::allocations, before);
    EXPECT_TRUE(done);
  }
}

TEST(TreatmentValue, TheFirstFormIsStillWrittenAndRead) {
  ModelWriter to;
  to.numbers(regular_axis(1000, 1090, 10));
  to.u32(2);
  for (std::uint32_t v : {2u, 0u, 0u, 0u, 3u, 5u, 2u, 1u}) to.u32(v);   // snv,sg(5,2,1)
  to.text("1111111111");
  const auto bytes = to.finish("TEST", 1);
  auto from = ModelReader::open(bytes, "TEST", 1).value();
  const auto t = Treatment::read(from);
  ASSERT_TRUE(from.done().ok());
  EXPECT_EQ(to_string(t.steps()), "snv,sg(5,2,1)");
  ModelWriter again;
  t.write(again);
  EXPECT_EQ(again.finish("TEST", 1), bytes);
}

TEST(TreatmentGolden, MscEqualsNumpy) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto all = testing::read_table(data / "spectra/gasoline.csv", [](auto&) { return true; }).set;
  const auto json = testing::slurp(data / "spectra/golden/gasoline_preprocess.json");
  auto t = pipeline("msc", all.axis_nm);
  ASSERT_TRUE(t.fit(all.spectra.topRows(50)).ok());
  const auto expected = testing::json_numbers(json, {"raw", "msc"});
  ASSERT_EQ(expected.size(), 1203u);
  for (int i = 0; i < 3; ++i) {
    const auto out = treated(t, all.spectra.row(i).transpose());
    for (int j = 0; j < 401; ++j) EXPECT_NEAR(out[j], expected[static_cast<std::size_t>(401 * i + j)], 1e-12) << j;
  }
}

}  // namespace
}  // namespace beltwarden::spectra
