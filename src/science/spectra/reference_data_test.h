// Reference data for tests: looked for, never shipped.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "science/spectra/training.h"

namespace beltwarden::spectra::testing {

/// $BELTWARDEN_DATA, else ../shared/data of the working folder or one above it; empty when there is none.
inline std::filesystem::path reference_data() {
  namespace fs = std::filesystem;
  if (const char* set = std::getenv("BELTWARDEN_DATA")) return fs::exists(fs::path(set) / "spectra") ? fs::path(set) : fs::path();
  for (fs::path at = fs::current_path();; at = at.parent_path()) {
    if (fs::exists(at.parent_path() / "shared" / "data" / "spectra")) return at.parent_path() / "shared" / "data";
    if (at == at.root_path()) return {};
  }
}

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Table {
  std::vector<std::string> ids;
  std::vector<std::map<std::string, std::string>> meta;
  TrainingSet set;
};

/// The rows of a spectral table for which `keep` holds.
inline Table read_table(const std::filesystem::path& path, const std::function<bool(const std::map<std::string, std::string>&)>& keep) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  const auto split = [](const std::string& text) {
    std::vector<std::string> out(1);
    for (char c : text) {
      if (c == ',') out.emplace_back();
      else if (c != '\r') out.back() += c;
    }
    return out;
  };
  const auto header = split(line);
  Table t;
  std::size_t first_nm = header.size(), first_y = header.size();
  for (std::size_t i = header.size(); i-- > 0;) {
    if (header[i].starts_with("y:")) first_y = i;
    if (!header[i].empty() && std::isdigit(static_cast<unsigned char>(header[i][0]))) first_nm = i;
  }
  if (first_y > first_nm) first_y = first_nm;
  for (std::size_t i = first_y; i < first_nm; ++i) t.set.responses.push_back(header[i].substr(2));
  for (std::size_t i = first_nm; i < header.size(); ++i) t.set.axis_nm.push_back(std::stod(header[i]));
  std::vector<std::vector<double>> x, y;
  std::map<std::string, std::uint32_t> groups;
  const auto number = [](const std::string& s) { return s.empty() ? std::nan("") : std::stod(s); };
  while (std::getline(in, line)) {
    const auto f = split(line);
    std::map<std::string, std::string> meta;
    for (std::size_t i = 0; i < first_y; ++i) meta[header[i]] = f[i];
    if (!keep(meta)) continue;
    t.ids.push_back(f[0]);
    if (meta.contains("class")) t.set.classes.push_back(meta["class"]);
    const auto slice = f[0].substr(0, f[0].find('/'));
    t.set.groups.push_back(groups.emplace(slice, static_cast<std::uint32_t>(groups.size())).first->second);
    auto& xr = x.emplace_back();
    auto& yr = y.emplace_back();
    for (std::size_t i = first_y; i < first_nm; ++i) yr.push_back(number(f[i]));
    for (std::size_t i = first_nm; i < header.size(); ++i) xr.push_back(number(f[i]));
    t.meta.push_back(std::move(meta));
  }
  t.set.spectra.resize(static_cast<Eigen::Index>(x.size()), static_cast<Eigen::Index>(t.set.axis_nm.size()));
  t.set.values.resize(static_cast<Eigen::Index>(x.size()), static_cast<Eigen::Index>(t.set.responses.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x[i].size(); ++j) t.set.spectra(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = x[i][j];
    for (std::size_t j = 0; j < y[i].size(); ++j) t.set.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = y[i][j];
  }
  return t;
}

/// The numbers of the JSON array that follows each of `keys` in turn ("methods", "simpls", "b").
inline std::vector<double> json_numbers(const std::string& json, const std::vector<std::string>& keys) {
  std::size_t at = 0;
  for (const auto& k : keys) at = json.find('"' + k + '"', at) + k.size() + 2;
  at = json.find('[', at);
  std::vector<double> out;
  int depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '[') ++depth, ++at;
    else if (c == ']') { if (--depth == 0) break; ++at; }
    else if (c == '-' || std::isdigit(static_cast<unsigned char>(c))) {
      std::size_t used = 0;
      out.push_back(std::stod(json.substr(at, 40), &used));
      at += used;
    } else ++at;
  }
  return out;
}

#define BELTWARDEN_NEEDS_REFERENCE_DATA(folder)                                                   \
  const auto folder = ::beltwarden::spectra::testing::reference_data();                           \
  if (folder.empty()) GTEST_SKIP() << "skipped: no reference data"

}  // namespace beltwarden::spectra::testing
