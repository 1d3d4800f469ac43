#include "apps/lab/spectra/transfer_standards.h"

#include <cmath>
#include <map>

namespace beltwarden::lab {

using spectra::Regressor;
using spectra::Spectra;

namespace {

constexpr Eigen::Index kFewestStandards = 5;
constexpr double kMostUnseen = 0.4;             // of the standards: a point missing more often cannot be filled

void leave_out_invalid(const RegressionModels& models, Standards& s, const std::function<void(const std::string&)>& say) {
  s.filler = spectra::GapFiller::fit(s.b, bands_present(s.b, kMostUnseen), true);
  spectra::fill_rows(s.filler, s.b);
  std::vector<Eigen::Index> kept;
  std::string out;
  Regressor::Scratch scratch;
  const auto valid_for_all = [&](const Eigen::VectorXd& x, const std::string& name) {
    for (std::size_t k = 0; k < models.responses.size(); ++k) {
      if (model_for(models, k, name).predict(x, scratch).verdict == spectra::FitVerdict::kInvalid) return false;
    }
    return true;
  };
  for (Eigen::Index i = 0; i < s.a.rows(); ++i) {
    const auto& name = s.classes[static_cast<std::size_t>(i)];
    Eigen::VectorXd a = s.a.row(i).transpose(), b = s.b.row(i).transpose();
    if (model_for(models, 0, name).fill(a) && valid_for_all(a, name) && valid_for_all(b, name)) {
      s.a.row(i) = a.transpose();
      kept.push_back(i);
    } else {
      out += (out.empty() ? "" : ", ") + s.ids[static_cast<std::size_t>(i)];
    }
  }
  if (out.empty()) return;
  say("left out, as their spectra are not valid: " + out + ".");
  s.a = Spectra(s.a(kept, Eigen::all));
  s.b = Spectra(s.b(kept, Eigen::all));
  s.values = Eigen::MatrixXd(s.values(kept, Eigen::all));
  std::vector<std::string> ids, classes;
  for (auto i : kept) {
    ids.push_back(s.ids[static_cast<std::size_t>(i)]);
    classes.push_back(s.classes[static_cast<std::size_t>(i)]);
  }
  s.ids = std::move(ids);
  s.classes = std::move(classes);
}

}  // namespace

const Regressor& model_for(const RegressionModels& models, std::size_t k, const std::string& name) {
  const auto& of = models.models[k];
  const auto found = of.find(name);
  return found != of.end() ? found->second : (of.contains("") ? of.find("")->second : of.begin()->second);
}

Result<Standards> pair_up(const RegressionModels& models, const SpectralTable& a, const SpectralTable& b,
                          const std::function<void(const std::string&)>& say) {
  std::map<std::string, Eigen::Index> in_b;
  for (std::size_t i = 0; i < b.rows(); ++i) {
    if (!in_b.emplace(b.ids[i], static_cast<Eigen::Index>(i)).second) {
      return invalid_input(b.path + ": id '" + b.ids[i] + "' occurs twice; expected one spectrum a standard");
    }
  }
  std::vector<Eigen::Index> rows_a, rows_b;
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < a.rows(); ++i) {
    if (++seen[a.ids[i]] > 1) return invalid_input(a.path + ": id '" + a.ids[i] + "' occurs twice; expected one spectrum a standard");
    const auto found = in_b.find(a.ids[i]);
    if (found == in_b.end()) continue;
    rows_a.push_back(static_cast<Eigen::Index>(i));
    rows_b.push_back(found->second);
  }
  if (static_cast<Eigen::Index>(rows_a.size()) < kFewestStandards) {
    return invalid_input(a.path + " and " + b.path + ": expected at least 5 standards with the same id in both, found " + std::to_string(rows_a.size()));
  }
  const auto& axis = models.models.front().begin()->second.axis_nm();
  auto on_a = spectra_on(a, axis), on_b = spectra_on(b, axis);
  if (!on_a) return on_a.error();
  if (!on_b) return on_b.error();
  Standards s;
  s.a = Spectra((*on_a)(rows_a, Eigen::all));
  s.b = Spectra((*on_b)(rows_b, Eigen::all));
  const auto* column = models.by.empty() ? nullptr : a.column(models.by);
  s.values.resize(s.a.rows(), static_cast<Eigen::Index>(models.responses.size()));
  for (std::size_t i = 0; i < rows_a.size(); ++i) {
    s.ids.push_back(a.ids[static_cast<std::size_t>(rows_a[i])]);
    s.classes.push_back(column == nullptr ? std::string() : (*column)[static_cast<std::size_t>(rows_a[i])]);
    for (std::size_t k = 0; k < models.responses.size(); ++k) {
      const int at_a = a.response(models.responses[k]), at_b = b.response(models.responses[k]);
      double v = at_a < 0 ? std::nan("") : a.set.values(rows_a[i], at_a);
      if (std::isnan(v) && at_b >= 0) v = b.set.values(rows_b[i], at_b);
      s.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = v;
    }
  }
  leave_out_invalid(models, s, say);
  if (s.a.rows() < kFewestStandards) {
    return invalid_input(a.path + " and " + b.path + ": expected at least 5 standards with valid spectra in both, found " + std::to_string(s.a.rows()));
  }
  return s;
}

}  // namespace beltwarden::lab
