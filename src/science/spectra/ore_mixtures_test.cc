// The models on semi-synthetic ore (mixtures of measured minerals): what they reach is recorded with the test.
#include <gtest/gtest.h>

#include <cmath>

#include "science/spectra/identity.h"
#include "science/spectra/one_class.h"
#include "science/spectra/reference_data_test.h"
#include "science/spectra/regressor.h"

namespace beltwarden::spectra {
namespace {

struct Means {
  Spectra x;
  std::vector<Eigen::Index> first;   // row of the first scan
};

Means means_of_ten(const TrainingSet& set) {
  Means m{Spectra(set.rows() / 10, set.spectra.cols()), {}};
  for (Eigen::Index i = 0; i < set.rows(); i += 10) {
    m.x.row(i / 10) = set.spectra.middleRows(i, 10).colwise().mean();
    m.first.push_back(i);
  }
  return m;
}

// The model of `spectra fit --by class`, on one treatment for the time's sake, of the three brands that vary most. The reference, PLS by
// brand on the best of four treatments: single scans .55, .85, 1.25, together .929; means of ten .35, .62, .90, together .662, of which
// 10 % less is asked. On one treatment single scans come to .933; on all that `auto` tries they are 3 % better than the reference.
TEST(OreMixtures, FeByBrand) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto path = data / "spectra/ore_mixtures_dev.csv";
  const auto only_fe = [](TrainingSet set) {
    set.responses = {"Fe"};
    set.values = Eigen::MatrixXd(set.values.col(0));
    return set;
  };
  const auto train = only_fe(testing::read_table(path, [](auto& m) { return m.at("set") == "train"; }).set);
  const auto test = only_fe(testing::read_table(path, [](auto& m) { return m.at("set") == "test" && m.at("group").empty(); }).set);
  double squares = 0, mean_squares = 0, n = 0, slices = 0, covered = 0;
  for (const char* brand : {"B", "D", "F"}) {
    RegressorOptions options;
    options.treatments = {parse_steps("snv,sg(9,2,1)").value()};
    std::vector<Eigen::Index> others;
    for (Eigen::Index i = 0; i < train.rows(); ++i) {
      if (train.classes[static_cast<std::size_t>(i)] != brand) others.push_back(i);
    }
    options.related.axis_nm = train.axis_nm;
    options.related.responses = train.responses;
    options.related.spectra = train.spectra(others, Eigen::all);
    options.related.values = train.values(others, Eigen::all);
    for (auto i : others) options.related.classes.push_back(train.classes[static_cast<std::size_t>(i)]);
    const auto model = Regressor::fit(rows_of(train, brand), options).value();
    const auto held_out = rows_of(test, brand);
    const auto means = means_of_ten(held_out);
    Regressor::Scratch scratch;
    std::vector<double> mean_of_scans;
    ScanSpread seen;
    for (Eigen::Index s = 0; s < means.x.rows(); ++s) {
      double sum = 0, sum_of_squares = 0;
      for (Eigen::Index i = 10 * s; i < 10 * s + 10; ++i, ++n) {
        const auto p = model.predict(held_out.spectra.row(i).transpose(), scratch);
        squares += std::pow(p.value - held_out.values(i, 0), 2);
        sum += p.value, sum_of_squares += p.value * p.value;
      }
      mean_of_scans.push_back(sum / 10);
      seen.squares += sum_of_squares - sum * sum / 10;
      seen.dof += 9;
    }
    for (Eigen::Index s = 0; s < means.x.rows(); ++s, ++slices) {
      const auto p = model.of_slice(model.predict(means.x.row(s).transpose(), scratch), mean_of_scans[static_cast<std::size_t>(s)], 10, seen);
      const double off = p.value - held_out.values(means.first[static_cast<std::size_t>(s)], 0);
      mean_squares += off * off;
      covered += std::abs(off) <= 1.96 * p.std_error;
    }
  }
  const double single = std::sqrt(squares / n), mean = std::sqrt(mean_squares / slices);
  std::cout << "Fe RMSEP of B, D, F: " << single << " single, " << mean << " mean of 10, of which " << covered / slices << " within 1.96 standard errors\n";
  EXPECT_LT(single, 0.95);
  EXPECT_LT(mean, 0.596);
  EXPECT_GE(covered / slices, 0.88);
}

TEST(OreMixtures, BrandIdentity) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto path = data / "spectra/ore_mixtures_dev.csv";
  const auto train = testing::read_table(path, [](auto& m) { return m.at("set") == "train"; }).set;
  const auto test = testing::read_table(path, [](auto& m) { return m.at("set") == "test" && m.at("group").empty(); }).set;
  IdentityOptions options;
  options.steps = parse_steps("snv,sg(9,2,1)").value();
  const auto model = Identity::fit(train, options).value();
  Identity::Scratch scratch;
  double right = 0, known = 0, right_mean = 0;
  for (Eigen::Index i = 0; i < test.rows(); ++i) {
    const auto j = model.judge(test.spectra.row(i).transpose(), scratch);
    right += model.classes()[static_cast<std::size_t>(j.class_index)] == test.classes[static_cast<std::size_t>(i)];
    known += j.known;
  }
  const auto means = means_of_ten(test);
  for (Eigen::Index i = 0; i < means.x.rows(); ++i) {
    const auto j = model.judge(means.x.row(i).transpose(), scratch);
    right_mean += model.classes()[static_cast<std::size_t>(j.class_index)] == test.classes[static_cast<std::size_t>(10 * i)];
  }
  const double n = static_cast<double>(test.rows());
  std::cout << "brand identity " << right / n << " single (" << model.components() << " components, known " << known / n << "), "
            << right_mean / (n / 10) << " mean of 10\n";
  EXPECT_GE(right / n, 0.968);          // PLS-DA reference; SVM 0.981
  EXPECT_GE(right_mean / (n / 10), 0.99);
}

TEST(OreMixtures, SlagScreen) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto path = data / "spectra/ore_mixtures_dev.csv";
  const auto train = testing::read_table(path, [](auto& m) { return m.at("set") == "train"; }).set;
  const auto val = testing::read_table(path, [](auto& m) { return m.at("set") == "val"; }).set;
  const auto test = testing::read_table(path, [](auto& m) { return m.at("set") == "test"; }).set;
  OneClassOptions options;
  options.steps = parse_steps("snv,sg(9,2,1)").value();
  std::map<double, std::pair<double, double>> found;   // slag % -> alarms, slices
  for (const char* brand : {"A", "B", "C", "D", "E", "F"}) {
    auto model = OneClass::fit(rows_of(train, brand), options).value();
    ASSERT_TRUE(model.calibrate(rows_of(val, brand), 0.01).ok());
    const auto rows = rows_of(test, brand);
    const auto means = means_of_ten(rows);
    OneClass::Scratch scratch;
    for (Eigen::Index i = 0; i < means.x.rows(); ++i) {
      const auto j = model.judge(means.x.row(i).transpose(), 10, scratch);
      auto& [alarms, slices] = found[rows.values(10 * i, 5)];
      alarms += j.index > j.limit;
      slices += 1;
    }
  }
  for (const auto& [slag, counts] : found) std::cout << slag << " % slag: " << counts.first / counts.second << " of mean of 10 found\n";
  EXPECT_LE(found[0].first / found[0].second, 0.03);
  EXPECT_GE(found[20].first / found[20].second, 0.85);
  EXPECT_GE(found[50].first / found[50].second, 0.99);
}

}  // namespace
}  // namespace beltwarden::spectra
