#include "science/vision/brand_networks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace beltwarden::vision {

namespace {

constexpr std::string_view kMagic = "BWNETWORKS2\n";
constexpr std::size_t kMostBrands = 64;
constexpr std::size_t kLongestName = 256;
constexpr double kOfASize = 4;   // a candidate's box over a thing's, up to which they may be the same

// A number of up to eight digits and the end of its line.
bool take_number(std::string_view& bytes, std::size_t& value) {
  const std::size_t end = bytes.substr(0, 9).find('\n');
  if (end == std::string_view::npos || end == 0) return false;
  value = 0;
  for (const char c : bytes.substr(0, end)) {
    if (c < '0' || c > '9') return false;
    value = 10 * value + static_cast<std::size_t>(c - '0');
  }
  bytes.remove_prefix(end + 1);
  return true;
}

}  // namespace

Result<std::string> to_bytes(const BrandNetworks& networks) {
  if (networks.size() > kMostBrands) {
    return invalid_input("expected networks of at most " + std::to_string(kMostBrands) + " brands, found " +
                         std::to_string(networks.size()));
  }
  std::string out(kMagic);
  for (const auto& [brand, model] : networks) {
    if (brand.empty() || brand.size() > kLongestName) return invalid_input("expected a brand's name of 1 to 256 bytes");
    if (model.detector.foreign) return unsupported("an imported network cannot run at the rim (brand '" + brand + "')");
    const std::string detector = to_bytes(model.detector);
    const std::string classes = model.classifier.empty() ? std::string() : to_text(model.classifier);
    const std::string memory = model.memory.scale.empty() ? std::string() : to_text(model.memory);
    for (const std::size_t length : {brand.size(), detector.size(), classes.size(), memory.size()}) out += std::to_string(length) + "\n";
    out += brand + detector + classes + memory;
  }
  return out;
}

Result<BrandNetworks> brand_networks_from_bytes(std::string_view bytes, const std::string& origin) {
  if (!bytes.starts_with(kMagic)) return corrupt(origin + ": expected networks by brand that begin with BWNETWORKS2 (of an earlier version: install the models again)");
  bytes.remove_prefix(kMagic.size());
  BrandNetworks networks;
  while (!bytes.empty()) {
    std::array<std::size_t, 4> length{};
    std::array<std::string_view, 4> part;
    bool whole = true;
    for (std::size_t& one : length) whole = whole && take_number(bytes, one);
    for (std::size_t i = 0; whole && i < part.size(); ++i) {
      whole = bytes.size() >= length[i];
      part[i] = bytes.substr(0, length[i]);
      if (whole) bytes.remove_prefix(length[i]);
    }
    if (!whole || length[0] < 1 || length[0] > kLongestName) {
      return corrupt(origin + ": expected the lengths of a brand's name, network, classes and memory, and all of them whole");
    }
    const std::string brand(part[0]), where = origin + ", brand '" + brand + "'";
    BrandModel model;
    auto detector = detector_from_bytes(part[1], where);
    if (!detector) return detector.error();
    if (detector->foreign) return corrupt(where + ": an imported network cannot run at the rim");
    model.detector = std::move(*detector);
    if (!part[2].empty()) {
      auto classes = crop_classifier_from_text(part[2], where);
      if (!classes) return classes.error();
      model.classifier = std::move(*classes);
    }
    if (!part[3].empty()) {
      auto memory = ore_memory_from_text(part[3], where);
      if (!memory) return memory.error();
      model.memory = std::move(*memory);
    }
    if (networks.size() == kMostBrands) return corrupt(origin + ": expected at most 64 brands");
    if (!networks.emplace(brand, std::move(model)).second) return corrupt(origin + ": two networks of brand '" + brand + "'");
  }
  return networks;
}

bool fits(const DetectorModel& model, double mm_per_px) {
  return std::abs(mm_per_px / model.mm_per_px - 1) <= kScaleTolerance;
}

void join_thing(FrameAnalysis& analysis, const BrandEye::Thing& thing, double strength, double false_per_frame, double mm_per_px) {
  const Blob& blob = thing.blob;
  auto& candidates = analysis.candidates;
  const auto met = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return c.x < blob.x + blob.w && blob.x < c.x + c.w && c.y < blob.y + blob.h && blob.y < c.y + c.h &&
           static_cast<double>(c.w) * c.h <= kOfASize * blob.w * blob.h;
  });
  Candidate candidate;
  if (met != candidates.end()) {
    candidate = *met;
    candidates.erase(met);
  } else {
    candidate.x = blob.x, candidate.y = blob.y, candidate.w = blob.w, candidate.h = blob.h;
    candidate.length_mm = mm_per_px * std::max(blob.w, blob.h);
    candidate.width_mm = mm_per_px * std::min(blob.w, blob.h);
    // Half of the box: nothing here measures the outline.
    candidate.area_mm2 = 0.5 * candidate.length_mm * candidate.width_mm;
  }
  if (strength > candidate.strength) {
    candidate.contrast = strength / candidate_strength(1, candidate.area_mm2);
    candidate.strength = strength;
  }
  if (candidate.false_per_frame == 0 || false_per_frame < candidate.false_per_frame) {
    candidate.false_per_frame = false_per_frame;
    if (thing.what.known || thing.what.confidence > 0) {
      candidate.label = thing.what.label;
      candidate.label_confidence = thing.what.confidence;
    }
  }
  candidates.push_back(std::move(candidate));
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.strength > b.strength; });
  if (candidates.size() > kMaxCandidates) candidates.resize(kMaxCandidates);
}

}  // namespace beltwarden::vision
