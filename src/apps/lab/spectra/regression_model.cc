#include "apps/lab/spectra/regression_model.h"

#include <cmath>

namespace beltwarden::lab {

using spectra::FitVerdict;
using spectra::Prediction;
using spectra::Regressor;

namespace {

constexpr std::string_view kMapKind = "SMAP";
constexpr std::string_view kFillerKind = "GAPF";
constexpr std::uint32_t kMapVersion = 1, kFillerVersion = 1;

// A name a line; names come from tables, whose fields hold no line ends.
std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += n + '\n';
  return out;
}

Result<spectra::SpectralMap> map_from(std::string_view bytes, std::size_t points) {
  auto from = spectra::ModelReader::open(bytes, kMapKind, kMapVersion);
  if (!from) return from.error();
  auto map = spectra::SpectralMap::read(*from);
  if (auto ok = from->done(); !ok) return ok.error();
  if (map.points() != static_cast<Eigen::Index>(points)) return corrupt("a spectral map does not fit the axis of its model");
  return map;
}

}  // namespace

std::vector<std::string> lines_of(const spectra::Bundle& bundle, const std::string& part) {
  std::vector<std::string> out;
  const auto found = bundle.find(part);
  if (found == bundle.end()) return out;
  const auto& text = found->second;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

spectra::Bundle RegressionModels::to_bundle() const {
  spectra::Bundle out;
  out["responses"] = joined(responses);
  out["by"] = by;
  if (!calibration.empty()) out["calibration"] = calibration;
  if (!ids.empty()) out["ids"] = joined(ids);
  if (!dates.empty()) out["dates"] = joined(dates);
  if (before_maps.active()) {
    spectra::ModelWriter to;
    before_maps.write(to);
    out["filler"] = to.finish(kFillerKind, kFillerVersion);
  }
  for (std::size_t k = 0; k < maps.size(); ++k) {
    if (maps[k].identity()) continue;
    spectra::ModelWriter to;
    maps[k].write(to);
    out["map/" + std::to_string(k)] = to.finish(kMapKind, kMapVersion);
  }
  for (std::size_t k = 0; k < models.size(); ++k) {
    for (const auto& [name, model] : models[k]) out["model/" + std::to_string(k) + "/" + name] = model.to_bytes();
  }
  return out;
}

Result<RegressionModels> RegressionModels::from_bundle(const spectra::Bundle& bundle) {
  RegressionModels m;
  const auto part = [&](const char* name) {
    const auto at = bundle.find(name);
    return at == bundle.end() ? std::string() : at->second;
  };
  m.responses = lines_of(bundle, "responses");
  m.ids = lines_of(bundle, "ids");
  m.dates = lines_of(bundle, "dates");
  m.by = part("by");
  m.calibration = part("calibration");
  if (const auto found = bundle.find("filler"); found != bundle.end()) {
    auto from = spectra::ModelReader::open(found->second, kFillerKind, kFillerVersion);
    if (!from) return from.error();
    m.before_maps = spectra::GapFiller::read(*from);
    if (auto ok = from->done(); !ok) return ok.error();
  }
  m.models.resize(m.responses.size());
  for (std::size_t k = 0; k < m.responses.size(); ++k) {
    const auto prefix = "model/" + std::to_string(k) + "/";
    for (auto at = bundle.lower_bound(prefix); at != bundle.end() && at->first.starts_with(prefix); ++at) {
      auto model = Regressor::from_bytes(at->second);
      if (!model) return model.error().within(at->first);
      m.models[k].emplace(at->first.substr(prefix.size()), std::move(*model));
    }
    const auto& axis_nm = m.models[k].empty() ? std::vector<double>() : m.models[k].begin()->second.axis_nm();
    auto& map = m.maps.emplace_back();
    if (const auto found = bundle.find("map/" + std::to_string(k)); found != bundle.end()) {
      auto read = map_from(found->second, axis_nm.size());
      if (!read) return read.error();
      map = std::move(*read);
    }
    if (m.before_maps.reach() > static_cast<Eigen::Index>(axis_nm.size())) return corrupt("a gap filler does not fit the axis of its model");
    if (m.models[k].empty()) return corrupt("the model has no part for response '" + m.responses[k] + "'");
  }
  if (m.responses.empty()) return corrupt("the model names no response");
  return m;
}

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
