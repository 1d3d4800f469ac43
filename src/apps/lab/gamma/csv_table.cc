#include "apps/lab/gamma/csv_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "apps/lab/files.h"

namespace beltwarden::lab {
namespace {

std::vector<std::string> fields(std::string_view line) {
  std::vector<std::string> all(1);
  for (const char c : line) {
    if (c == ',') {
      all.emplace_back();
    } else if (c != '\r') {
      all.back() += c;
    }
  }
  return all;
}

}  // namespace

Result<std::vector<TableRow>> read_table(const std::string& path, std::initializer_list<const char*> needed) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  std::vector<TableRow> rows;
  std::vector<std::string> header;
  std::string_view rest = *bytes;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const auto values = fields(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (header.empty()) {
      header = values;
      for (const char* name : needed) {
        if (std::find(header.begin(), header.end(), name) == header.end())
          return invalid_input(path + ": line 1: expected the column " + name);
      }
      continue;
    }
    if (values.size() == 1 && values[0].empty()) continue;
    if (values.size() < header.size()) {
      return invalid_input(path + ": line " + std::to_string(number) + ": expected " + std::to_string(header.size()) +
                           " fields, found " + std::to_string(values.size()));
    }
    TableRow row;
    for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = values[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<double> table_number(const TableRow& row, const std::string& column, const std::string& path) {
  const std::string& text = row.at(column);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return invalid_input(path + ": column " + column + ": expected a number, found '" + text.substr(0, 40) + "'");
  return value;
}

}  // namespace beltwarden::lab
