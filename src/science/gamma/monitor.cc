#include "science/gamma/monitor.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::gamma {
namespace {

constexpr std::array<std::size_t, 3> kSums = {1, 5, 25};
constexpr double kStillExcess = 2.5;       // deviations of the last five readings that keep an event open
constexpr int kCalmReadings = 8;
constexpr int kTellAfter = 40;             // readings: a long event is told while it goes on
constexpr int kGiveUpAfter = 3600;         // readings: then it is the new background
constexpr double kShapeMemory_s = 600;

// Standard deviations of a Poisson count against its mean, by the deviance (exact tails matter for small counts),
// shrunk by whatever else is uncertain.
double deviations_of(double excess, double variance, double expected) {
  const double observed = std::max(0.0, expected + excess);
  const double mean = std::max(expected, 0.05);
  double deviance = -(observed - mean);
  if (observed > 0) deviance += observed * std::log(observed / mean);
  const double poisson = std::copysign(std::sqrt(std::max(0.0, 2 * deviance)), excess);
  return poisson * std::sqrt(mean / std::max(variance, mean));
}

}  // namespace

LotMonitor::LotMonitor(const MonitorModel& model, const ShapeLibrary& shapes, double deviations)
    : model_(&model), shapes_(&shapes), deviations_(deviations), shape_cps_(model.coarse_cps), shape_weight_s_(10) {
  for (const auto& statistic : model.statistics) backgrounds_.emplace_back(statistic);
}

CoarseSpectrum LotMonitor::expected_spectrum(double gross_counts) const {
  double sum = 0;
  for (std::size_t b = 0; b < kCoarseBins; ++b) sum += shape_cps_[b];
  CoarseSpectrum spectrum{};
  if (sum <= 0) return spectrum;
  for (std::size_t b = 0; b < kCoarseBins; ++b) spectrum[b] = shape_cps_[b] / sum * gross_counts;
  return spectrum;
}

LotMonitor::Result LotMonitor::observe(const MonitorReading& reading, bool teach) {
  Result result;
  if (!(reading.live_s > 0)) return result;
  const double passed = started_ ? std::max(0.0, reading.time_s - last_time_s_) : 0;
  started_ = true;
  last_time_s_ = reading.time_s;

  std::array<double, kWindowCount> rates{};
  for (std::size_t w = 0; w < kWindowCount; ++w) rates[w] = reading.counts[w] / reading.live_s;
  std::array<LoadBackground::Expectation, kStatisticCount> expectation;
  std::array<Terms, kStatisticCount> terms;
  Residual residual;
  residual.tag = reading.tag;
  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    const auto statistic = static_cast<Statistic>(s);
    if (!event_) backgrounds_[s].pass(passed);
    terms[s] = regressors(statistic, reading.load_kg_per_m, rates);
    expectation[s] = backgrounds_[s].expect(terms[s], regressor_variance(statistic, reading.counts, reading.live_s),
                                            reading.live_s, reading.load_kg_per_m, reading.load_sd);
    residual.excess[s] = reading.counts[window_of(statistic)] - expectation[s].counts;
    residual.variance[s] = expectation[s].variance;
    residual.counts[s] = expectation[s].counts;
    residual.common[s] = expectation[s].common;
  }
  residual.gross = reading.counts[kGross];
  residual.expected_gross = expectation[kGrossRate].counts;
  residual.live_s = reading.live_s;
  residual.coarse = reading.coarse;
  residual.expected = expected_spectrum(residual.expected_gross);
  result.expected_cps = residual.expected_gross / reading.live_s;
  result.expected_sd_cps = std::sqrt(residual.variance[kGrossRate]) / reading.live_s;

  recent_.push_back(residual);
  while (recent_.size() > kSums.back()) recent_.pop_front();

  const auto trigger = strongest();
  if (!event_) {
    if (teach && trigger && trigger->deviations > deviations_) {
      begin(*trigger);
    } else if (teach) {
      const bool odd = trigger && trigger->deviations > 0.75 * deviations_;
      if (!odd) {
        for (std::size_t s = 0; s < kStatisticCount; ++s) {
          backgrounds_[s].learn(terms[s], reading.counts[window_of(static_cast<Statistic>(s))], reading.live_s,
                                expectation[s]);
        }
        const double keep = shape_weight_s_ / (shape_weight_s_ + reading.live_s);
        for (std::size_t b = 0; b < kCoarseBins; ++b) {
          shape_cps_[b] = keep * shape_cps_[b] + (1 - keep) * reading.coarse[b] / reading.live_s;
        }
        shape_weight_s_ = std::min(kShapeMemory_s, shape_weight_s_ + reading.live_s);
      }
    }
    return result;
  }

  extend(residual);
  // The last five readings decide whether it is still there.
  double still = 0;
  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    double excess = 0, variance = 0;
    for (std::size_t i = recent_.size() - std::min<std::size_t>(5, recent_.size()); i < recent_.size(); ++i) {
      excess += recent_[i].excess[s];
      variance += recent_[i].variance[s];
    }
    still = std::max(still, excess / std::sqrt(std::max(variance, 0.05)));
  }
  event_->calm = still < kStillExcess ? event_->calm + 1 : 0;
  if (event_->calm == 0) event_->event.last_tag = reading.tag;
  if (event_->calm >= kCalmReadings) {
    const bool grown = event_->told_readings == 0 || event_->readings > event_->told_readings * 3 / 2;
    if (grown) result.event = told(true);
    event_.reset();
    recent_.clear();
  } else if (event_->told_readings == 0 && event_->readings >= kTellAfter) {
    result.event = told(false);
  } else if (event_->readings >= kGiveUpAfter) {
    result.event = told(true);
    event_.reset();
    relearn();
  }
  return result;
}

