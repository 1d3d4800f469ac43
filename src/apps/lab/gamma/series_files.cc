#include "apps/lab/gamma/series_files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "apps/lab/files.h"
#include "science/gamma/energy_grid.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

bool looks_like_xml(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n\x02\xEF\xBB\xBF");
  return first != std::string_view::npos && bytes[first] == '<';
}

Result<std::vector<double>> edges_of(const formats::RadSpectrum& spectrum) {
  if (!spectrum.energy_edges.empty()) return spectrum.energy_edges;
  if (spectrum.calibration.empty()) return invalid_input("the spectrum has no energy calibration");
  auto edges = formats::edges_of(spectrum.calibration, spectrum.counts.size());
  if (edges) return edges;
  // A polynomial that turns at its end: up to where it rises.
  std::vector<double> rising;
  for (std::size_t i = 0; i <= spectrum.counts.size(); ++i) {
    double energy = 0;
    for (std::size_t k = spectrum.calibration.size(); k-- > 0;)
      energy = energy * static_cast<double>(i) + spectrum.calibration[k];
    if (!rising.empty() && !(energy > rising.back())) break;
    rising.push_back(energy);
  }
  if (rising.size() < 17) return edges.error();
  return rising;
}

Result<OneSpectrum> sum_of(const formats::N42File& file) {
  OneSpectrum sum;
  double background_live = 0;
  std::vector<double> background;
  // A file of backgrounds alone is one to be named all the same.
  bool any_foreground = false;
  // Sources built into the instrument are not what lies before it.
  const auto own = [](const formats::RadMeasurement& m) { return m.class_code == "Calibration" || m.class_code == "IntrinsicActivity"; };
  for (const auto& m : file.measurements)
    any_foreground = any_foreground || (m.class_code != "Background" && !own(m) && !m.spectra.empty());
  for (const auto& m : file.measurements) {
    if (own(m)) continue;
    for (const auto& spectrum : m.spectra) {
      if (spectrum.counts.size() < 16) continue;
      auto edges = edges_of(spectrum);
      if (!edges) return edges.error();
      if (sum.edges_kev.empty()) {
        sum.edges_kev = *edges;
        sum.counts.assign(edges->size() - 1, 0);
        background.assign(edges->size() - 1, 0);
      }
      std::vector<double> counts(spectrum.counts.begin(), spectrum.counts.end());
      counts.resize(edges->size() - 1);
      std::vector<double> folded(sum.counts.size());
      gamma::Fold(*edges, sum.edges_kev).apply(std::span<const double>(counts), folded);
      const bool is_background = any_foreground && m.class_code == "Background";
      auto& to = is_background ? background : sum.counts;
      (is_background ? background_live : sum.live_s) += spectrum.live_s > 0 ? spectrum.live_s : spectrum.real_s;
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += folded[i];
    }
  }
  if (sum.edges_kev.empty()) return invalid_input("expected at least one spectrum other than of the instrument's own calibration source, found none");
  if (background_live > 0 && sum.live_s > 0) {
    for (double& b : background) b *= sum.live_s / background_live;
    sum.background = std::move(background);
  }
  return sum;
}

}  // namespace

std::string series_name(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.substr(0, name.find('.'));
}

std::string json_beside(const std::string& path) {
  std::string stem = path;
  if (stem.ends_with(".gz")) stem.resize(stem.size() - 3);
  const fs::path p(stem);
  return (p.parent_path() / (p.stem().string() + ".json")).string();
}

Result<formats::GammaSeries> load_series(const std::string& path, bool needs_energies) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  std::string json;
  const std::string beside = json_beside(path);
  if (fs::exists(beside)) {
    auto read = read_input(beside);
    if (!read) return read.error();
    json = std::move(*read);
  } else if (needs_energies) {
    return not_found(path + ": expected the energies of its channels in " + beside);
  }
  auto series = formats::read_gamma_series(*bytes, json);
  if (!series) return series.error().within(path);
  return series;
}

gamma::BeltSeries belt_series(std::string name, std::shared_ptr<const formats::GammaSeries> series) {
  gamma::BeltSeries view;
  view.name = std::move(name);
  view.size = series->size();
  view.channel_edges_kev = series->energy_edges_kev;
  view.interval = [series](std::size_t i) {
    return gamma::BeltInterval{series->time_s[i], series->live_s[i], series->speed_mps[i], series->load_kg_per_m[i],
                               series->row(i), series->load_known[i]};
  };
  return view;
}

Result<OneSpectrum> load_spectrum(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  if (looks_like_xml(*bytes)) {
    auto file = formats::read_n42(*bytes);
    if (!file) return file.error().within(path);
    auto sum = sum_of(*file);
    if (!sum) return sum.error().within(path);
    return sum;
  }
  auto series = load_series(path);
  if (!series) return series.error();
  OneSpectrum sum;
  sum.edges_kev = series->energy_edges_kev;
  sum.counts.assign(series->channels, 0);
  for (std::size_t i = 0; i < series->size(); ++i) {
    sum.live_s += series->live_s[i];
    const auto row = series->row(i);
    for (std::size_t c = 0; c < row.size(); ++c) sum.counts[c] += row[c];
  }
  return sum;
}

Result<gamma::MeasuredSpectrum> measured_spectrum(const std::string& path) {
  auto spectrum = load_spectrum(path);
  if (!spectrum) return spectrum.error();
  return gamma::MeasuredSpectrum{path, std::move(spectrum->counts), std::move(spectrum->edges_kev), spectrum->live_s};
}

Result<gamma::BeltModel> load_belt_model(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  return gamma::belt_model_from_text(*bytes, path);
}

}  // namespace beltwarden::lab
