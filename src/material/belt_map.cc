#include "material/belt_map.h"

#include <algorithm>
#include <limits>

namespace beltwarden::material {
namespace {

// Creeping belts would make pieces without end: below this length a piece grows instead.
constexpr double kShortestPiece_m = 0.02;

double mark_at(const BeltMap::Piece& piece, double b_m) {
  if (b_m <= piece.from_m) return piece.from_t;
  if (b_m >= piece.to_m) return piece.to_t;
  return piece.from_t + (piece.to_t - piece.from_t) * ((b_m - piece.from_m) / (piece.to_m - piece.from_m));
}

}  // namespace

void BeltMap::feed(double from_m, int lot, bool fed) {
  if (feed_.empty()) {
    feed_.push_back({-std::numeric_limits<double>::infinity(), lot, fed});
    return;
  }
  if (feed_.back().lot == lot && feed_.back().fed == fed) return;
  feed_.push_back({std::max(from_m, feed_.back().from_m), lot, fed});
}

int BeltMap::lot_at(double b_m) const {
  for (std::size_t i = feed_.size(); i-- > 0;) {
    if (feed_[i].from_m <= b_m) return feed_[i].lot;
  }
  return kNoLot;
}

void BeltMap::split(double from_m, double to_m, std::vector<Stretch>& out) const {
  out.clear();
  std::size_t i = 0;
  while (i + 1 < feed_.size() && feed_[i + 1].from_m <= from_m) ++i;
  for (double at = from_m; at < to_m; ++i) {
    const double end = i + 1 < feed_.size() ? std::min(to_m, feed_[i + 1].from_m) : to_m;
    if (end > at) out.push_back({at, end, feed_.empty() ? kNoLot : feed_[i].lot});
    at = std::max(at, end);
  }
}

void BeltMap::lay(const Piece& piece) {
  Piece* last = pieces_.empty() ? nullptr : &pieces_.back();
  if (last && last->lot == piece.lot && last->to_t == piece.from_t && piece.to_m - last->from_m <= kShortestPiece_m) {
    last->to_m = piece.to_m;
    last->to_t = piece.to_t;
  } else {
    pieces_.push_back(piece);
  }
  while (feed_.size() > 1 && feed_[1].from_m <= piece.to_m && feed_[1].from_m < piece.from_m) feed_.pop_front();
}

void BeltMap::between(double from_m, double to_m, std::vector<Marks>& out) const {
  out.clear();
  auto piece = std::partition_point(pieces_.begin(), pieces_.end(), [&](const Piece& p) { return p.to_m <= from_m; });
  for (; piece != pieces_.end() && piece->from_m < to_m; ++piece) {
    if (piece->lot == kNoLot) continue;
    const TonneInterval tonnes{{mark_at(*piece, from_m)}, {mark_at(*piece, to_m)}};
    if (tonnes.empty()) continue;
    if (!out.empty() && out.back().lot == piece->lot && out.back().tonnes.to == tonnes.from) {
      out.back().tonnes.to = tonnes.to;
    } else {
      out.push_back({piece->lot, tonnes});
    }
  }
}

double BeltMap::mass_t(double from_m, double to_m) const {
  double mass = 0;
  auto piece = std::partition_point(pieces_.begin(), pieces_.end(), [&](const Piece& p) { return p.to_m <= from_m; });
  for (; piece != pieces_.end() && piece->from_m < to_m; ++piece) mass += mark_at(*piece, to_m) - mark_at(*piece, from_m);
  return mass;
}

std::optional<double> BeltMap::find(int lot, double mark_t) const {
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
    if (piece->lot != lot || mark_t < piece->from_t || mark_t > piece->to_t) continue;
    if (piece->to_t == piece->from_t) return piece->to_m;
    return piece->from_m + (piece->to_m - piece->from_m) * ((mark_t - piece->from_t) / (piece->to_t - piece->from_t));
  }
  return std::nullopt;
}

void BeltMap::forget(double before_m) {
  while (!pieces_.empty() && pieces_.front().to_m < before_m) pieces_.pop_front();
}

}  // namespace beltwarden::material
