#include "apps/lab/spectra/convert.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "science/spectra/axis.h"

namespace beltwarden::lab {
namespace {

using formats::Spectrum;
using formats::SpectrumFile;

constexpr double kSameAxis = 1e-3;  // of a step
constexpr std::size_t kMostColumns = 90'000;   // a table that is read again may have 100,000

// Which fields of vendors' files go into the table: what was measured and when, not the instrument's settings.
constexpr const char* kFields[] = {"name", "file", "signal", "date", "x_unit", "class", "group", "set", "kind"};

struct Notes {
  std::set<std::string> foreign_units;
  std::size_t without_wavelength = 0, doubled = 0;   // points
};

// nm where the unit allows, else as the file has it; increasing, with the mean of values at one x.
Result<void> to_increasing_nm(Spectrum& spectrum, Notes& notes) {
  struct Point {
    double x, y;
  };
  std::vector<Point> points;
  points.reserve(spectrum.x.size());
  const bool optical = formats::to_nm(1, spectrum.x_unit).has_value();
  for (std::size_t i = 0; i < spectrum.x.size(); ++i) {
    const double x = optical ? *formats::to_nm(spectrum.x[i], spectrum.x_unit) : spectrum.x[i];
    if (std::isnan(x)) ++notes.without_wavelength;
    else points.push_back({x, spectrum.y[i]});
  }
  if (points.empty()) return invalid_input("spectrum '" + spectrum.id + "': no point has a wavelength");
  if (!optical) {
    notes.foreign_units.insert(spectrum.x_unit.empty() ? "an unnamed unit" : "'" + spectrum.x_unit + "'");
    spectrum.meta["x_unit"] = spectrum.x_unit;
  }
  std::ranges::stable_sort(points, {}, &Point::x);
  spectrum.x.clear();
  spectrum.y.clear();
  for (std::size_t i = 0; i < points.size();) {
    double sum = 0;
    std::size_t n = 0;
    const double x = points[i].x;
    for (; i < points.size() && points[i].x == x; ++i, ++n) sum += points[i].y;
    notes.doubled += n - 1;
    spectrum.x.push_back(x);
    spectrum.y.push_back(sum / static_cast<double>(n));
  }
  return {};
}

bool same_axis(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double step = a.size() < 2 ? 1 : i + 1 < a.size() ? a[i + 1] - a[i] : a[i] - a[i - 1];
    if (!(std::abs(a[i] - b[i]) <= kSameAxis * step)) return false;
  }
  return true;
}

std::string axis_text(const std::vector<double>& x) {
  char text[96];
  std::snprintf(text, sizeof text, "%zu points from %.6g to %.6g", x.size(), x.front(), x.back());
  return text;
}

Result<void> regrid(Spectrum& spectrum, const std::vector<double>& axis) {
  const auto resampler = spectra::Resampler::make(spectrum.x, axis);
  if (!resampler) return resampler.error().within("spectrum '" + spectrum.id + "'");
  const auto length = [](const std::vector<double>& v) { return static_cast<Eigen::Index>(v.size()); };
  std::vector<double> y(axis.size());
  resampler->apply(Eigen::Map<const Eigen::VectorXd>(spectrum.y.data(), length(spectrum.y)),
                   Eigen::Map<Eigen::VectorXd>(y.data(), length(y)));
  spectrum.y = std::move(y);
  return {};
}

// Peaks over m/z and the like: a column for every x that occurs, for between two peaks there is nothing to interpolate.
Result<void> onto_all_x(SpectrumFile& table) {
  std::set<double> all;
  for (const Spectrum& spectrum : table.spectra) all.insert(spectrum.x.begin(), spectrum.x.end());
  if (all.size() * table.spectra.size() > formats::kMaxFilePoints || all.size() > kMostColumns) {
    return invalid_input(std::to_string(table.spectra.size()) + " spectra on axes of their own would make a table of " +
                         std::to_string(all.size()) + " columns; expected fewer: give --regrid or convert fewer at a time");
  }
  const std::vector<double> axis(all.begin(), all.end());
  for (Spectrum& spectrum : table.spectra) {
    std::vector<double> y(axis.size(), std::nan(""));
    for (std::size_t i = 0, at = 0; i < spectrum.x.size(); ++i) {
      while (axis[at] < spectrum.x[i]) ++at;
      y[at] = spectrum.y[i];
    }
    spectrum.x = axis;
    spectrum.y = std::move(y);
  }
  table.remarks.push_back("the spectra have axes of their own; the table has a column for each x that occurs");
  return {};
}

void keep_fields(Spectrum& spectrum, const NamedSpectra& input, bool all) {
  if (!all) {
    std::erase_if(spectrum.meta, [](const auto& field) {
      return !field.first.starts_with("y:") && std::ranges::find(kFields, field.first) == std::end(kFields);
    });
  }
  if (!spectrum.id.empty()) spectrum.meta["name"] = spectrum.id;
  spectrum.meta["file"] = std::filesystem::path(input.path).filename().string();
}

std::string unique(std::string id, std::map<std::string, int>& seen) {
  for (int& n = seen[id]; ++n > 1;) {
    std::string other = id + "~" + std::to_string(n);
    if (seen.emplace(other, 1).second) return other;
  }
  return id;
}

// Leaves the signals that were asked for; says which were not taken.
Result<void> choose_signals(NamedSpectra& input, const std::string& signal, std::map<std::string, int>& taken) {
  if (signal == "all") return {};
  const auto before = formats::signals_of(input.file);
  if (signal == "main") {
    formats::keep_main_signal(input.file);
    if (before.size() > 1) {
      std::string left;
      for (const auto& name : before) left += (left.empty() ? "" : ", ") + name;
      ++taken["took '" + formats::signals_of(input.file).front() + "' of " + left];
    }
    return {};
  }
  std::erase_if(input.file.spectra, [&](const Spectrum& s) {
    const auto found = s.meta.find("signal");
    return found == s.meta.end() || found->second != signal;
  });
  if (!input.file.spectra.empty()) return {};
  std::string names;
  for (const auto& name : before) names += (names.empty() ? "" : ", ") + name;
  return not_found(input.path + ": expected a signal '" + signal + "', found " + (names.empty() ? "none by name" : names));
}

}  // namespace

