// What answers on the belt takes no memory once its working memory has its size.
#include "base/counting_malloc_for_tests.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/spectra/identity.h"

namespace beltwarden::spectra {
namespace {

using beltwarden::testing::allocations;
using beltwarden::testing::kCountsAllocations;

// Three kinds of smooth spectra, in random amounts.
TrainingSet three_kinds(int rows) {
  Rng rng(3);
  TrainingSet set;
  set.axis_nm = regular_axis(1000, 1590, 10);
  set.spectra.resize(rows, 60);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < 60; ++j) {
      const double x = j - 15.0 * (1 + i % 3);
      set.spectra(i, j) = 1 + std::exp(-x * x / 50) * rng.uniform(0.9, 1.1) + rng.normal(0, 0.02);
    }
    set.classes.push_back(std::string(1, static_cast<char>('A' + i % 3)));
  }
  return set;
}

TEST(Allocations, NamingAClassTakesNone) {
  if (!kCountsAllocations) GTEST_SKIP() << "skipped: a sanitizer has malloc";
  const auto set = three_kinds(90);
  std::vector<std::string> methods;
  for (const auto method : {0, 1, 2}) {   // PLS discriminants, linear discriminants, support vectors
    IdentityOptions options;
    options.steps = parse_steps("snv,sg(9,2,1)").value();
    if (method > 0) options.treatments = {options.steps};   // a search puts a gate in front as well
    if (method > 0) options.only = method == 1 ? DeciderOptions::Method::kDiscriminant : DeciderOptions::Method::kSupportVectors;
    const auto model = Identity::fit(set, options).value();
    methods.push_back(model.method().substr(0, 3));
    const Eigen::VectorXd one = set.spectra.row(0).transpose();
    Identity::Scratch scratch;
    EXPECT_EQ(model.judge(one, scratch).class_index, 0);
    const auto before = allocations;
    for (int i = 0; i < 10; ++i) (void)model.judge(one, scratch);
    EXPECT_EQ(allocations, before) << model.method();
  }
  EXPECT_EQ(methods, (std::vector<std::string>{"PLS", "reg", "sup"}));
}

}  // namespace
}  // namespace beltwarden::spectra
