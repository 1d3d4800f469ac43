#include "twin/reference_data.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/file.h"
#include "formats/gzip.h"
#include "formats/picture.h"
#include "formats/spectrum_file.h"

namespace beltwarden::twin {
namespace {

namespace fs = std::filesystem;

// Our minerals and the classes of the USGS table (group of samples) that measure them.
constexpr std::pair<const char*, const char*> kMineralClasses[] = {{"hematite", "ore_hematite"},
                                                                   {"goethite", "ore_goethite"},
                                                                   {"magnetite", "ore_magnetite"},
                                                                   {"siderite", "ore_siderite"},
                                                                   {"quartz", "gangue_quartz"},
                                                                   {"kaolinite", "gangue_kaolinite"},
                                                                   {"gibbsite", "gangue_gibbsite"},
                                                                   {"dolomite", "gangue_dolomite"},
                                                                   {"pyroxene", "slagproxy_pyroxene"},
                                                                   {"fayalite", "slagproxy_Fe_olivine"},
                                                                   {"monticellite", "slagproxy_monticellite"},
                                                                   {"calcite", "slagproxy_calcite"},
                                                                   {"brucite", "slagproxy_brucite"}};

constexpr std::size_t kBackgroundRows = 1200;  // seconds of the series that make one background
constexpr std::size_t kTrainingFirstRow = 2600;
constexpr int kCutoutsOfAClass = 12;

std::vector<double> numbers_in(std::string_view text, std::size_t most) {
  std::vector<double> out;
  while (!text.empty() && out.size() < most) {
    const auto comma = text.find(',');
    const auto field = text.substr(0, comma);
    double value = 0;
    std::from_chars(field.data(), field.data() + field.size(), value);
    out.push_back(value);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

// Linear between measured points, held at the ends; gaps are bridged.
double interpolated(const std::vector<double>& x, const std::vector<double>& y, double at) {
  const auto it = std::ranges::lower_bound(x, at);
  if (it == x.begin()) return y.front();
  if (it == x.end()) return y.back();
  const auto i = static_cast<std::size_t>(it - x.begin());
  const double t = (at - x[i - 1]) / (x[i] - x[i - 1]);
  return y[i - 1] * (1 - t) + y[i] * t;
}

}  // namespace

Result<ReferenceData> ReferenceData::open(const std::string& folder) {
  ReferenceData data;
  if (folder.empty()) return data;
  const fs::path root(folder);
  std::error_code error;
  if (const auto file = root / "spectra/ore_endmembers.csv"; fs::exists(file, error)) {
    if (auto ok = data.read_spectra(file); !ok) return ok.error().within(file.string());
  }
  if (const auto file = root / "gamma/series/uluru.csv.gz"; fs::exists(file, error)) {
    if (auto ok = data.read_gamma(file, root / "gamma/series/uluru.json"); !ok) return ok.error().within(file.string());
  }
  if (const auto ore = root / "vision/belt_ore"; fs::exists(ore / "frame4.png", error)) {
    if (auto ok = data.read_ore(ore); !ok) return ok.error().within(ore.string());
  }
  if (const auto objects = root / "vision/objects"; fs::exists(objects / "objects.csv", error)) {
    auto shown = read_cutouts(objects, "eval", kCutoutsOfAClass);
    if (!shown) return shown.error().within(objects.string());
    auto learnt = read_cutouts(objects, "train", kCutoutsOfAClass);
    if (!learnt) return learnt.error().within(objects.string());
    data.cutouts_ = std::move(*shown);
    data.training_cutouts_ = std::move(*learnt);
  }
  return data;
}

std::vector<const Cutout*> ReferenceData::cutouts(const std::string& label) const {
  std::vector<const Cutout*> out;
  for (const auto& c : cutouts_) {
    if (c.label == label) out.push_back(&c);
  }
  return out;
}

ReferenceData ReferenceData::for_training() const {
  ReferenceData other = *this;
  std::swap(other.background_, other.training_background_);
  std::swap(other.ore_, other.training_ore_);
  std::swap(other.cutouts_, other.training_cutouts_);
  return other;
}

Result<void> ReferenceData::read_spectra(const fs::path& file) {
  auto bytes = read_file(file, formats::kMaxSpectrumFileBytes);
  if (!bytes) return bytes.error();
  auto table = formats::read_spectral_csv(*bytes);
  if (!table) return table.error();
  for (const auto& [mineral, group] : kMineralClasses) {
    EndMember member{mineral, {}, {}};
    int specimens = 0;
    for (const auto& spectrum : table->spectra) {
      const auto it = spectrum.meta.find("class");
      if (it == spectrum.meta.end() || it->second != group) continue;
      std::vector<double> x, y;
      for (std::size_t i = 0; i < spectrum.x.size(); ++i) {
        if (std::isnan(spectrum.y[i])) continue;
        x.push_back(spectrum.x[i]);
        y.push_back(spectrum.y[i]);
      }
      if (x.size() < 10) continue;
      if (member.wavelengths_nm.empty()) {
        member.wavelengths_nm = spectrum.x;
        member.reflectance.assign(spectrum.x.size(), 0.0);
      }
      for (std::size_t i = 0; i < member.reflectance.size(); ++i) {
        member.reflectance[i] += interpolated(x, y, member.wavelengths_nm[i]);
      }
      ++specimens;
    }
    if (specimens == 0) continue;
    for (auto& r : member.reflectance) r /= specimens;
    end_members_.push_back(std::move(member));
  }
  return {};
}

Result<void> ReferenceData::read_gamma(const fs::path& series, const fs::path& description) {
  auto text = read_file(description, 1 << 20);
  if (!text) return text.error();
  const auto key = text->find("\"calibration\":");
  const auto open = text->find('[', key), close = text->find(']', open);
  if (key == std::string::npos || close == std::string::npos)
    return invalid_input("expected \"calibration\":[a0,a1,a2] in " + description.string());
  std::string inner = text->substr(open + 1, close - open - 1);
  std::erase_if(inner, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  const auto calibration = numbers_in(inner, 3);
  if (calibration.size() != 3 || calibration[1] <= 0)
    return invalid_input("expected three calibration numbers in " + description.string());

  auto packed = read_file(series, 64 << 20);
  if (!packed) return packed.error();
  auto csv = formats::gunzip(*packed, 256 << 20);
  if (!csv) return csv.error();
  std::string_view rest = *csv;
  const auto take_line = [&rest] {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
  };
  const auto header = take_line();
  const auto meta = static_cast<std::size_t>(std::count(
      header.begin(), header.begin() + static_cast<std::ptrdiff_t>(std::min(header.find("c0"), header.size())), ','));
  const auto channels = static_cast<std::size_t>(std::ranges::count(header, ',')) + 1 - meta;
  if (channels < 16 || channels > 8192) return invalid_input("expected columns c0, c1, ... in the header");
  std::array<std::vector<double>, 2> sums = {std::vector<double>(channels), std::vector<double>(channels)};
  for (std::size_t row = 0; row < kTrainingFirstRow + kBackgroundRows && !rest.empty(); ++row) {
    const auto line = take_line();
    if (row >= kBackgroundRows && row < kTrainingFirstRow) continue;
    const auto values = numbers_in(line, meta + channels);
    if (values.size() != meta + channels)
      return invalid_input("row " + std::to_string(row + 2) + ": expected " + std::to_string(meta + channels) +
                           " fields");
    for (std::size_t c = 0; c < channels; ++c) sums[row < kBackgroundRows ? 0 : 1][c] += values[meta + c];
  }
  const auto share_of = [&](const std::vector<double>& sum) {
    Background b;
    double total = 0;
    // The last channel collects everything above the range: it is no spectrum.
    for (std::size_t c = 0; c + 1 < channels; ++c) {
      const double i = static_cast<double>(c);
      b.edges_kev.push_back(calibration[0] + i * (calibration[1] + i * calibration[2]));
      b.share.push_back(sum[c]);
      total += sum[c];
    }
    b.edges_kev.push_back(b.edges_kev.back() + calibration[1]);
    for (auto& s : b.share) s /= std::max(1.0, total);
    return b;
  };
  background_ = share_of(sums[0]);
  training_background_ = share_of(sums[1]);
  return {};
}

Result<void> ReferenceData::read_ore(const fs::path& folder) {
  const auto read = [&](const char* name, std::vector<Picture>& out) -> Result<void> {
    auto bytes = read_file(folder / name, formats::kMaxPictureBytes);
    if (!bytes) return bytes.error();
    auto picture = formats::decode_picture(*bytes);
    if (!picture) return picture.error().within(name);
    // The middle of the belt: the load's rims are drawn by the frame maker.
    const auto x0 = picture->width / 5, x1 = picture->width * 4 / 5;
    Picture p{static_cast<int>(x1 - x0), static_cast<int>(picture->height), 2.0, {}};
    for (std::size_t y = 0; y < picture->height; ++y) {
      const auto* row = picture->data.data() + (y * picture->width + x0) * 3;
      p.bgr.insert(p.bgr.end(), row, row + static_cast<std::size_t>(p.width) * 3);
    }
    out.push_back(std::move(p));
    return {};
  };
  if (auto ok = read("frame4.png", ore_); !ok) return ok;
  for (const char* name : {"frame0.png", "frame2.png"}) {
    if (auto ok = read(name, training_ore_); !ok) return ok;
  }
  return {};
}

Result<spectra::MineralLibrary> ReferenceData::mineral_library(std::span<const double> axis_nm) const {
  auto library = spectra::mineral_library(axis_nm);
  if (!library) return library;
  for (const auto& member : end_members_) {
    spectra::Spectrum on_axis(static_cast<Eigen::Index>(axis_nm.size()));
    for (std::size_t i = 0; i < axis_nm.size(); ++i) {
      on_axis[static_cast<Eigen::Index>(i)] = interpolated(member.wavelengths_nm, member.reflectance, axis_nm[i]);
    }
    if (auto ok = library->replace(member.mineral, std::move(on_axis)); !ok) return ok.error();
  }
  return library;
}

std::vector<Berth::Provenance> ReferenceData::provenance() const {
  std::vector<Berth::Provenance> out;
  out.push_back(end_members_.empty()
                    ? Berth::Provenance{"spectra", "synthetic",
                                        "minerals generated from published band positions, mixed by Kubelka-Munk"}
                    : Berth::Provenance{"spectra", "semi-synthetic",
                                        "USGS spectra of " + std::to_string(end_members_.size()) +
                                            " minerals, mixed by Kubelka-Munk"});
  out.push_back(
      ore_.empty()
          ? Berth::Provenance{"vision", "synthetic", "procedural ore, belt and objects"}
          : Berth::Provenance{
                "vision", "semi-synthetic",
                std::string("grain of real ore on a belt in each brand's colour; ") +
                    (cutouts_.empty() ? "procedural objects"
                                      : "pictures of real metal and plastic enlarged, other objects procedural")});
  out.push_back(
      background_.share.empty()
          ? Berth::Provenance{"gamma", "synthetic", "detector response computed from nuclear data, Poisson counts"}
          : Berth::Provenance{"gamma", "semi-synthetic",
                              "measured background spectrum, computed ore and sources, Poisson counts"});
  return out;
}

}  // namespace beltwarden::twin
