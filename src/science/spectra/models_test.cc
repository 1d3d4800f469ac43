#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/spectra/class_gate.h"
#include "science/spectra/identity.h"
#include "science/spectra/one_class.h"
#include "science/spectra/ores.h"
#include "science/spectra/reference_data_test.h"
#include "science/spectra/regressor.h"
#include "science/spectra/similarity.h"
#include "science/spectra/statistics.h"

namespace beltwarden::spectra {
namespace {

TEST(Statistics, QuantilesAsInTables) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963985, 1e-9);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306, 1e-9);
  EXPECT_NEAR(chi2_quantile(0.95, 1), 3.841458821, 1e-9);
  EXPECT_NEAR(chi2_quantile(0.99, 10), 23.209251159, 1e-8);
  EXPECT_NEAR(t_quantile(0.975, 10), 2.228138852, 1e-8);
  EXPECT_NEAR(t_quantile(0.05, 5), -2.015048373, 1e-8);
  EXPECT_NEAR(f_quantile(0.95, 3, 47), 2.802355, 1e-6);
  EXPECT_NEAR(f_quantile(0.99, 1, 1), 4052.180695, 1e-4);
}

TEST(ClassGate, ToleranceFactorAsInTheHandbook) {
  EXPECT_NEAR(tolerance_factor(0.90, 0.99, 43), 1.8752, 2e-4);   // the example of NIST/SEMATECH 7.2.6.3
  EXPECT_NEAR(tolerance_factor(0.90, 0.99, 1e9), normal_quantile(0.90), 1e-3);
  EXPECT_TRUE(std::isinf(tolerance_factor(0.90, 0.99, 2)));
}

// Three classes of fourteen samples, two scans each, that vary along four directions: too few for the largest distance of rows held out
// to be one that hardly any known row exceeds.
TEST(ClassGate, FewRowsDoNotMakeKnownMaterialUnknown) {
  double unknown = 0, judged = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Rng rng(seed);
    Eigen::MatrixXd directions(4, 60), means(3, 60);
    for (double& v : directions.reshaped()) v = rng.normal();
    for (double& v : means.reshaped()) v = 0.5 * rng.normal();
    TrainingSet set;
    set.axis_nm = regular_axis(1000, 1590, 10);
    const auto draw = [&](int c) {
      Eigen::RowVectorXd row = means.row(c);
      for (int k = 0; k < 4; ++k) row += rng.normal() / (k + 1) * directions.row(k);
      return row;
    };
    const auto scan = [&](Eigen::RowVectorXd row) {
      for (double& v : row) v += 0.05 * rng.normal();
      return row;
    };
    set.spectra.resize(84, 60);
    for (int i = 0; i < 84; i += 2) {
      const auto sample = draw(i / 2 % 3);
      for (int s = 0; s < 2; ++s) {
        set.spectra.row(i + s) = scan(sample);
        set.classes.push_back(std::string(1, static_cast<char>('a' + i / 2 % 3)));
        set.groups.push_back(static_cast<std::uint32_t>(i / 2));
      }
    }
    const auto gate = ClassGate::fit(set, {"a", "b", "c"}, {}, std::vector<bool>(60, true), 0.004, 10, 0).value();
    ClassGate::Scratch scratch;
    for (int i = 0; i < 300; ++i) {
      const auto a = gate.judge(scan(draw(i % 3)).transpose(), scratch);
      unknown += a.distance > gate.distance_limit() || a.q > gate.q_limit();
      judged += 1;
    }
  }
  EXPECT_LE(unknown / judged, 0.015);
}

TEST(Treatment, TellsWhatDoesNotFit) {
  EXPECT_EQ(to_string(parse_steps(" snv, sg(11, 2, 1)").value()), "snv,sg(11,2,1)");
  EXPECT_EQ(to_string(parse_steps("raw").value()), "raw");
  for (const char* bad : {"", "snv,", "sg", "sg(10,2,1)", "sg(5,5,1)", "sg(5,2,3)", "sg(5,2", "raw,snv", "snv snv", "magic"}) {
    EXPECT_FALSE(parse_steps(bad).ok()) << bad;
  }
  std::vector<bool> used(20, true);
  used[4] = false;
  const auto axis = regular_axis(100, 290, 10);
  EXPECT_EQ(Treatment::make(axis, parse_steps("sg(7,2,1)").value(), used).error().message.substr(0, 45),
            "treatment: the block of 4 points at 100.00000");
}

