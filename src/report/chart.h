// Small charts as inline SVG, coloured by the classes of the page's style.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace beltwarden::report {

std::string escape_html(std::string_view text);

/// "0.01234" with as few digits as tell it.
std::string short_number(double v);

class Chart {
 public:
  /// A chart of `x_label` against `y_label`, showing at least these ranges.
  Chart(std::string title, std::string x_label, std::string y_label);

  struct Point {
    double x, y;
    std::string about;            ///< shown when pointed at
    bool marked = false;          ///< drawn as one that asks for attention
  };
  void points(std::vector<Point> points);
  void line(std::vector<double> x, std::vector<double> y, const char* css_class, bool with_dots = false);
  void vertical(double x, std::string label);
  void horizontal(double y, std::string label);
  void diagonal();                              ///< y = x
  void include_y(double y);
  void logarithmic();                           ///< both axes; what is not positive is left out
  void whole_x();                               ///< ticks at whole numbers only

  std::string svg() const;

 private:
  struct Line {
    std::vector<double> x, y;
    const char* css_class;
    bool dots;
  };
  struct Rule {
    double at;
    std::string label;
    bool vertical;
  };
  std::string title_, x_label_, y_label_;
  std::vector<Point> points_;
  std::vector<Line> lines_;
  std::vector<Rule> rules_;
  std::vector<double> also_y_;
  bool diagonal_ = false, logarithmic_ = false, whole_x_ = false;
};

}  // namespace beltwarden::report
