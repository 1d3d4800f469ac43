#include "report/vision_report.h"

#include <gtest/gtest.h>

namespace beltwarden::report {
namespace {

TEST(VisionReport, IsOnePageWithCurvesTablesAndPicturesInside) {
  VisionReport report;
  report.title = "ore <A>";
  report.charts.push_back({"Objects against clean", "clean frames called", {{"camouflage 0", {0, 0, 1}, {0, 0.5, 1}}}});
  report.tables.push_back({"By camouflage", {"camouflage", "recall", "pasted ore called"}, {{"0", "0.9", "0.1"}}, "a note"});
  report.pictures.push_back({"a bar & a plate", "Man"});
  const std::string html = vision_report_html(report);
  EXPECT_NE(html.find("ore &lt;A&gt;"), std::string::npos);
  EXPECT_NE(html.find("M46.0 276.0L46.0 151.0L296.0 26.0"), std::string::npos);  // (0, 0), (0, .5), (1, 1)
  EXPECT_NE(html.find("<td>0.9</td><td>0.1</td>"), std::string::npos);
  EXPECT_NE(html.find("base64,TWFu'"), std::string::npos);  // RFC 4648, section 9: "Man" is TWFu
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
}

TEST(VisionReport, PaddingOfPictures) {
  VisionReport report;
  report.pictures.push_back({"", "M"});
  report.pictures.push_back({"", "Ma"});
  const std::string html = vision_report_html(report);
  EXPECT_NE(html.find("base64,TQ=='"), std::string::npos);  // RFC 4648
  EXPECT_NE(html.find("base64,TWE='"), std::string::npos);
}

}  // namespace
}  // namespace beltwarden::report
