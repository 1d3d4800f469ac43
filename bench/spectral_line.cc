// What a spectrum of 2,151 channels costs the line's inspectors at 20 spectra/s and 4,000 t/h: processor time and memory taken. Input is synthetic.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/counting_malloc_for_tests.h"
#include "base/rng.h"
#include "inspect/host.h"
#include "pack/fit.h"
#include "pack/inspectors.h"
#include "science/spectra/ores.h"

namespace beltwarden {
namespace {

constexpr int kSpectraOfSlice = 900;   // 50 t at 4,000 t/h take 45 s
constexpr const char* kOre = "Karstad fines";

pack::Pack fitted_pack() {
  auto pack = pack::read(std::filesystem::path("packs") / "iron-ore");
  if (!pack) {
    std::fprintf(stderr, "%s (run from the project's folder)\n", pack.error().message.c_str());
    std::exit(1);
  }
  const auto training = pack::generated_training(spectra::mineral_library(spectra::demo_axis()).value());
  const auto models = pack::fit_spectral_models(*pack, training, 11).value();
  for (const auto& [name, bytes] : models) pack->models[name] = bytes;
  return *pack;
}

// Slice after slice of one ore, each spectrum shown to every inspector of the pack.
class Line {
 public:
  explicit Line(const pack::Pack& pack)
      : host_(LineId("B1"), {{InstrumentId("spectrometer"), "spectrometer"}}, pack::make_inspectors(pack).value()) {
    auto axis = std::make_shared<material::SpectralAxis>();
    axis->wavelengths_nm = spectra::regular_axis(350, 2500, 1);
    const auto library = spectra::mineral_library(axis->wavelengths_nm).value();
    Rng rng(7);
    const auto lot = spectra::draw_lot(*spectra::find_demo_ore(kOre), rng);
    const auto slice = spectra::draw_slice(lot, rng);
    for (int i = 0; i < 64; ++i) {
      auto seen = spectra::mix(library, spectra::draw_spot(slice, rng)).value().reflectance;
      spectra::observe(axis->wavelengths_nm, spectra::draw_optics(rng), rng, seen);
      material::SpectrumReading reading;
      reading.axis = axis;
      reading.reflectance.assign(seen.begin(), seen.end());
      material::Observation o;
      o.instrument = InstrumentId("spectrometer");
      o.intervals = {{LotId("L"), {}}};
      o.payload = std::move(reading);
      spectra_.push_back(std::move(o));
    }
    material::Observation plan;
    plan.payload = material::LotPlan{.lot = LotId("L"), .brand = kOre};
    (void)host_.observe(plan);
  }

  void spectrum() {
    auto& o = spectra_[static_cast<std::size_t>(seen_) % spectra_.size()];
    const double step_t = 50.0 / kSpectraOfSlice;
    o.time = Time{} + seconds(0.05 * static_cast<double>(seen_));
    o.intervals.front().tonnes = {Tonnes{step_t * static_cast<double>(seen_)}, Tonnes{step_t * static_cast<double>(seen_ + 1)}};
    ++seen_;
    benchmark::DoNotOptimize(host_.observe(o));
  }

  void close() {
    material::Observation o;
    material::SliceClosed closed;
    const Tonnes to{50.0 * static_cast<double>(seen_ / kSpectraOfSlice)};
    closed.interval = {LotId("L"), {to - Tonnes{50}, to}};
    closed.seen[InstrumentId("spectrometer")] = {closed.interval.tonnes};
    o.payload = closed;
    benchmark::DoNotOptimize(host_.observe(o));
  }

 private:
  inspect::InspectorHost host_;
  std::vector<material::Observation> spectra_;
  std::int64_t seen_ = 0;
};

// An iteration is a slice: its 900 spectra, and what they come to when it closes.
void Slice(benchmark::State& state) {
  static const pack::Pack pack = fitted_pack();
  Line line(pack);
  const auto slice = [&](std::size_t& of_spectra, std::size_t& of_closing) {
    const auto before = testing::allocations;
    for (int i = 0; i < kSpectraOfSlice; ++i) line.spectrum();
    const auto between = testing::allocations;
    line.close();
    of_spectra += between - before;
    of_closing += testing::allocations - between;
  };
  std::size_t of_spectra = 0, of_closing = 0;
  for (int i = 0; i < 3; ++i) slice(of_spectra, of_closing);   // working memory gets its size
  of_spectra = of_closing = 0;
  for (auto _ : state) slice(of_spectra, of_closing);
  const auto slices = static_cast<double>(state.iterations());
  state.counters["cpu_per_spectrum"] = benchmark::Counter(slices * kSpectraOfSlice, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocations_per_spectrum"] = static_cast<double>(of_spectra) / slices / kSpectraOfSlice;
  state.counters["allocations_per_closing"] = static_cast<double>(of_closing) / slices;
}
BENCHMARK(Slice)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
