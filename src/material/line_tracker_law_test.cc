// Laws that hold for any belt: random speeds, stops, reversals, lot changes and empty stretches.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "material/belt_for_tests.h"
#include "material/intervals.h"
#include "material/line_tracker.h"

namespace beltwarden::material {
namespace {

/// One thing that happens on the belt, then some seconds of running.
struct Act {
  enum class What { kSpeed, kStop, kReverse, kFeed, kPause, kEmpty } what;
  int lot;                 // 1 ... 3
  double value;            // 0 ... 1, scaled to what it is for
  double run_s;
};

std::ostream& operator<<(std::ostream& out, const Act& act) {
  return out << "{" << static_cast<int>(act.what) << ", lot " << act.lot << ", " << act.value << ", " << act.run_s << " s}";
}

rc::Gen<Act> any_act() {
  using What = Act::What;
  const auto unit = rc::gen::map(rc::gen::inRange(0, 1001), [](int i) { return i / 1000.0; });
  const auto tenths = rc::gen::map(rc::gen::inRange(1, 300), [](int i) { return i / 10.0; });
  return rc::gen::construct<Act>(
      rc::gen::weightedElement<What>({{4, What::kSpeed}, {2, What::kStop}, {2, What::kReverse}, {5, What::kFeed}, {2, What::kPause}, {1, What::kEmpty}}),
      rc::gen::inRange(1, 4), unit, tenths);
}

/// What the source of a line does: a reading said, a lot ended.
struct Event {
  std::optional<Reading> reading;
  LotId ended;
  Time time;
};

LineLayout layout(bool rolling_over) {
  LineLayout l;
  l.line = LineId{"BC-1"};
  l.plc = InstrumentId{"plc"};
  l.slice = Tonnes{7};
  if (rolling_over) {
    l.totaliser_modulus = 256;       // 25.6 t
    l.encoder_modulus = 1000;        // 10 m
    l.max_step = Tonnes{5};
  }
  l.instruments = {{InstrumentId{"near"}, 4_m, Metres{0.2}, 3_t, "spectrometer"},
                   {InstrumentId{"far"}, 31_m, Metres{0.2}, 3_t, "spectrometer"},
                   {InstrumentId{"before"}, Metres{-6}, Metres{0.2}, 3_t, "camera"}};
  return l;
}

LotPlan plan(int number) {
  LotPlan p;
  p.lot = LotId{"L" + std::to_string(number)};
  p.feed_number = number;
  p.call = CallId{"call"};
  return p;
}

struct Voyage {
  LineLayout layout;
  std::vector<Event> events;
  std::vector<Observation> said;
  std::map<std::pair<std::string, std::uint64_t>, double> truth_m;   // belt coordinate under an instrument
  double weighed_t = 0;                                             // truth
  int reversals = 0;
  LineTracker tracker;

  explicit Voyage(LineLayout l) : layout(l), tracker(l) {}

