// What the instruments' formats cost: documents, frames and tables a second.
#include <benchmark/benchmark.h>

#include <cmath>

#include "formats/n42.h"
#include "formats/spectrum_file.h"
#include "instruments/spectrometer/references.h"

namespace beltwarden {
namespace {

using instruments::SpectrumFrame;
using instruments::SpectrumKind;

constexpr int kChannels = 2151;  // 350 to 2500 nm
const Time kTime{1'795'444'266'250'000'000};

SpectrumFrame frame(SpectrumKind kind, float level) {
  material::SpectralAxis axis;
  for (int i = 0; i < kChannels; ++i) axis.wavelengths_nm.push_back(350 + i);
  SpectrumFrame f;
  f.sequence = 1;
  f.time = kTime;
  f.kind = kind;
  f.axis = std::make_shared<const material::SpectralAxis>(std::move(axis));
  f.counts.assign(kChannels, level);
  f.full_scale = 65535;
  f.integration_ms = 10;
  return f;
}

// One spectrum from the bytes of the stream to reflectance.
void StreamToReflectance(benchmark::State& state) {
  instruments::References references;
  (void)references.take(frame(SpectrumKind::kDark, 900)).ok();
  (void)references.take(frame(SpectrumKind::kWhite, 40'000)).ok();
  const SpectrumFrame sample = frame(SpectrumKind::kSample, 12'000);
  const std::string first = encode_spectrum_frame(sample), bytes = encode_spectrum_frame(sample, false);
  instruments::SpectrumFrameParser parser;
  parser.feed(first);
  (void)parser.next();
  for (auto _ : state) {
    parser.feed(bytes);
    const auto decoded = parser.next();
    benchmark::DoNotOptimize(references.reflectance(**decoded));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(StreamToReflectance);

formats::N42File measurement() {
  formats::N42File file;
  file.detectors = {{"A1", "Gamma", "NaI"}};
  formats::RadMeasurement m;
  m.start = kTime;
  m.real_s = 0.2;
  m.occupied = true;
  m.spectra.push_back({"A1", std::vector<std::uint32_t>(1024), 0.2, 0.2, {0, 3, 0}, {}});
  for (std::size_t i = 0; i < 1024; i += 3) m.spectra[0].counts[i] = static_cast<std::uint32_t>(400 / (1 + i));
  file.measurements.push_back(std::move(m));
  return file;
}

void ReadN42(benchmark::State& state) {
  const std::string text = *formats::write_n42(measurement());
  for (auto _ : state) benchmark::DoNotOptimize(formats::read_n42(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ReadN42);

void WriteN42(benchmark::State& state) {
  const auto file = measurement();
  for (auto _ : state) benchmark::DoNotOptimize(formats::write_n42(file));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WriteN42);

formats::SpectrumFile spectra(int n) {
  formats::SpectrumFile file;
  for (int k = 0; k < n; ++k) {
    formats::Spectrum s{"s" + std::to_string(k), {}, "nm", {}, "reflectance", kTime, {}};
    for (int i = 0; i < kChannels; ++i) {
      s.x.push_back(350 + i);
      s.y.push_back(0.2 + 0.1 * std::sin(0.01 * i + k));
    }
    file.spectra.push_back(std::move(s));
  }
  return file;
}

template <class Write>
void ReadSpectra(benchmark::State& state, Write write) {
  const std::string bytes = write(spectra(static_cast<int>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(formats::read_spectrum_file(bytes));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
void ReadSpc(benchmark::State& state) {
  ReadSpectra(state, [](const auto& file) { return *formats::write_spc(file); });
}
void ReadJcampDx(benchmark::State& state) {
  ReadSpectra(state, [](const auto& file) { return formats::write_jcamp_dx(file); });
}
void ReadSpectralTable(benchmark::State& state) {
  ReadSpectra(state, [](const auto& file) { return *formats::write_spectral_csv(file); });
}
BENCHMARK(ReadSpc)->Arg(1);
BENCHMARK(ReadJcampDx)->Arg(1);
BENCHMARK(ReadSpectralTable)->Arg(100);

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
