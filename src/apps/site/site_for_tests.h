// A site's line to test on: a berth whose truth is known, an inspector that says one finding a slice, and a cutter that does as the test says.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "apps/site/site.h"
#include "journal/reader.h"
#include "journal/test_folder.h"
#include "material/belt_for_tests.h"
#include "wire/codec.h"

namespace beltwarden::site {

using material::Observation;

inline const LotId kLot{"A"};
inline constexpr double kCutter_m = 30, kLoad_t_per_m = 0.5;

/// Says one finding, as large as it is told, when a slice closes.
class Echo final : public inspect::Inspector {
 public:
  Echo(std::size_t evidence_bytes, bool& explained_first) : evidence_bytes_(evidence_bytes), explained_first_(explained_first) {}
  const inspect::InspectorInfo& info() const override { return info_; }
  void observe(const Observation& observation, const inspect::FindingSink&) override {
    const auto* taken = std::get_if<material::CommandTaken>(&observation.payload);
    if (taken != nullptr && taken->kind == material::kNaturalOreExplained && !belt_seen_) explained_first_ = true;
    belt_seen_ = belt_seen_ || std::holds_alternative<material::BeltReading>(observation.payload);
  }
  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const inspect::FindingSink& say) override {
    wire::Finding finding;
    finding.where = slice.interval;
    finding.verdict = wire::Verdict::kOk;
    finding.code = "slice";
    if (evidence_bytes_ > 0) {
      finding.evidence.push_back({"spectrum", "application/json", std::string(evidence_bytes_, ' '), {}, {}, 0, {}});
    }
    say(std::move(finding));
    return seen;
  }

 private:
  const std::size_t evidence_bytes_;
  bool& explained_first_;
  bool belt_seen_ = false;
  inspect::InspectorInfo info_{.name = "echo", .version = "1", .fitted = true};
};

class SiteTest : public ::testing::Test {
 protected:
  SiteTest() : belt_(layout()) {
    belt_.looking = false;
    belt_.speed_mps = 3;
    belt_.say = [this](material::Reading reading) { site_->submit(std::move(reading)); };
    options_.layout = layout();
    options_.journal_folder = folder_.journal();
  }

  static material::LineLayout layout() {
    material::LineLayout l;
    l.site = SiteId{"berth"};
    l.line = LineId{"B1"};
    l.plc = InstrumentId{"plc"};
    l.slice = 5_t;
    l.instruments = {{InstrumentId{"cutter"}, {kCutter_m}, 1_m, {}, material::kSamplerKind}};
    return l;
  }

  void open() {
    site_.reset();
    std::vector<std::unique_ptr<inspect::Inspector>> inspectors;
    inspectors.push_back(std::make_unique<Echo>(evidence_bytes_, explained_first_));
    auto actuator = [this](const instruments::Order& order) -> Result<void> {
      if (refuse_) return unavailable("the PLC is not connected");
      std::lock_guard lock(mutex_);
      orders_.push_back(order);
      return {};
    };
    auto site = Site::open(options_, std::move(inspectors), actuator, *log_, clock_);
    ASSERT_TRUE(site.ok()) << site.error().message;
    site_ = std::move(*site);
  }
  void start() {
    open();
    site_->start();
  }
  void run(double s) {
    belt_.run(s);
    site_->drain();
  }
  // 20 t of the lot have passed the scale, 5 t the cutter.
  void begin() {
    start();
    command("p-1", plan(kLot, 1));
    belt_.feed(1, kLoad_t_per_m);
    run(20);
  }
  static material::LotPlan plan(LotId lot, int number) {
    material::LotPlan p;
    p.lot = std::move(lot);
    p.feed_number = number;
    return p;
  }
  void command(const std::string& id, decltype(wire::SiteCommand::order) order) {
    site_->command({id, LineId{"B1"}, belt_.now(), "li.wei", std::move(order)});
    site_->drain();
  }
  void order_sample(double from_t, double to_t) {
    command("o-1", wire::OrderSample{{kLot, {{from_t}, {to_t}}}});
  }

  // A picture of grey, received so late.
  void submit_frame(const char* instrument, double late_s) {
    instruments::RawFrame frame;
    frame.instrument = InstrumentId{instrument};
    frame.frame_number = ++frames_;
    frame.time = belt_.now();
    frame.received = {clock_.now().ns - static_cast<std::int64_t>(late_s * 1e9)};
    frame.width_px = frame.height_px = 64;
    frame.mm_per_px = 4;
    frame.bgr.assign(std::size_t{3} * 64 * 64, 90);
    site_->submit(std::move(frame));
  }

  std::vector<Observation> journaled() {
    std::vector<Observation> all;
    auto reader = journal::Reader::open(folder_.journal());
    if (!reader) return all;
    for (auto entry = reader->next(); entry && *entry; entry = reader->next()) {
      auto observation = wire::decode_observation((*entry)->payload);
      if ((*entry)->kind != journal::EntryKind::kObservation && (*entry)->kind != journal::EntryKind::kCommand) continue;
      if (!observation) continue;
      observation->id = (*entry)->id;
      all.push_back(std::move(*observation));
    }
    return all;
  }
  template <class Payload>
  std::vector<Payload> all() {
    std::vector<Payload> found;
    for (const auto& o : journaled()) {
      if (const auto* payload = std::get_if<Payload>(&o.payload)) found.push_back(*payload);
    }
    return found;
  }
  std::vector<instruments::CutOrder> cuts() {
    std::lock_guard lock(mutex_);
    std::vector<instruments::CutOrder> found;
    for (const auto& order : orders_) {
      if (const auto* cut = std::get_if<instruments::CutOrder>(&order)) found.push_back(*cut);
    }
    return found;
  }
  // What a sampler says when it has cut.
  void answer(const instruments::CutOrder& order) {
    material::Reading reading;
    reading.instrument = InstrumentId{"cutter"};
    reading.time = reading.received = belt_.now();
    reading.payload = material::CutterReading{order.increment, true, 20, order.command_id};
    site_->submit(std::move(reading));
  }

  journal::TestFolder folder_;
  std::unique_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  std::uint64_t frames_ = 0;
  SiteOptions options_;
  std::size_t evidence_bytes_ = 0;
  bool explained_first_ = false;   // an inspector heard an explanation before any belt reading
  std::atomic<bool> refuse_{false};
  std::mutex mutex_;
  std::vector<instruments::Order> orders_;
  material::BeltForTests belt_;
  std::unique_ptr<Site> site_;
};

}  // namespace beltwarden::site
