#include "science/vision/brand_eye.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision {

double false_per_frame(const DetectorModel& model, double frame_score) { return model.frame_tail.probability_above(frame_score); }

double false_per_frame(const DetectorModel& model, const Blob& blob) { return false_per_frame(model, frame_score(std::vector<Blob>{blob})); }

HeatMap network_heat(const EvidenceMap& evidence, const Tail& frame_tail) {
  HeatMap heat;
  heat.by_network = true;
  const int side = std::max(1, (evidence.columns + kMostHeatColumns - 1) / kMostHeatColumns);
  heat.columns = (evidence.columns + side - 1) / side;
  heat.rows = (evidence.rows + side - 1) / side;
  for (int r = 0; r < heat.rows; ++r) {
    for (int c = 0; c < heat.columns; ++c) {
      double most = -1e9;
      for (int y = r * side; y < std::min(evidence.rows, (r + 1) * side); ++y) {
        for (int x = c * side; x < std::min(evidence.columns, (c + 1) * side); ++x) most = std::max(most, static_cast<double>(evidence.at(x, y)));
      }
      const double powers = -std::log10(std::max(1e-10, frame_tail.probability_above(most)));
      heat.levels += static_cast<char>('0' + static_cast<int>(std::min(9.0, powers)));
    }
  }
  return heat;
}

void lower_on_belt(EvidenceMap& evidence, const LoadMask& load) {
  if (!load.any_belt()) return;
  const int half = evidence.cell_px / 2;
  for (int y = 0; y < evidence.rows; ++y) {
    for (int x = 0; x < evidence.columns; ++x) {
      if (load.at_px(x * evidence.cell_px + half, y * evidence.cell_px + half) != LoadMask::Kind::kBelt) continue;
      evidence.logit[static_cast<std::size_t>(y * evidence.columns + x)] -= kBareBeltLowers;
    }
  }
}

Picture cut_crop(const ImageView& frame, double centre_x, double centre_y) {
  constexpr int kSide = 96;
  Picture out{kSide, kSide, std::vector<std::uint8_t>(std::size_t{3} * kSide * kSide)};
  const int left = static_cast<int>(std::lround(centre_x)) - kSide / 2, top = static_cast<int>(std::lround(centre_y)) - kSide / 2;
  for (int y = 0; y < kSide; ++y) {
    const std::uint8_t* row = frame.bgr + std::clamp(top + y, 0, frame.height_px - 1) * frame.stride_bytes;
    for (int x = 0; x < kSide; ++x) {
      std::copy_n(row + 3 * std::clamp(left + x, 0, frame.width_px - 1), 3, &out.bgr[static_cast<std::size_t>(3 * (y * kSide + x))]);
    }
  }
  return out;
}

Result<std::vector<float>> BrandEye::features_at(const ImageView& frame, double centre_x, double centre_y) {
  if (model_->detector.foreign) return std::vector<float>{};
  return crops_.crop_features(cut_crop(frame, centre_x, centre_y).view());
}

Result<EvidenceMap> BrandEye::evidence(const ImageView& frame, const LoadMask& load, Mirror mirror) {
  const bool as_it_is = !mirror.across && !mirror.down;
  auto found = as_it_is ? frames_.evidence(frame) : frames_.evidence(mirrored(frame, mirror).view());
  if (!found) return found;
  mirror_back(*found, mirror);
  lower_on_belt(*found, load);
  return found;
}

Result<BrandEye::Seen> BrandEye::look(const ImageView& frame, const LoadMask& load, double limit, std::size_t most) {
  auto found = raw_evidence(frame);
  if (!found) return found.error();
  return things(std::move(*found), frame, load, limit, most);
}

Result<BrandEye::Seen> BrandEye::things(EvidenceMap raw, const ImageView& frame, const LoadMask& load, double limit, std::size_t most) {
  lower_on_belt(raw, load);
  std::vector<Blob> blobs = blobs_within(raw, frame);
  Seen out{std::move(raw), {}, frame_score(blobs)};
  const bool remembered = !model_->memory.places.empty();
  const auto is_named = [&](const Blob& blob) { return blob.score > limit && !model_->classifier.empty(); };
  std::vector<Picture> crops;
  std::vector<std::size_t> blob_of;   // of each crop
  for (std::size_t i = 0; i < std::min(most, blobs.size()); ++i) {
    if (model_->detector.foreign || (!remembered && !is_named(blobs[i]))) continue;
    crops.push_back(cut_crop(frame, blobs[i].x + blobs[i].w / 2.0, blobs[i].y + blobs[i].h / 2.0));
    blob_of.push_back(i);
  }
  std::vector<ImageView> views;
  for (const Picture& crop : crops) views.push_back(crop.view());
  auto features = crops_.crop_features(views);
  if (!features) return features.error();
  std::vector<CropClass> what(blobs.size(), CropClass{"unknown", false, 0});
  bool changed = false;
  for (std::size_t k = 0; k < blob_of.size(); ++k) {
    Blob& blob = blobs[blob_of[k]];
    const bool named = is_named(blob);
    if (remembers(model_->memory, (*features)[k])) {
      blob.score -= kRememberedScore;
      blob.peak -= kRememberedScore;
      changed = true;
    }
    if (named && blob.score > limit) what[blob_of[k]] = classify((*features)[k], model_->classifier);
  }
  for (std::size_t i = 0; i < blobs.size(); ++i) out.things.push_back({blobs[i], std::move(what[i])});
  if (changed) {
    const auto stronger = [](const auto& a, const auto& b) { return a.score > b.score; };
    std::stable_sort(out.things.begin(), out.things.end(), [](const Thing& a, const Thing& b) { return a.blob.score > b.blob.score; });
    std::stable_sort(blobs.begin(), blobs.end(), stronger);
    out.frame_score = frame_score(blobs);
  }
  return out;
}

}  // namespace beltwarden::vision
