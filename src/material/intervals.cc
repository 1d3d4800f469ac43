#include "material/intervals.h"

#include <algorithm>

namespace beltwarden::material {

std::vector<TonneInterval> merged(std::vector<TonneInterval> intervals, Tonnes slack) {
  std::erase_if(intervals, [](const TonneInterval& i) { return i.empty(); });
  std::sort(intervals.begin(), intervals.end());
  std::vector<TonneInterval> result;
  for (const TonneInterval& next : intervals) {
    if (!result.empty() && next.from <= result.back().to + slack) {
      result.back().to = std::max(result.back().to, next.to);
    } else {
      result.push_back(next);
    }
  }
  return result;
}

std::vector<TonneInterval> clipped(const std::vector<TonneInterval>& set, TonneInterval window) {
  std::vector<TonneInterval> result;
  for (const TonneInterval& i : set) {
    const TonneInterval part{std::max(i.from, window.from), std::min(i.to, window.to)};
    if (!part.empty()) result.push_back(part);
  }
  return result;
}

std::vector<TonneInterval> intersection(const std::vector<TonneInterval>& a, const std::vector<TonneInterval>& b) {
  std::vector<TonneInterval> result;
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const TonneInterval part{std::max(a[i].from, b[j].from), std::min(a[i].to, b[j].to)};
    if (!part.empty()) result.push_back(part);
    if (a[i].to < b[j].to) {
      ++i;
    } else {
      ++j;
    }
  }
  return result;
}

std::vector<TonneInterval> holes(const std::vector<TonneInterval>& set, TonneInterval window) {
  std::vector<TonneInterval> result;
  Tonnes reached = window.from;
  for (const TonneInterval& i : set) {
    if (i.from >= window.to) break;
    if (i.from > reached) result.push_back({reached, i.from});
    reached = std::max(reached, i.to);
  }
  if (reached < window.to) result.push_back({reached, window.to});
  return result;
}

Tonnes total(const std::vector<TonneInterval>& set) {
  Tonnes sum{0};
  for (const TonneInterval& i : set) sum += i.mass();
  return sum;
}

}  // namespace beltwarden::material
