// What the rim does to each picture, on one core.
#include <benchmark/benchmark.h>

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

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