TEST(Treatment, BridgesFewGapsAndRefusesMany) {
  const auto t = Treatment::make(regular_axis(0, 990, 10), parse_steps("snv").value()).value();
  Eigen::VectorXd line = Eigen::VectorXd::LinSpaced(100, 0, 99), whole(100), bridged(100);
  Treatment::Scratch scratch;
  ASSERT_TRUE(t.apply(line, scratch, whole));
  line[40] = line[41] = std::nan("");
  ASSERT_TRUE(t.apply(line, scratch, bridged));
  EXPECT_NEAR((whole - bridged).norm(), 0, 1e-12);
  line.segment(50, 6).setConstant(std::nan(""));
  EXPECT_FALSE(t.apply(line, scratch, bridged));
  EXPECT_FALSE(t.apply(Eigen::VectorXd::Constant(100, 3), scratch, bridged));          // flat
  EXPECT_FALSE(t.apply(Eigen::VectorXd::Constant(99, 3), scratch, bridged));           // wrong size
  line.setLinSpaced(0, 1);
  line[3] = INFINITY;
  EXPECT_FALSE(t.apply(line, scratch, bridged));
}

TEST(Similarity, AngleAndCorrelation) {
  const Eigen::Vector3d a(1, 2, 3), b(2, 4, 6), c(3, 2, 1);
  EXPECT_NEAR(spectral_angle(a, b), 0, 1e-7);
  EXPECT_NEAR(spectral_angle(a, c), std::acos(10.0 / 14), 1e-12);
  EXPECT_NEAR(correlation(a, c), -1, 1e-12);
  EXPECT_TRUE(std::isnan(correlation(a, Eigen::Vector3d(1, 1, 1))));
}

// All but sulphur, which only one of the ores has.
constexpr std::array<int, 6> kModelled = {0, 1, 2, 3, 5, 6};

// Slices of generated ores with a few scans each, all brands.
TrainingSet generated(std::uint64_t seed, int slices, int scans, double slag_percent = 0) {
  const auto library = mineral_library(demo_axis()).value();
  TrainingSet set;
  set.axis_nm = library.axis_nm;
  for (int q : kModelled) set.responses.emplace_back(kQuantities[static_cast<std::size_t>(q)]);
  const auto rows = static_cast<Eigen::Index>(demo_ores().size()) * slices * scans;
  set.spectra.resize(rows, 216);
  set.values.resize(rows, 6);
  Eigen::Index row = 0;
  std::uint32_t group = 0;
  for (const auto& ore : demo_ores()) {
    Rng rng(seed, static_cast<std::uint64_t>(&ore - demo_ores().data()));
    for (int s = 0; s < slices; ++s, ++group) {
      Recipe slice = draw_slice(draw_lot(ore, rng), rng);
      if (slag_percent > 0) slice = blend(slice, draw_slag(static_cast<SlagKind>(s % 3), rng), slag_percent);
      const auto composition = as_array(mix(library, slice).value().composition);
      for (int k = 0; k < scans; ++k, ++row) {
        auto m = mix(library, draw_spot(slice, rng)).value();
        observe(library.axis_nm, draw_optics(rng), rng, m.reflectance);
        set.spectra.row(row) = m.reflectance.transpose();
        for (int j = 0; j < 6; ++j) set.values(row, j) = composition[static_cast<std::size_t>(kModelled[static_cast<std::size_t>(j)])];
        set.classes.push_back(ore.name);
        set.groups.push_back(group);
      }
    }
  }
  return set;
}

TrainingSet fe_of(TrainingSet set) {
  set.responses.resize(1);
  set.values = Eigen::MatrixXd(set.values.col(0));
  return set;
}

RegressorOptions plain_pls() {
  RegressorOptions options;
  options.treatments = {parse_steps("snv,sg(9,2,1)").value()};
  options.quick = true;
  return options;
}

TEST(Regression, PredictsGeneratedOreOfOtherSeeds) {
  const auto train = rows_of(generated(1, 60, 4), "Karstad fines"), test = rows_of(generated(2, 40, 1), "Karstad fines");
  const auto model = Regressor::fit(fe_of(train), plain_pls()).value();
  Regressor::Scratch scratch;
  double error = 0, within = 0;
  for (Eigen::Index i = 0; i < test.rows(); ++i) {
    const auto p = model.predict(test.spectra.row(i).transpose(), scratch);
    EXPECT_NE(p.verdict, FitVerdict::kInvalid);
    const double off = p.value - test.values(i, 0);
    error += off * off / static_cast<double>(test.rows());
    within += std::abs(off) < 2 * p.std_error ? 1 : 0;
  }
  EXPECT_LT(std::sqrt(error), 0.8);                       // % Fe; single scans
  EXPECT_GE(within, 34);                                  // of 40: two standard errors hold about 95 %
}

