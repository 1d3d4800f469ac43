#include "inspect/expected_ore.h"

#include <string_view>

namespace beltwarden::inspect {
namespace {
constexpr std::array<std::string_view, gamma::kOreSeriesCount> kSeriesNames = {"K-40", "U-238", "Th-232"};
constexpr double kBatchSpread = 0.15;        // of a level: batches of one ore differ by so much
}  // namespace

bool ExpectedOre::plan(const LotId& lot, const std::string& brand) {
  const auto [known, fresh] = lots_.try_emplace(lot);
  return std::exchange(known->second.brand, brand) != brand || fresh;
}

std::vector<LotId> ExpectedOre::explained(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels) {
  std::vector<LotId> concerned;
  if (brand.empty() && !lots_.contains(lot)) return concerned;   // it is over
  bool rose = false;
  for (const auto& one : levels) {
    const auto series = std::ranges::find(kSeriesNames, one.series);
    if (one.unit != unit_ || series == kSeriesNames.end() || !(one.level > 0)) continue;
    Levels& to = brand.empty() ? lots_[lot].own : brands_[brand];
    double& level = to[static_cast<std::size_t>(series - kSeriesNames.begin())];
    rose = rose || one.level > level;
    level = std::max(level, one.level);
  }
  for (const auto& [id, known] : lots_) {
    if (!rose) break;    // what is written again changes nothing, and what is of another unit neither
    if (brand.empty() ? id == lot : known.brand == brand) concerned.push_back(id);
  }
  return concerned;
}

double ExpectedOre::explained_level(const LotId& lot, gamma::OreSeries series) const {
  const auto known = lots_.find(lot);
  if (known == lots_.end()) return 0;
  const auto brand = brands_.find(known->second.brand);
  return std::max(known->second.own[series], brand == brands_.end() ? 0 : brand->second[series]);
}

gamma::NaturalReference ExpectedOre::reference(const LotId& lot) const {
  gamma::NaturalReference reference = usual_;
  for (std::size_t s = 0; s < gamma::kOreSeriesCount; ++s) {
    if (const double level = explained_level(lot, static_cast<gamma::OreSeries>(s)); level > usual_.mean[s]) {
      reference.mean[s] = level;
      reference.sd[s] = std::max(usual_.sd[s], kBatchSpread * level);
    }
    reference.mean[s] += deviations_ * reference.sd[s];
  }
  return reference;
}

}  // namespace beltwarden::inspect
