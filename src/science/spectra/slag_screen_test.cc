#include "science/spectra/slag_screen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "science/spectra/ores.h"
#include "science/spectra/reference_data_test.h"

namespace beltwarden::spectra {
namespace {

// Reference rows of the clean and slag test slices, judged by screens fitted on `fit_sets`.
struct Found {
  std::map<double, std::pair<double, double>> by_level;   // slag %: suspects, slices
  double fraction_off = 0, covered = 0, suspects = 0;
  double rate(double level) const { return by_level.at(level).first / by_level.at(level).second; }
};

Found screen_ore_mixtures(const std::filesystem::path& data, bool with_val, bool with_library, const std::string& judged_set) {
  const auto path = data / "spectra/ore_mixtures_dev.csv";
  auto fit = testing::read_table(path, [&](auto& m) { return m.at("set") == "train" || (with_val && m.at("set") == "val"); }).set;
  const auto judged = testing::read_table(path, [&](auto& m) { return m.at("set") == judged_set; }).set;
  std::optional<ReferenceLibrary> library;
  if (with_library) {
    const auto members = testing::read_table(data / "spectra/ore_endmembers.csv", [](auto&) { return true; });
    std::vector<LibraryMember> list;
    for (Eigen::Index i = 0; i < members.set.rows(); ++i) {
      list.push_back({members.ids[static_cast<std::size_t>(i)], members.set.classes[static_cast<std::size_t>(i)], members.set.spectra.row(i).transpose()});
    }
    library = ReferenceLibrary::make(members.set.axis_nm, std::move(list)).value();
  }
  fit.responses.clear();
  fit.values.resize(fit.rows(), 0);
  const auto screens = fit_slag_screens(fit, library, {}).value();
  Found found;
  SlagScreen::Scratch scratch;
  for (const auto& [brand, screen] : screens) {
    const auto rows = rows_of(judged, brand);
    std::cout << brand << ": detection limit " << 100 * screen.detection_limit(10) << " % in the mean of ten\n";
    for (Eigen::Index i = 0; i + 10 <= rows.rows(); i += 10) {
      const Eigen::VectorXd mean = rows.spectra.middleRows(i, 10).colwise().mean().transpose();
      const auto j = screen.judge(mean, 10, scratch);
      const double level = std::isnan(rows.values(i, 5)) ? 0 : rows.values(i, 5);
      auto& [suspects, slices] = found.by_level[level];
      suspects += j.suspect();
      slices += 1;
      if (level > 0 && j.suspect()) {
        const double off = j.slag_fraction - level / 100;
        found.fraction_off += off * off;
        found.covered += std::abs(off) <= 1.96 * j.slag_fraction_std;
        found.suspects += 1;
      }
    }
  }
  for (const auto& [level, c] : found.by_level) std::cout << level << " % slag: " << c.first / c.second << " of " << c.second << '\n';
  std::cout << "fraction: rms error " << std::sqrt(found.fraction_off / found.suspects) << ", within 1.96 std "
            << found.covered / found.suspects << '\n';
  return found;
}

// The thresholds that the specification of 2026 sets: at most 1.5 % false alarms, and a share found at each content.
TEST(SlagScreen, OreMixturesWithRepeatedScans) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto found = screen_ore_mixtures(data, true, true, "test");
  EXPECT_LE(found.rate(0), 0.015);
  EXPECT_GE(found.rate(5), 0.10);
  EXPECT_GE(found.rate(10), 0.50);
  EXPECT_GE(found.rate(20), 0.92);
  EXPECT_GE(found.rate(30), 0.97);
  EXPECT_EQ(found.rate(50), 1);
}

// Brands and slags drawn anew, of generated minerals: it needs no reference data.
class GeneratedScans {
 public:
  explicit GeneratedScans(std::uint64_t seed) : rng_(seed) {}
  /// Appends to `into`: slices of a lot each.
  void add(const Ore& ore, int slices, int per_slice, double slag_percent, TrainingSet& into) {
    std::vector<Eigen::VectorXd> rows;
    const std::uint32_t before = into.groups.empty() ? 0 : into.groups.back() + 1;
    for (int s = 0; s < slices; ++s) {
      Recipe slice = draw_slice(draw_lot(ore, rng_), rng_);
      if (slag_percent > 0) slice = blend(slice, draw_slag(static_cast<SlagKind>(s % 3), rng_), slag_percent);
      for (int k = 0; k < per_slice; ++k) {
        Spectrum r = mix(minerals_, draw_spot(slice, rng_)).value().reflectance;
        observe(axis_, draw_optics(rng_), rng_, r);
        rows.push_back(std::move(r));
        into.groups.push_back(before + static_cast<std::uint32_t>(s));
        into.classes.push_back(ore.name);
      }
    }
    Spectra all(into.spectra.rows() + static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(axis_.size()));
    if (into.spectra.rows() > 0) all.topRows(into.spectra.rows()) = into.spectra;
    for (std::size_t i = 0; i < rows.size(); ++i) all.row(into.spectra.rows() + static_cast<Eigen::Index>(i)) = rows[i].transpose();
    into.spectra = std::move(all);
    into.axis_nm = axis_;
  }

