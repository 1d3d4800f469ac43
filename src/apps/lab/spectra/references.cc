#include "apps/lab/spectra/references.h"

#include <cmath>
#include <optional>

#include "science/spectra/white_dark.h"

namespace beltwarden::lab {
namespace {

using formats::Spectrum;

constexpr double kLeastWhite = 0.005;   // of the white's mean: no light in that channel

// Seconds; files that give local time without a zone are compared with each other only.
std::optional<double> time_s(const Spectrum& spectrum) {
  std::optional<Time> time = spectrum.measured;
  if (const auto date = spectrum.meta.find("date"); !time && date != spectrum.meta.end()) {
    std::string text = date->second;
    if (text.size() == 16) text += ":00";
    if (const auto parsed = parse_rfc3339(text + "Z")) time = *parsed;
  }
  if (!time) return std::nullopt;
  return (*time - Time{}).seconds();
}

Eigen::Map<const Eigen::VectorXd> vector_of(const std::vector<double>& v) {
  return {v.data(), static_cast<Eigen::Index>(v.size())};
}

Result<spectra::ReferenceSeries> series_of(const std::vector<NamedSpectra>& files, const char* what, std::vector<double>& axis) {
  spectra::ReferenceSeries series;
  std::size_t count = 0;
  for (const auto& each : files) count += each.file.spectra.size();
  for (const NamedSpectra& each : files) {
    for (const Spectrum& spectrum : each.file.spectra) {
      if (axis.empty()) axis = spectrum.x;
      if (spectrum.x != axis) return invalid_input(each.path + ": the " + what + " reference has another axis than the first reference");
      const auto time = time_s(spectrum);
      if (!time && count > 1) return invalid_input(each.path + ": expected the time of the " + what + " reference, for there are several; found none");
      if (auto ok = series.add(time.value_or(0), vector_of(spectrum.y)); !ok) return ok.error().within(each.path);
    }
  }
  return series;
}

}  // namespace

Result<void> to_reflectance(std::vector<NamedSpectra>& inputs, std::vector<NamedSpectra> whites, std::vector<NamedSpectra> darks) {
  std::vector<double> axis;
  const auto white = series_of(whites, "white", axis);
  if (!white) return white.error();
  const auto dark = series_of(darks, "dark", axis);
  if (!dark) return dark.error();
  const auto n = static_cast<Eigen::Index>(axis.size());
  Eigen::VectorXd w(n), d = Eigen::VectorXd::Zero(n), out(n);
  for (NamedSpectra& input : inputs) {
    for (Spectrum& spectrum : input.file.spectra) {
      if (spectrum.x != axis) return invalid_input(input.path + ": expected the axis of the white reference, found another");
      const auto time = time_s(spectrum);
      if (!time && (white->size() > 1 || dark->size() > 1)) {
        return invalid_input(input.path + ": expected the time of the spectrum, for there are several references; found none");
      }
      white->at(time.value_or(0), w);
      if (!dark->empty()) dark->at(time.value_or(0), d);
      spectra::reflectance(vector_of(spectrum.y), w, d, kLeastWhite, out);
      spectrum.y.assign(out.begin(), out.end());
      spectrum.y_unit = "reflectance";
    }
  }
  return {};
}

}  // namespace beltwarden::lab
