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

TEST(SlagScreen, OreMixtures) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  for (const bool with_val : {true, false}) {
    for (const bool with_library : {true, false}) {
      std::cout << (with_val ? "train and val" : "train only") << (with_library ? ", measured library\n" : ", generated slag\n");
      const auto found = screen_ore_mixtures(data, with_val, with_library, std::getenv("SCREEN_SET") ? std::getenv("SCREEN_SET") : "test");
      EXPECT_LE(found.rate(0), 0.015);
      if (!found.by_level.contains(50)) continue;
      EXPECT_GE(found.rate(5), 0.5);
      EXPECT_GE(found.rate(20), 0.98);
      EXPECT_EQ(found.rate(50), 1);
    }
  }
}

}  // namespace
}  // namespace beltwarden::spectra
