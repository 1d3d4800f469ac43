#include "inspect/expected_ore.h"

#include <string_view>
#include <utility>

namespace beltwarden::inspect {
namespace {
constexpr std::array<std::string_view, gamma::kOreSeriesCount> kSeriesNames = {"K-40", "U-238", "Th-232"};
constexpr double kBatchSpread = 0.15;        // of a level: batches of one ore differ by so much
}  // namespace

bool ExpectedOre::plan(const LotId& lot, const std::string& brand) {
  const auto [known, fresh] = lots_.try_emplace(lot);
  return std::exchange(known->second.brand, brand) != brand || fresh;
}

ExpectedOre::Levels ExpectedOre::of_unit(const std::vector<material::NaturalLevel>& levels) const {
  Levels highest{};
  for (const auto& one : levels) {
    const auto series = std::ranges::find(kSeriesNames, one.series);
    if (one.unit != unit_ || series == kSeriesNames.end() || !(one.level > 0)) continue;
    double& level = highest[static_cast<std::size_t>(series - kSeriesNames.begin())];
    level = std::max(level, one.level);
  }
  return highest;
}

std::vector<LotId> ExpectedOre::lots_of(const LotId& lot, const std::string& brand) const {
  std::vector<LotId> concerned;
  for (const auto& [id, known] : lots_) {
    if (brand.empty() ? id == lot : known.brand == brand) concerned.push_back(id);
  }
  return concerned;
}

std::vector<LotId> ExpectedOre::explained(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels) {
  if (brand.empty() && !lots_.contains(lot)) return {};   // it is over
  const Levels said = of_unit(levels);
  if (said == Levels{}) return {};
  Levels& to = brand.empty() ? lots_[lot].own : brands_[brand];
  const Levels before = to;
  for (std::size_t s = 0; s < to.size(); ++s) to[s] = std::max(to[s], said[s]);
  return to == before ? std::vector<LotId>{} : lots_of(lot, brand);   // what is written again changes nothing
}

std::vector<LotId> ExpectedOre::withdrawn(const LotId& lot, const std::string& brand, const std::vector<material::NaturalLevel>& levels) {
  if (brand.empty() ? !lots_.contains(lot) : !brands_.contains(brand)) return {};
  Levels& to = brand.empty() ? lots_[lot].own : brands_[brand];
  const Levels left = of_unit(levels);
  return std::exchange(to, left) == left ? std::vector<LotId>{} : lots_of(lot, brand);
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