std::optional<LotMonitor::Trigger> LotMonitor::strongest() const {
  std::optional<Trigger> best;
  for (const std::size_t length : kSums) {
    if (recent_.size() < length) break;
    for (std::size_t s = 0; s < kStatisticCount; ++s) {
      double excess = 0, variance = 0, expected = 0, common = 0;
      for (std::size_t i = recent_.size() - length; i < recent_.size(); ++i) {
        excess += recent_[i].excess[s];
        variance += recent_[i].variance[s];
        expected += recent_[i].counts[s];
        common += recent_[i].common[s];
      }
      // What the readings share adds up in step: its part of the variance grows as the square.
      variance += common * static_cast<double>(length - 1);
      const double deviations = deviations_of(excess, variance, expected);
      if (!best || deviations > best->deviations) best = Trigger{static_cast<Statistic>(s), deviations, length};
    }
  }
  return best;
}

void LotMonitor::begin(const Trigger& trigger) {
  Open open;
  open.event.statistic = trigger.statistic;
  open.event.deviations = trigger.deviations;
  const std::size_t first = recent_.size() - trigger.length;
  open.event.first_tag = recent_[first].tag;
  open.event.last_tag = recent_.back().tag;
  open.last_strong_tag = open.event.last_tag;
  open.brief = trigger.length == 1;
  event_ = std::move(open);
  for (std::size_t i = first; i < recent_.size(); ++i) extend(recent_[i]);
}

void LotMonitor::extend(const Residual& residual) {
  ExcessEvent& e = event_->event;
  ++event_->readings;
  if (event_->head.size() < kTellAfter) event_->head.push_back(residual);
  e.live_s += residual.live_s;
  for (std::size_t b = 0; b < kCoarseBins; ++b) {
    e.observed[b] += residual.coarse[b];
    e.expected[b] += residual.expected[b];
  }
  const double cps = residual.gross / residual.live_s;
  if (cps > e.peak_cps) {
    e.peak_cps = cps;
    e.peak_expected_cps = residual.expected_gross / residual.live_s;
    e.peak_tag = residual.tag;
  }
  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    const double deviations = residual.excess[s] / std::sqrt(std::max(residual.variance[s], 0.05));
    if (deviations > kStillExcess + 1) event_->last_strong_tag = std::max(event_->last_strong_tag, residual.tag);
    if (deviations > e.deviations) {
      e.deviations = deviations;
      e.statistic = static_cast<Statistic>(s);
    }
  }
}

ExcessEvent LotMonitor::told(bool over) {
  event_->told_readings = event_->readings;
  ExcessEvent e = event_->event;
  e.over = over;
  if (event_->brief && over) e.last_tag = std::max(e.first_tag, event_->last_strong_tag);
  if (over && event_->readings <= kTellAfter) {
    e.live_s = 0;
    e.observed = e.expected = CoarseSpectrum{};
    for (const Residual& residual : event_->head) {
      if (residual.tag > e.last_tag) continue;
      e.live_s += residual.live_s;
      for (std::size_t b = 0; b < kCoarseBins; ++b) {
        e.observed[b] += residual.coarse[b];
        e.expected[b] += residual.expected[b];
      }
    }
  }
  e.identification = identify(e.observed, e.expected, *shapes_);
  return e;
}

std::optional<ExcessEvent> LotMonitor::finish() {
  std::optional<ExcessEvent> last;
  if (event_ && event_->told_readings == 0) last = told(true);
  event_.reset();
  recent_.clear();
  return last;
}

void LotMonitor::relearn() {
  for (auto& background : backgrounds_) background.forget();
  shape_weight_s_ = 10;
  recent_.clear();
}

}  // namespace beltwarden::gamma
