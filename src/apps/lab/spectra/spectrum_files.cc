#include "apps/lab/spectra/spectrum_files.h"

#include <filesystem>
#include <optional>
#include <set>

#include "apps/lab/files.h"
#include "formats/envi.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

Error at(const std::string& path, const Error& error) {
  return error.message.find(path) != std::string::npos ? error : error.within(path);
}

std::optional<std::string> existing(const std::vector<std::string>& candidates) {
  for (const std::string& path : candidates) {
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path;
  }
  return std::nullopt;
}

Result<NamedSpectra> read_pair(const std::string& header_path, std::string_view header, const std::string& data_path,
                               std::string_view data) {
  auto file = formats::read_envi(header, data);
  if (!file) return file.error().within(header_path + " with " + data_path);
  return NamedSpectra{data_path, std::move(*file)};
}

Result<NamedSpectra> read_one(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return at(path, bytes.error());
  if (formats::is_envi_header(*bytes)) {
    const auto data_path = existing(formats::envi_data_paths(path));
    if (!data_path) {
      return not_found(path + ": an ENVI header; expected its data beside it, as " + formats::envi_data_paths(path).front());
    }
    auto data = read_input(*data_path);
    if (!data) return at(*data_path, data.error());
    return read_pair(path, *bytes, *data_path, *data);
  }
  // ENVI data have nothing to be known by; an SPC file may be taken for them only where a header says so.
  const auto format = formats::sniff(*bytes);
  if (format == formats::SpectralFormat::kUnknown || format == formats::SpectralFormat::kSpc) {
    if (const auto header_path = existing(formats::envi_header_paths(path))) {
      auto header = read_input(*header_path);
      if (!header) return at(*header_path, header.error());
      if (formats::is_envi_header(*header)) return read_pair(*header_path, *header, path, *bytes);
    }
  }
  auto file = formats::read_spectrum_file(*bytes);
  if (!file) return at(path, file.error());
  return NamedSpectra{path, std::move(*file)};
}

}  // namespace

Result<std::vector<NamedSpectra>> read_spectrum_files(const std::vector<std::string>& paths,
                                                      const std::function<void(double)>& progress) {
  std::vector<NamedSpectra> out;
  std::set<std::string> seen;  // of an ENVI pair the data's path, whichever of the two was named
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto one = read_one(fs::path(paths[i]).lexically_normal().string());
    if (!one) return one.error();
    if (seen.insert(one->path).second) out.push_back(std::move(*one));
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(paths.size()));
  }
  return out;
}

}  // namespace beltwarden::lab
