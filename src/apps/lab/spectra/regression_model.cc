#include "apps/lab/spectra/regression_model.h"

#include <cmath>

namespace beltwarden::lab {

using spectra::FitVerdict;
using spectra::Prediction;
using spectra::Regressor;

namespace {

// The mean of a slice's scans, and of their predictions.
struct Slice {
  double sum = 0, squares = 0, scans = 0;
  void take(const Prediction& p) {
    if (p.verdict == FitVerdict::kInvalid) return;
    sum += p.value, squares += p.value * p.value, scans += 1;
  }
  double mean() const { return sum / scans; }
  double spread() const { return std::max(squares - sum * sum / scans, 0.0); }
};

std::vector<Prediction> predict_rows(const Regressor& model, const spectra::Spectra& x) {
  Regressor::Scratch scratch;
  std::vector<Prediction> out;
  for (Eigen::Index i = 0; i < x.rows(); ++i) out.push_back(model.predict(x.row(i).transpose(), scratch));
  return out;
}

std::vector<Prediction> predict_slices(const Regressor& model, const spectra::Spectra& scans, const std::vector<std::uint32_t>& slice_of_scan,
                                       const spectra::Spectra& means, const std::vector<std::uint32_t>& slice) {
  const auto each = predict_rows(model, scans);
  auto out = predict_rows(model, means);
  std::map<std::uint32_t, Slice> slices;
  for (std::size_t i = 0; i < each.size(); ++i) slices[slice_of_scan[i]].take(each[i]);
  spectra::ScanSpread seen;
  for (const auto& [name, s] : slices) {
    if (s.scans < 2) continue;
    seen.squares += s.spread();
    seen.dof += s.scans - 1;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& s = slices[slice[i]];
    if (s.scans >= 2) out[i] = model.of_slice(out[i], s.mean(), s.scans, seen);
  }
  return out;
}

template <class T>
std::vector<T> picked(const std::vector<T>& from, const std::vector<Eigen::Index>& rows) {
  std::vector<T> out;
  for (auto r : rows) out.push_back(from[static_cast<std::size_t>(r)]);
  return out;
}

}  // namespace

Result<RegressionAnswers> ask(const RegressionModels& models, const SpectralTable& table, bool average,
                              const std::function<void(double share)>& progress) {
  double done = 0, work = 0;
  for (const auto& of : models.models) work += static_cast<double>(of.size());
  RegressionAnswers out{average ? averaged(table) : table, {}};
  const auto& axis = models.models.front().begin()->second.axis_nm();
  auto scans = spectra_on(table, axis);
  if (!scans) return scans.error();
  auto rows = spectra_on(out.table, axis);
  if (!rows) return rows.error();
  // Rows by the class whose model answers.
  const std::vector<std::string>* declared = models.by.empty() ? nullptr : out.table.column(models.by);
  const std::vector<std::string>* declared_of_scan = models.by.empty() ? nullptr : table.column(models.by);
  if (!models.by.empty() && declared == nullptr) {
    return invalid_input(table.path + ": the model goes by '" + models.by + "', a column that the table does not have");
  }
  out.of.resize(models.responses.size());
  for (std::size_t k = 0; k < models.responses.size(); ++k) {
    out.of[k].resize(out.table.rows());
    const auto& by_class = models.models[k];
    const auto model_name = [&](const std::vector<std::string>* names, std::size_t i) {
      return names != nullptr && by_class.contains((*names)[i]) ? (*names)[i] : std::string();
    };
    for (const auto& [name, model] : by_class) {
      std::vector<Eigen::Index> mine, my_scans;
      for (std::size_t i = 0; i < out.table.rows(); ++i) {
        if (model_name(declared, i) == name) mine.push_back(static_cast<Eigen::Index>(i));
      }
      for (std::size_t i = 0; average && i < table.rows(); ++i) {
        if (model_name(declared_of_scan, i) == name) my_scans.push_back(static_cast<Eigen::Index>(i));
      }
      if (progress) progress(done++ / work);
      const auto in_front = k < models.maps.size() ? models.maps[k] : spectra::SpectralMap();
      const auto seen_by_model = [&](spectra::Spectra x) {
        if (!in_front.identity() && models.before_maps.active()) spectra::fill_rows(models.before_maps, x);
        return in_front.applied(x);
      };
      const auto x = seen_by_model((*rows)(mine, Eigen::all));
      auto answers = average ? predict_slices(model, seen_by_model((*scans)(my_scans, Eigen::all)), picked(table.set.groups, my_scans), x,
                                              picked(out.table.set.groups, mine))
                             : predict_rows(model, x);
      for (std::size_t i = 0; i < mine.size(); ++i) {
        // Another brand than any it was fitted on: a value, but not one to rely on.
        if (!models.by.empty() && name.empty() && answers[i].verdict == FitVerdict::kOk) answers[i].verdict = FitVerdict::kOutsideCalibration;
        out.of[k][static_cast<std::size_t>(mine[i])] = answers[i];
      }
    }
  }
  return out;
}

}  // namespace beltwarden::lab
