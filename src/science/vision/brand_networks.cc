#include "science/vision/brand_networks.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::vision {

namespace {

constexpr std::string_view kMagic = "BWNETWORKS1\n";
constexpr std::size_t kMostBrands = 64;
constexpr std::size_t kLongestName = 256;

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
    if (model.foreign) return unsupported("an imported network cannot run at the rim (brand '" + brand + "')");
    const std::string bytes = to_bytes(model);
    out += std::to_string(brand.size()) + "\n" + std::to_string(bytes.size()) + "\n" + brand + bytes;
  }
  return out;
}

Result<BrandNetworks> brand_networks_from_bytes(std::string_view bytes, const std::string& origin) {
  if (!bytes.starts_with(kMagic)) return corrupt(origin + ": expected networks by brand that begin with BWNETWORKS1");
  bytes.remove_prefix(kMagic.size());
  BrandNetworks networks;
  while (!bytes.empty()) {
    std::size_t name = 0, length = 0;
    if (!take_number(bytes, name) || !take_number(bytes, length) || name < 1 || name > kLongestName ||
        bytes.size() < name || bytes.size() - name < length) {
      return corrupt(origin + ": expected the lengths of a brand's name and of its network, and both whole");
    }
    const std::string brand(bytes.substr(0, name));
    auto model = detector_from_bytes(bytes.substr(name, length), origin + ", brand '" + brand + "'");
    if (!model) return model.error();
    if (model->foreign) return corrupt(origin + ": an imported network cannot run at the rim (brand '" + brand + "')");
    if (networks.size() == kMostBrands) return corrupt(origin + ": expected at most 64 brands");
    if (!networks.emplace(brand, std::move(*model)).second) return corrupt(origin + ": two networks of brand '" + brand + "'");
    bytes.remove_prefix(name + length);
  }
  return networks;
}

double false_per_frame(const DetectorModel& model, double score) {
  return model.claimed_false_per_frame * std::exp(-(score - model.threshold) / model.frame_tail.scale);
}

bool fits(const DetectorModel& model, double mm_per_px) {
  return std::abs(mm_per_px / model.mm_per_px - 1) <= kScaleTolerance;
}

void join_blob(FrameAnalysis& analysis, const Blob& blob, double strength, double mm_per_px) {
  auto& candidates = analysis.candidates;
  const auto met = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return c.x < blob.x + blob.w && blob.x < c.x + c.w && c.y < blob.y + blob.h && blob.y < c.y + c.h;
  });
  if (met != candidates.end()) {
    if (strength <= met->strength) return;
    met->contrast = strength / candidate_strength(1, met->area_mm2);
    met->strength = strength;
  } else {
    Candidate candidate;
    candidate.x = blob.x, candidate.y = blob.y, candidate.w = blob.w, candidate.h = blob.h;
    candidate.length_mm = mm_per_px * std::max(blob.w, blob.h);
    candidate.width_mm = mm_per_px * std::min(blob.w, blob.h);
    // Half of the box: nothing here measures the outline.
    candidate.area_mm2 = 0.5 * candidate.length_mm * candidate.width_mm;
    candidate.contrast = strength / candidate_strength(1, candidate.area_mm2);
    candidate.strength = strength;
    candidates.push_back(candidate);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.strength > b.strength; });
  if (candidates.size() > kMaxCandidates) candidates.resize(kMaxCandidates);
}

}  // namespace beltwarden::vision
