#include "science/vision/belt_shift.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace beltwarden::vision {

namespace {

constexpr int kColumnStep = 3;
constexpr int kEvenRows = 15;  // half of the window whose mean is taken off

// Green of every third column less its running mean along y: what moves with the belt, not the light.
std::vector<float> detail(const ImageView& image, int& columns) {
  columns = image.width_px / kColumnStep;
  const int rows = image.height_px;
  std::vector<float> out(static_cast<std::size_t>(columns * rows));
  std::vector<double> running(static_cast<std::size_t>(rows + 1));
  for (int c = 0; c < columns; ++c) {
    const auto value = [&](int y) { return static_cast<double>(image.bgr[y * image.stride_bytes + 3 * c * kColumnStep + 1]); };
    for (int y = 0; y < rows; ++y) running[static_cast<std::size_t>(y + 1)] = running[static_cast<std::size_t>(y)] + value(y);
    for (int y = 0; y < rows; ++y) {
      const int low = std::max(0, y - kEvenRows), high = std::min(rows, y + kEvenRows + 1);
      const double mean = (running[static_cast<std::size_t>(high)] - running[static_cast<std::size_t>(low)]) / (high - low);
      out[static_cast<std::size_t>(y * columns + c)] = static_cast<float>(value(y) - mean);
    }
  }
  return out;
}

}  // namespace

Result<BeltShift> measure_shift(const ImageView& before, const ImageView& after, int most_px) {
  if (before.width_px != after.width_px || before.height_px != after.height_px || before.width_px < 32 ||
      before.height_px < 32) {
    return invalid_input("expected two frames of one size of 32 x 32 pixels or more, found " +
                         std::to_string(before.width_px) + " x " + std::to_string(before.height_px) + " and " +
                         std::to_string(after.width_px) + " x " + std::to_string(after.height_px));
  }
  int columns = 0;
  const std::vector<float> a = detail(before, columns), b = detail(after, columns);
  const int rows = before.height_px;
  const int most = std::min(most_px, 2 * rows / 3);
  std::vector<double> likeness;
  for (int shift = -most; shift <= most; ++shift) {
    // Row y before is row y + shift after. Every second row is enough.
    double ab = 0, aa = 0, bb = 0;
    for (int y = std::max(0, -shift); y < std::min(rows, rows - shift); y += 2) {
      const float *p = &a[static_cast<std::size_t>(y * columns)], *q = &b[static_cast<std::size_t>((y + shift) * columns)];
      float s = 0, t = 0, u = 0;
      for (int c = 0; c < columns; ++c) s += p[c] * q[c], t += p[c] * p[c], u += q[c] * q[c];
      ab += static_cast<double>(s);
      aa += static_cast<double>(t);
      bb += static_cast<double>(u);
    }
    likeness.push_back(ab / std::sqrt(aa * bb + 1e-9));
  }
  const std::size_t best =
      static_cast<std::size_t>(std::max_element(likeness.begin(), likeness.end()) - likeness.begin());
  BeltShift shift{static_cast<double>(best) - most, likeness[best]};
  if (best > 0 && best + 1 < likeness.size()) {
    const double left = likeness[best - 1], right = likeness[best + 1], bend = left - 2 * likeness[best] + right;
    if (bend < 0) shift.moved_px += 0.5 * (left - right) / bend;
  }
  return shift;
}

}  // namespace beltwarden::vision
