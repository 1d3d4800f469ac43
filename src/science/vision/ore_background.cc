#include "science/vision/ore_background.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision {
namespace {

// Local standard deviation of L (0-255 scale) below which nothing in the picture can be told from rubber.
constexpr float kSmoothest = 1.0F;
constexpr float kBeltToOreTexture = 0.45F;

float median(std::vector<float>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Solves the 5 x 5 normal equations by Gaussian elimination with pivoting; singular directions stay 0.
std::array<double, 5> solve(std::array<std::array<double, 6>, 5> m) {
  for (int i = 0; i < 5; ++i) {
    int pivot = i;
    for (int r = i + 1; r < 5; ++r) {
      if (std::abs(m[r][i]) > std::abs(m[pivot][i])) pivot = r;
    }
    std::swap(m[i], m[pivot]);
    if (std::abs(m[i][i]) < 1e-9) continue;
    for (int r = 0; r < 5; ++r) {
      if (r == i) continue;
      const double factor = m[r][i] / m[i][i];
      for (int k = i; k < 6; ++k) m[r][k] -= factor * m[i][k];
    }
  }
  std::array<double, 5> x{};
  for (int i = 0; i < 5; ++i) x[i] = std::abs(m[i][i]) < 1e-9 ? 0 : m[i][5] / m[i][i];
  return x;
}

// Nearly every row of cells is either smooth or rough as a whole: the load begins or ends in the picture. (Rough edges
// of an object on fine ore make no such rows.)
bool splits_into_rows(const std::vector<float>& texture, const CellGrid& cells, float limit) {
  int smooth_rows = 0, rough_rows = 0;
  for (int r = 0; r < cells.rows; ++r) {
    int rough = 0;
    for (int c = 0; c < cells.columns; ++c) rough += texture[static_cast<std::size_t>(r * cells.columns + c)] >= limit;
    smooth_rows += 10 * rough <= cells.columns;
    rough_rows += 10 * rough >= 6 * cells.columns;
  }
  return rough_rows > 0 && 10 * (smooth_rows + rough_rows) >= 9 * cells.rows;
}

std::array<double, 5> light_basis(double u, double v) { return {1, u, u * u, v, v * v}; }

double place(int index, int count) { return count > 1 ? 2.0 * index / (count - 1) - 1 : 0; }

UnevenLight fit_light(const CellGrid& cells) {
  std::vector<std::array<double, 5>> basis;
  std::vector<double> value;
  for (int r = 0; r < cells.rows; ++r) {
    for (int c = 0; c < cells.columns; ++c) {
      const std::size_t i = static_cast<std::size_t>(r * cells.columns + c);
      if (cells.belt[i]) continue;
      basis.push_back(light_basis(place(c, cells.columns), place(r, cells.rows)));
      value.push_back(cells.mean[0][i]);
    }
  }
  UnevenLight light;
  if (value.size() < 40) return light;
  std::vector<double> weight(value.size(), 1.0);
  std::vector<float> residual(value.size());
  std::array<double, 5> fit{};
  for (int round = 0; round < 3; ++round) {
    std::array<std::array<double, 6>, 5> normal{};
    for (std::size_t i = 0; i < value.size(); ++i) {
      for (int a = 0; a < 5; ++a) {
        for (int b = 0; b < 5; ++b) normal[a][b] += weight[i] * basis[i][a] * basis[i][b];
        normal[a][5] += weight[i] * basis[i][a] * value[i];
      }
    }
    fit = solve(normal);
    for (std::size_t i = 0; i < value.size(); ++i) {
      double expected = 0;
      for (int a = 0; a < 5; ++a) expected += fit[a] * basis[i][a];
      residual[i] = static_cast<float>(std::abs(value[i] - expected));
    }
    std::vector<float> sorted = residual;
    const double knee = std::max(1.0, 1.5 * 1.4826 * median(sorted));
    for (std::size_t i = 0; i < value.size(); ++i) weight[i] = residual[i] <= knee ? 1.0 : knee / residual[i] * 0.5;
  }
  light.c = fit;
  light.c[0] = 0;  // only the unevenness is taken off
  return light;
}

}  // namespace

CellGrid make_cells(const SmoothedPlanes& planes) {
  CellGrid cells;
  cells.columns = planes.width / kCellPx;
  cells.rows = planes.height / kCellPx;
  const std::size_t count = static_cast<std::size_t>(cells.columns) * static_cast<std::size_t>(cells.rows);
  for (std::size_t p = 0; p < 4; ++p) {
    auto& mean = cells.mean[p];
    mean.assign(count, 0.0F);
    for (int y = 0; y < cells.rows * kCellPx; ++y) {
      const float* row = planes.plane[p] + static_cast<std::ptrdiff_t>(y) * planes.width;
      float* out = mean.data() + static_cast<std::ptrdiff_t>(y / kCellPx) * cells.columns;
      for (int c = 0; c < cells.columns; ++c) {
        float sum = 0;
        for (int k = 0; k < kCellPx; ++k) sum += row[c * kCellPx + k];
        out[c] += sum;
      }
    }
    for (float& m : mean) m /= kCellPx * kCellPx;
  }

  cells.belt.assign(count, 0);
  const auto& texture = cells.mean[3];
  std::vector<float> central;  // the load lies in the middle of the belt
  for (int r = 0; r < cells.rows; ++r) {
    for (int c = cells.columns / 3; c < cells.columns - cells.columns / 3; ++c) {
      central.push_back(texture[static_cast<std::size_t>(r * cells.columns + c)]);
    }
  }
  // Ore's texture is the upper quartile of the middle's; where the load ends in the picture, most of it may be bare,
  // and the roughest cells alone are ore.
  const auto quantile = [&](double share) {
    if (central.empty()) return 0.0F;
    const auto at = central.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(central.size() - 1));
    std::nth_element(central.begin(), at, central.end());
    return *at;
  };
  const float rough = quantile(0.95), usual = quantile(0.75);
  const float ore_texture =
      usual < kBeltToOreTexture * rough && splits_into_rows(texture, cells, kBeltToOreTexture * rough) ? rough : usual;
  if (ore_texture < kSmoothest) {
    std::fill(cells.belt.begin(), cells.belt.end(), std::uint8_t{1});
    return cells;
  }
  const float limit = kBeltToOreTexture * ore_texture;
  const auto cell = [&](int row, int column) -> std::uint8_t& {
    return cells.belt[static_cast<std::size_t>(row * cells.columns + column)];
  };
  int bare_left = 0, bare_right = 0;
  std::vector<std::uint8_t> bare_row(static_cast<std::size_t>(cells.rows), 0);
  for (int r = 0; r < cells.rows; ++r) {
    const std::size_t row = static_cast<std::size_t>(r * cells.columns);
    int c = 0;
    while (c < cells.columns && texture[row + static_cast<std::size_t>(c)] < limit) cell(r, c++) = 1;
    bare_row[static_cast<std::size_t>(r)] = c == cells.columns;
    int smooth = 0;
    for (int k = 0; k < cells.columns; ++k) smooth += texture[row + static_cast<std::size_t>(k)] < limit;
    if (10 * smooth >= 9 * cells.columns) {
      std::fill_n(cells.belt.begin() + static_cast<std::ptrdiff_t>(row), cells.columns, std::uint8_t{1});
      bare_row[static_cast<std::size_t>(r)] = 1;
      continue;
    }
    bare_left += c > 0;
    c = cells.columns - 1;
    while (c >= 0 && texture[row + static_cast<std::size_t>(c)] < limit) cell(r, c--) = 1;
    bare_right += c < cells.columns - 1;
  }
  // A plate lying at the edge is smooth too, but bare belt runs along most of the picture, or across all of it.
  for (const bool left : {true, false}) {
    if (2 * (left ? bare_left : bare_right) >= cells.rows) continue;
    for (int r = 0; r < cells.rows; ++r) {
      if (bare_row[static_cast<std::size_t>(r)]) continue;
      for (int k = 0; k < cells.columns && cell(r, left ? k : cells.columns - 1 - k); ++k) {
        cell(r, left ? k : cells.columns - 1 - k) = 0;
      }
    }
  }
  return cells;
}

