// The gamma monitor on one core: N42 from memory, and an interval of four detectors with 1,024 channels through
// calibration, background and all tests, as nearly all of them go (named:0) and with the naming that a source's strongest
// moments need (named:1).
#include <benchmark/benchmark.h>

#include <memory>
#include <numeric>

#include "base/rng.h"
#include "base/time.h"
#include "formats/n42.h"
#include "science/gamma/belt_monitor.h"
#include "science/gamma/energy_grid.h"
#include "science/gamma/response.h"

namespace beltwarden {
namespace {

constexpr std::size_t kChannels = 1024;

std::vector<double> channel_edges() {
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kChannels; ++i) edges.push_back(10 + 2.95 * static_cast<double>(i));
  return edges;
}

std::vector<double> natural_rates() {
  std::vector<double> rates(kChannels);
  for (const char* nuclide : {"K-40", "U-238", "Th-232"}) {
    const auto counts = *gamma::detector_response(nuclide, channel_edges(), gamma::bulk_ore_detector());
    const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
    for (std::size_t i = 0; i < kChannels; ++i) rates[i] += 500 * counts[i] / sum;
  }
  return rates;
}

std::vector<std::uint32_t> draw(Rng& rng, const std::vector<double>& rates, double seconds) {
  std::vector<std::uint32_t> counts;
  for (const double rate : rates) counts.push_back(rng.poisson(rate * seconds));
  return counts;
}

// A file of `range(0)` samples of eight detectors with 16,384 channels, like a portal's, or of one with 1,024.
void ReadN42(benchmark::State& state) {
  Rng rng(5);
  formats::N42File file;
  const bool portal = state.range(0) != 0;
  const std::size_t samples = portal ? 133 : 2000, detectors = portal ? 8 : 1, channels = portal ? 16384 : kChannels;
  for (std::size_t s = 0; s < samples; ++s) {
    formats::RadMeasurement m;
    m.start = Time{static_cast<std::int64_t>(s) * 1'000'000'000};
    m.real_s = 1;
    for (std::size_t d = 0; d < detectors; ++d) {
      formats::RadSpectrum spectrum;
      spectrum.detector = "A" + std::to_string(d + 1);
      spectrum.calibration = {0, 3000.0 / static_cast<double>(channels), 0};
      spectrum.live_s = spectrum.real_s = 1;
      for (std::size_t c = 0; c < channels; ++c) spectrum.counts.push_back(rng.poisson(portal ? 0.035 : 1.5));
      m.spectra.push_back(std::move(spectrum));
    }
    file.measurements.push_back(std::move(m));
  }
  const std::string text = *formats::write_n42(file);
  for (auto _ : state) benchmark::DoNotOptimize(formats::read_n42(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(ReadN42)->ArgName("portal")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void BeltInterval(benchmark::State& state) {
  const auto edges = channel_edges();
  const auto rates = natural_rates();
  Rng rng(6);
  auto counts = std::make_shared<std::vector<std::uint32_t>>();
  for (int i = 0; i < 3500; ++i) {
    const auto row = draw(rng, rates, 0.2);
    counts->insert(counts->end(), row.begin(), row.end());
  }
  gamma::BeltSeries series{"s", 3500, [counts](std::size_t i) {
                             return gamma::BeltInterval{0.2 * static_cast<double>(i), 0.2, 3, i < 500 ? 0.0 : 200.0 + static_cast<double>(i % 97),
                                                        std::span(*counts).subspan(i * kChannels, kChannels)};
                           }, edges};
  const auto model = gamma::tune_belt(std::span(&series, 1), gamma::response_templates(), 1);
  if (!model) return state.SkipWithError(model.error().message.c_str());
  gamma::BeltMonitor monitor(*model);
  const gamma::SourceTests tests(model->background, model->library, model->background.anchor_gain);
  const gamma::BeltTracker tracker(model->background);
  gamma::Prediction prediction;
  const bool named = state.range(0) != 0;
  const gamma::Fold fold(edges, model->background.edges_kev);
  std::vector<double> bins(fold.bins()), sum(fold.bins());
  double t = 0;
  std::size_t i = 0;
  for (auto _ : state) {
    std::fill(sum.begin(), sum.end(), 0);
    for (std::size_t d = 0; d < 4; ++d) {   // four detectors, each on its own calibration
      fold.apply(std::span<const std::uint32_t>(*counts).subspan((i + d) % 3500 * kChannels, kChannels), bins);
      for (std::size_t b = 0; b < sum.size(); ++b) sum[b] += bins[b] / 4;
    }
    benchmark::DoNotOptimize(monitor.observe(t, 0.2, 3, 200 + static_cast<double>(i % 97), sum));
    if (named) {
      tracker.predict(200, 0.2, prediction);
      gamma::PassageCounts passage(sum.size());
      for (int k = 0; k < 12; ++k) passage.add(0.5, 0.2, sum, prediction, prediction.state);
      passage.scale();
      tracker.covariance(4, passage.covariance);
      benchmark::DoNotOptimize(gamma::name_source(tests, passage));
    }
    t += 0.2;
    ++i;
  }
}
BENCHMARK(BeltInterval)->ArgName("named")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
