// How fast frames become events, and the network against the same network under OpenCV dnn and against its floor.
#include <benchmark/benchmark.h>
#include <immintrin.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <sstream>
#include <vector>

#include "base/rng.h"
#include "science/vision/belt_mosaic.h"
#include "science/vision/detector.h"
#include "science/vision/frame_health.h"

namespace {

using namespace beltwarden;
using namespace beltwarden::vision;

Picture noisy_ore(int width, int height, std::uint64_t seed) {
  Picture picture{width, height, std::vector<std::uint8_t>(std::size_t{3} * static_cast<std::size_t>(width * height))};
  Rng rng(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int lump = static_cast<int>((x / 9 * 7919 + y / 9 * 104729) % 61) - 30;
      for (int k = 0; k < 3; ++k) {
        picture.bgr[static_cast<std::size_t>(3 * (y * width + x) + k)] =
            static_cast<std::uint8_t>(90 + 20 * k + lump + static_cast<int>(rng.below(16)));
      }
    }
  }
  return picture;
}

DetectorModel fresh_model() {
  DetectorModel model;
  model.network = detector_network(6, 1);
  model.mm_per_px = 2;
  model.threshold = model.event_threshold = 1e9;
  return model;
}

// With what scripts/build.sh puts into backbone/, where it is; run from the project's folder.
std::shared_ptr<const net::Backbone> backbone() {
  std::ifstream file("backbone/backbone.bin", std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  auto read = net::Backbone::from_bytes(bytes.str(), "backbone/backbone.bin");
  return read ? std::make_shared<const net::Backbone>(std::move(*read)) : nullptr;
}

DetectorModel model_that_looks_twice() {
  DetectorModel model = fresh_model();
  SecondLook& second = model.second;
  second.backbone = backbone();
  if (second.empty()) return model;
  second.centre.assign(second.backbone->feature_count(), 0);
  second.scale.assign(second.backbone->feature_count(), 1);
  second.weight.assign(second.backbone->feature_count(), 0.01f);
  return model;
}

// The whole way of a decoded frame: light, network, second look, blobs, belt coordinates, health of the camera.
void pipeline_of(benchmark::State& state, const DetectorModel& model) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  Detector detector(model);
  const Picture frames[] = {noisy_ore(width, height, 1), noisy_ore(width, height, 2)};
  BeltMosaic mosaic(1e9);
  const FrameQuality usual = measure_quality(frames[0].view());
  WindowWatch window;
  std::size_t i = 0;
  for (auto _ : state) {
    const Picture& frame = frames[i++ % 2];
    auto seen = detector.look(frame.view());
    benchmark::DoNotOptimize(mosaic.add(seen->evidence, height / 2.0));
    benchmark::DoNotOptimize(faults_of(measure_quality(frame.view()), usual));
    benchmark::DoNotOptimize(window.look(frame.view()));
  }
  state.counters["Mpx/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * width * height / 1e6, benchmark::Counter::kIsRate);
}
void pipeline(benchmark::State& state) {
  const DetectorModel model = model_that_looks_twice();
  if (model.second.empty()) state.SkipWithError("no backbone/backbone.bin: scripts/build.sh makes it");
  else pipeline_of(state, model);
}
BENCHMARK(pipeline)->Args({480, 360})->Args({1024, 512})->Args({2048, 1024})->Unit(benchmark::kMillisecond);

void pipeline_without_second_look(benchmark::State& state) { pipeline_of(state, fresh_model()); }
BENCHMARK(pipeline_without_second_look)->Args({480, 360})->Args({1024, 512})->Args({2048, 1024})->Unit(benchmark::kMillisecond);

#if defined(__x86_64__)
// Twelve independent chains of fused multiply-adds: what this core does at best.
__attribute__((target("avx2,fma"))) double peak_multiply_adds_per_s() {
  __m256 sum[12];
  for (int i = 0; i < 12; ++i) sum[i] = _mm256_set1_ps(0.1f * static_cast<float>(i));
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  double best = 0;
  for (int round = 0; round < 20; ++round) {
    const auto start = std::chrono::steady_clock::now();
    constexpr int kLoops = 200'000;
    for (int i = 0; i < kLoops; ++i) {
#pragma GCC unroll 12
      for (int k = 0; k < 12; ++k) sum[k] = _mm256_fmadd_ps(sum[k], a, b);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 12.0 * 8 * kLoops / seconds);
    for (int k = 0; k < 12; ++k) benchmark::DoNotOptimize(sum[k]);
  }
  return best;
}
#else
double peak_multiply_adds_per_s() { return 0; }
#endif

// Eight windows of a second look, or as many as one crop has.
void windows(benchmark::State& state) {
  const auto network = backbone();
  if (network == nullptr) return state.SkipWithError("no backbone/backbone.bin: scripts/build.sh makes it");
  net::Backbone::Scratch scratch;
  network->prepare(kWindowSide, scratch);
  for (auto _ : state) benchmark::DoNotOptimize(network->run(static_cast<int>(state.range(0)), scratch));
  state.counters["floor_ms"] = static_cast<double>(state.range(0)) * network->multiply_adds(kWindowSide) / peak_multiply_adds_per_s() * 1e3;
}
BENCHMARK(windows)->Arg(8)->Arg(2)->Unit(benchmark::kMillisecond);

void network(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  net::Network fresh = detector_network(6, 1);
  fresh.outputs.resize(1);  // as frames are looked at, and as OpenCV below
  const net::Frozen frozen(fresh);
  net::Frozen::Scratch scratch;
  net::Planes& input = frozen.prepare(width, height, scratch);
  Rng rng(1);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) input.row(0, c, y)[x] = static_cast<float>(rng.normal());
    }
  }
  for (auto _ : state) frozen.run(scratch);
  const double adds = fresh.plan.multiply_adds_per_px() * width * height;
  static const double peak = peak_multiply_adds_per_s();
  state.counters["floor_ms"] = adds / peak * 1e3;
  state.counters["peak_GMA/s"] = peak / 1e9;
  state.counters["MA/px"] = fresh.plan.multiply_adds_per_px();
}
BENCHMARK(network)->Args({480, 368})->Args({1024, 512})->Args({2048, 1024})->Unit(benchmark::kMillisecond);

