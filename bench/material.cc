// Stamps a second: how fast readings get their tonnes. Four instruments, ten polls a second, a loaded belt.
#include <benchmark/benchmark.h>

#include "material/belt_for_tests.h"
#include "material/line_tracker.h"

namespace beltwarden::material {
namespace {

LineLayout layout() {
  LineLayout l;
  l.line = LineId{"BC-1"};
  l.plc = InstrumentId{"plc"};
  l.instruments = {{InstrumentId{"nir"}, 6_m, Metres{0.3}, 3_t, "spectrometer"},
                   {InstrumentId{"camera"}, 18_m, 1_m, 3_t, "camera"},
                   {InstrumentId{"gamma"}, 30_m, Metres{1.6}, 3_t, "gamma"}};
  return l;
}

std::vector<Reading> ten_minutes() {
  std::vector<Reading> readings;
  BeltForTests belt(layout());
  belt.instrument_period_s = 0.05;
  belt.say = [&](Reading reading) { readings.push_back(std::move(reading)); };
  belt.poll();
  belt.feed(1, 0.3);
  belt.run(600);
  return readings;
}

LineTracker tracker_for(const std::vector<Reading>& readings) {
  LineTracker tracker(layout());
  LotPlan plan;
  plan.lot = LotId{"A"};
  plan.feed_number = 1;
  tracker.plan(plan, readings.front().time);
  return tracker;
}

void Stamp(benchmark::State& state) {
  const auto readings = ten_minutes();
  std::int64_t stamped = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto copy = readings;
    LineTracker tracker = tracker_for(readings);
    state.ResumeTiming();
    for (Reading& reading : copy) stamped += static_cast<std::int64_t>(tracker.take(std::move(reading)).size());
  }
  state.SetItemsProcessed(stamped);
}
BENCHMARK(Stamp)->Unit(benchmark::kMillisecond);

void Restore(benchmark::State& state) {
  const auto readings = ten_minutes();
  std::vector<Observation> said;
  LineTracker first = tracker_for(readings);
  for (const Reading& reading : readings) {
    for (Observation& o : first.take(reading)) said.push_back(std::move(o));
  }
  for (auto _ : state) {
    LineTracker tracker = tracker_for(readings);
    for (const Observation& o : said) tracker.restore(o);
    benchmark::DoNotOptimize(tracker.weighed());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(said.size()));
}
BENCHMARK(Restore)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace beltwarden::material

BENCHMARK_MAIN();