  void happen(Event event) {
    auto out = event.reading ? tracker.take(*event.reading) : tracker.end_of_lot(event.ended, event.time);
    for (Observation& o : out) said.push_back(std::move(o));
    events.push_back(std::move(event));
  }
};

Voyage travel(const std::vector<Act>& acts, bool rolling_over, bool counts_down) {
  using What = Act::What;
  Voyage r(layout(rolling_over));
  BeltForTests belt(r.layout);
  belt.counts_down = counts_down;
  belt.instrument_period_s = 0.05;
  belt.say = [&](Reading reading) {
    if (const auto* gamma = std::get_if<GammaReading>(&reading.payload)) {
      r.truth_m[{reading.instrument.str(), reading.device_sequence}] = gamma->live_s;
    }
    r.happen({std::move(reading), {}, {}});
  };
  for (int lot = 1; lot <= 3; ++lot) r.said.push_back(r.tracker.plan(plan(lot), belt.now()));
  belt.poll();
  belt.feed(1, 0.3);
  double back_m = 0;
  for (const Act& act : acts) {
    const double forward = std::max(0.5, std::abs(belt.speed_mps));
    switch (act.what) {
      case What::kSpeed: belt.speed_mps = 0.3 + 5 * act.value; break;
      case What::kStop: belt.speed_mps = 0; break;
      case What::kReverse: belt.speed_mps = -2 * act.value - 0.1; break;
      case What::kFeed: belt.speed_mps = forward; belt.feed(act.lot, 0.05 + 0.4 * act.value); break;
      case What::kPause: belt.feed(0, 0); break;
      case What::kEmpty: belt.speed_mps = forward; belt.feed(0, 0); break;
    }
    const double run_s = belt.speed_mps < 0 ? std::min(act.run_s, 20 / -belt.speed_mps) : act.run_s;
    r.reversals += belt.speed_mps < 0;
    back_m = belt.speed_mps < 0 ? run_s * -belt.speed_mps : 0;
    belt.run(std::round(run_s * 10) / 10);
    if (back_m > 0) {
      belt.speed_mps = 2;
      belt.run(std::ceil(back_m) / 2 + 1);
    }
  }
  belt.speed_mps = 3;
  belt.feed(0, 0);
  belt.run(40);
  for (int lot = 1; lot <= 3; ++lot) r.happen({std::nullopt, LotId{"L" + std::to_string(lot)}, belt.now()});
  r.weighed_t = belt.weighed_t();
  return r;
}

template <class Law>
void check(Law law) {
  const bool holds = rc::check([&](bool rolling_over, bool counts_down) {
    const auto acts = *rc::gen::resize(12, rc::gen::container<std::vector<Act>>(any_act()));
    law(travel(acts, rolling_over, counts_down));
  });
  EXPECT_TRUE(holds);
}

TEST(LineTrackerLaw, TonnesAreConserved) {
  check([](const Voyage& r) {
    double lots = 0;
    for (const auto& lot : r.tracker.lots()) lots += lot.passed.value;
    RC_ASSERT(std::abs(lots + r.tracker.unassigned().value - r.tracker.weighed().value) < 1e-6);
    // The tick being counted, and one more for each time that material passed the scale again.
    RC_ASSERT(std::abs(r.tracker.weighed().value - r.weighed_t) <= 0.1 * (1 + r.reversals) + 1e-6);
  });
}

TEST(LineTrackerLaw, InstrumentsGiveTheSameBeltTheSameTonnes) {
  check([](const Voyage& r) {
    struct Seen {
      double b_m;
      LotId lot;
      double mark_t;
    };
    std::map<std::string, std::vector<Seen>> seen;
    for (const Observation& o : r.said) {
      if (!std::holds_alternative<GammaReading>(o.payload) || o.intervals.size() != 1) continue;
      const TonneInterval tonnes = o.intervals[0].tonnes;
      seen[o.instrument.str()].push_back({r.truth_m.at({o.instrument.str(), o.device_sequence}), o.intervals[0].lot,
                                          (tonnes.from + tonnes.to).value / 2});
    }
    auto& near = seen["near"];
    std::sort(near.begin(), near.end(), [](const Seen& a, const Seen& b) { return a.b_m < b.b_m; });
    int compared = 0;
    for (const char* other : {"far", "before"}) {
      for (const Seen& s : seen[other]) {
        const auto after = std::lower_bound(near.begin(), near.end(), s, [](const Seen& a, const Seen& b) { return a.b_m < b.b_m; });
        if (after == near.begin() || after == near.end() || after->b_m - (after - 1)->b_m > 0.4) continue;
        // Between two sights of one lot less than two fields apart lies that lot, at marks between theirs.
        if (after->lot != (after - 1)->lot) continue;
        RC_ASSERT(s.lot == after->lot);
        RC_ASSERT(s.mark_t >= (after - 1)->mark_t - 0.1);
        RC_ASSERT(s.mark_t <= after->mark_t + 0.1);
        ++compared;
      }
    }
    RC_CLASSIFY(compared > 20, "more than 20 sights compared");
  });
}

TEST(LineTrackerLaw, EveryTonneIsWeighedOnceAndForOneLot) {
  check([](const Voyage& r) {
    std::map<LotId, double> reached;
    for (const Observation& o : r.said) {
      if (!std::holds_alternative<BeltReading>(o.payload)) continue;
      for (const LotInterval& i : o.intervals) {
        RC_ASSERT(i.tonnes.from.value == reached[i.lot]);
        RC_ASSERT(i.tonnes.to > i.tonnes.from);
        reached[i.lot] = i.tonnes.to.value;
      }
    }
    for (const auto& lot : r.tracker.lots()) RC_ASSERT(reached[lot.plan.lot] == lot.passed.value);
  });
}

TEST(LineTrackerLaw, SlicesPartEveryLot) {
  check([](const Voyage& r) {
    std::map<LotId, double> reached;
    std::set<LotId> last;
    for (const Observation& o : r.said) {
      const auto* slice = std::get_if<SliceClosed>(&o.payload);
      if (!slice) continue;
      const LotId& lot = slice->interval.lot;
      RC_ASSERT(!last.contains(lot));
      RC_ASSERT(slice->interval.tonnes.from.value == reached[lot]);
      RC_ASSERT(slice->last_of_lot || slice->interval.tonnes.mass() == 7_t);
      RC_ASSERT(slice->first <= slice->last);
      for (const auto& [instrument, seen] : slice->seen) {
        RC_ASSERT(clipped(seen, slice->interval.tonnes) == seen);
        RC_ASSERT(merged(seen) == seen);
      }
      reached[lot] = slice->interval.tonnes.to.value;
      if (slice->last_of_lot) last.insert(lot);
    }
    for (const auto& lot : r.tracker.lots()) {
      RC_ASSERT(lot.closed);
      RC_ASSERT(reached[lot.plan.lot] == lot.passed.value);
    }
  });
}

bool same(const Observation& a, const Observation& b) {
  if (a.instrument != b.instrument || a.device_sequence != b.device_sequence || a.time != b.time || a.received != b.received ||
      a.intervals != b.intervals || a.payload.index() != b.payload.index()) {
    return false;
  }
  const auto* x = std::get_if<SliceClosed>(&a.payload);
  if (!x) return true;
  const auto& y = std::get<SliceClosed>(b.payload);
  return x->interval == y.interval && x->first == y.first && x->last == y.last && x->last_of_lot == y.last_of_lot && x->seen == y.seen;
}

TEST(LineTrackerLaw, ARestartAnywhereChangesNothing) {
  check([](const Voyage& r) {
    const auto cut = *rc::gen::inRange<std::size_t>(3, r.said.size() + 1);
    LineTracker again(r.layout);
    std::set<LotId> ended;
    for (std::size_t i = 0; i < cut; ++i) {
      again.restore(r.said[i]);
      if (const auto* command = std::get_if<CommandTaken>(&r.said[i].payload)) ended.insert(LotId{command->detail});
    }
    std::vector<Observation> said(r.said.begin(), r.said.begin() + static_cast<std::ptrdiff_t>(cut));
    std::map<InstrumentId, std::uint64_t> last;
    for (const char* name : {"plc", "near", "far", "before"}) last[InstrumentId{name}] = again.last_device_sequence(InstrumentId{name});
    for (const Event& event : r.events) {
      if (event.reading && event.reading->device_sequence <= last[event.reading->instrument]) continue;
      if (!event.reading && ended.contains(event.ended)) continue;
      auto out = event.reading ? again.take(*event.reading) : again.end_of_lot(event.ended, event.time);
      for (Observation& o : out) said.push_back(std::move(o));
    }
    // What the last thing journaled had let close comes out with the next reading; there is none after the end.
    RC_ASSERT(said.size() <= r.said.size());
    if (cut < r.said.size() - 3) RC_ASSERT(said.size() == r.said.size());
    for (std::size_t i = cut; i < said.size(); ++i) {
      if (!same(said[i], r.said[i])) {
        RC_LOG() << "cut " << cut << ", first different " << i << ": " << said[i].instrument.str() << " " << said[i].device_sequence
                 << " payload " << said[i].payload.index() << ", undisturbed " << r.said[i].instrument.str() << " "
                 << r.said[i].device_sequence << " payload " << r.said[i].payload.index() << "\n";
      }
      RC_ASSERT(same(said[i], r.said[i]));
    }
  });
}

}  // namespace
}  // namespace beltwarden::material
