#include "science/spectra/regression_models.h"

namespace beltwarden::spectra {
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

Result<SpectralMap> map_from(std::string_view bytes, std::size_t points) {
  auto from = ModelReader::open(bytes, kMapKind, kMapVersion);
  if (!from) return from.error();
  auto map = SpectralMap::read(*from);
  if (auto ok = from->done(); !ok) return ok.error();
  if (map.points() != static_cast<Eigen::Index>(points)) return corrupt("a spectral map does not fit the axis of its model");
  return map;
}

}  // namespace

std::vector<std::string> lines_of(const Bundle& bundle, const std::string& part) {
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

const Regressor* RegressionModels::find(std::size_t response, std::string_view class_name) const {
  const auto& of = models[response];
  const auto at = of.find(by.empty() ? std::string_view() : class_name);
  return at == of.end() ? nullptr : &at->second;
}

void RegressionModels::map_into(std::size_t response, Eigen::VectorXd& spectrum, Eigen::VectorXd& work) const {
  if (response >= maps.size() || maps[response].identity()) return;
  if (before_maps.active() && before_maps.has_gaps(spectrum)) {
    if (auto filled = before_maps.fill_smoothly(spectrum); filled.valid) spectrum = std::move(filled.spectrum);
  }
  work.resize(spectrum.size());
  maps[response].apply(spectrum, work);
  spectrum = work;
}

Bundle RegressionModels::to_bundle() const {
  Bundle out;
  out["responses"] = joined(responses);
  out["by"] = by;
  if (!calibration.empty()) out["calibration"] = calibration;
  if (!ids.empty()) out["ids"] = joined(ids);
  if (!dates.empty()) out["dates"] = joined(dates);
  if (before_maps.active()) {
    ModelWriter to;
    before_maps.write(to);
    out["filler"] = to.finish(kFillerKind, kFillerVersion);
  }
  for (std::size_t k = 0; k < maps.size(); ++k) {
    if (maps[k].identity()) continue;
    ModelWriter to;
    maps[k].write(to);
    out["map/" + std::to_string(k)] = to.finish(kMapKind, kMapVersion);
  }
  for (std::size_t k = 0; k < models.size(); ++k) {
    for (const auto& [name, model] : models[k]) out["model/" + std::to_string(k) + "/" + name] = model.to_bytes();
  }
  return out;
}

Result<RegressionModels> RegressionModels::from_bundle(const Bundle& bundle) {
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
    auto from = ModelReader::open(found->second, kFillerKind, kFillerVersion);
    if (!from) return from.error();
    m.before_maps = GapFiller::read(*from);
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
  for (const auto& of : m.models) {
    for (const auto& [name, model] : of) {
      if (model.axis_nm() != m.axis_nm()) return corrupt("parts of the model are on different wavelength axes");
    }
  }
  return m;
}

}  // namespace beltwarden::spectra