TEST(Regression, SaysWhenItMayNotBeAsked) {
  const auto train = rows_of(generated(1, 60, 2), "Karstad fines");
  const auto model = Regressor::fit(fe_of(train), plain_pls()).value();
  Regressor::Scratch scratch;
  const auto library = mineral_library(demo_axis()).value();
  const auto verdict = [&](const Eigen::VectorXd& spectrum) { return model.predict(spectrum, scratch).verdict; };
  EXPECT_EQ(verdict(mix(library, {{{"gibbsite", 60}, {"quartz", 40}}, 5, 1}).value().reflectance), FitVerdict::kOutsideCalibration);
  EXPECT_EQ(verdict(Eigen::VectorXd::Constant(216, std::nan(""))), FitVerdict::kInvalid);
  EXPECT_EQ(verdict(Eigen::VectorXd::Zero(10)), FitVerdict::kInvalid);
}

TEST(OneClass, AveragingSharpensIt) {
  const std::string brand = "Karstad fines";
  OneClassOptions options;
  options.steps = parse_steps("snv,sg(9,2,1)").value();
  const auto model = OneClass::fit(rows_of(generated(1, 80, 8), brand), options).value();
  const auto clean = rows_of(generated(2, 60, 8), brand), slag = rows_of(generated(3, 60, 8, 20), brand);
  OneClass::Scratch scratch;
  const auto alarms = [&](const TrainingSet& set, int scans) {
    int n = 0;
    for (Eigen::Index i = 0; i + scans <= set.rows(); i += 8) {
      const Eigen::VectorXd mean = set.spectra.middleRows(i, scans).colwise().mean().transpose();
      const auto j = model.judge(mean, scans, scratch);
      n += j.index > j.limit;
    }
    return n;
  };
  EXPECT_LE(alarms(clean, 1), 4);     // of 60 at 1 %
  EXPECT_LE(alarms(clean, 8), 4);
  EXPECT_GT(alarms(slag, 8), 40);
  EXPECT_GE(alarms(slag, 8), alarms(slag, 1));
  EXPECT_LT(model.limit(8, 0.01), model.limit(8, 0.001));
}

TEST(OneClass, ByDdSimca) {
  OneClassOptions options;
  options.law = OneClassLaw::kDataDriven;
  options.steps = parse_steps("snv,sg(9,2,1)").value();
  const std::string brand = "Karstad fines";
  const auto model = OneClass::fit(rows_of(generated(1, 80, 2), brand), options).value();
  const auto again = OneClass::from_bytes(model.to_bytes()).value();
  EXPECT_EQ(again.to_bytes(), model.to_bytes());
  const auto clean = rows_of(generated(2, 100, 1), brand), slag = rows_of(generated(3, 60, 1, 50), brand);
  OneClass::Scratch scratch;
  int alarms = 0, found = 0;
  for (Eigen::Index i = 0; i < clean.rows(); ++i) {
    const auto j = again.judge(clean.spectra.row(i).transpose(), 1, scratch);
    alarms += j.index > j.limit;
  }
  for (Eigen::Index i = 0; i < slag.rows(); ++i) {
    const auto j = again.judge(slag.spectra.row(i).transpose(), 1, scratch);
    found += j.index > j.limit;
  }
  EXPECT_LE(alarms, 6);     // of 100 at 1 %
  EXPECT_GE(found, 30);
}

TEST(Identity, NamesTheBrandAndRejectsTheForeign) {
  IdentityOptions options;
  options.steps = parse_steps("snv,sg(9,2,1)").value();
  const auto model = Identity::fit(generated(1, 40, 2), options).value();
  const auto test = generated(2, 20, 4);
  Identity::Scratch scratch;
  int right = 0, known = 0, n = 0;
  for (Eigen::Index i = 0; i < test.rows(); i += 4, ++n) {
    const auto j = model.judge(test.spectra.middleRows(i, 4).colwise().mean().transpose(), scratch);
    right += model.classes()[static_cast<std::size_t>(j.class_index)] == test.classes[static_cast<std::size_t>(i)];
    known += j.known;
  }
  EXPECT_GE(right, n * 97 / 100);
  EXPECT_GE(known, n * 97 / 100);
  const auto library = mineral_library(demo_axis()).value();
  EXPECT_FALSE(model.judge(mix(library, {{{"calcite", 50}, {"pyroxene", 50}}, 3, 1}).value().reflectance, scratch).known);
}

