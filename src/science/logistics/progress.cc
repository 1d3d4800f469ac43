#include "science/logistics/progress.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::logistics {
namespace {
constexpr Duration kSpacing = seconds(10);
constexpr Duration kKept = seconds(3 * 3600.0);
constexpr Duration kEtaWindow = seconds(2 * 3600.0);
constexpr Duration kEtaAfter = seconds(600);
}  // namespace

void Progress::passed(Tonnes mark, Time time) {
  if (!first_) first_ = Point{mark, time};
  if (!points_.empty() && time < points_.back().time) return;
  // The newest point moves on until it is ten seconds from the one before it.
  if (points_.size() >= 2 && time - points_[points_.size() - 2].time < kSpacing) {
    points_.back() = {mark, time};
  } else {
    points_.push_back({mark, time});
  }
  while (points_.size() > 2 && time - points_.front().time > kKept) points_.pop_front();
}

double Progress::share() const { return declared_.value > 0 ? mark() / declared_ : 0; }

double Progress::rate_tph(Duration window) const {
  if (points_.size() < 2) return 0;
  const Point& newest = points_.back();
  auto start = std::lower_bound(points_.begin(), points_.end(), newest.time - window,
                                [](const Point& p, Time t) { return p.time < t; });
  if (start == points_.end() || start->time == newest.time) start = points_.end() - 2;
  const double hours = (newest.time - start->time).seconds() / 3600;
  return hours > 0 ? std::max(0.0, (newest.mark - start->mark).value / hours) : 0;
}

std::optional<Time> Progress::eta() const {
  if (points_.size() < 2 || !(declared_.value > 0) || mark() >= declared_) return std::nullopt;
  if (points_.back().time - first_->time < kEtaAfter) return std::nullopt;
  const double rate = rate_tph(kEtaWindow);
  if (!(rate > 1)) return std::nullopt;
  const double hours = (declared_ - mark()).value / rate;
  if (hours > 24 * 60) return std::nullopt;
  return points_.back().time + seconds(hours * 3600);
}

MassDifference compare_mass(Tonnes declared, Tonnes measured, double scale_class, double declared_share) {
  MassDifference result;
  result.difference = measured - declared;
  result.std_error = Tonnes{std::hypot(0.5 * scale_class * measured.value, 0.5 * declared_share * declared.value)};
  const double tolerance = std::max(scale_class * measured.value, 1.0);
  result.differs = std::abs(result.difference.value) > std::max(2 * result.std_error.value, tolerance);
  return result;
}

double laytime_balance(const LaytimeTerms& terms, Duration used) {
  const double over_days = (used.seconds() / 3600 - terms.allowed_hours) / 24;
  return over_days >= 0 ? over_days * terms.demurrage_per_day : over_days * terms.despatch_per_day;
}

}  // namespace beltwarden::logistics
