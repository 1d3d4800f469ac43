// How well a vision model sees, as one self-contained HTML file: curves, tables, and pictures with the evidence on them.
#pragma once

#include <string>
#include <vector>

namespace beltwarden::report {

struct VisionReport {
  /// Share found against share of false alarms, one point a threshold.
  struct Curve {
    std::string name;
    std::vector<double> false_share, found_share;
  };
  struct Chart {
    std::string title, false_label;
    std::vector<Curve> curves;
  };
  struct Table {
    std::string title;
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;
    std::string note;  ///< may be empty
  };
  struct Picture {
    std::string caption;
    std::string jpeg;  ///< the file's bytes
  };
  std::string title, data, made_with;  ///< "ore A", "belt_eval_dev (semi-synthetic)", "beltwarden 0.3"
  std::vector<std::string> lines;      ///< what to know first
  std::vector<Chart> charts;
  std::vector<Table> tables;
  std::vector<Picture> pictures;
};

/// No scripts, nothing fetched; colours follow the reader's light or dark preference.
std::string vision_report_html(const VisionReport& report);

}  // namespace beltwarden::report
