#include "science/vision/crop_cutouts.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace beltwarden::vision {

namespace {

// Share of the crop's side: certainly ore along the rim, certainly the thing in the middle, perhaps the thing round it.
constexpr double kRimShare = 0.05, kSeedShare = 0.05, kPerhapsShare = 0.27;
constexpr int kRounds = 3;
constexpr int kLeastArea = 150, kLeastSide = 64;
constexpr double kMostAreaShare = 0.5;
constexpr double kLeastContrast = 1.2;  // standard deviations between the thing and a ring round it, CIE Lab

// The connected part with most pixels near the middle; empty where there is none.
cv::Mat middle_part(const cv::Mat& inside) {
  cv::Mat label;
  const int parts = cv::connectedComponents(inside, label);
  std::vector<int> votes(static_cast<std::size_t>(parts), 0);
  const int reach = 4;
  for (int y = inside.rows / 2 - reach; y < inside.rows / 2 + reach; ++y) {
    for (int x = inside.cols / 2 - reach; x < inside.cols / 2 + reach; ++x) ++votes[static_cast<std::size_t>(label.at<int>(y, x))];
  }
  votes[0] = 0;
  const auto best = std::max_element(votes.begin(), votes.end());
  if (*best == 0) return {};
  return (label == static_cast<int>(best - votes.begin())) & 1;
}

cv::Mat ones(int side) { return cv::Mat::ones(side, side, CV_8U); }

double contrast(const cv::Mat& picture, const cv::Mat& inside) {
  cv::Mat far, near, lab;
  cv::dilate(inside, far, ones(9));
  cv::dilate(inside, near, ones(3));
  cv::cvtColor(picture, lab, cv::COLOR_BGR2Lab);
  cv::Scalar mean, deviation, mean_round, deviation_round;
  cv::meanStdDev(lab, mean, deviation, inside);
  cv::meanStdDev(lab, mean_round, deviation_round, far - near);
  double sum = 0;
  for (int k = 0; k < 3; ++k) {
    const double d = mean[k] - mean_round[k];
    sum += d * d / ((deviation[k] * deviation[k] + deviation_round[k] * deviation_round[k]) / 2 + 4);
  }
  return std::sqrt(sum);
}

}  // namespace

CropCutout cut_out(const Crop& crop) {
  const int w = crop.picture.width, h = crop.picture.height, side = std::min(w, h);
  if (side < kLeastSide) return {};
  const cv::Mat picture(h, w, CV_8UC3, const_cast<std::uint8_t*>(crop.picture.bgr.data()));
  cv::Mat mask(h, w, CV_8U), back, front;
  const int rim = static_cast<int>(kRimShare * side);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double r = std::hypot(x - w / 2.0, y - h / 2.0) / side;
      const bool outside = x < rim || y < rim || x >= w - rim || y >= h - rim;
      mask.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(outside             ? cv::GC_BGD
                                                              : r < kSeedShare    ? cv::GC_FGD
                                                              : r < kPerhapsShare ? cv::GC_PR_FGD
                                                                                  : cv::GC_PR_BGD);
    }
  }
  cv::theRNG().state = 1;  // its colour clusters begin at random: the same for every run
  cv::grabCut(picture, mask, cv::Rect(), back, front, kRounds, cv::GC_INIT_WITH_MASK);
  cv::Mat inside = mask & 1;
  cv::morphologyEx(inside, inside, cv::MORPH_OPEN, ones(3));
  inside = middle_part(inside);
  if (inside.empty()) return {};
  cv::morphologyEx(inside, inside, cv::MORPH_CLOSE, ones(5));
  const int area = cv::countNonZero(inside);
  if (area < kLeastArea || area > kMostAreaShare * w * h || contrast(picture, inside) < kLeastContrast) return {};
  cv::erode(inside, inside, ones(3));  // the rim is half ore
  const cv::Rect box = cv::boundingRect(inside);
  if (box.area() == 0) return {};
  CropCutout out;
  out.class_index = crop.class_index;
  out.long_side_px = std::max(box.width, box.height);
  out.left = box.x;
  out.top = box.y;
  out.piece.colour = Canvas(box.width, box.height);
  out.piece.cover.resize(out.piece.colour.plane[0].size());
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const std::size_t i = out.piece.colour.index(x, y);
      const std::uint8_t* from = crop.picture.at(box.x + x, box.y + y);
      for (std::size_t k = 0; k < 3; ++k) out.piece.colour.plane[k][i] = from[k];
      out.piece.cover[i] = inside.at<std::uint8_t>(box.y + y, box.x + x);
    }
  }
  return out;
}

Cutout turned_cutout(const CropCutout& from, double long_side_px, Rng& rng) {
  const int side = static_cast<int>(std::ceil(long_side_px * 1.3)) + 6;
  Cutout out{Canvas(side, side), {}};
  out.cover.assign(out.colour.plane[0].size(), 0.0f);
  const double scale = from.long_side_px / long_side_px, turn = rng.uniform(0, 2 * std::numbers::pi);
  const double cosine = scale * std::cos(turn), sine = scale * std::sin(turn);
  const double flip = rng.uniform() < 0.5 ? -1 : 1;
  float gain[3];
  const double light = std::exp(0.2 * rng.normal());
  for (float& g : gain) g = static_cast<float>(light * std::exp(0.06 * rng.normal()));
  const Canvas& colour = from.piece.colour;
  // Where a pixel of the result covers several of the crop's, their mean.
  const int taps = std::clamp(static_cast<int>(std::lround(scale)), 1, 4);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      double sum[3] = {}, covered = 0;
      for (int t = 0; t < taps * taps; ++t) {
        const double dx = flip * (x - side / 2.0 + (t % taps + 0.5) / taps - 0.5), dy = y - side / 2.0 + (t / taps + 0.5) / taps - 0.5;
        const double sx = colour.width / 2.0 + dx * cosine - dy * sine, sy = colour.height / 2.0 + dx * sine + dy * cosine;
        if (sx < 0 || sy < 0 || sx > colour.width - 1 || sy > colour.height - 1) continue;
        const int ix = std::min(static_cast<int>(sx), std::max(0, colour.width - 2)), iy = std::min(static_cast<int>(sy), std::max(0, colour.height - 2));
        const double fx = sx - ix, fy = sy - iy;
        const std::size_t corner[4] = {colour.index(ix, iy), colour.index(std::min(ix + 1, colour.width - 1), iy),
                                       colour.index(ix, std::min(iy + 1, colour.height - 1)),
                                       colour.index(std::min(ix + 1, colour.width - 1), std::min(iy + 1, colour.height - 1))};
        const double share[4] = {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy};
        for (int c = 0; c < 4; ++c) {
          const double weight = share[c] * static_cast<double>(from.piece.cover[corner[c]]);
          covered += weight;
          for (std::size_t k = 0; k < 3; ++k) sum[k] += weight * static_cast<double>(colour.plane[k][corner[c]]);
        }
      }
      const std::size_t i = out.colour.index(x, y);
      out.cover[i] = static_cast<float>(covered / (taps * taps));
      for (std::size_t k = 0; k < 3 && covered > 0; ++k) {
        out.colour.plane[k][i] = std::min(255.0f, gain[k] * static_cast<float>(sum[k] / covered));
      }
    }
  }
  return out;
}

}  // namespace beltwarden::vision
