// Which lot's tonnes lie where on the belt.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/units.h"

namespace beltwarden::material {

/// Belt coordinate b is the spot of the belt that is at the datum when the belt's position is b metres. Lots are numbered by
/// the caller; -1 is "none". Not thread-safe.
class BeltMap {
 public:
  static constexpr int kNoLot = -1;

  /// From coordinate `from_m` on (not behind what was said before), what lands on the belt is `lot`'s. `fed` false: feeding has
  /// paused and what still trickles belongs to `lot`.
  void feed(double from_m, int lot, bool fed);

  /// What the feed is now; lot none before the first `feed`.
  int fed_lot() const { return feed_.empty() ? kNoLot : feed_.back().lot; }
  bool fed_now() const { return !feed_.empty() && feed_.back().fed; }

  /// The lot that lands or landed at `b_m`.
  int lot_at(double b_m) const;

  /// A stretch of weighed belt of one lot, with the lot's tonne marks at its ends.
  struct Piece {
    double from_m, to_m;
    int lot;
    double from_t, to_t;
  };

  /// The stretches of [from_m, to_m) by feed boundaries, before they are weighed: `lay` gives them their marks.
  struct Stretch {
    double from_m, to_m;
    int lot;
  };
  void split(double from_m, double to_m, std::vector<Stretch>& out) const;

  /// Adds a weighed piece after the last one, and forgets feed boundaries behind it.
  void lay(const Piece& piece);

  struct Marks {
    int lot;
    TonneInterval tonnes;
  };
  /// The tonnes that lie within [from_m, to_m], in belt order, touching ones of a lot joined, empty ones left out.
  void between(double from_m, double to_m, std::vector<Marks>& out) const;

  /// Mass of any lot or none within [from_m, to_m], tonnes.
  double mass_t(double from_m, double to_m) const;

  /// The coordinate at which `lot` reached `mark`; nothing when that is not (or no longer) on the map.
  std::optional<double> find(int lot, double mark_t) const;

  /// Forgets what lies behind `before_m`.
  void forget(double before_m);

  std::size_t size() const { return pieces_.size(); }

 private:
  struct Feed {
    double from_m;
    int lot;
    bool fed;
  };
  std::deque<Feed> feed_;
  std::deque<Piece> pieces_;
};

}  // namespace beltwarden::material
