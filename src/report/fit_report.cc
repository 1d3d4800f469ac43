#include "report/fit_report.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "report/chart.h"

namespace beltwarden::report {
namespace {

constexpr std::size_t kMostCandidates = 15;

constexpr const char* kStyle = R"(
:root{--paper:#fff;--ink:#1c2530;--soft:#5b6875;--grid:#e4e8ec;--dot:#1f6feb;--mark:#c2410c;--line:#1f6feb;--limit:#b45309;--chosen:#e8f1ff}
@media (prefers-color-scheme:dark){:root{--paper:#12171d;--ink:#e3e9ef;--soft:#9aa7b4;--grid:#28313a;--dot:#6cb0ff;--mark:#ff9a62;--line:#6cb0ff;--limit:#f0b35a;--chosen:#1b2b40}}
body{margin:0 auto;max-width:1440px;padding:1.2rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .3rem}p{margin:.3rem 0}.soft{color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:.8rem;margin:.8rem 0}
.charts svg{width:100%;border:1px solid var(--grid);border-radius:6px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.15rem .8rem .15rem 0;text-align:left;border-bottom:1px solid var(--grid)}
td.n,th.n{text-align:right}tr.chosen td{background:var(--chosen)}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}svg text.title{fill:var(--ink);font-size:13px;font-weight:600}
svg text.label{fill:var(--ink);font-size:12px}svg text.note{fill:var(--limit)}
.grid{stroke:var(--grid)}.ideal{stroke:var(--soft);stroke-dasharray:5 4}.limit{stroke:var(--limit);stroke-dasharray:4 3}
.dot{fill:var(--dot);fill-opacity:.55}.mark{fill:var(--mark);fill-opacity:.9}path{fill:none;stroke:var(--line);stroke-width:1.6}
path.ellipse{stroke:var(--limit);stroke-dasharray:4 3}path.thin{stroke-width:1}
@media print{body{max-width:none}}
)";

std::string row_name(const FitSection& s, std::size_t i) { return i < s.ids.size() ? s.ids[i] : "row " + std::to_string(i + 1); }

bool beyond(const FitSection& s, std::size_t i) {
  return (i < s.t2.size() && s.t2[i] > s.t2_limit) || (i < s.q.size() && s.q[i] > s.q_limit);
}

std::string with_unit(const std::string& what, const FitSection& s) { return s.unit.empty() ? what : what + ", " + s.unit; }

std::string predicted_against_measured(const FitSection& s) {
  Chart c("Predicted against measured", with_unit("measured", s), with_unit("predicted, cross-validated", s));
  std::vector<Chart::Point> points;
  for (std::size_t i = 0; i < s.measured.size(); ++i) {
    points.push_back({s.measured[i], s.predicted[i],
                      row_name(s, i) + ": measured " + short_number(s.measured[i]) + ", predicted " + short_number(s.predicted[i]), beyond(s, i)});
  }
  c.points(std::move(points));
  c.diagonal();
  return c.svg();
}

std::string error_against_components(const FitSection& s) {
  Chart c("RMSECV against components (the best PLS on all points)", "components", with_unit("RMSECV", s));
  std::vector<double> a;
  for (std::size_t i = 0; i < s.rmsecv_by_components.size(); ++i) a.push_back(static_cast<double>(i + 1));
  c.line(a, s.rmsecv_by_components, "curve", true);
  c.vertical(s.components, "least within one standard error: " + std::to_string(s.components));
  c.include_y(0);
  c.whole_x();
  return c.svg();
}

std::string regression_vector(const FitSection& s) {
  Chart c("Regression vector (that PLS, on treated spectra)", "wavelength, nm", with_unit("coefficient", s));
  // A gap in the axis is a gap in the line.
  std::vector<double> x, y;
  const double usual = s.axis_nm.size() > 1 ? (s.axis_nm.back() - s.axis_nm.front()) / static_cast<double>(s.axis_nm.size() - 1) : 1;
  for (std::size_t i = 0; i < s.axis_nm.size(); ++i) {
    if (i > 0 && s.axis_nm[i] - s.axis_nm[i - 1] > 4 * usual) x.push_back(s.axis_nm[i - 1]), y.push_back(std::nan(""));
    x.push_back(s.axis_nm[i]);
    y.push_back(s.coefficients[i]);
  }
  c.line(std::move(x), std::move(y), "thin");
  c.include_y(0);
  return c.svg();
}

struct Moments {
  double mean1 = 0, mean2 = 0, s11 = 0, s22 = 0, s12 = 0;
};

Moments moments(const std::vector<double>& a, const std::vector<double>& b) {
  Moments m;
  const double n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) m.mean1 += a[i] / n, m.mean2 += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    m.s11 += (a[i] - m.mean1) * (a[i] - m.mean1) / (n - 1);
    m.s22 += (b[i] - m.mean2) * (b[i] - m.mean2) / (n - 1);
    m.s12 += (a[i] - m.mean1) * (b[i] - m.mean2) / (n - 1);
  }
  return m;
}

std::string scores(const FitSection& s) {
  std::vector<Chart::Point> points;
  if (s.score2.empty()) {
    Chart c("Scores of the one component", "row", "score 1");
    for (std::size_t i = 0; i < s.score1.size(); ++i) points.push_back({static_cast<double>(i + 1), s.score1[i], row_name(s, i), beyond(s, i)});
    c.points(std::move(points));
    return c.svg();
  }
  Chart c("Scores with 95 % ellipse", "score 1", "score 2");
  for (std::size_t i = 0; i < s.score1.size(); ++i) points.push_back({s.score1[i], s.score2[i], row_name(s, i), beyond(s, i)});
  c.points(std::move(points));
  const double n = static_cast<double>(s.score1.size());
  if (n > 4) {
    // Hotelling's T2 for a new observation in two variables: 2 (n^2-1) / (n (n-2)) F(0.95; 2, n-2), where F with 2 degrees
    // of freedom above has the closed form (n-2)/2 (p^(-2/(n-2)) - 1).
    const double f = (n - 2) / 2 * (std::pow(0.05, -2 / (n - 2)) - 1);
    const double radius = std::sqrt(2 * (n * n - 1) / (n * (n - 2)) * f);
    const auto m = moments(s.score1, s.score2);
    const double l11 = std::sqrt(std::max(m.s11, 0.0)), l21 = l11 > 0 ? m.s12 / l11 : 0, l22 = std::sqrt(std::max(m.s22 - l21 * l21, 0.0));
    std::vector<double> x, y;
    for (int k = 0; k <= 120; ++k) {
      const double angle = 2 * std::numbers::pi * k / 120, u = radius * std::cos(angle), v = radius * std::sin(angle);
      x.push_back(m.mean1 + l11 * u);
      y.push_back(m.mean2 + l21 * u + l22 * v);
    }
    c.line(std::move(x), std::move(y), "ellipse");
  }
  return c.svg();
}

std::string influence(const FitSection& s) {
  Chart c("Influence: each row left out", "Hotelling's T2", "Q, squared distance to the model");
  std::vector<Chart::Point> points;
  for (std::size_t i = 0; i < s.t2.size(); ++i) {
    points.push_back({s.t2[i], s.q[i], row_name(s, i) + ": T2 " + short_number(s.t2[i]) + ", Q " + short_number(s.q[i]), beyond(s, i)});
  }
  c.points(std::move(points));
  c.logarithmic();
  c.vertical(s.t2_limit, "T2 limit");
  c.horizontal(s.q_limit, "Q limit");
  return c.svg();
}

std::string residuals(const FitSection& s) {
  std::vector<std::size_t> order(s.measured.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const bool dated = s.dates.size() == s.measured.size() && std::ranges::any_of(s.dates, [](const auto& d) { return !d.empty(); });
  if (dated) std::ranges::stable_sort(order, {}, [&](std::size_t i) { return s.dates[i]; });
  std::string label = "row, in the table's order";
  if (dated) label = "row, by date: " + s.dates[order.front()] + " to " + s.dates[order.back()];
  Chart c(dated ? "Residuals by date" : "Residuals by row", label, with_unit("predicted - measured", s));
  std::vector<Chart::Point> points;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto i = order[k];
    points.push_back({static_cast<double>(k + 1), s.predicted[i] - s.measured[i], row_name(s, i) + (dated ? " " + s.dates[i] : ""), beyond(s, i)});
  }
  c.points(std::move(points));
  c.horizontal(2 * s.rmsecv, "+2 RMSECV");
  c.horizontal(-2 * s.rmsecv, "-2 RMSECV");
  return c.svg();
}

std::string candidates(const FitSection& s) {
  std::string out = "<table><tr><th>treatment</th><th>method</th><th class='n'>RMSECV</th><th class='n'>weight</th></tr>";
  std::size_t shown = 0;
  for (const auto& c : s.candidates) {
    if (shown >= kMostCandidates && c.weight == 0) continue;
    ++shown;
    out += std::string("<tr") + (c.weight > 0 ? " class='chosen'" : "") + "><td>" + escape_html(c.treatment) + "</td><td>" + escape_html(c.method) +
           "</td><td class='n'>" + short_number(c.rmsecv) + "</td><td class='n'>" + (c.weight > 0 ? short_number(c.weight) : "") + "</td></tr>";
  }
  out += "</table>";
  if (s.candidates.size() > shown) out += "<p class='soft'>" + std::to_string(s.candidates.size() - shown) + " more did worse.</p>";
  return out;
}

std::string section(const FitSection& s) {
  const auto unit = s.unit.empty() ? "" : " " + escape_html(s.unit);
  std::string out = "<section><h2>" + escape_html(s.title) + "</h2>";
  out += "<p>" + std::to_string(s.measured.size()) + " rows. Cross-validated: RMSECV <b>" + short_number(s.rmsecv) + unit + "</b>, bias " +
         short_number(s.bias) + unit + ", R2 " + short_number(s.r2) + ". Marked points lie beyond the limit of T2 or Q.</p>";
  out += "<p class='soft'>" + escape_html(s.why) + "</p><div class='charts'>";
  out += predicted_against_measured(s) + error_against_components(s) + regression_vector(s) + scores(s) + influence(s) + residuals(s);
  return out + "</div><h3>What was tried</h3>" + candidates(s) + "</section>";
}

}  // namespace

std::string fit_report_html(const FitReport& report) {
  std::string out = "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>" +
                    escape_html(report.title) + "</title><style>" + kStyle + "</style></head><body><h1>" + escape_html(report.title) +
                    "</h1><p class='soft'>" + escape_html(report.data) + " · " + escape_html(report.made_with) + "</p>";
  for (const auto& s : report.sections) out += section(s);
  return out + "</body></html>\n";
}

}  // namespace beltwarden::report
