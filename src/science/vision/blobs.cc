#include "science/vision/blobs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace beltwarden::vision {

namespace {

std::vector<float> smoothed(const EvidenceMap& map) {
  const int w = map.columns, h = map.rows;
  std::vector<float> across(map.logit.size()), out(map.logit.size());
  const auto i = [w](int x, int y) { return static_cast<std::size_t>(y * w + x); };
  // 1 2 1 both ways; the border repeats.
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      across[i(x, y)] = (map.logit[i(std::max(0, x - 1), y)] + 2 * map.logit[i(x, y)] +
                         map.logit[i(std::min(w - 1, x + 1), y)]) / 4;
    }
  }
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      out[i(x, y)] = (across[i(x, std::max(0, y - 1))] + 2 * across[i(x, y)] + across[i(x, std::min(h - 1, y + 1))]) / 4;
    }
  }
  return out;
}

// Cells above `floor`, highest first, equal ones from the top left.
std::vector<std::uint32_t> highest_first(const std::vector<float>& level, double floor) {
  std::vector<std::uint64_t> keys;   // a level's bits, so that its order is theirs and the highest is the least, before the cell
  for (std::size_t i = 0; i < level.size(); ++i) {
    if (!(static_cast<double>(level[i]) > floor)) continue;
    const auto bits = std::bit_cast<std::uint32_t>(level[i] + 0.0f);   // of 0 and -0 the same
    const std::uint32_t rising = bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
    keys.push_back(std::uint64_t{~rising} << 32 | i);
  }
  std::sort(keys.begin(), keys.end());
  return {keys.begin(), keys.end()};   // the lower halves
}

}  // namespace

std::vector<Blob> find_blobs(const EvidenceMap& map, const BlobOptions& options) {
  const std::vector<float> level = smoothed(map);
  const int w = map.columns, h = map.rows;
  std::vector<std::uint8_t> taken(level.size(), 0);
  std::vector<Blob> blobs;
  std::vector<std::size_t> stack, cells;
  std::vector<float> values;
  for (const std::size_t peak : highest_first(level, options.floor)) {
    if (taken[peak] != 0) continue;
    // A cell beside a stronger blob is its flank, not a thing of its own.
    const double limit = std::max(options.floor, static_cast<double>(level[peak]) - options.drop);
    stack.assign(1, peak);
    cells.clear();
    taken[peak] = 1;
    bool flank = false;
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      stack.pop_back();
      cells.push_back(i);
      const int x = static_cast<int>(i) % w, y = static_cast<int>(i) / w;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          const int nx = x + dx, ny = y + dy;
          if (nx < 0 || ny < 0 || nx >= w || ny >= h) continue;
          const std::size_t j = static_cast<std::size_t>(ny * w + nx);
          if (taken[j] == 2) flank = true;
          if (taken[j] != 0 || static_cast<double>(level[j]) <= limit) continue;
          taken[j] = 1;
          stack.push_back(j);
        }
      }
    }
    for (const std::size_t i : cells) taken[i] = 2;
    if (flank) continue;
    Blob blob;
    int left = w, right = -1, top = h, bottom = -1;
    double weight = 0;
    values.clear();
    for (const std::size_t i : cells) {
      const int x = static_cast<int>(i) % w, y = static_cast<int>(i) / w;
      left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
      const double here = static_cast<double>(level[i]) - limit;
      blob.centre_x += here * (x + 0.5);
      blob.centre_y += here * (y + 0.5);
      weight += here;
      values.push_back(level[i]);
    }
    std::sort(values.begin(), values.end(), std::greater<>());
    double sum = 0;
    for (std::size_t k = 0; k < options.cells_scored; ++k) sum += k < values.size() ? static_cast<double>(values[k]) : limit;
    blob.score = sum / static_cast<double>(options.cells_scored);
    blob.peak = static_cast<double>(level[peak]);
    blob.cells = static_cast<int>(cells.size());
    blob.x = left * map.cell_px;
    blob.y = top * map.cell_px;
    blob.w = (right - left + 1) * map.cell_px;
    blob.h = (bottom - top + 1) * map.cell_px;
    blob.centre_x *= map.cell_px / std::max(1e-9, weight);
    blob.centre_y *= map.cell_px / std::max(1e-9, weight);
    blobs.push_back(blob);
    if (blobs.size() >= 4 * options.most) break;
  }
  std::stable_sort(blobs.begin(), blobs.end(), [](const Blob& a, const Blob& b) { return a.score > b.score; });
  if (blobs.size() > options.most) blobs.resize(options.most);
  return blobs;
}

double frame_score(const std::vector<Blob>& blobs, const BlobOptions& options) {
  double highest = options.floor;
  for (const Blob& blob : blobs) highest = std::max(highest, blob.peak);
  return highest;
}

}  // namespace beltwarden::vision
