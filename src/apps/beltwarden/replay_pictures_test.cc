#include "apps/beltwarden/replay_pictures.h"

#include <gtest/gtest.h>

#include "apps/beltwarden/replay_difference.h"
#include "base/rng.h"
#include "formats/picture.h"

namespace beltwarden::app {
namespace {

const LotId kLot{"L1"};

// A network that is as sure everywhere as said.
vision::BrandModel sure_of(float everywhere) {
  vision::BrandModel model;
  auto& detector = model.detector;
  detector.network = vision::detector_network(0, 1);
  std::fill(detector.network.parameters.begin(), detector.network.parameters.end(), 0.0f);
  const auto& head = detector.network.plan.steps()[static_cast<std::size_t>(detector.network.outputs.front())];
  const int weights = detector.network.plan.parameter_count(head) - head.channels;
  detector.network.parameters[static_cast<std::size_t>(head.parameters + weights)] = everywhere;
  detector.mm_per_px = 4;
  detector.claimed_false_per_frame = 0.1;
  detector.frame_tail = {-1, 0.1, 0.5};
  return model;
}

site::RimModels models_of(const std::string& brand, float everywhere) {
  site::RimModels models;
  models.networks[brand] = sure_of(everywhere);
  vision::BrandAppearance appearance;
  appearance.brand = brand;
  appearance.strength_tail = {4, 0.2, 0.1};
  models.appearances.push_back(appearance);
  return models;
}

std::vector<std::uint8_t> pixels(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::uint8_t> bgr(std::size_t{3} * 128 * 96);
  for (auto& byte : bgr) byte = static_cast<std::uint8_t>(100 + rng.below(30));
  return bgr;
}

Sha256 digest_of(const std::vector<std::uint8_t>& bgr) { return sha256({reinterpret_cast<const char*>(bgr.data()), bgr.size()}); }

material::Observation plan() {
  material::LotPlan p;
  p.lot = kLot;
  p.brand = "Lump";
  material::Observation o;
  o.payload = p;
  return o;
}

material::Observation reading(std::uint64_t number, double from, double to) {
  material::FrameReading frame;
  frame.frame_number = number;
  frame.width_px = 128;
  frame.height_px = 96;
  frame.mm_per_px = 4;
  frame.digest = digest_of(pixels(number));
  material::Observation o;
  o.instrument = InstrumentId{"cam"};
  o.intervals.push_back({kLot, {Tonnes{from}, Tonnes{to}}});
  o.payload = frame;
  return o;
}

wire::EvidenceBlob kept(std::uint64_t number) {
  const auto bgr = pixels(number);
  wire::EvidenceBlob blob;
  blob.bytes = *formats::encode_jpeg({bgr.data(), 128, 96, 3, 3 * 128}, 85);
  blob.media_type = "image/jpeg";
  blob.digest = sha256(blob.bytes);
  blob.frame_digest = digest_of(bgr);
  blob.instrument = InstrumentId{"cam"};
  blob.frame_number = number;
  return blob;
}

// Four pictures of 10 t each, of which the second was kept.
PicturesSeenAgain::Share pass(PicturesSeenAgain& pictures, std::vector<std::size_t>& candidates) {
  pictures.gather(plan());
  for (std::uint64_t i = 1; i <= 4; ++i) {
    pictures.gather(reading(i, 10.0 * static_cast<double>(i - 1), 10.0 * static_cast<double>(i)));
    if (i == 2) {
      EXPECT_TRUE(pictures.gather(kept(i)));
    }
  }
  for (std::uint64_t i = 1; i <= 4; ++i) {
    auto again = reading(i, 10.0 * static_cast<double>(i - 1), 10.0 * static_cast<double>(i));
    pictures.replace(again);
    candidates.push_back(std::get<material::FrameReading>(again.payload).candidates.size());
  }
  return pictures.share();
}

TEST(PicturesSeenAgain, TheKeptOnesGetWhatTheNewNetworkSeesAndItsShareOfTheTonnesIsSaid) {
  PicturesSeenAgain pictures(models_of("Lump", 3));
  std::vector<std::size_t> candidates;
  const auto share = pass(pictures, candidates);
  EXPECT_EQ(candidates[0], 0u);
  EXPECT_GE(candidates[1], 1u);
  EXPECT_EQ(candidates[2], 0u);
  EXPECT_EQ(share.pictures, 4u);
  EXPECT_EQ(share.seen_again, 1u);
  EXPECT_DOUBLE_EQ(share.tonnes, 40);
  EXPECT_DOUBLE_EQ(share.seen_again_t, 10);
}

TEST(PicturesSeenAgain, ANetworkOfAnotherBrandSeesNothing) {
  PicturesSeenAgain pictures(models_of("Fines", 3));
  std::vector<std::size_t> candidates;
  const auto share = pass(pictures, candidates);
  EXPECT_EQ(candidates, (std::vector<std::size_t>{0, 0, 0, 0}));
  EXPECT_EQ(share.seen_again, 0u);
}

std::string suspicion(const std::string& label, double from, double to, const std::string& code = "inclusion") {
  wire::Finding finding;
  finding.model = "inclusion_recognition";
  finding.code = code;
  finding.label = label;
  finding.verdict = wire::Verdict::kSuspect;
  finding.where = {kLot, {Tonnes{from}, Tonnes{to}}};
  return wire::encode(finding);
}

TEST(FindingDifference, NewGoneAndRenamedSuspicions) {
  const auto difference = difference_of({suspicion("", 10, 11), suspicion("", 50, 51), suspicion("wood", 90, 91)},
                                        {suspicion("", 10.4, 11.4), suspicion("", 70, 71), suspicion("metal", 90, 91)});
  ASSERT_TRUE(difference);
  const auto& count = difference->suspicions.at("inclusion_recognition inclusion");
  EXPECT_EQ(count.before, 3u);
  EXPECT_EQ(count.now, 3u);
  EXPECT_EQ(count.fresh, 1u);
  EXPECT_EQ(count.gone, 1u);
  EXPECT_EQ(difference->csv, "change,model,code,label,lot,from_t,to_t,time\n"
                             "new,inclusion_recognition,inclusion,,L1,70,71,1970-01-01T00:00:00.000Z\n"
                             "renamed,inclusion_recognition,inclusion,metal,L1,90,91,1970-01-01T00:00:00.000Z\n"
                             "gone,inclusion_recognition,inclusion,,L1,50,51,1970-01-01T00:00:00.000Z\n");
  EXPECT_EQ(in_words(*difference), "inclusion_recognition inclusion: 3 suspicions before, 3 now; 1 new, 1 gone\n");
}

TEST(FindingDifference, SlicesThatOnlyMeetAreNotTheSameSuspicion) {
  const auto difference = difference_of({suspicion("", 0, 50)}, {suspicion("", 50, 100)});
  ASSERT_TRUE(difference);
  const auto& count = difference->suspicions.at("inclusion_recognition inclusion");
  EXPECT_EQ(count.fresh, 1u);
  EXPECT_EQ(count.gone, 1u);
}

TEST(FindingDifference, ANameThatTwoOldOnesDoNotShareIsANewName) {
  const auto both = difference_of({suspicion("wood", 90, 91), suspicion("rope", 90.5, 91.5)}, {suspicion("metal", 90, 91)});
  const auto one = difference_of({suspicion("wood", 90, 91), suspicion("metal", 90.5, 91.5)}, {suspicion("metal", 90, 91)});
  ASSERT_TRUE(both && one);
  EXPECT_NE(both->csv.find("renamed"), std::string::npos) << both->csv;
  EXPECT_EQ(one->csv.find("renamed"), std::string::npos) << one->csv;
}

}  // namespace
}  // namespace beltwarden::app
