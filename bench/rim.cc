// What the rim does to each picture and the gamma watch to each reading, on one core.
#include <benchmark/benchmark.h>

#include "base/rng.h"
#include "science/gamma/monitor.h"
#include "science/gamma/response.h"
#include "science/vision/frame_analysis.h"
#include "science/vision/test_pictures.h"

namespace beltwarden {
namespace {

void AnalyseFrame(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const double mm_per_px = static_cast<double>(state.range(2));
  auto picture = vision::testing::ore(width, height, std::max(4.0, 70 / mm_per_px), 3);
  vision::testing::lay_beam(picture, width / 2.0, height / 2.0, mm_per_px, 4);
  vision::AnalyseScratch scratch;
  for (auto _ : state) benchmark::DoNotOptimize(vision::analyse_frame(picture.view(), mm_per_px, scratch));
  state.counters["Mpx"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * width * height / 1e6, benchmark::Counter::kIsRate);
}
BENCHMARK(AnalyseFrame)->Args({96, 400, 20})->Args({256, 128, 8})->Args({2048, 1024, 1})->Unit(benchmark::kMicrosecond);

void GammaReading(benchmark::State& state) {
  constexpr std::size_t kChannels = 1024;
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kChannels; ++i) edges.push_back(30 + 2.9 * static_cast<double>(i));
  const auto shape = *gamma::detector_response("U-238", edges, gamma::bulk_ore_detector());
  const gamma::Binning binning({30, 2.9, 0}, kChannels);
  Rng rng(1);
  const auto counts_at = [&](double load) {
    std::vector<std::uint32_t> counts;
    for (const double s : shape) counts.push_back(rng.poisson(s * 800 * (1 + load / 1000)));
    return counts;
  };
  std::vector<gamma::CleanReading> clean;
  for (int i = 0; i < 700; ++i) {
    const double load = rng.uniform(0, 300);
    const auto counts = counts_at(load);
    clean.push_back({binning.windows(counts), binning.coarse(counts), 0.2, load, 0});
  }
  const auto model = *gamma::fit_monitor(clean);
  const auto shapes = gamma::ShapeLibrary::make();
  gamma::LotMonitor monitor(model, shapes);
  const auto counts = counts_at(250);
  std::uint64_t tag = 0;
  for (auto _ : state) {
    ++tag;
    benchmark::DoNotOptimize(monitor.observe(
        {tag, static_cast<double>(tag) * 0.2, 0.2, 250, 3, binning.windows(counts), binning.coarse(counts)}));
  }
}
BENCHMARK(GammaReading)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