std::string id_of_path(const std::string& path) {
  std::filesystem::path name = std::filesystem::path(path).filename();
  const auto ending = [&] {
    std::string e = name.extension().string();
    std::ranges::transform(e, e.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return e;
  };
  if (ending() == ".gz") name = name.stem();
  const std::set<std::string> formats = {".spc", ".dx",  ".jdx", ".jcm", ".jcamp", ".asd", ".sli", ".hdr",
                                         ".img", ".dat", ".bsq", ".bil", ".bip",   ".csv", ".txt"};
  return formats.contains(ending()) ? name.stem().string() : name.string();
}

Result<SpectrumFile> to_table(std::vector<NamedSpectra> inputs, const ConvertOptions& options) {
  SpectrumFile table;
  table.format = "CSV";
  Notes notes;
  std::map<std::string, int> ids, taken;
  std::size_t regridded = 0;
  bool all_foreign = true, own_axes = false;
  std::string first_path;
  for (NamedSpectra& input : inputs) {
    for (const std::string& remark : input.file.remarks) table.remarks.push_back(input.path + ": " + remark);
    if (auto ok = choose_signals(input, options.signal, taken); !ok) return ok.error();
    const bool is_table = input.file.format == "CSV";
    const std::string stem = id_of_path(input.path);
    for (std::size_t k = 0; k < input.file.spectra.size(); ++k) {
      Spectrum& spectrum = input.file.spectra[k];
      if (!is_table) {
        keep_fields(spectrum, input, options.all_fields);
        spectrum.id = input.file.spectra.size() > 1 ? stem + "#" + std::to_string(k + 1) : stem;
      }
      spectrum.id = unique(std::move(spectrum.id), ids);
      if (auto ok = to_increasing_nm(spectrum, notes); !ok) return ok.error().within(input.path);
      const bool optical = !spectrum.meta.contains("x_unit");
      all_foreign &= !optical;
      if (table.spectra.empty()) {
        first_path = input.path;
      } else if (const auto& axis = table.spectra.front().x; same_axis(axis, spectrum.x)) {
        spectrum.x = axis;
      } else if (all_foreign && !options.regrid) {
        own_axes = true;
      } else {
        if (!options.regrid) {
          return invalid_input(input.path + ": spectrum '" + spectrum.id + "' has " + axis_text(spectrum.x) + ", that of " +
                               first_path + " has " + axis_text(axis) +
                               "; expected one axis for the table: give --regrid to bring all onto the first");
        }
        if (auto ok = regrid(spectrum, axis); !ok) return ok.error().within(input.path);
        spectrum.x = axis;
        ++regridded;
      }
      table.spectra.push_back(std::move(spectrum));
    }
  }
  for (const auto& [what, files] : taken) table.remarks.push_back(std::to_string(files) + (files > 1 ? " files: " : " file: ") + what);
  if (own_axes) {
    if (auto ok = onto_all_x(table); !ok) return ok.error();
  }
  if (regridded > 0) {
    table.remarks.push_back(std::to_string(regridded) + " of " + std::to_string(table.spectra.size()) +
                            " spectra were brought onto the axis of " + first_path);
  }
  if (notes.without_wavelength > 0) {
    table.remarks.push_back(std::to_string(notes.without_wavelength) + " points at x = 0 have no wavelength and were left out");
  }
  if (notes.doubled > 0) table.remarks.push_back(std::to_string(notes.doubled) + " points at the x of another were averaged with it");
  for (const std::string& unit : notes.foreign_units) {
    table.remarks.push_back("x in " + unit + " stays as it is: these columns are not nm");
  }
  return table;
}

}  // namespace beltwarden::lab