 private:
  std::vector<double> axis_ = demo_axis();
  MineralLibrary minerals_ = mineral_library(axis_).value();
  Rng rng_;
};

TEST(SlagScreen, GeneratedOre) {
  GeneratedScans drawn(21);
  const auto scans = [&](const Ore& ore, int slices, int per_slice, double slag_percent, TrainingSet& into) { drawn.add(ore, slices, per_slice, slag_percent, into); };
  TrainingSet clean;
  const auto& ore = demo_ores()[2];
  scans(ore, 200, 1, 0, clean);
  const auto screen = fit_slag_screens(clean, {}, {}).value().at(0).second;
  ASSERT_TRUE(screen.knows_slag());
  SlagScreen::Scratch scratch;
  const auto suspects = [&](double slag_percent, int slices) {
    TrainingSet fresh;
    scans(ore, slices, 1, slag_percent, fresh);
    int n = 0;
    for (Eigen::Index i = 0; i < fresh.rows(); ++i) n += screen.judge(fresh.spectra.row(i).transpose(), 1, scratch).suspect();
    return n;
  };
  EXPECT_LE(suspects(0, 400), 14);      // 4 expected
  EXPECT_GE(suspects(30, 60), 55);
  // What it looks like, kept through bytes.
  TrainingSet foul;
  scans(ore, 1, 1, 40, foul);
  const Eigen::VectorXd x = foul.spectra.row(0).transpose();
  const auto again = SlagScreen::from_bytes(screen.to_bytes()).value();
  const auto a = screen.judge(x, 1, scratch), b = again.judge(x, 1, scratch);
  EXPECT_EQ(a.distance, b.distance);
  EXPECT_EQ(a.slag_fraction, b.slag_fraction);
  EXPECT_NEAR(a.slag_fraction, 0.4, 3 * a.slag_fraction_std);
  const auto looks = again.match(x, 3, scratch);
  ASSERT_EQ(looks.size(), 3u);
  EXPECT_TRUE(looks[0].kind.starts_with("slag_"));
  EXPECT_GT(looks[0].confidence, 0);
  EXPECT_FALSE(screen.judge(Eigen::VectorXd::Constant(5, 0.2), 1, scratch).valid);
}

// What is said to be found in the mean of a slice is found, in ores that swallow it as in others: mixed by Kubelka-Munk, not by the screen's own law.
TEST(SlagScreen, ItsDetectionLimitHoldsInBlackOreToo) {
  constexpr int kScans = 8;
  for (const char* name : {"Karstad fines", "Norrberg magnetite concentrate"}) {
    GeneratedScans drawn(41);
    const auto& ore = *find_demo_ore(name);
    TrainingSet clean;
    drawn.add(ore, 100, kScans, 0, clean);
    const auto screen = fit_slag_screens(clean, {}, {}).value().at(0).second;
    const double limit = screen.detection_limit(kScans);
    if (ore.parts[0].mineral == "magnetite") {
      EXPECT_GT(limit, 0.15);
    }
    ASSERT_LT(limit, 0.9) << name;
    TrainingSet foul;
    drawn.add(ore, 60, kScans, 100 * limit, foul);   // blast furnace, steel and fayalitic slag in turn
    SlagScreen::Scratch scratch;
    int found = 0;
    for (Eigen::Index i = 0; i < foul.rows(); i += kScans) {
      found += screen.judge(foul.spectra.middleRows(i, kScans).colwise().mean().transpose(), kScans, scratch).suspect();
    }
    EXPECT_GE(found, 50) << name << ": of 60 with " << 100 * limit << " % slag";   // nine in ten of nine in ten
  }
}

// Of a single scan no share up to a half is found nine times in ten, and none is stated.
TEST(SlagScreen, WhatASingleScanOfBlackOreDoesNotShowIsNotDetectable) {
  GeneratedScans drawn(41);
  const auto& ore = *find_demo_ore("Norrberg magnetite concentrate");
  TrainingSet clean;
  drawn.add(ore, 150, 1, 0, clean);
  const auto screen = fit_slag_screens(clean, {}, {}).value().at(0).second;
  TrainingSet foul;
  drawn.add(ore, 60, 1, 50, foul);
  SlagScreen::Scratch scratch;
  int found = 0;
  for (Eigen::Index i = 0; i < foul.rows(); ++i) found += screen.judge(foul.spectra.row(i).transpose(), 1, scratch).suspect();
  EXPECT_LT(found, 50);
  EXPECT_EQ(screen.detection_limit(1), 1);
}

TEST(SlagScreen, MeansAreJudgedWhereNoLotsAreNamedAndCloserWhereTheyAre) {
  GeneratedScans drawn(51);
  const auto& ore = demo_ores()[3];
  TrainingSet clean;
  drawn.add(ore, 120, 2, 0, clean);     // slices of a lot each
  ScreenOptions options;
  options.slags = 60;
  const auto assumed = fit_slag_screens(clean, {}, options).value().at(0).second;
  ASSERT_TRUE(assumed.knows_means());
  for (auto g : clean.groups) clean.lots.push_back(g / 4);   // as if four of them were a lot: they share nothing
  const auto learnt = fit_slag_screens(clean, {}, options).value().at(0).second;
  const auto a = assumed.mean_limit(10, 0, 0, 2e-5), l = learnt.mean_limit(10, 0, 0, 2e-5);
  EXPECT_LT(l.limit, a.limit);
  EXPECT_LT(l.detection, a.detection);
  EXPECT_GT(l.detection, 0);
  // More slices, or slices of the same lot before them, leave less to chance.
  EXPECT_LT(assumed.mean_limit(40, 0, 0, 2e-5).limit, a.limit);
  EXPECT_LT(assumed.mean_limit(10, 0.01, 30, 2e-5).limit, a.limit);
  const auto again = SlagScreen::from_bytes(learnt.to_bytes()).value();
  EXPECT_EQ(again.mean_limit(10, 0, 0, 2e-5).detection, l.detection);
  EXPECT_EQ(again.detection_limit(1), learnt.detection_limit(1));
}

// Fitted on single scans, judged on means of eight whose scans are at hand.
TEST(SlagScreen, LearnsFromTheScansJudgedWhatAveragingIsWorth) {
  GeneratedScans drawn(31);
  const auto& ore = demo_ores()[2];
  TrainingSet clean, judged;
  drawn.add(ore, 200, 1, 0, clean);
  const auto single = fit_slag_screens(clean, {}, {}).value().at(0).second;
  ASSERT_EQ(single.most_scans(), 1);
  drawn.add(ore, 100, 8, 0, judged);
  auto learnt = single;
  ASSERT_TRUE(learnt.learn_scan_scatter(judged.spectra, judged.groups));
  EXPECT_EQ(learnt.most_scans(), 8);
  EXPECT_FALSE(learnt.learn_scan_scatter(judged.spectra, judged.groups));   // limits for means are there now
  TrainingSet foul;
  drawn.add(ore, 60, 8, 8, foul);
  SlagScreen::Scratch scratch;
  const auto suspects = [&](const SlagScreen& screen, const TrainingSet& set) {
    int n = 0;
    for (Eigen::Index i = 0; i + 8 <= set.rows(); i += 8) n += screen.judge(set.spectra.middleRows(i, 8).colwise().mean().transpose(), 8, scratch).suspect();
    return n;
  };
  EXPECT_LE(suspects(learnt, judged), 10);   // of 100; 1 asked for: limits learnt so are looser than calibrated ones
  EXPECT_GE(suspects(learnt, foul), suspects(single, foul));
  EXPECT_LT(learnt.detection_limit(8), single.detection_limit(8));
  // Few slices teach nothing.
  auto few = single;
  EXPECT_FALSE(few.learn_scan_scatter(judged.spectra.topRows(40), std::span(judged.groups).first(40)));
  EXPECT_EQ(few.to_bytes(), single.to_bytes());
}

TEST(SlagScreen, RefusesTooFewRows) {
  TrainingSet set;
  set.axis_nm = demo_axis();
  set.spectra = Spectra::Constant(10, static_cast<Eigen::Index>(set.axis_nm.size()), 0.2);
  EXPECT_NE(fit_slag_screens(set, {}, {}).error().message.find("at least 30"), std::string::npos);
}

}  // namespace
}  // namespace beltwarden::spectra
