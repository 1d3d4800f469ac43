#include "apps/lab/spectra/regression_kind.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "apps/lab/spectra/regression_fit.h"
#include "apps/lab/spectra/regression_model.h"

namespace beltwarden::lab {
namespace {

using spectra::FitVerdict;
using spectra::Prediction;

// The shortest text that reads back as the same number; nothing for what is not one.
std::string exact(double v) {
  if (!std::isfinite(v)) return {};
  char text[40];
  const auto [end, error] = std::to_chars(text, text + sizeof text, v);
  return error == std::errc{} ? std::string(text, end) : std::string();
}

std::string rounded(double v) {
  if (!std::isfinite(v)) return "null";
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

std::string quoted_csv(const std::string& s) {
  if (s.find_first_of(",\"\n") == std::string::npos) return s;
  std::string out = "\"";
  for (char c : s) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string quoted_json(const std::string& s) {
  std::string out = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

const char* verdict(FitVerdict v) {
  switch (v) {
    case FitVerdict::kOk: return "ok";
    case FitVerdict::kOutsideCalibration: return "outside_calibration";
    case FitVerdict::kInvalid: break;
  }
  return "invalid";
}

struct Figures {
  double n = 0, sum = 0, squares = 0, y = 0, yy = 0, covered = 0, outside = 0, invalid = 0;
  void take(const Prediction& p, double measured) {
    if (!std::isfinite(measured)) return;
    if (p.verdict == FitVerdict::kInvalid) {
      invalid += 1;
      return;
    }
    const double e = p.value - measured;
    n += 1, sum += e, squares += e * e, y += measured, yy += measured * measured;
    covered += std::abs(e) <= 1.959964 * p.std_error;
    outside += p.verdict == FitVerdict::kOutsideCalibration;
  }
  double rmse() const { return std::sqrt(squares / n); }
  double r2() const {
    const double spread = yy - y * y / n;
    return n > 1 && spread > 0 ? 1 - squares / spread : std::nan("");
  }
  std::string json() const {
    return "\"n\":" + rounded(n) + ",\"rmse\":" + rounded(rmse()) + ",\"bias\":" + rounded(sum / n) + ",\"r2\":" + rounded(r2()) +
           ",\"coverage95\":" + rounded(covered / n) + ",\"outside_calibration\":" + rounded(outside) + ",\"invalid\":" + rounded(invalid);
  }
  std::string text() const {
    return "n " + rounded(n) + ", RMSE " + rounded(rmse()) + ", bias " + rounded(sum / n) + ", R2 " + rounded(r2()) + ", " +
           rounded(100 * covered / n) + " % within the 95 % interval, " + rounded(outside) + " outside calibration, " + rounded(invalid) + " invalid";
  }
};

}  // namespace

Result<std::string> predict_regression(const spectra::Bundle& bundle, const SpectralTable& table, bool average, const Progress& progress) {
  auto models = RegressionModels::from_bundle(bundle);
  if (!models) return models.error();
  auto answers = ask(*models, table, average, progress);
  if (!answers) return answers.error();
  const bool several = models->responses.size() > 1;
  std::string out = several ? "id,response,value,std_error,t2,t2_limit,q,q_limit,verdict\n" : "id,value,std_error,t2,t2_limit,q,q_limit,verdict\n";
  for (std::size_t i = 0; i < answers->table.rows(); ++i) {
    for (std::size_t k = 0; k < models->responses.size(); ++k) {
      const auto& p = answers->of[k][i];
      out += quoted_csv(answers->table.ids[i]);
      if (several) out += ',' + quoted_csv(models->responses[k]);
      if (p.verdict == FitVerdict::kInvalid) {
        out += ",,,,,,";
      } else {
        for (double v : {p.value, p.std_error, p.t2, p.t2_limit, p.q, p.q_limit}) out += ',' + exact(v);
      }
      out += ',';
      out += verdict(p.verdict);
      out += '\n';
    }
  }
  return out;
}

Result<std::string> evaluate_regression(const spectra::Bundle& bundle, const SpectralTable& table, bool average, bool json,
                                        const Progress& progress) {
  auto models = RegressionModels::from_bundle(bundle);
  if (!models) return models.error();
  auto answers = ask(*models, table, average, progress);
  if (!answers) return answers.error();
  const auto* classes = models->by.empty() ? nullptr : answers->table.column(models->by);
  std::string out;
  for (std::size_t k = 0; k < models->responses.size(); ++k) {
    const auto& name = models->responses[k];
    const int column = answers->table.response(name);
    if (column < 0) return invalid_input(table.path + ": evaluating needs the laboratory values in column '" + name + "', which is not there");
    Figures all;
    std::map<std::string, Figures> by_class;
    for (std::size_t i = 0; i < answers->table.rows(); ++i) {
      const double measured = answers->table.set.values(static_cast<Eigen::Index>(i), column);
      all.take(answers->of[k][i], measured);
      if (classes != nullptr) by_class[(*classes)[i]].take(answers->of[k][i], measured);
    }
    if (all.n == 0) return invalid_input(table.path + ": expected rows with a value in '" + name + "' and a valid spectrum, found none");
    if (!json) {
      out += name + ": " + all.text() + '\n';
      for (const auto& [c, f] : by_class) out += "  " + c + ": " + f.text() + '\n';
      continue;
    }
    out += (k == 0 ? "" : ",\n") + ("{\"response\":" + quoted_json(name)) + ',' + all.json();
    if (classes != nullptr) {
      out += ",\"by\":{";
      std::string comma;
      for (const auto& [c, f] : by_class) {
        out += comma + quoted_json(c) + ":{" + f.json() + '}';
        comma = ",";
      }
      out += '}';
    }
    out += '}';
  }
  if (!json) return out;
  return models->responses.size() > 1 ? "[" + out + "]\n" : out + "\n";
}

}  // namespace beltwarden::lab
