// What a spectrum costs: reading it, treating it, asking the models; and a cross-validation. Input is synthetic.
#include <benchmark/benchmark.h>

#include <cmath>

#include "base/rng.h"
#include "formats/envi.h"
#include "formats/spectrum_file.h"
#include "science/spectra/identity.h"
#include "science/spectra/nnls.h"
#include "science/spectra/plane.h"
#include "science/spectra/treatment.h"

namespace beltwarden {
namespace {

constexpr int kChannels = 2151;   // a FieldSpec: 350 to 2500 nm
constexpr int kResponses = 6, kComponents = 10, kBrands = 6;


// Spectra of a few smooth parts in random amounts, with gain, offset and noise; responses and classes follow the amounts.
spectra::TrainingSet generated(int rows, int channels, int responses, std::uint64_t seed) {
  constexpr int kParts = 14;
  Rng rng(seed);
  Eigen::MatrixXd parts(kParts, channels);
  for (int k = 0; k < kParts; ++k) {
    const double centre = rng.uniform(0, 1), width = rng.uniform(0.02, 0.2), high = rng.uniform(0.05, 0.3);
    for (int j = 0; j < channels; ++j) {
      const double x = (static_cast<double>(j) / channels - centre) / width;
      parts(k, j) = high * std::exp(-x * x);
    }
  }
  Eigen::MatrixXd mix(kParts, responses);
  for (double& v : mix.reshaped()) v = rng.normal();
  spectra::TrainingSet set;
  set.axis_nm = spectra::regular_axis(350, 349 + channels, 1);
  set.spectra.resize(rows, channels);
  set.values.resize(rows, responses);
  for (int r = 0; r < responses; ++r) set.responses.push_back("r" + std::to_string(r));
  for (int i = 0; i < rows; ++i) {
    const int brand = i % kBrands;
    Eigen::RowVectorXd amount(kParts);
    for (int k = 0; k < kParts; ++k) amount[k] = rng.uniform(0, 1) + (k == brand ? 2.0 : 0.0);
    set.spectra.row(i) = (amount * parts) * rng.uniform(0.9, 1.1);
    for (int j = 0; j < channels; ++j) set.spectra(i, j) += 0.3 + rng.normal(0, 1e-3);
    set.values.row(i) = amount * mix;
    set.classes.push_back("brand" + std::to_string(brand));
    set.groups.push_back(static_cast<std::uint32_t>(i));
  }
  return set;
}

spectra::Treatment snv_sg(const std::vector<double>& axis) {
  return spectra::Treatment::make(axis, spectra::parse_steps("snv,sg(11,2,1)").value()).value();
}

void Treat(benchmark::State& state, const char* steps) {
  const auto set = generated(40, kChannels, 1, 1);
  auto treatment = spectra::Treatment::make(set.axis_nm, spectra::parse_steps(steps).value()).value();
  (void)treatment.fit(set.spectra).ok();
  spectra::Treatment::Scratch scratch;
  const Eigen::VectorXd in = set.spectra.row(0).transpose();
  Eigen::VectorXd out(treatment.outputs());
  for (auto _ : state) {
    benchmark::DoNotOptimize(treatment.apply(in, scratch, out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK_CAPTURE(Treat, snv, "snv");
BENCHMARK_CAPTURE(Treat, snv_sg, "snv,sg(11,2,1)");
BENCHMARK_CAPTURE(Treat, msc_sg, "msc,sg(11,2,1)");
BENCHMARK_CAPTURE(Treat, absorbance_detrend, "absorbance,detrend");
BENCHMARK_CAPTURE(Treat, continuum, "continuum");
BENCHMARK_CAPTURE(Treat, align, "align(2)");

// The way of one spectrum: SNV, Savitzky-Golay, ten components for six responses, T2, Q, and which brand it is.
struct Desk {
  spectra::TrainingSet set = generated(300, kChannels, kResponses, 2);
  spectra::Treatment treatment = snv_sg(set.axis_nm);
  spectra::Pls pls = spectra::fit_pls(spectra::treat(treatment, set).x, set.values, kComponents).value();
  spectra::Identity identity = [this] {
    spectra::IdentityOptions options;   // ten components, as the peers have; cross-validation would choose seven
    options.steps = treatment.steps();
    options.components = kComponents;
    return spectra::Identity::fit(set, options).value();
  }();
  spectra::Plane plane{pls};
};

void OneSpectrum(benchmark::State& state) {
  static const Desk desk;   // fitted once, however often the benchmark is repeated
  const auto& [set, treatment, pls, identity, plane] = desk;
  const Eigen::VectorXd in = set.spectra.row(0).transpose();
  spectra::Treatment::Scratch scratch;
  spectra::Identity::Scratch identity_scratch;
  Eigen::VectorXd x(treatment.outputs()), scores(pls.components()), values(kResponses);
  for (auto _ : state) {
    benchmark::DoNotOptimize(treatment.apply(in, scratch, x));
    benchmark::DoNotOptimize(plane.distance(x, scores));
    values.noalias() = pls.y_loadings * scores;
    values += pls.mean_y.transpose();
    benchmark::DoNotOptimize(identity.judge_treated(x, identity_scratch));
    benchmark::ClobberMemory();
  }
  state.counters["identity components"] = identity.components();
}
BENCHMARK(OneSpectrum)->Unit(benchmark::kMicrosecond);

// As many spectra, points and values as NIRsoil's training rows: 10 folds, 1 to 20 components.
void CrossValidate(benchmark::State& state) {
  const auto set = generated(618, 700, 1, 3);
  const Eigen::MatrixXd x = set.spectra;
  const Eigen::VectorXd y = set.values.col(0);
  const auto fold = spectra::deal_folds(set.groups, 10, 0);
  for (auto _ : state) benchmark::DoNotOptimize(spectra::cross_fit(x, y, fold, 10, 20));
}
BENCHMARK(CrossValidate)->Unit(benchmark::kMillisecond);

void Unmix(benchmark::State& state) {
  const auto set = generated(8, 224, 1, 4);
  const Eigen::MatrixXd members = set.spectra.topRows(7).transpose();
  const Eigen::VectorXd b = members * Eigen::VectorXd::LinSpaced(7, -0.2, 0.5);
  for (auto _ : state) benchmark::DoNotOptimize(spectra::nnls(members, b));
}
BENCHMARK(Unmix)->Unit(benchmark::kMicrosecond);

formats::SpectrumFile file_of(int spectra) {
  formats::SpectrumFile file;
  for (int k = 0; k < spectra; ++k) {
    formats::Spectrum s{"s" + std::to_string(k), {}, "nm", {}, "reflectance", {}, {}};
    for (int i = 0; i < kChannels; ++i) {
      s.x.push_back(350 + i);
      s.y.push_back(0.2 + 0.1 * std::sin(0.01 * i + k));
    }
    file.spectra.push_back(std::move(s));
  }
  return file;
}

void ReadSpcFile(benchmark::State& state) {
  const std::string bytes = *formats::write_spc(file_of(static_cast<int>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(formats::read_spc(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(ReadSpcFile)->Arg(1)->Arg(1000);

void ReadEnviLibrary(benchmark::State& state) {
  const auto spectra = static_cast<int>(state.range(0));
  std::string header = "ENVI\nsamples = " + std::to_string(kChannels) + "\nlines = " + std::to_string(spectra) +
                       "\nbands = 1\nfile type = ENVI Spectral Library\ndata type = 4\nbyte order = 0\nwavelength units = nm\nwavelength = {";
  for (int i = 0; i < kChannels; ++i) header += (i > 0 ? "," : "") + std::to_string(350 + i);
  header += "}\n";
  std::string data;
  for (const auto& s : file_of(spectra).spectra) {
    for (const double y : s.y) {
      const auto value = static_cast<float>(y);
      data.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(formats::read_envi(header, data));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(ReadEnviLibrary)->Arg(10)->Arg(1000);

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