OreBackground fit_background(const SmoothedPlanes& planes, const CellGrid& cells) {
  OreBackground background;
  background.light = fit_light(cells);

  // Some twelve hundred pixels are enough for medians, and neighbours are smoothed together anyway.
  const int step = std::max(3, static_cast<int>(std::sqrt(planes.width * static_cast<double>(planes.height) / 1200)));
  std::array<std::vector<float>, 4> sample;
  for (int y = step / 2; y < planes.height; y += step) {
    const int cell_row = std::min(y / kCellPx, cells.rows - 1);
    const double v = place(y, planes.height);
    for (int x = step / 2; x < planes.width; x += step) {
      const int cell_column = std::min(x / kCellPx, cells.columns - 1);
      if (cells.belt[static_cast<std::size_t>(cell_row * cells.columns + cell_column)]) continue;
      const double u = place(x, planes.width);
      const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(planes.width) + x;
      const auto& c = background.light.c;
      sample[0].push_back(planes.plane[0][i] - static_cast<float>(c[1] * u + c[2] * u * u + c[3] * v + c[4] * v * v));
      for (std::size_t p = 1; p < 4; ++p) sample[p].push_back(planes.plane[p][i]);
    }
  }
  const std::size_t n = sample[0].size();
  background.samples = static_cast<int>(n);
  // Floors: an even grey sheet has no scatter of its own, yet a grey level is not ten standard deviations.
  constexpr std::array<float, 4> kLeastSd = {1.5F, 0.6F, 0.6F, 0.5F};
  for (std::size_t p = 0; p < 4; ++p) {
    std::vector<float> work = sample[p];
    background.centre[p] = median(work);
    for (float& w : work) w = std::abs(w - background.centre[p]);
    background.sd[p] = std::max(kLeastSd[p], 1.4826F * median(work));
  }
  // Scatter of what lies within three deviations; truncation there takes 3 % off, which the tails give back.
  std::array<std::array<double, 4>, 4> scatter{};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::array<double, 4> z{};
    bool inside = true;
    for (std::size_t p = 0; p < 4; ++p) {
      z[p] = (sample[p][i] - background.centre[p]) / background.sd[p];
      inside = inside && std::abs(z[p]) < 3;
    }
    if (!inside) continue;
    ++kept;
    for (std::size_t a = 0; a < 4; ++a) {
      for (std::size_t b = 0; b <= a; ++b) scatter[a][b] += z[a] * z[b];
    }
  }
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      scatter[a][b] = kept > 50 ? scatter[a][b] / static_cast<double>(kept) : (a == b ? 1.0 : 0.0);
      if (a != b) scatter[a][b] *= 0.9;  // shrink: few independent rocks make a picture
      if (a == b) scatter[a][b] = std::max(scatter[a][b], 0.3);
    }
  }
  // Cholesky L L' = scatter, then its inverse, with the planes' scale folded in.
  std::array<std::array<double, 4>, 4> chol{};
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double sum = scatter[a][b];
      for (std::size_t k = 0; k < b; ++k) sum -= chol[a][k] * chol[b][k];
      chol[a][b] = a == b ? std::sqrt(std::max(sum, 0.05)) : sum / chol[b][b];
    }
  }
  for (std::size_t column = 0; column < 4; ++column) {
    for (std::size_t row = column; row < 4; ++row) {
      double sum = row == column ? 1.0 : 0.0;
      for (std::size_t k = column; k < row; ++k) {
        sum -= chol[row][k] * background.whiten[k][column] * background.sd[column];
      }
      background.whiten[row][column] = static_cast<float>(sum / chol[row][row] / background.sd[column]);
    }
  }
  return background;
}

