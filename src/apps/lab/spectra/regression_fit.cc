#include "apps/lab/spectra/regression_fit.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "apps/lab/spectra/regression_kind.h"
#include "apps/lab/spectra/regression_model.h"
#include "apps/lab/files.h"
#include "base/workers.h"
#include "report/fit_report.h"
#include "science/spectra/training_bytes.h"

namespace beltwarden::lab {
namespace {

constexpr int kMostComponents = 200;
constexpr Eigen::Index kFewestOfAClass = 12;

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

// The rows of one value of a column (all rows for none), with one response.
struct Part {
  spectra::TrainingSet set;
  std::vector<std::uint32_t> slices;
  Eigen::MatrixXd companions;                    // the other responses asked for
  std::vector<Eigen::Index> rows;                // of the table
};
Part part_of(const SpectralTable& table, const std::vector<std::uint32_t>& groups, int response,
             const std::vector<std::string>* column, const std::string& value, const std::vector<int>& companions = {}) {
  std::vector<Eigen::Index> rows;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (column == nullptr || (*column)[i] == value) rows.push_back(static_cast<Eigen::Index>(i));
  }
  Part part;
  auto& out = part.set;
  out.axis_nm = table.set.axis_nm;
  out.spectra = table.set.spectra(rows, Eigen::all);
  for (auto r : rows) {
    out.groups.push_back(groups[static_cast<std::size_t>(r)]);
    part.slices.push_back(table.set.groups[static_cast<std::size_t>(r)]);
  }
  out.responses = {table.set.responses[static_cast<std::size_t>(response)]};
  out.values = table.set.values(rows, response);
  part.companions.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(companions.size()));
  for (std::size_t k = 0; k < companions.size(); ++k) part.companions.col(static_cast<Eigen::Index>(k)) = table.set.values(rows, companions[k]);
  part.rows = std::move(rows);
  return part;
}

std::vector<double> list(const Eigen::VectorXd& v) { return {v.begin(), v.end()}; }

report::FitSection section_of(const spectra::FitStory& story, std::string title, const SpectralTable& table, const std::vector<Eigen::Index>& rows) {
  report::FitSection s;
  s.title = std::move(title);
  s.why = story.why;
  s.rmsecv = story.rmsecv, s.bias = story.bias, s.r2 = story.r2;
  for (const auto& c : story.candidates) s.candidates.push_back({c.treatment, c.method, c.rmsecv, c.weight});
  const auto* dates = table.column("date");
  for (auto r : story.row) {
    const auto in_table = static_cast<std::size_t>(rows[static_cast<std::size_t>(r)]);
    s.ids.push_back(table.ids[in_table]);
    if (dates != nullptr) s.dates.push_back((*dates)[in_table]);
  }
  s.measured = list(story.measured);
  s.predicted = list(story.predicted);
  s.score1 = list(story.scores.col(0));
  if (story.scores.cols() > 1) s.score2 = list(story.scores.col(1));
  s.t2 = list(story.t2);
  s.q = list(story.q);
  s.t2_limit = story.t2_limit, s.q_limit = story.q_limit;
  s.rmsecv_by_components = list(story.rmsecv_by_components);
  s.components = story.components;
  s.axis_nm = story.axis_nm;
  s.coefficients = list(story.coefficients);
  return s;
}

Eigen::Index known(const spectra::TrainingSet& set) { return static_cast<Eigen::Index>(set.values.array().isFinite().count()); }

}  // namespace

Result<spectra::RegressorOptions> regressor_options(const FitRequest& request) {
  spectra::RegressorOptions o;
  if (request.preprocess != "auto") {
    auto steps = spectra::parse_steps(request.preprocess);
    if (!steps) return steps.error().within("--preprocess");
    o.treatments = {std::move(*steps)};
  }
  if (request.components != "auto") {
    const auto& text = request.components;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), o.components);
    if (error != std::errc{} || end != text.data() + text.size() || o.components < 1 || o.components > kMostComponents) {
      return invalid_input("--components '" + text + "': expected auto or a whole number from 1 to 200");
    }
  }
  static constexpr std::pair<std::string_view, spectra::RegressorMethod> kMethods[] = {
      {"auto", spectra::RegressorMethod::kAuto},   {"pls", spectra::RegressorMethod::kPls},           {"pls2", spectra::RegressorMethod::kPls2},
      {"local", spectra::RegressorMethod::kLocal}, {"gp", spectra::RegressorMethod::kGaussianProcess}, {"simpls", spectra::RegressorMethod::kSimpls},
  };
  const auto method = std::ranges::find(kMethods, std::string_view(request.method), &std::pair<std::string_view, spectra::RegressorMethod>::first);
  if (method == std::end(kMethods)) return invalid_input("--method '" + request.method + "': expected auto, pls, pls2, simpls, local or gp");
  o.method = method->second;
  o.executor = workers();
  return o;
}

