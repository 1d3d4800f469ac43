// Where the reference data lie that some tests read, if they are there.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/text.h"

namespace beltwarden::formats {

/// `$BELTWARDEN_DATA`, else `../shared/data` beside the project or one of the folders above it; empty when absent.
inline std::filesystem::path reference_data() {
  namespace fs = std::filesystem;
  if (const char* set = std::getenv("BELTWARDEN_DATA"); set != nullptr)
    return fs::is_directory(set) ? fs::path(set) : fs::path();
  for (fs::path folder = fs::current_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::is_directory(folder / "../shared/data")) return folder / "../shared/data";
  }
  return {};
}

/// The rows of a simple CSV file (no quotes) as fields.
inline std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  LineReader lines(text);
  std::string_view line;
  while (lines.next(line)) {
    std::vector<std::string> fields(1);
    for (const char c : line) {
      if (c == ',')
        fields.emplace_back();
      else
        fields.back() += c;
    }
    rows.push_back(std::move(fields));
  }
  return rows;
}

}  // namespace beltwarden::formats