TEST(Identity, ABrandLeftOutIsUnknown) {
  const std::string left_out = "Norrberg magnetite concentrate";
  const auto without = [&](TrainingSet set) {
    std::vector<Eigen::Index> rows;
    for (Eigen::Index i = 0; i < set.rows(); ++i) {
      if (set.classes[static_cast<std::size_t>(i)] != left_out) rows.push_back(i);
    }
    TrainingSet out;
    out.axis_nm = set.axis_nm;
    out.spectra = set.spectra(rows, Eigen::all);
    for (auto r : rows) {
      out.classes.push_back(set.classes[static_cast<std::size_t>(r)]);
      out.groups.push_back(set.groups[static_cast<std::size_t>(r)]);
    }
    out.values.resize(out.rows(), 0);
    return out;
  };
  IdentityOptions options;
  options.treatments = {parse_steps("snv,sg(9,2,1)").value()};
  options.rejection = 0.004;
  const auto model = Identity::fit(without(generated(1, 40, 2)), options).value();
  Identity::Scratch scratch;
  const auto unknown = [&](const TrainingSet& set) {
    double n = 0;
    for (Eigen::Index i = 0; i < set.rows(); ++i) n += !model.judge(set.spectra.row(i).transpose(), scratch).known;
    return n / static_cast<double>(set.rows());
  };
  const auto test = generated(2, 20, 2);
  EXPECT_GE(unknown(rows_of(test, left_out)), 0.95);
  const auto again = Identity::from_bytes(model.to_bytes()).value();
  EXPECT_EQ(again.to_bytes(), model.to_bytes());
  EXPECT_EQ(again.judge(test.spectra.row(0).transpose(), scratch).q, model.judge(test.spectra.row(0).transpose(), scratch).q);
  EXPECT_LE(unknown(without(test)), 0.03);
}

TEST(Models, SurviveTheWayToBytesAndBack) {
  const auto train = generated(1, 20, 2);
  const auto karstad = rows_of(train, "Karstad fines");
  auto r = plain_pls();
  r.components = 4;
  const auto model = Regressor::fit(fe_of(karstad), r).value();
  const auto bytes = model.to_bytes();
  const auto back = Regressor::from_bytes(bytes).value();
  EXPECT_EQ(back.to_bytes(), bytes);
  Regressor::Scratch scratch;
  const auto a = model.predict(karstad.spectra.row(3).transpose(), scratch), b = back.predict(karstad.spectra.row(3).transpose(), scratch);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.q, b.q);

  IdentityOptions i;
  i.steps = r.treatments[0];
  i.components = 6;
  const auto identity = Identity::fit(train, i).value().to_bytes();
  EXPECT_EQ(Identity::from_bytes(identity).value().to_bytes(), identity);
  EXPECT_FALSE(Identity::from_bytes(bytes).ok());       // another kind

  // Whatever is cut off or flipped is an error, never a crash.
  for (std::size_t cut = 0; cut < bytes.size(); cut += 977) EXPECT_FALSE(Regressor::from_bytes(bytes.substr(0, cut)).ok());
  for (std::size_t at = 0; at < bytes.size(); at += 1013) {
    auto bad = bytes;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    EXPECT_FALSE(Regressor::from_bytes(bad).ok());
  }
  EXPECT_FALSE(Regressor::from_bytes(bytes + "x").ok());
}

TEST(Models, BytesWithAFreshCheckSumAreStillBounded) {
  // Counts that promise more than is there must not allocate or read beyond.
  for (std::uint32_t count : {0u, 3u, 1000u, 0x7fffffffu, 0xffffffffu}) {
    ModelWriter w;
    w.u32(count);
    w.f64(1);
    w.u32(count);
    EXPECT_FALSE(Regressor::from_bytes(w.finish("RGSR", 4)).ok());
    EXPECT_FALSE(Identity::from_bytes(w.finish("IDEN", 1)).ok());
  }
  EXPECT_FALSE(Regressor::from_bytes(ModelWriter().finish("RGSR", 5)).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
