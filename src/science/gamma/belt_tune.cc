#include <algorithm>
#include <cmath>
#include <functional>

#include "science/gamma/belt_monitor.h"
#include "science/gamma/energy_grid.h"

namespace beltwarden::gamma {
namespace {

constexpr double kCluster_s = 4;           // peaks closer than this are one
constexpr double kWarmUp_s = 30;           // of a series, not used for tails
constexpr double kFitShare = 0.4;          // of the progress
constexpr std::size_t kFoldsFrom = 4;      // series: half of them are judged by a background learnt on the other half

// What the tests said of one series, interval by interval.
struct Said {
  std::vector<double> time;
  std::vector<std::vector<float>> deviations;   // by test
};

// Highest value of each run of kCluster_s.
void append_peaks(const std::vector<double>& time, const std::vector<float>& values, std::vector<double>& peaks) {
  for (std::size_t i = 0; i < time.size();) {
    double highest = -1e9;
    const double end = time[i] + kCluster_s;
    for (; i < time.size() && time[i] < end; ++i) highest = std::max(highest, static_cast<double>(values[i]));
    if (highest > -1e8) peaks.push_back(highest);
  }
}

// Fewest events that are not exceeded with `probability` where `mean` are expected.
std::size_t poisson_quantile(double mean, double probability) {
  double term = std::exp(-mean), sum = term;
  std::size_t n = 0;
  while (sum < probability && n < 1'000'000) sum += term *= mean / static_cast<double>(++n);
  return n;
}

struct Listening {
  std::vector<Said> said;
  std::vector<std::string> names;
  double hours = 0;
  double dispersion_n = 0, dispersion_sum = 0, dispersion_square = 0;
};

void listen(const BeltSeries& series, const BeltModel& model, Listening& heard) {
  const Fold fold(series.channel_edges_kev, model.background.edges_kev);
  std::vector<double> bins(fold.bins());
  BeltMonitor monitor(model);
  heard.names = monitor.test_names();
  Said one;
  one.deviations.resize(heard.names.size());
  double start = 0;
  for (std::size_t i = 0; i < series.size; ++i) {
    const BeltInterval interval = series.interval(i);
    if (i == 0) start = interval.time_s;
    fold.apply(interval.counts, bins);
    monitor.observe(interval, bins);
    if (interval.time_s - start < kWarmUp_s || monitor.deviations().empty()) continue;
    if (i % 50 == 0) {
      const double d = monitor.dispersion();
      heard.dispersion_n += 1, heard.dispersion_sum += d, heard.dispersion_square += d * d;
    }
    heard.hours += interval.live_s / 3600;
    one.time.push_back(interval.time_s);
    for (std::size_t t = 0; t < heard.names.size(); ++t)
      one.deviations[t].push_back(static_cast<float>(monitor.deviations()[t]));
  }
  heard.said.push_back(std::move(one));
}

}  // namespace

Result<BeltModel> tune_belt(std::span<const BeltSeries> series, TemplateLibrary library, double false_alarms_per_hour,
                            const ShareDone& progress) {
  if (!(false_alarms_per_hour > 0) || !(false_alarms_per_hour < 3600))
    return invalid_input("false alarms per hour: expected a rate above 0 and below 3600");
  BeltModel model;
  model.library = std::move(library);
  model.asked_per_hour = false_alarms_per_hour;
  const double fit_share = kFitShare / (series.size() >= kFoldsFrom ? 3 : 1);
  auto background = fit_background(series, model.library, [&](double share) {
    if (progress) progress(fit_share * share);
  });
  if (!background) return background.error();
  model.background = std::move(*background);

  Listening heard;
  const std::size_t folds = series.size() >= kFoldsFrom ? 2 : 1;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const auto listens = [&](std::size_t s) { return folds == 1 || s % folds == fold; };
    BeltModel other = model;
    if (folds > 1) {
      std::vector<BeltSeries> rest;
      for (std::size_t s = 0; s < series.size(); ++s) {
        if (!listens(s)) rest.push_back(series[s]);
      }
      auto fitted = fit_background(rest, model.library, [&](double share) {
        if (progress) progress(fit_share * (1 + share + static_cast<double>(fold)));
      });
      if (!fitted) return fitted.error();
      other.background = std::move(*fitted);
    }
    for (std::size_t s = 0; s < series.size(); ++s) {
      if (listens(s)) listen(series[s], other, heard);
      if (progress) {
        progress(kFitShare + (1 - kFitShare) * (static_cast<double>(fold) + static_cast<double>(s + 1) / static_cast<double>(series.size())) /
                                 static_cast<double>(folds));
      }
    }
  }
  const auto& [said, names, hours, dispersion_n, dispersion_sum, dispersion_square] = heard;
  if (dispersion_n > 10) {
    const double mean = dispersion_sum / dispersion_n;
    model.dispersion.usual = mean;
    model.dispersion.sd = std::clamp(std::sqrt(std::max(0.0, dispersion_square / dispersion_n - mean * mean)), 0.005, 0.1);
  }

  for (std::size_t t = 0; t < names.size(); ++t) {
    std::vector<double> peaks;
    for (const Said& one : said) append_peaks(one.time, one.deviations[t], peaks);
    AlarmTest test;
    test.name = names[t];
    test.share = names[t] == "anomaly" ? 0.1 : alarm_share(names[t]);
    test.tail = fit_tail(peaks, hours);
    model.tests.push_back(std::move(test));
  }
  // All tests together: the same intervals scored with the tails just found.
  std::vector<double> peaks;
  for (const Said& one : said) {
    std::vector<float> scores(one.time.size(), -1e9F);
    for (std::size_t t = 0; t < names.size(); ++t) {
      const AlarmTest& test = model.tests[t];
      for (std::size_t i = 0; i < scores.size(); ++i) {
        const double deviations = one.deviations[t][i];
        if (deviations < 2) continue;
        scores[i] = std::max(scores[i], static_cast<float>(-std::log(test.tail.rate_above(deviations) / test.share)));
      }
    }
    append_peaks(one.time, scores, peaks);
  }
  model.combined = fit_tail(peaks, hours);
  // By the fitted tail, unless more was met than it would give once in twenty times.
  model.threshold = model.combined.score_at(false_alarms_per_hour);
  const std::size_t most = poisson_quantile(false_alarms_per_hour * hours, 0.95);
  if (peaks.size() > most) {
    std::nth_element(peaks.begin(), peaks.begin() + static_cast<std::ptrdiff_t>(most), peaks.end(), std::greater<>());
    model.threshold = std::max(model.threshold, peaks[most]);
  }
  model.achieved_per_hour =
      static_cast<double>(std::count_if(peaks.begin(), peaks.end(), [&](double p) { return p > model.threshold; })) /
      std::max(hours, 1e-9);
  if (progress) progress(1);
  return model;
}

}  // namespace beltwarden::gamma
