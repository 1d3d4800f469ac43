// Why does the belt monitor miss what it misses? For a model, series and their truth: the reason at the strongest moment of
// every encounter that was no alarm, and how many standard deviations the threshold asks of each nuclide.
// usage: gamma_misses MODEL TRUTH.csv LEAST_CPS SERIES...
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "apps/lab/gamma/csv_table.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/energy_grid.h"

namespace beltwarden {
namespace {

// Deviations at which a test alone reaches the threshold.
double asked(const gamma::BeltModel& model, const gamma::AlarmTest& test) {
  double low = 0, high = 20;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (-std::log(test.tail.rate_above(middle) / test.share) < model.threshold ? low : high) = middle;
  }
  return low;
}

int run(int argc, char** argv) {
  auto model = lab::load_belt_model(argv[1]);
  auto truth = lab::read_table(argv[2], {"series", "start_s", "end_s", "nuclide", "peak_cps"});
  if (!model || !truth) return std::fputs("expected a model and its truth\n", stderr), 1;
  const double least = std::atof(argv[3]);
  std::printf("threshold %.2f:", model->threshold);
  for (const auto& test : model->tests) {
    if (test.share >= 0.1) std::printf(" %s %.2f", test.name.c_str(), asked(*model, test));
  }
  std::printf("\n");
  std::map<std::string, int> reasons;
  for (int f = 4; f < argc; ++f) {
    auto series = lab::load_series(argv[f]);
    if (!series) return std::fputs("expected a series\n", stderr), 1;
    const std::string name = lab::series_name(argv[f]);
    struct Moment {
      double time, score;
      gamma::Silence why;
    };
    std::vector<Moment> moments;
    const auto view = lab::belt_series(name, std::make_shared<const formats::GammaSeries>(std::move(*series)));
    const gamma::Fold fold(view.channel_edges_kev, model->background.edges_kev);
    std::vector<double> bins(fold.bins());
    gamma::BeltMonitor monitor(*model);
    for (std::size_t i = 0; i < view.size; ++i) {
      const auto interval = view.interval(i);
      fold.apply(interval.counts, bins);
      monitor.observe(interval, bins);
      moments.push_back({interval.time_s - 2, monitor.score(), monitor.silence()});
    }
    for (const auto& row : *truth) {
      const double cps = std::atof(row.at("peak_cps").c_str());
      if (row.at("series") != name || cps < least) continue;
      const double start = std::atof(row.at("start_s").c_str()), end = std::atof(row.at("end_s").c_str());
      const Moment* best = nullptr;
      bool found = false;
      for (const auto& m : moments) {
        if (m.time < start - 1 || m.time > end + 1) continue;
        found = found || m.why == gamma::Silence::kNone;
        if (best == nullptr || m.score > best->score) best = &m;
      }
      if (found || best == nullptr) continue;
      ++reasons[std::string(gamma::name_of(best->why))];
      std::printf("%s %7.1f s %-7s %4.0f cps: %s, score %.2f\n", name.c_str(), start, row.at("nuclide").c_str(), cps,
                  std::string(gamma::name_of(best->why)).c_str(), best->score - model->threshold);
    }
  }
  for (const auto& [reason, n] : reasons) std::printf("%s %d  ", reason.c_str(), n);
  std::printf("\n");
  return 0;
}

}  // namespace
}  // namespace beltwarden

int main(int argc, char** argv) {
  if (argc < 5) return std::fputs("usage: gamma_misses MODEL TRUTH LEAST_CPS SERIES...\n", stderr), 2;
  return beltwarden::run(argc, argv);
}
