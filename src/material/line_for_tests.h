// A belt with a tracker that listens to it, for the tests of the line tracker.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "material/belt_for_tests.h"
#include "material/line_tracker.h"

namespace beltwarden::material::line_for_tests {

inline LineLayout layout() {
  LineLayout l;
  l.site = SiteId{"majishan"};
  l.line = LineId{"BC-1"};
  l.plc = InstrumentId{"plc"};
  l.instruments = {{InstrumentId{"nir"}, 5_m, Metres{0.2}, 3_t, "spectrometer"},
                   {InstrumentId{"cam"}, 23_m, 1_m, 3_t, "camera"}};
  return l;
}

inline LotPlan plan(const std::string& lot, int number) {
  LotPlan p;
  p.lot = LotId{lot};
  p.feed_number = number;
  p.call = CallId{"call-1"};
  return p;
}

/// A belt and a tracker that listens to it, and everything the tracker said.
struct Line {
  explicit Line(LineLayout l = layout()) : belt(l), tracker(l) {
    belt.say = [this](Reading reading) {
      if (const auto* gamma = std::get_if<GammaReading>(&reading.payload)) {
        truth[{reading.instrument.str(), reading.device_sequence}] = gamma->live_s;
      }
      keep(tracker.take(std::move(reading)));
    };
    tracker.plan(plan("A", 1), belt.now());
    tracker.plan(plan("B", 2), belt.now());
    belt.poll();
  }

  void keep(std::vector<Observation> more) {
    for (Observation& o : more) said.push_back(std::move(o));
  }
  std::vector<SliceClosed> slices() const {
    std::vector<SliceClosed> result;
    for (const Observation& o : said) {
      if (const auto* slice = std::get_if<SliceClosed>(&o.payload)) result.push_back(*slice);
    }
    return result;
  }
  std::map<TrackerNote::Kind, int> notes() {
    for (const TrackerNote& note : tracker.take_notes()) ++noted[note.kind];
    return noted;
  }
  double passed(std::size_t lot) const { return tracker.lots().at(lot).passed.value; }

  /// Every stamped reading of one lot lies within a tick (0.1 t) of the truth.
  void expect_true_marks(int feed_number, const LotId& lot) {
    int compared = 0;
    for (const Observation& o : said) {
      if (!std::holds_alternative<GammaReading>(o.payload) || o.intervals.size() != 1 || o.intervals[0].lot != lot) continue;
      const double b = truth.at({o.instrument.str(), o.device_sequence});
      const double middle = (o.intervals[0].tonnes.from + o.intervals[0].tonnes.to).value / 2;
      EXPECT_NEAR(middle, belt.lot_mass(feed_number, b), 0.15) << o.instrument.str() << " " << o.device_sequence;
      ++compared;
    }
    EXPECT_GT(compared, 100);
  }

  BeltForTests belt;
  LineTracker tracker;
  std::vector<Observation> said;
  std::map<std::pair<std::string, std::uint64_t>, double> truth;
  std::map<TrackerNote::Kind, int> noted;
};

}  // namespace beltwarden::material::line_for_tests
