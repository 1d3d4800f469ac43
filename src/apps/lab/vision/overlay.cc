#include "apps/lab/vision/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace beltwarden::lab {

namespace {

constexpr int kLabelScale = 2;

// Three columns by five rows, the highest bit at the upper left.
constexpr std::string_view kLetters = "0123456789:";
constexpr std::array<int, 11> kShapes = {0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111,
                                         0b101101111001001, 0b111100111001111, 0b111100111101111, 0b111001001001001,
                                         0b111101111101111, 0b111101111001111, 0b000010000010000};

}  // namespace

void write_digits(vision::Picture& picture, int x, int y, const std::string& text, int scale) {
  for (const char c : text) {
    const std::size_t which = kLetters.find(c);
    for (int v = 0; v < 6 * scale; ++v) {
      for (int u = 0; u < 4 * scale; ++u) {
        const int column = u / scale - 1, row = v / scale - 1;
        const bool ink = which != std::string_view::npos && column >= 0 && row >= 0 && (kShapes[which] >> (14 - 3 * row - column) & 1) != 0;
        const int px = x + u, py = y + v;
        if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) continue;
        std::fill_n(&picture.bgr[static_cast<std::size_t>(3 * (py * picture.width + px))], 3, static_cast<std::uint8_t>(ink ? 255 : 0));
      }
    }
    x += 4 * scale;
  }
}

void draw_evidence(vision::Picture& frame, const vision::BrandEye::Seen& seen, const vision::DetectorModel& model) {
  const auto& map = seen.evidence;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const double z = static_cast<double>(map.at(std::min(x / map.cell_px, map.columns - 1), std::min(y / map.cell_px, map.rows - 1)));
      const double share = std::clamp((z + 3) / 8, 0.0, 0.7);
      std::uint8_t* p = &frame.bgr[static_cast<std::size_t>(3 * (y * frame.width + x))];
      p[2] = static_cast<std::uint8_t>(p[2] + share * (255 - p[2]));
    }
  }
  for (const auto& thing : seen.things) {
    const vision::Blob& blob = thing.blob;
    if (blob.score <= model.threshold) continue;
    for (int y = blob.y; y < blob.y + blob.h; ++y) {
      for (int x = blob.x; x < blob.x + blob.w; ++x) {
        if (x > blob.x && y > blob.y && x < blob.x + blob.w - 1 && y < blob.y + blob.h - 1) continue;
        std::uint8_t* p = &frame.bgr[static_cast<std::size_t>(3 * (y * frame.width + x))];
        p[0] = p[1] = p[2] = 255;
      }
    }
    char label[32];
    std::snprintf(label, sizeof label, "1:%.0f", vision::one_in(vision::false_per_frame(model, blob)));
    write_digits(frame, blob.x, std::max(0, blob.y - 6 * kLabelScale), label, kLabelScale);
  }
}

}  // namespace beltwarden::lab
