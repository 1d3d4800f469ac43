#include "apps/beltwarden/verdict_export.h"

#include <map>
#include <sstream>

#include "control/control_for_tests.h"

namespace beltwarden::app {
namespace {

using control::kOfficer;
using control::kSecondOfficer;

class VerdictExportTest : public control::ControlTest {
 protected:
  // An object seen in a picture, what it was called, and the picture.
  void see_object(double at_t, std::uint64_t frame, const std::string& called, const std::string& jpeg) {
    const Sha256 pixels = sha256("pixels of " + jpeg);
    auto inclusion = suspect("inclusion_recognition", "inclusion", at_t, at_t + 1, wire::Priority::kMedium);
    inclusion.evidence.push_back({"frame", "image/jpeg", "", pixels, InstrumentId{"cam1"}, frame, material::Box{10, 20, 30, 40}});
    auto impurity = suspect("impurity_classification", "impurity", at_t, at_t + 1, wire::Priority::kNone, called);
    impurity.evidence = inclusion.evidence;
    const material::LotInterval where{LotId{"L1"}, {Tonnes{at_t}, Tonnes{at_t + 1}}};
    take(inclusion, impurity, wire::EvidenceBlob{sha256(jpeg), "image/jpeg", jpeg, pixels, InstrumentId{"cam1"}, frame, where});
  }
  std::vector<std::string> rows(const std::string& brand = "") {
    auto exported = export_verdicts(*control, *record, brand);
    EXPECT_TRUE(exported.ok()) << exported.error().message;
    pictures = exported->pictures;
    undecided = exported->undecided;
    std::vector<std::string> out;
    std::istringstream lines(exported->csv);
    for (std::string line; std::getline(lines, line);) out.push_back(line);
    return out;
  }
  std::map<std::string, std::string> pictures;
  std::size_t undecided = 0;
};

TEST_F(VerdictExportTest, WhatOfficersSayOfAnObjectIsARowWithItsPicture) {
  see_object(100, 12, "unknown", "jpeg of a stone");
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "It is ore", "a lump, seen twice", {}}).ok());
  const auto found = rows();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], "picture,x,y,w,h,verdict,brand,officer,role,time,disposition,case,lot,from_t,called,reason");
  const std::string picture = to_hex(sha256("jpeg of a stone")).substr(0, 24) + ".jpg";
  EXPECT_TRUE(found[1].starts_with(picture + ",10,20,30,40,ore,,li.wei,officer,")) << found[1];
  EXPECT_NE(found[1].find(",D-1,C-1,L1,100"), std::string::npos) << found[1];
  EXPECT_TRUE(found[1].ends_with(",unknown,It is ore")) << found[1];
  EXPECT_EQ(pictures.at(picture), "jpeg of a stone");
}

TEST_F(VerdictExportTest, ALaterOfficerKnowsBetterAndWhatNobodySaidIsLeftOpen) {
  see_object(100, 12, "metal", "first");
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"watch", "More evidence", "", {}}).ok());
  EXPECT_EQ(rows().size(), 1u);   // nobody has said what it is
  ASSERT_TRUE(control->dispose_case(kSecondOfficer, CaseId{"C-1"}, {"remove_object", "It is wood", "", {}}).ok());
  auto found = rows();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[1].find(",wood,,chen.jie,"), std::string::npos) << found[1];
  EXPECT_EQ(rows("another brand").size(), 1u);
  EXPECT_EQ(undecided, 0u);
}

TEST_F(VerdictExportTest, TakenOffTheBeltLaterItStaysWhatAnOfficerSaid) {
  see_object(100, 12, "metal", "first");
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"watch", "It is wood", "", {}}).ok());
  ASSERT_TRUE(control->dispose_case(kSecondOfficer, CaseId{"C-1"}, {"remove_object", "Foreign object", "", {}}).ok());
  const auto found = rows();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[1].find(",wood,,li.wei,"), std::string::npos) << found[1];
}

TEST(VerdictOf, WordsComeBeforeWhatTheModelsCalledIt) {
  control::DispositionView d;
  d.kind = "remove_object";
  d.reason = "Foreign object";
  EXPECT_EQ(verdict_of(d, "metal"), "metal");
  EXPECT_EQ(verdict_of(d, "unknown"), "");
  d.note = "It is Rubber_Rope.";
  EXPECT_EQ(verdict_of(d, "metal"), "rubber_rope");
  d.kind = "explain";
  d.note = "";
  EXPECT_EQ(verdict_of(d, "metal"), "");          // explained, but not as what
  d.reason = "是矿石 (ore)";
  EXPECT_EQ(verdict_of(d, "metal"), "ore");
  d.reason = "It is the instrument's own shadow, we think";
  EXPECT_EQ(verdict_of(d, "metal"), "");          // a sentence is no class
}

}  // namespace
}  // namespace beltwarden::app
