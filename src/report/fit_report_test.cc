#include "report/fit_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/chart.h"

namespace beltwarden::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

FitReport small() {
  FitSection s;
  s.title = "Fe of <A>";
  s.unit = "%";
  s.why = "PLS 2 has an RMSECV of 0.3";
  s.rmsecv = 0.3, s.bias = 0.01, s.r2 = 0.9;
  s.candidates = {{"snv", "PLS 2", 0.3, 1}, {"raw", "PLS 4", 0.35, 0}};
  for (int i = 0; i < 10; ++i) {
    s.ids.push_back("s" + std::to_string(i));
    s.measured.push_back(60 + i);
    s.predicted.push_back(60.2 + i);
    s.score1.push_back(i - 4.5);
    s.score2.push_back(i % 2 - 0.5);
    s.t2.push_back(1 + i);
    s.q.push_back(1e-4 * (1 + i));
  }
  s.t2_limit = 9.5, s.q_limit = 2e-3;
  s.rmsecv_by_components = {0.8, 0.3, 0.31};
  s.components = 2;
  s.axis_nm = {400, 410, 420};
  s.coefficients = {1, -1, 2};
  return {"Regression", "ore.csv", "beltwarden", {s}};
}

TEST(FitReport, StandsAloneAndDrawsEachView) {
  const auto html = fit_report_html(small());
  for (const char* heading : {"Predicted against measured", "RMSECV against components", "Regression vector", "Scores with 95 % ellipse",
                              "Influence", "Residuals by row", "What was tried"}) {
    EXPECT_THAT(html, HasSubstr(heading));
  }
  // The model may be another than the PLS whose components and vector are drawn: it is not called chosen.
  EXPECT_THAT(html, HasSubstr("RMSECV against components (the best PLS on all points)"));
  EXPECT_THAT(html, HasSubstr("least within one standard error: 2"));
  EXPECT_THAT(html, Not(HasSubstr("chosen: 2")));
  EXPECT_THAT(html, HasSubstr("measured, %"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_THAT(html, HasSubstr("Fe of &lt;A&gt;"));
  // One row lies beyond the limit of T2; it is marked in five views of rows (not in the ones without rows).
  std::size_t marks = 0;
  for (auto at = html.find("class='mark'"); at != std::string::npos; at = html.find("class='mark'", at + 1)) ++marks;
  EXPECT_EQ(marks, 4u);
}

TEST(FitReport, OrdersResidualsByDate) {
  auto report = small();
  for (int i = 0; i < 10; ++i) report.sections[0].dates.push_back("2024-01-" + std::to_string(29 - i));
  const auto html = fit_report_html(report);
  EXPECT_THAT(html, HasSubstr("Residuals by date"));
  EXPECT_THAT(html, HasSubstr("by date: 2024-01-20 to 2024-01-29"));
}

TEST(Chart, DrawsWhatIsThereAndLeavesOutWhatIsNot) {
  Chart c("t", "x", "y");
  c.logarithmic();
  c.points({{1, 10, "a"}, {0, 5, "zero has no logarithm"}, {100, 1000, "b"}});
  const auto svg = c.svg();
  EXPECT_THAT(svg, HasSubstr("<title>a</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("zero has no logarithm")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(Chart("empty", "x", "y").svg(), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace beltwarden::report
