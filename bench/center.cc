// What a 170,000 t ship costs the center: 3,400 slices of 50 t, 400,000 observations, 27,200 findings, 100,000 points.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>

#include "base/log.h"
#include "control/control.h"
#include "record/record.h"

namespace beltwarden {
namespace {

constexpr int kObservationsPerSlice = 118, kFindingsPerSlice = 8, kMeasuredPerFinding = 4;

class Ship {
 public:
  record::IntakeBatch next_batch(int slices) {
    record::IntakeBatch batch;
    for (int i = 0; i < slices; ++i) add_slice(batch);
    return batch;
  }

 private:
  template <class Content>
  void add(record::IntakeBatch& batch, Content content) {
    batch.entries.push_back({{SiteId{"bench"}, 1, ++sequence_}, now_, now_, std::move(content)});
  }

  void add_slice(record::IntakeBatch& batch) {
    const material::LotInterval slice{LotId{"L1"}, {Tonnes{50.0 * slice_}, Tonnes{50.0 * slice_ + 50}}};
    for (int i = 0; i < kObservationsPerSlice; ++i) {
      now_ = now_ + seconds(0.25);
      material::Observation observation;
      observation.line = LineId{"A"};
      observation.time = observation.received = now_;
      const double step = 50.0 / kObservationsPerSlice;
      observation.intervals = {{slice.lot, {slice.tonnes.from + Tonnes{i * step}, slice.tonnes.from + Tonnes{(i + 1) * step}}}};
      if (i % 3 == 0) {
        observation.instrument = InstrumentId{"plc"};
        material::BeltReading belt;
        belt.running = true;
        belt.speed_mps = 3;
        belt.rate_tph = 6000;
        observation.payload = belt;
      } else {
        observation.instrument = InstrumentId{i % 3 == 1 ? "nir1" : "gamma1"};
        observation.payload = material::GammaReading{};
      }
      add(batch, std::move(observation));
    }
    const std::uint64_t cause = sequence_;
    for (std::uint32_t i = 0; i < kFindingsPerSlice; ++i) {
      wire::Finding finding;
      finding.cause = {SiteId{"bench"}, 1, cause};
      finding.ordinal = i;
      finding.model = "model_" + std::to_string(i);
      finding.line = LineId{"A"};
      finding.where = slice;
      finding.time = now_;
      finding.code = "slice";
      // One suspect in forty slices: a busy ship.
      if (slice_ % 40 == 0 && i == 0) {
        finding.verdict = wire::Verdict::kSuspect;
        finding.priority = wire::Priority::kHigh;
      }
      for (int m = 0; m < kMeasuredPerFinding; ++m) {
        finding.measured.push_back({"value_" + std::to_string(m), 60.0 + m, 0.3, "%", 61.0, 58.0, 64.0});
      }
      add(batch, std::move(finding));
    }
    wire::SliceReport report;
    report.line = LineId{"A"};
    report.slice = slice;
    report.first = report.last = now_;
    for (int i = 0; i < 9; ++i) report.models.push_back({"model_" + std::to_string(i), {slice.tonnes}, true});
    for (const char* name : {"plc", "nir1", "gamma1", "cam1"}) report.instruments.push_back({name, {slice.tonnes}, true});
    add(batch, std::move(report));
    ++slice_;
  }

  std::uint64_t sequence_ = 0;
  int slice_ = 0;
  Time now_{1'795'444'266'000'000'000};
};

void ShipThroughTheCenter(benchmark::State& state) {
  const int slices_per_batch = static_cast<int>(state.range(0));
  for (auto _ : state) {
    char name[] = "/tmp/beltwarden_bench_XXXXXX";
    const std::filesystem::path folder = ::mkdtemp(name);
    {
      const auto log = make_null_log();
      SystemClock clock;
      auto record = record::Record::open({"sqlite://" + (folder / "center.db").string(), folder / "evidence"}, clock, *log);
      control::ControlOptions options;
      options.lines = {{LineId{"A"}, "Line A", -20, 100, {}}};
      auto control = control::Control::open(options, **record, clock, *log);
      Ship ship;
      for (int slice = 0; slice < 3400; slice += slices_per_batch) {
        if (auto done = (*control)->intake(ship.next_batch(slices_per_batch)); !done) {
          state.SkipWithError(done.error().message.c_str());
        }
      }
      state.counters["entries"] = static_cast<double>((*record)->entries());
      state.counters["alarms"] = static_cast<double>((*control)->alarms(false, std::nullopt).size());
    }
    std::filesystem::remove_all(folder);
  }
}
BENCHMARK(ShipThroughTheCenter)->Arg(1)->Arg(10)->Unit(benchmark::kSecond)->Iterations(1)->MeasureProcessCPUTime();

}  // namespace
}  // namespace beltwarden

BENCHMARK_MAIN();
