#include "inspect/expected_ore.h"

#include <algorithm>
#include <utility>

namespace beltwarden::inspect {
namespace {
constexpr std::size_t kMostSaid = 1000;      // of a lot, that can still be explained
constexpr std::size_t kMostEnded = 20;       // lots
constexpr double kBatchSpread = 0.15;        // of a level: batches of one ore differ by so much
}  // namespace

bool ExpectedOre::plan(const LotId& lot, const std::string& brand) {
  const auto [known, fresh] = lots_.try_emplace(lot);
  return std::exchange(known->second.brand, brand) != brand || fresh;
}

void ExpectedOre::ended(const LotId& lot) {
  ended_.push_back(lot);
  if (ended_.size() <= kMostEnded) return;
  lots_.erase(ended_.front());
  ended_.pop_front();
}

void ExpectedOre::said(const material::LotInterval& where, gamma::OreSeries series, double level) {
  auto& said = lots_[where.lot].said;
  said.push_back({where.tonnes, series, level});
  if (said.size() > kMostSaid) said.erase(said.begin());
}

std::vector<LotId> ExpectedOre::explained(const material::LotInterval& where) {
  std::vector<LotId> concerned;
  const auto known = lots_.find(where.lot);
  if (known == lots_.end()) return concerned;
  const std::string& brand = known->second.brand;
  bool any = false;
  for (const Said& one : known->second.said) {
    if (!one.tonnes.overlaps(where.tonnes)) continue;
    double& level = brands_[brand][one.series];
    level = std::max(level, one.level);
    any = true;
  }
  for (const auto& [id, lot] : lots_) {
    if (any && lot.brand == brand) concerned.push_back(id);
  }
  return concerned;
}

const ExpectedOre::Levels* ExpectedOre::explained_of(const LotId& lot) const {
  const auto known = lots_.find(lot);
  if (known == lots_.end()) return nullptr;
  const auto brand = brands_.find(known->second.brand);
  return brand == brands_.end() ? nullptr : &brand->second;
}

double ExpectedOre::level(const LotId& lot, gamma::OreSeries series) const {
  const Levels* explained = explained_of(lot);
  return explained == nullptr ? usual_.mean[series] : std::max(usual_.mean[series], (*explained)[series]);
}

gamma::NaturalReference ExpectedOre::reference(const LotId& lot) const {
  gamma::NaturalReference reference = usual_;
  const Levels* explained = explained_of(lot);
  for (std::size_t s = 0; s < gamma::kOreSeriesCount; ++s) {
    if (explained != nullptr && (*explained)[s] > usual_.mean[s]) {
      reference.mean[s] = (*explained)[s];
      reference.sd[s] = std::max(usual_.sd[s], kBatchSpread * (*explained)[s]);
    }
    reference.mean[s] += deviations_ * reference.sd[s];
  }
  return reference;
}

}  // namespace beltwarden::inspect
