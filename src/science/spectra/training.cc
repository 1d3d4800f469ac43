#include "science/spectra/training.h"

#include <algorithm>
#include <numeric>

namespace beltwarden::spectra {

Result<void> complete(TrainingSet& set) {
  if (auto ok = check_axis(set.axis_nm); !ok) return ok.error().within("training set");
  const auto n = static_cast<std::size_t>(set.rows());
  if (set.spectra.cols() != static_cast<Eigen::Index>(set.axis_nm.size())) {
    return invalid_input("training set: spectra of " + std::to_string(set.spectra.cols()) + " points on an axis of " +
                         std::to_string(set.axis_nm.size()));
  }
  if (set.groups.empty()) {
    set.groups.resize(n);
    std::iota(set.groups.begin(), set.groups.end(), 0u);
  }
  if (set.groups.size() != n || (!set.lots.empty() && set.lots.size() != n) || (!set.classes.empty() && set.classes.size() != n) ||
      (!set.responses.empty() && set.values.rows() != set.rows()) ||
      set.values.cols() != static_cast<Eigen::Index>(set.responses.size())) {
    return invalid_input("training set: groups, classes and responses must have an entry for each of the " +
                         std::to_string(n) + " spectra");
  }
  return {};
}

std::vector<std::string> classes_of(const TrainingSet& set) {
  std::vector<std::string> out;
  for (const auto& c : set.classes) {
    if (std::ranges::find(out, c) == out.end()) out.push_back(c);
  }
  return out;
}

TrainingSet rows_of(const TrainingSet& set, const std::string& class_name) {
  std::vector<Eigen::Index> rows;
  for (std::size_t i = 0; i < set.classes.size(); ++i) {
    if (set.classes[i] == class_name) rows.push_back(static_cast<Eigen::Index>(i));
  }
  TrainingSet out;
  out.axis_nm = set.axis_nm;
  out.spectra = set.spectra(rows, Eigen::all);
  out.classes.assign(rows.size(), class_name);
  for (auto r : rows) {
    if (!set.groups.empty()) out.groups.push_back(set.groups[static_cast<std::size_t>(r)]);
    if (!set.lots.empty()) out.lots.push_back(set.lots[static_cast<std::size_t>(r)]);
  }
  out.responses = set.responses;
  if (!set.responses.empty()) out.values = set.values(rows, Eigen::all);
  return out;
}

std::vector<bool> points_present(const Spectra& spectra) {
  std::vector<bool> used(static_cast<std::size_t>(spectra.cols()));
  for (Eigen::Index j = 0; j < spectra.cols(); ++j) used[static_cast<std::size_t>(j)] = spectra.col(j).allFinite();
  return used;
}

TreatedSet treat(const Treatment& treatment, const TrainingSet& set) {
  TreatedSet out;
  out.x.resize(set.rows(), treatment.outputs());
  Treatment::Scratch scratch;
  Eigen::VectorXd row(treatment.outputs());
  Eigen::Index kept = 0;
  for (Eigen::Index i = 0; i < set.rows(); ++i) {
    if (!treatment.apply(set.spectra.row(i).transpose(), scratch, row)) {
      ++out.invalid;
      continue;
    }
    out.x.row(kept++) = row.transpose();
    out.row.push_back(i);
  }
  out.x.conservativeResize(kept, Eigen::NoChange);
  return out;
}

}  // namespace beltwarden::spectra
