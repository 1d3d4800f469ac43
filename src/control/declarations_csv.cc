// Declarations from CSV (RFC 4180).
#include <algorithm>
#include <charconv>
#include <optional>

#include "control/declarations.h"

namespace beltwarden::control {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxRows = 1000;
constexpr std::size_t kMaxColumns = 100;

struct Cells {
  std::vector<std::string> cells;
  bool good = true;                                 ///< false: a quote is not closed or followed by something
};

/// Takes one record off the front of `text`; a quoted cell may hold commas, quotes and line ends.
Cells take_record(std::string_view& text) {
  Cells record;
  std::string cell;
  std::size_t i = 0;
  for (;;) {
    if (i < text.size() && text[i] == '"') {
      for (++i;; ++i) {
        if (i >= text.size()) {
          record.good = false;
          break;
        }
        if (text[i] != '"') {
          cell += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
          cell += text[i++];
        } else {
          ++i;
          break;
        }
      }
      if (i < text.size() && text[i] != ',' && text[i] != '\n' && text[i] != '\r') record.good = false;
    }
    while (i < text.size() && text[i] != ',' && text[i] != '\n') cell += text[i++];
    if (!cell.empty() && cell.back() == '\r') cell.pop_back();
    record.cells.push_back(std::move(cell));
    cell.clear();
    if (i >= text.size() || text[i] == '\n') break;
    ++i;
  }
  text.remove_prefix(i < text.size() ? i + 1 : i);
  return record;
}

template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string* text_field(Declaration& declaration, const std::string& name) {
  if (name == "number") return &declaration.number;
  if (name == "hs_code") return &declaration.hs_code;
  if (name == "brand") return &declaration.brand;
  if (name == "origin") return &declaration.origin;
  if (name == "consignee") return &declaration.consignee;
  if (name == "ship") return &declaration.ship;
  if (name == "call") return &declaration.call;
  if (name == "lot") return &declaration.lot;
  if (name == "commodity") return &declaration.commodity;
  if (name == "line") return &declaration.line;
  return nullptr;
}

const std::string kComposition = "composition.";

bool known_column(const std::string& name) {
  Declaration any;
  return text_field(any, name) || name == "feed_number" || name == "mass_t" ||
         (name.starts_with(kComposition) && name.size() > kComposition.size());
}

void set_cell(Declaration& declaration, const std::string& column, const std::string& cell, std::uint32_t row,
              std::vector<FieldError>& errors) {
  if (auto* text = text_field(declaration, column)) {
    *text = cell;
  } else if (column == "feed_number") {
    const auto number = number_from<std::int64_t>(cell);
    if (number) declaration.feed_number = *number;
    else errors.push_back({row, column, "expected a whole number, found \"" + cell.substr(0, 40) + "\""});
  } else {
    if (column != "mass_t" && cell.empty()) return;  // a component that this declaration does not name
    const auto number = number_from<double>(cell);
    if (!number) {
      errors.push_back({row, column, "expected a number, found \"" + cell.substr(0, 40) + "\""});
    } else if (column == "mass_t") {
      declaration.mass_t = *number;
    } else {
      declaration.composition[column.substr(kComposition.size())] = *number;
    }
  }
}

}  // namespace

ParsedDeclarations parse_declarations_csv(std::string_view text) {
  ParsedDeclarations parsed;
  const auto error = [&](std::uint32_t row, std::string field, std::string message) {
    parsed.errors.push_back({row, std::move(field), std::move(message)});
  };
  if (text.size() > kMaxBytes) {
    error(0, "", "expected at most 1 MiB, found " + std::to_string(text.size()) + " bytes");
    return parsed;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // what spreadsheets write before UTF-8
  const Cells header = take_record(text);
  if (header.cells.size() > kMaxColumns || !header.good) {
    error(0, "", "expected a header of at most 100 column names");
    return parsed;
  }
  for (const auto& column : header.cells) {
    if (!known_column(column)) error(0, column.substr(0, 40), "is not a column of a declaration");
  }
  for (const char* required : {"number", "hs_code", "brand", "origin", "consignee", "ship", "call", "lot", "commodity",
                               "feed_number", "mass_t"}) {
    if (std::find(header.cells.begin(), header.cells.end(), required) == header.cells.end()) {
      error(0, required, "this column is missing");
    }
  }
  if (!parsed.errors.empty()) return parsed;
  std::uint32_t row = 0;
  while (!text.empty()) {
    const Cells record = take_record(text);
    if (record.cells.size() == 1 && record.cells[0].empty()) continue;  // an empty line
    ++row;
    if (row > kMaxRows) {
      error(row, "", "expected at most 1000 rows");
      return parsed;
    }
    if (!record.good || record.cells.size() != header.cells.size()) {
      error(row, "", record.good ? "expected " + std::to_string(header.cells.size()) + " cells, found " +
                                       std::to_string(record.cells.size())
                                 : "a quoted cell is not closed where it should be");
      continue;
    }
    Declaration declaration;
    for (std::size_t i = 0; i < header.cells.size(); ++i) {
      set_cell(declaration, header.cells[i], record.cells[i], row, parsed.errors);
    }
    parsed.declarations.push_back(std::move(declaration));
  }
  if (row == 0) error(0, "", "expected at least one row after the header");
  return parsed;
}

}  // namespace beltwarden::control
