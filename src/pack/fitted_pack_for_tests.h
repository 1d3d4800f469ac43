// The pack that ships, fitted on generated ore once a process, and those of its inspectors that judge spectra.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pack/fit.h"
#include "pack/inspectors.h"
#include "pack/test_belt.h"

#ifndef BELTWARDEN_PACKS
#define BELTWARDEN_PACKS "packs"  // from the project's folder; the tests' build names it whole
#endif

namespace beltwarden::pack::testing {

inline constexpr std::string_view kSpectral[] = {"brand_regression", "element_threshold", "slag_comparison", "declaration", "spectrometer_health"};

inline Pack shipped_pack() { return read(std::filesystem::path(BELTWARDEN_PACKS) / "iron-ore").value(); }

inline const Pack& fitted_pack() {
  static const Pack fitted = [] {
    Pack pack = shipped_pack();
    const auto models = fit_spectral_models(pack, generated_training(spectra::mineral_library(spectra::demo_axis()).value()), 11).value();
    for (const auto& [name, bytes] : models) pack.models[name] = bytes;
    return pack;
  }();
  return fitted;
}

/// Those of a pack that judge spectra: the others have their own tests.
inline std::vector<std::unique_ptr<inspect::Inspector>> spectral_inspectors(const Pack& pack) {
  auto all = make_inspectors(pack).value();
  std::erase_if(all, [](const auto& i) { return std::ranges::find(kSpectral, i->info().name) == std::end(kSpectral); });
  return all;
}

inline const wire::Measured* measured(const wire::Finding& finding, const std::string& name) {
  const auto it = std::ranges::find(finding.measured, name, &wire::Measured::name);
  return it == finding.measured.end() ? nullptr : &*it;
}

class FittedPack : public ::testing::Test {
 protected:
  void SetUp() override { inspectors_ = spectral_inspectors(fitted_pack()); }

  std::vector<std::unique_ptr<inspect::Inspector>> inspectors_;
};

}  // namespace beltwarden::pack::testing
