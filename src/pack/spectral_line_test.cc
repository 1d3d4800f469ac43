// The spectral inspectors of a line share what they look at: it changes nothing that they say, and a spectrum takes no memory.
#include <gtest/gtest.h>

#include "base/counting_malloc_for_tests.h"
#include "inspect/host.h"
#include "inspect/registry.h"
#include "pack/fitted_pack_for_tests.h"
#include "wire/codec.h"

namespace beltwarden::pack {
namespace {

// Each with spectra of its own.
std::vector<std::unique_ptr<inspect::Inspector>> inspectors_apart(const Pack& pack) {
  inspect::InspectorSources sources;
  sources.model = [&pack](std::string_view name) -> std::string_view {
    const auto it = pack.models.find(name);
    return it == pack.models.end() ? std::string_view() : std::string_view(it->second);
  };
  sources.version = pack.stamp();
  sources.limits = pack.limits;
  std::vector<std::unique_ptr<inspect::Inspector>> out;
  for (const auto& [name, make] : inspect::inspector_registry()) {
    if (std::ranges::find(testing::kSpectral, name) != std::end(testing::kSpectral)) out.push_back(make(sources).value());
  }
  return out;
}

// Clean ore, slag, another brand, haze, and the declared ore again: some 45 slices.
std::vector<std::string> what_is_said(std::vector<std::unique_ptr<inspect::Inspector>> inspectors) {
  testing::TestBelt line(inspectors, "Karstad fines", "Karstad fines", 31);
  line.run(12);
  line.run(6, [](spectra::Recipe& r, Rng& rng) { r = spectra::blend(r, spectra::draw_slag(spectra::SlagKind::kSteel, rng), 40); });
  line.deliver("Tallow Ridge fines");
  line.run(8);
  line.run(4, {}, 0.6);
  line.deliver("Karstad fines");
  line.run(15, {}, 0, true);
  std::vector<std::string> said;
  for (const auto& finding : line.findings()) said.push_back(finding.model + ": " + wire::encode(finding));
  return said;
}

TEST(SpectralLine, WhatInspectorsShareIsWhatEachWouldSeeAlone) {
  const auto together = what_is_said(testing::spectral_inspectors(testing::fitted_pack()));
  EXPECT_EQ(together, what_is_said(inspectors_apart(testing::fitted_pack())));
  EXPECT_GT(together.size(), 100u);
}

TEST(SpectralLine, ASpectrumTakesNoMemory) {
  using beltwarden::testing::allocations;
  if (!beltwarden::testing::kCountsAllocations) GTEST_SKIP() << "skipped: a sanitizer has malloc";
  inspect::InspectorHost host(LineId("B1"), {{InstrumentId("spectrometer"), "spectrometer"}}, make_inspectors(testing::fitted_pack()).value());
  material::Observation plan, spectrum, closing;
  plan.payload = material::LotPlan{.lot = LotId("L"), .brand = "Karstad fines"};
  (void)host.observe(plan);
  auto axis = std::make_shared<material::SpectralAxis>();
  axis->wavelengths_nm = spectra::demo_axis();
  material::SpectrumReading reading;
  reading.axis = axis;
  reading.reflectance.assign(axis->wavelengths_nm.size(), 0.2F);
  spectrum.instrument = InstrumentId("spectrometer");
  spectrum.payload = reading;
  std::size_t taken = 0;
  for (int slice = 0; slice < 4; ++slice) {
    taken = 0;
    for (int i = 0; i < 100; ++i) {
      const double at_t = 50 * slice + 0.5 * i;
      spectrum.intervals = {{LotId("L"), {Tonnes{at_t}, Tonnes{at_t + 0.5}}}};
      const auto before = allocations;
      const auto outcome = host.observe(spectrum);
      taken += allocations - before;
      EXPECT_TRUE(outcome.findings.empty());
    }
    closing.payload = material::SliceClosed{.interval = {LotId("L"), {Tonnes{50.0 * slice}, Tonnes{50.0 * slice + 50}}}};
    EXPECT_TRUE(host.observe(closing).report.has_value());
  }
  EXPECT_EQ(taken, 0u);   // the first slices gave the working memory its size
}

}  // namespace
}  // namespace beltwarden::pack