Result<void> check_regression_usage(const FitRequest& request) {
  if (request.responses.empty()) return invalid_input("regression: expected --response, e.g. --response y:Fe");
  if (auto ok = without(request, "regression", {"--class", "--false-alarms", "--library"}); !ok) return ok;
  const auto options = regressor_options(request);
  if (!options) return options.error();
  if (options->components > 0 && (options->method == spectra::RegressorMethod::kLocal || options->method == spectra::RegressorMethod::kGaussianProcess)) {
    return without(request, "regression", {"--components"});
  }
  return {};
}

Result<spectra::Bundle> fit_regression(const FitRequest& request) {
  if (auto ok = check_regression_usage(request); !ok) return ok.error();
  const auto& table = request.table;
  auto options = regressor_options(request);
  if (!options) return options.error();
  RegressionModels models;
  models.by = request.by;
  std::vector<std::string> classes;
  const std::vector<std::string>* column = nullptr;
  if (!request.by.empty()) {
    column = table.column(request.by);
    if (column == nullptr) return invalid_input(table.path + ": --by " + request.by + ": the table has no such column");
    for (const auto& c : *column) {
      if (!c.empty() && std::ranges::find(classes, c) == classes.end()) classes.push_back(c);
    }
    std::ranges::sort(classes);
  }
  std::string folds;
  const auto grouped = groups_for_folds(table, request.group, folds);
  if (!grouped) return grouped.error();
  const auto& groups = *grouped;
  request.say(folds + ".");
  const double parts = static_cast<double>(request.responses.size() * (classes.size() + 1));
  double part = 0;
  report::FitReport report{"Regression of spectra", table.path + ", " + std::to_string(table.rows()) + " rows; " + folds,
                           "beltwarden spectra fit", {}};
  for (const auto& name : request.responses) {
    const int response = table.response(name);
    if (response < 0) {
      std::string there;
      for (const auto& one : table.set.responses) there += (there.empty() ? "" : ", ") + one;
      return invalid_input(table.path + ": --response " + name + ": the table has no such column" + (there.empty() ? ", nor any that begins with y:" : "; it has " + there));
    }
    std::vector<int> companions;
    for (const auto& other : request.responses) {
      if (const int at = table.response(other); at >= 0 && at != response) companions.push_back(at);
    }
    const auto& full_name = table.set.responses[static_cast<std::size_t>(response)];
    models.responses.push_back(full_name);
    auto& by_class = models.models.emplace_back();
    // For each class the others' rows, of all of which something may be learnt.
    const auto related_to = [&](const std::string& value) {
      std::vector<Eigen::Index> others;
      for (std::size_t i = 0; i < table.rows(); ++i) {
        if (!(*column)[i].empty() && (*column)[i] != value) others.push_back(static_cast<Eigen::Index>(i));
      }
      spectra::TrainingSet set;
      set.axis_nm = table.set.axis_nm;
      set.spectra = table.set.spectra(others, Eigen::all);
      set.responses = {full_name};
      set.values = table.set.values(others, response);
      for (auto r : others) set.classes.push_back((*column)[static_cast<std::size_t>(r)]), set.groups.push_back(static_cast<std::uint32_t>(r));
      return set;
    };
    const auto fit_part = [&](const std::string& value, const spectra::RegressorOptions& how) -> Result<void> {
      auto o = how;
      const std::string label = full_name + (value.empty() ? "" : " of " + value);
      o.progress = [&](double share) { request.progress(label, (part + share) / parts); };
      spectra::FitStory story;
      auto rows = part_of(table, groups, response, value.empty() ? nullptr : column, value, companions);
      o.slices = std::move(rows.slices);
      o.companions = std::move(rows.companions);
      if (!value.empty()) o.related = related_to(value);
      auto model = spectra::Regressor::fit(std::move(rows.set), o, &story);
      part += 1;
      if (!model) return model.error().within(table.path + ": " + label);
      std::string used;
      for (const auto& [member, weight] : model->members()) used += (used.empty() ? "" : " + ") + number(weight) + " " + member;
      request.say(label + ": " + story.why + ". Model: " + used + ".");
      // Of the model of all classes only where it is the model asked for.
      if (classes.empty() || !value.empty()) report.sections.push_back(section_of(story, label, table, rows.rows));
      by_class.emplace(value, std::move(*model));
      return {};
    };
    for (const auto& c : classes) {
      if (known(part_of(table, groups, response, column, c).set) < kFewestOfAClass) {
        request.say(full_name + " of " + c + ": fewer than 12 rows; the model of all classes will answer");
        continue;
      }
      if (auto ok = fit_part(c, *options); !ok) return ok.error();
    }
    // For all rows: the model itself, or what answers for a class that has none.
    auto shared = *options;
    if (!classes.empty()) {
      shared.treatments = {spectra::parse_steps("snv").value(), {}};
      shared.method = spectra::RegressorMethod::kPls;
      if (shared.components == 0) shared.components = 15;
    }
    if (auto ok = fit_part("", shared); !ok) return ok.error();
  }
  if (!request.report.empty()) {
    if (auto ok = write_output(request.report, report::fit_report_html(report)); !ok) return ok.error();
  }
  models.calibration = spectra::training_to_bytes(table.set);
  models.ids = table.ids;
  if (const auto* dates = table.column("date")) models.dates = *dates;
  return models.to_bundle();
}

}  // namespace beltwarden::lab
