// Each fault injected into generated spectra of a healthy line.
#include "science/spectra/line_health.h"

#include <gtest/gtest.h>

#include <cmath>

#include "science/spectra/ores.h"

namespace beltwarden::spectra {
namespace {

constexpr double kC2 = 1.438777e7;

struct Line {
  std::vector<double> axis = demo_axis();
  MineralLibrary library = mineral_library(demo_axis()).value();
  Rng rng{11};

  // Mean of five scans of a slice; `bend` changes the reflectance before the light path does.
  template <class Bend>
  Spectrum slice(const Ore& ore, Bend bend) {
    const auto slice = draw_slice(draw_lot(ore, rng), rng);
    Spectrum mean = Spectrum::Zero(static_cast<Eigen::Index>(axis.size()));
    for (int k = 0; k < 5; ++k) {
      Spectrum r = mix(library, draw_spot(slice, rng)).value().reflectance;
      bend(r);
      observe(axis, draw_optics(rng), rng, r);
      mean += r / 5;
    }
    return mean;
  }
  Spectrum healthy(const Ore& ore) {
    return slice(ore, [](Spectrum&) {});
  }
};

class LineHealth : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Line line;
    TrainingSet clean;
    clean.axis_nm = line.axis;
    std::vector<Spectrum> rows;
    for (const auto& ore : demo_ores()) {
      for (int i = 0; i < 60; ++i) {
        rows.push_back(line.healthy(ore));
        clean.classes.push_back(ore.name);
      }
    }
    clean.spectra.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(line.axis.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) clean.spectra.row(static_cast<Eigen::Index>(i)) = rows[i].transpose();
    reference_ = new LineReference(LineReference::fit(clean).value());
  }
  static void TearDownTestSuite() { delete reference_; }

  // What the monitor names after `slices` slices with `bend`, for each demo ore.
  template <class Bend>
  std::vector<LineMonitor::Judgement> named(int slices, Bend bend) {
    Line line;
    line.rng = Rng(77);
    std::vector<LineMonitor::Judgement> out;
    for (const auto& ore : demo_ores()) {
      LineMonitor monitor;
      LineMonitor::Judgement j;
      for (int i = 0; i < slices; ++i) j = monitor.step(reference_->measure(line.slice(ore, bend)));
      out.push_back(j);
    }
    return out;
  }
  static int count(const std::vector<LineMonitor::Judgement>& all, LineFault fault) {
    int n = 0;
    for (const auto& j : all) n += j.fault == fault;
    return n;
  }
  static LineReference* reference_;
};
LineReference* LineHealth::reference_ = nullptr;

TEST_F(LineHealth, HealthyLineIsQuiet) {
  Line line;
  line.rng = Rng(78);
  int alarms = 0;
  for (const auto& ore : demo_ores()) {
    LineMonitor monitor;
    for (int i = 0; i < 200; ++i) alarms += monitor.step(reference_->measure(line.healthy(ore))).fault != LineFault::kNone;
  }
  EXPECT_EQ(alarms, 0);
}

TEST_F(LineHealth, LampFading) {
  // 2900 K to 2700 K.
  Line line;
  const auto fade = [&](Spectrum& r) {
    for (Eigen::Index i = 0; i < r.size(); ++i) {
      const double nm = line.axis[static_cast<std::size_t>(i)];
      r[i] *= std::expm1(kC2 / (nm * 2900)) / std::expm1(kC2 / (nm * 2700));
    }
  };
  const auto all = named(12, fade);
  EXPECT_EQ(count(all, LineFault::kLampFading), 6);
  for (const auto& j : all) EXPECT_NEAR(j.size, 0.30, 0.15);    // Planck at 1000 nm: ratio 0.69 after 0.37 in the exponent
}

TEST_F(LineHealth, DirtyWindow) {
  const auto all = named(12, [](Spectrum& r) { r = (0.9 * r.array() + 0.1 * 0.6).matrix(); });
  EXPECT_EQ(count(all, LineFault::kDirtyWindow), 6);
}

TEST_F(LineHealth, WavelengthShift) {
  Line line;
  for (double nm : {4.0, -4.0}) {
    const auto shift = [&](Spectrum& r) {
      const Spectrum was = r;
      for (Eigen::Index i = 0; i < r.size(); ++i) {
        const double at = std::clamp(static_cast<double>(i) - nm / 10, 0.0, static_cast<double>(r.size() - 1));
        const auto low = static_cast<Eigen::Index>(at);
        const auto high = std::min(low + 1, r.size() - 1);
        r[i] = was[low] + (was[high] - was[low]) * (at - static_cast<double>(low));
      }
    };
    const auto all = named(12, shift);
    EXPECT_GE(count(all, LineFault::kWavelengthShift), 5);       // magnetite has hardly a slope to see it by
    for (const auto& j : all) {
      if (j.fault == LineFault::kWavelengthShift) {
        EXPECT_NEAR(j.size, nm, 2.5);
      }
    }
  }
}

TEST_F(LineHealth, LayerTooLowAndEmptyBelt) {
  const auto low = named(12, [](Spectrum& r) { r = (0.6 * r.array() + 0.4 * 0.045).matrix(); });
  EXPECT_GE(count(low, LineFault::kLayerTooLow), 5);             // black ore over a black belt looks alike
  const auto empty = named(1, [](Spectrum& r) { r.setConstant(0.045); });
  EXPECT_EQ(count(empty, LineFault::kEmptyBelt), 6);
}

TEST_F(LineHealth, SavedAndReadAlike) {
  Line line;
  const auto again = LineReference::from_bytes(reference_->to_bytes()).value();
  const auto x = line.healthy(demo_ores()[2]);
  EXPECT_EQ(again.measure(x)[LineFault::kDirtyWindow].size, reference_->measure(x)[LineFault::kDirtyWindow].size);
  EXPECT_FALSE(LineReference::from_bytes("BWSM").ok());
  EXPECT_FALSE(reference_->measure(Spectrum::Ones(5)).valid);
}

}  // namespace
}  // namespace beltwarden::spectra