// The same steps as OpenCV's layers; normalisation is left out, as folding does.
cv::dnn::Net opencv_network(const net::Network& network) {
  cv::dnn::Net out;
  const auto& steps = network.plan.steps();
  std::vector<int> id(steps.size(), 0);
  Rng rng(1);
  const auto weights = [&](std::vector<int> shape) {
    cv::Mat mat(shape, CV_32F);
    for (std::size_t i = 0; i < mat.total(); ++i) mat.ptr<float>()[i] = static_cast<float>(0.1 * rng.normal());
    return mat;
  };
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const net::Step& step = steps[i];
    const int source = id[static_cast<std::size_t>(step.input)];
    const std::string name = "step" + std::to_string(i);
    cv::dnn::LayerParams params;
    const int ins = steps[static_cast<std::size_t>(step.input)].channels;
    switch (step.kind) {
      case net::StepKind::kFold:
        id[i] = source;  // done by the next layer: a window of 2 x 2, two pixels apart
        continue;
      case net::StepKind::kDepthwise:
        params.set("kernel_size", 3);
        params.set("pad", 1);
        params.set("num_output", step.channels);
        params.set("group", step.channels);
        params.set("bias_term", false);
        params.blobs.push_back(weights({step.channels, 1, 3, 3}));
        id[i] = out.addLayer(name, "Convolution", params);
        break;
      case net::StepKind::kMix: {
        const bool folds = steps[static_cast<std::size_t>(step.input)].kind == net::StepKind::kFold;
        const int side = folds ? 2 : 1;
        params.set("kernel_size", side);
        params.set("stride", side);
        params.set("num_output", step.channels);
        params.blobs.push_back(weights({step.channels, ins / (side * side), side, side}));
        params.blobs.push_back(weights({step.channels}));
        id[i] = out.addLayer(name, "Convolution", params);
        break;
      }
      case net::StepKind::kNormalise: id[i] = out.addLayer(name, "ReLU", params); break;
      case net::StepKind::kUnfold:
        params.set("interpolation", "nearest");
        params.set("zoom_factor_x", 2);
        params.set("zoom_factor_y", 2);
        id[i] = out.addLayer(name, "Resize", params);
        break;
      case net::StepKind::kAdd:
        params.set("operation", "sum");
        id[i] = out.addLayer(name, "Eltwise", params);
        out.connect(id[static_cast<std::size_t>(step.other)], 0, id[i], 1);
        break;
      case net::StepKind::kInput: break;
    }
    out.connect(source, 0, id[i], 0);
  }
  out.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  out.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
  return out;
}

void network_opencv_dnn(benchmark::State& state) {
  cv::setNumThreads(1);
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  cv::dnn::Net out = opencv_network(detector_network(6, 1));
  cv::Mat input(std::vector<int>{1, 3, height, width}, CV_32F);
  cv::randn(input, 0, 1);
  for (auto _ : state) {
    out.setInput(input);
    cv::Mat result = out.forward();
    benchmark::DoNotOptimize(result.data);
  }
}
BENCHMARK(network_opencv_dnn)->Args({480, 368})->Args({1024, 512})->Args({2048, 1024})->Unit(benchmark::kMillisecond);

long peak_memory_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// 10^5 small frames: the most memory ever used must not grow after the first thousand.
void memory_over_frames(benchmark::State& state) {
  for (auto _ : state) {
    Detector detector(fresh_model());
    const Picture frames[] = {noisy_ore(64, 64, 1), noisy_ore(64, 64, 2)};
    BeltMosaic mosaic(1e9);
    WindowWatch window;
    long early = 0;
    for (int i = 0; i < 100'000; ++i) {
      auto seen = detector.look(frames[i % 2].view());
      mosaic.add(seen->evidence, 20);
      measure_quality(frames[i % 2].view());
      window.look(frames[i % 2].view());
      if (i == 1000) early = peak_memory_kib();
    }
    state.counters["KiB_after_1e3"] = static_cast<double>(early);
    state.counters["KiB_after_1e5"] = static_cast<double>(peak_memory_kib());
  }
}
BENCHMARK(memory_over_frames)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