std::size_t mask_bare_belt(const SmoothedPlanes& planes, const OreBackground& background, int margin_rows,
                           float* distance) {
  constexpr float kRim = 3.0F * 3.0F;      // squared distance at which a pixel is no longer ore
  constexpr float kNeutral = 14.0F;        // largest |a|, |b| of rubber under lamps of any usual colour
  constexpr int kBlur = 3;                 // pixels beside the rim that smoothing has mixed with it
  const float darker = background.centre[0] - 2 * background.sd[0];
  std::size_t bare = 0;
  std::vector<int> bare_rows;
  for (int y = 0; y < planes.height; ++y) {
    const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(y) * planes.width;
    const auto rubber = [&](int x) {
      const std::ptrdiff_t i = start + x;
      return distance[i] == 0 ||
             (distance[i] > kRim && planes.plane[0][i] < darker && std::abs(planes.plane[1][i] - 128) < kNeutral &&
              std::abs(planes.plane[2][i] - 128) < kNeutral);
    };
    int left = 0, right = planes.width - 1;
    while (left < planes.width && rubber(left)) ++left;
    while (right > left && rubber(right)) --right;
    const int masked = left + planes.width - 1 - right;
    bare += static_cast<std::size_t>(masked);
    if (10 * masked >= 9 * planes.width) bare_rows.push_back(y);
    if (left > 0) std::fill(distance + start, distance + start + std::min(planes.width, left + kBlur), 0.0F);
    if (right < planes.width - 1) {
      std::fill(distance + start + std::max(0, right + 1 - kBlur), distance + start + planes.width, 0.0F);
    }
  }
  int masked_to = 0;                       // rows before this one are done
  for (const int row : bare_rows) {
    const int from = std::max(masked_to, row - margin_rows), to = std::min(planes.height, row + margin_rows + 1);
    if (from >= to) continue;
    std::fill(distance + static_cast<std::ptrdiff_t>(from) * planes.width,
              distance + static_cast<std::ptrdiff_t>(to) * planes.width, 0.0F);
    masked_to = to;
  }
  return bare;
}

