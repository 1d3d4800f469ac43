// A false alarm is not excused by a fault of another kind, nor by one that lies elsewhere.
#include "apps/beltwarden/fault_match.h"

#include <gtest/gtest.h>

namespace beltwarden::app {
namespace {

twin::PlantedFault fault(const std::string& kind, double from, double to) {
  const material::LotInterval where{LotId{"L1"}, {Tonnes{from}, Tonnes{to}}};
  return {kind, where, "", where};
}

wire::Finding finding(const std::string& code, double from, double to, const std::string& lot = "L1") {
  wire::Finding made;
  made.code = code;
  made.where = {LotId{lot}, {Tonnes{from}, Tonnes{to}}};
  return made;
}

TEST(FaultMatch, AFaultIsFoundByItsOwnCodeWithinASlice) {
  const auto slag = fault("slag", 1000, 1100);
  EXPECT_TRUE(finds(slag, finding("slag_suspect", 950.1, 951)));
  EXPECT_FALSE(finds(slag, finding("slag_suspect", 900, 950)));
  EXPECT_FALSE(finds(slag, finding("slag_suspect", 1000, 1050, "L2")));
  EXPECT_FALSE(finds(slag, finding("visual_anomaly", 1000, 1050)));
  EXPECT_TRUE(explains(slag, finding("visual_anomaly", 1000, 1050)));
}

TEST(FaultMatch, AnAlarmOfAnotherKindIsFalseThoughAFaultIsNear) {
  EXPECT_FALSE(explains(fault("steel_plate", 500, 500.2), finding("slag_suspect", 500, 550)));
  EXPECT_FALSE(explains(fault("cs137_source", 500, 501), finding("inclusion", 500, 501)));
  EXPECT_FALSE(explains(fault("dirty_window", 500, 900), finding("slag_suspect", 600, 650)));
  EXPECT_FALSE(explains(fault("scale_drift", 0, 60'000), finding("inclusion", 600, 600.2)));
  EXPECT_FALSE(explains(fault("a kind of tomorrow", 500, 900), finding("inclusion", 600, 600.2)));
}

TEST(FaultMatch, EachFindingIsJudgedWhereItLies) {
  const std::vector<twin::PlantedFault> planted{fault("slag", 1000, 1100), fault("rope", 3000, 3001)};
  EXPECT_TRUE(explained(planted, finding("inclusion", 3000, 3000.3)));
  EXPECT_FALSE(explained(planted, finding("slag_suspect", 3000, 3050)));
}

}  // namespace
}  // namespace beltwarden::app
