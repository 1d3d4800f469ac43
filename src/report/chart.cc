#include "report/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace beltwarden::report {
namespace {

constexpr double kWidth = 460, kHeight = 320, kLeft = 74, kRight = 14, kTop = 34, kBottom = 46;

struct Scale {
  double low = 0, high = 1, from = 0, to = 1;
  bool log = false;
  double at(double v) const {
    const double a = log ? std::log10(v) : v, l = log ? std::log10(low) : low, h = log ? std::log10(high) : high;
    return from + (a - l) / (h - l) * (to - from);
  }
};

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", v);
  return text;
}

struct Range {
  double low = 1e300, high = -1e300;
  void take(double v) {
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
};

Scale scale_of(Range r, double from, double to, bool log) {
  if (!(r.low <= r.high)) r = {log ? 1.0 : 0.0, log ? 10.0 : 1.0};
  if (log) return {r.low / 1.25, r.high * 1.25, from, to, true};
  double pad = (r.high - r.low) * 0.05;
  if (!(pad > 0)) pad = std::max(std::abs(r.high) * 0.05, 1e-9);
  return {r.low - pad, r.high + pad, from, to, false};
}

std::vector<double> ticks(const Scale& s, bool whole) {
  std::vector<double> out;
  if (s.log) {
    const int first = static_cast<int>(std::ceil(std::log10(s.low) - 1e-9)), last = static_cast<int>(std::floor(std::log10(s.high) + 1e-9));
    const int step = std::max(1, (last - first) / 5 + 1);
    for (int e = first; e <= last; e += last - first > 5 ? step : 1) out.push_back(std::pow(10.0, e));
    if (out.size() >= 3) return out;
    out.clear();                   // under three decades: 1, 2, 5
    for (int e = first - 1; e <= last + 1; ++e) {
      for (double m : {1.0, 2.0, 5.0}) {
        const double v = m * std::pow(10.0, e);
        if (v >= s.low && v <= s.high) out.push_back(v);
      }
    }
    return out;
  }
  const double rough = (s.high - s.low) / 5, power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power;
  for (double m : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    step = m * power;
    if (step >= rough) break;
  }
  if (whole) step = std::max(1.0, std::ceil(step));
  for (double v = std::ceil(s.low / step) * step; v <= s.high + step * 1e-9 && out.size() < 20; v += step) {
    out.push_back(std::abs(v) < step * 1e-9 ? 0 : v);
  }
  return out;
}

std::string text_at(double x, double y, const char* css_class, const char* anchor, const std::string& text, const char* more = "") {
  return "<text x='" + number(x) + "' y='" + number(y) + "' class='" + css_class + "' text-anchor='" + anchor + "'" + more + ">" +
         escape_html(text) + "</text>";
}

std::string line_at(double x1, double y1, double x2, double y2, const char* css_class) {
  return "<line x1='" + number(x1) + "' y1='" + number(y1) + "' x2='" + number(x2) + "' y2='" + number(y2) + "' class='" + css_class + "'/>";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '\'': out += "&#39;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string short_number(double v) {
  if (!std::isfinite(v)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

Chart::Chart(std::string title, std::string x_label, std::string y_label)
    : title_(std::move(title)), x_label_(std::move(x_label)), y_label_(std::move(y_label)) {}

void Chart::points(std::vector<Point> points) { points_ = std::move(points); }
void Chart::line(std::vector<double> x, std::vector<double> y, const char* css_class, bool with_dots) {
  lines_.push_back({std::move(x), std::move(y), css_class, with_dots});
}
void Chart::vertical(double x, std::string label) { rules_.push_back({x, std::move(label), true}); }
void Chart::horizontal(double y, std::string label) { rules_.push_back({y, std::move(label), false}); }
void Chart::diagonal() { diagonal_ = true; }
void Chart::include_y(double y) { also_y_.push_back(y); }
void Chart::logarithmic() { logarithmic_ = true; }
void Chart::whole_x() { whole_x_ = true; }

std::string Chart::svg() const {
  Range xs, ys;
  const auto fits = [&](double v) { return std::isfinite(v) && (!logarithmic_ || v > 0); };
  for (const auto& p : points_) {
    if (fits(p.x) && fits(p.y)) xs.take(p.x), ys.take(p.y);
  }
  for (const auto& l : lines_) {
    for (double v : l.x) xs.take(v);
    for (double v : l.y) ys.take(v);
  }
  for (const auto& r : rules_) {
    if (fits(r.at)) (r.vertical ? xs : ys).take(r.at);
  }
  for (double v : also_y_) ys.take(v);
  if (diagonal_) xs.take(ys.low), xs.take(ys.high), ys = xs;
  const Scale x = scale_of(xs, kLeft, kWidth - kRight, logarithmic_), y = scale_of(ys, kHeight - kBottom, kTop, logarithmic_);

  std::string out = "<svg viewBox='0 0 460 320' role='img' aria-label='" + escape_html(title_) + "'>";
  out += text_at(kLeft, 18, "title", "start", title_);
  for (double v : ticks(x, whole_x_)) {
    out += line_at(x.at(v), kTop, x.at(v), kHeight - kBottom, "grid") + text_at(x.at(v), kHeight - kBottom + 15, "tick", "middle", short_number(v));
  }
  for (double v : ticks(y, false)) {
    out += line_at(kLeft, y.at(v), kWidth - kRight, y.at(v), "grid") + text_at(kLeft - 6, y.at(v) + 4, "tick", "end", short_number(v));
  }
  out += text_at((kLeft + kWidth - kRight) / 2, kHeight - 10, "label", "middle", x_label_);
  const std::string turned = " transform='rotate(-90 14 " + number((kTop + kHeight - kBottom) / 2) + ")'";
  out += text_at(14, (kTop + kHeight - kBottom) / 2, "label", "middle", y_label_, turned.c_str());
  if (diagonal_) out += line_at(x.at(x.low), y.at(x.low), x.at(x.high), y.at(x.high), "ideal");
  for (const auto& r : rules_) {
    if (!fits(r.at)) continue;
    if (r.vertical) {
      out += line_at(x.at(r.at), kTop, x.at(r.at), kHeight - kBottom, "limit");
      const bool left = x.at(r.at) > kWidth * 0.7;
      out += text_at(x.at(r.at) + (left ? -4 : 4), kTop + 11, "note", left ? "end" : "start", r.label);
    } else {
      out += line_at(kLeft, y.at(r.at), kWidth - kRight, y.at(r.at), "limit") + text_at(kLeft + 5, y.at(r.at) - 4, "note", "start", r.label);
    }
  }
  for (const auto& l : lines_) {
    std::string path;
    bool pen = false;
    for (std::size_t i = 0; i < l.x.size(); ++i) {
      if (!fits(l.x[i]) || !fits(l.y[i])) {
        pen = false;
        continue;
      }
      path += (pen ? 'L' : 'M') + number(x.at(l.x[i])) + ' ' + number(y.at(l.y[i]));
      pen = true;
      if (l.dots) out += "<circle cx='" + number(x.at(l.x[i])) + "' cy='" + number(y.at(l.y[i])) + "' r='2.6' class='dot'/>";
    }
    out += "<path d='" + path + "' class='" + l.css_class + "'/>";
  }
  for (const auto& p : points_) {
    if (!fits(p.x) || !fits(p.y)) continue;
    out += "<circle cx='" + number(x.at(p.x)) + "' cy='" + number(y.at(p.y)) + "' r='2.8' class='" + (p.marked ? "mark" : "dot") + "'><title>" +
           escape_html(p.about) + "</title></circle>";
  }
  return out + "</svg>";
}

}  // namespace beltwarden::report
