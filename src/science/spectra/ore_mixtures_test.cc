// The models on semi-synthetic ore (mixtures of measured minerals): what they reach is recorded with the test.
#include <gtest/gtest.h>

#include <cmath>

#include "science/spectra/identity.h"
#include "science/spectra/one_class.h"
#include "science/spectra/reference_data_test.h"
#include "science/spectra/regression.h"

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

TEST(OreMixtures, FeByBrand) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto path = data / "spectra/ore_mixtures_dev.csv";
  const auto train = testing::read_table(path, [](auto& m) { return m.at("set") == "train"; }).set;
  const auto test = testing::read_table(path, [](auto& m) { return m.at("set") == "test" && m.at("group").empty(); }).set;
  RegressionOptions options;
  for (const char* t : {"raw", "snv", "sg(9,2,1)", "snv,sg(9,2,1)"}) options.treatments.push_back(parse_steps(t).value());
  double squares = 0, mean_squares = 0, n = 0, mean_n = 0;
  for (const char* brand : {"A", "B", "C", "D", "E", "F"}) {
    auto rows = rows_of(train, brand);
    rows.responses = {"Fe"};
    rows.values = Eigen::MatrixXd(rows.values.col(0));
    const auto model = RegressionModel::fit(rows, options).value();
    const auto held_out = rows_of(test, brand);
    RegressionModel::Scratch scratch;
    std::vector<Prediction> p;
    for (Eigen::Index i = 0; i < held_out.rows(); ++i, ++n) {
      model.predict(held_out.spectra.row(i).transpose(), 1, scratch, p);
      squares += std::pow(p[0].value - held_out.values(i, 0), 2);
    }
    const auto means = means_of_ten(held_out);
    for (Eigen::Index i = 0; i < means.x.rows(); ++i, ++mean_n) {
      model.predict(means.x.row(i).transpose(), 10, scratch, p);
      mean_squares += std::pow(p[0].value - held_out.values(means.first[static_cast<std::size_t>(i)], 0), 2);
    }
  }
  const double single = std::sqrt(squares / n), mean = std::sqrt(mean_squares / mean_n);
  RecordProperty("fe_rmsep_single", std::to_string(single));
  RecordProperty("fe_rmsep_mean_of_10", std::to_string(mean));
  std::cout << "Fe RMSEP " << single << " single, " << mean << " mean of 10\n";
  EXPECT_LT(single, 0.80);   // reference 0.778
  EXPECT_LT(mean, 0.58);     // reference 0.562
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
