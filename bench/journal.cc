// Journal: entries durable a second, latency from append to durable, and what append alone costs.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/verify.h"

namespace {

using namespace beltwarden;
using journal::EntryKind;
using journal::Journal;

// A journal in a folder of its own below TMPDIR: point that at the disk to be measured.
class Bench {
 public:
  Bench() {
    std::string name = (std::filesystem::temp_directory_path() / "beltwarden-bench-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder for the benchmark");
    folder_ = name;
    journal::Options options;
    options.folder = folder_;
    options.site = SiteId("bench");
    auto opened = Journal::open(options, *log_, clock_);
    if (!opened) throw std::runtime_error(opened.error().message);
    journal_ = std::move(*opened);
  }
  ~Bench() {
    journal_.reset();
    std::filesystem::remove_all(folder_);
  }
  Journal& journal() { return *journal_; }
  const std::filesystem::path& folder() const { return folder_; }
  Time now() const { return clock_.now(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  std::unique_ptr<Journal> journal_;
};

void append_until_durable(benchmark::State& state) {
  Bench bench;
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'p');
  const Time now = bench.now();
  constexpr int kBatch = 50'000;
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      if (!bench.journal().append(EntryKind::kObservation, now, payload)) state.SkipWithError("append failed");
    }
    if (!bench.journal().commit()) state.SkipWithError("commit failed");
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  state.SetBytesProcessed(state.iterations() * kBatch * state.range(0));
}
BENCHMARK(append_until_durable)->Name("durable_entries")->Arg(200)->Arg(4096)->Unit(benchmark::kMillisecond)->UseRealTime();

void append_only(benchmark::State& state) {
  Bench bench;
  const std::string payload(200, 'p');
  const Time now = bench.now();
  for (auto _ : state) benchmark::DoNotOptimize(bench.journal().append(EntryKind::kObservation, now, payload));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_only)->Name("append_only")->UseRealTime();

// Appenders at a line's pace (each thread 100 entries a second), each waiting for its own entry.
void latency(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  std::vector<double> latencies_ms;
  for (auto _ : state) {
    Bench bench;
    std::vector<std::vector<double>> measured(static_cast<std::size_t>(threads));
    std::vector<std::thread> appenders;
    for (auto& mine : measured) {
      appenders.emplace_back([&bench, &mine] {
        const std::string payload(1000, 'p');
        for (int i = 0; i < 200; ++i) {
          const auto begin = std::chrono::steady_clock::now();
          auto sequence = bench.journal().append(EntryKind::kObservation, bench.now(), payload);
          if (!sequence || !bench.journal().wait_durable(*sequence)) return;
          mine.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
          std::this_thread::sleep_until(begin + std::chrono::milliseconds(10));
        }
      });
    }
    for (auto& appender : appenders) appender.join();
    for (auto& mine : measured) latencies_ms.insert(latencies_ms.end(), mine.begin(), mine.end());
  }
  std::sort(latencies_ms.begin(), latencies_ms.end());
  if (latencies_ms.empty()) return state.SkipWithError("nothing became durable");
  state.counters["p50_ms"] = latencies_ms[latencies_ms.size() / 2];
  state.counters["p99_ms"] = latencies_ms[latencies_ms.size() * 99 / 100];
  state.counters["max_ms"] = latencies_ms.back();
}
BENCHMARK(latency)->Name("append_to_durable")->Arg(1)->Arg(8)->Iterations(1)->UseRealTime();

void read_back(benchmark::State& state) {
  Bench bench;
  const std::string payload(200, 'p');
  constexpr int kEntries = 200'000;
  for (int i = 0; i < kEntries; ++i) (void)bench.journal().append(EntryKind::kObservation, bench.now(), payload);
  if (!bench.journal().commit()) return state.SkipWithError("commit failed");
  for (auto _ : state) {
    auto reader = journal::Reader::open(bench.folder());
    int entries = 0;
    while (reader->next().value()) ++entries;
    if (entries != kEntries) state.SkipWithError("entries are missing");
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
}
BENCHMARK(read_back)->Name("read")->Unit(benchmark::kMillisecond)->UseRealTime();

void verify_all(benchmark::State& state) {
  Bench bench;
  const std::string payload(200, 'p');
  constexpr int kEntries = 200'000;
  for (int i = 0; i < kEntries; ++i) (void)bench.journal().append(EntryKind::kObservation, bench.now(), payload);
  if (!bench.journal().commit()) return state.SkipWithError("commit failed");
  for (auto _ : state) {
    auto report = journal::verify(bench.folder());
    if (!report || report->entries != kEntries) state.SkipWithError("not whole");
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
}
BENCHMARK(verify_all)->Name("verify")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
