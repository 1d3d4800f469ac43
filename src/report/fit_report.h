// A fitted regression as a chemometrician looks at it: one self-contained HTML file.
#pragma once

#include <string>
#include <vector>

namespace beltwarden::report {

struct FitCandidate {
  std::string treatment, method;
  double rmsecv = 0;
  double weight = 0;                        ///< in the chosen model
};

/// One response (of one class). Lists "of a row" have equal lengths.
struct FitSection {
  std::string title;                        ///< "Fe, brand A"
  std::string unit;                         ///< of the response, may be empty
  std::string why;                          ///< how the choice came about
  double rmsecv = 0, bias = 0, r2 = 0;
  std::vector<FitCandidate> candidates;     ///< best first
  std::vector<std::string> ids;             ///< of a row
  std::vector<double> measured, predicted;  ///< of a row, cross-validated
  std::vector<double> score1, score2;       ///< of a row; score2 empty with one component
  std::vector<double> t2, q;                ///< of a row
  double t2_limit = 0, q_limit = 0;
  std::vector<double> rmsecv_by_components; ///< 1, 2, ...
  int components = 0;                       ///< chosen of those
  std::vector<double> axis_nm, coefficients;
  std::vector<std::string> dates;           ///< of a row, or empty: residuals are then by row
};

struct FitReport {
  std::string title, data, made_with;       ///< "Regression of Fe", "ore.csv, set=train", "beltwarden 0.3"
  std::vector<FitSection> sections;
};

/// No scripts, nothing fetched; colours follow the reader's light or dark preference.
std::string fit_report_html(const FitReport& report);

}  // namespace beltwarden::report
