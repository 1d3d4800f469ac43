#include "record/thinning.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace beltwarden::record {

std::vector<Point> thinned(const std::vector<Point>& points, std::size_t max) {
  max = std::max<std::size_t>(max, 8);
  if (points.size() <= max) return points;
  const std::size_t buckets = max / 4;
  double mean = 0;
  for (const auto& point : points) mean += point.value / static_cast<double>(points.size());

  std::vector<Point> kept;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t begin = bucket * points.size() / buckets, end = (bucket + 1) * points.size() / buckets;
    std::size_t lowest = begin, highest = begin, worst = end;
    for (std::size_t i = begin; i < end; ++i) {
      if (points[i].value < points[lowest].value) lowest = i;
      if (points[i].value > points[highest].value) highest = i;
      // The suspect farthest from the usual stands for those beside it.
      if (points[i].suspect &&
          (worst == end || std::abs(points[i].value - mean) > std::abs(points[worst].value - mean))) {
        worst = i;
      }
    }
    std::set<std::size_t> chosen = {begin, lowest, highest};
    if (worst != end) chosen.insert(worst);
    for (const std::size_t i : chosen) kept.push_back(points[i]);
  }
  return kept;
}

}  // namespace beltwarden::record
