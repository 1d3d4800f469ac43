#include "apps/beltwarden/release_watch.h"

#include <algorithm>

namespace beltwarden::app {
namespace {

bool cleared(const control::LotView& lot) {
  return lot.state == control::LotState::kReleased || lot.state == control::LotState::kRejected;
}

}  // namespace

ReleaseWatch::Standing ReleaseWatch::look(const std::vector<control::LotView>& lots, Duration now) {
  if (!lots.empty() && std::all_of(lots.begin(), lots.end(), cleared)) return Standing::kCleared;
  std::string stands = what_blocks(lots);
  if (!stood_ || *stood_ != stands) {
    stood_ = std::move(stands);
    since_ = now;
  }
  return now - since_ >= patience_ ? Standing::kStuck : Standing::kGoesOn;
}

std::string ReleaseWatch::what_blocks(const std::vector<control::LotView>& lots) {
  if (lots.empty()) return "there is no lot";
  std::string text;
  for (const auto& lot : lots) {
    if (cleared(lot)) continue;
    text += (text.empty() ? "lot " : "; lot ") + lot.lot.str() + " is " + control::to_string(lot.state);
    for (std::size_t i = 0; i < lot.blockers.size(); ++i) {
      text += (i == 0 ? ", blocked by " : ", ") + lot.blockers[i].code + " " + lot.blockers[i].about;
    }
  }
  return text;
}

}  // namespace beltwarden::app