void squared_distance_map(const SmoothedPlanes& planes, const CellGrid& cells, const OreBackground& background,
                          float* out) {
  const auto& w = background.whiten;
  const auto& centre = background.centre;
  const auto& c = background.light.c;
  std::vector<float> across(static_cast<std::size_t>(planes.width));
  for (int x = 0; x < planes.width; ++x) {
    const double u = place(x, planes.width);
    across[static_cast<std::size_t>(x)] = static_cast<float>(c[1] * u + c[2] * u * u) + centre[0];
  }
  for (int y = 0; y < planes.height; ++y) {
    const double v = place(y, planes.height);
    const float along = static_cast<float>(c[3] * v + c[4] * v * v);
    const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(y) * planes.width;
    const float* p0 = planes.plane[0] + start;
    const float* p1 = planes.plane[1] + start;
    const float* p2 = planes.plane[2] + start;
    const float* p3 = planes.plane[3] + start;
    float* row = out + start;
    for (int x = 0; x < planes.width; ++x) {
      const float a = p0[x] - across[static_cast<std::size_t>(x)] - along;
      const float b = p1[x] - centre[1];
      const float d = p2[x] - centre[2];
      const float t = p3[x] - centre[3];
      const float q0 = w[0][0] * a;
      const float q1 = w[1][0] * a + w[1][1] * b;
      const float q2 = w[2][0] * a + w[2][1] * b + w[2][2] * d;
      const float q3 = w[3][0] * a + w[3][1] * b + w[3][2] * d + w[3][3] * t;
      row[x] = q0 * q0 + q1 * q1 + q2 * q2 + q3 * q3;
    }
    const std::uint8_t* belt = cells.belt.data() + std::min(y / kCellPx, cells.rows - 1) * cells.columns;
    for (int cell = 0; cell < cells.columns; ++cell) {
      if (!belt[cell]) continue;
      const int upto = cell + 1 == cells.columns ? planes.width : (cell + 1) * kCellPx;
      std::fill(row + cell * kCellPx, row + upto, 0.0F);
    }
  }
}

}  // namespace beltwarden::vision
