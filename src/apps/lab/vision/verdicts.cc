#include "apps/lab/vision/verdicts.h"

#include <array>
#include <filesystem>

#include "apps/lab/vision/vision_model.h"

namespace beltwarden::lab {

Result<Verdicts> read_verdicts(const std::string& path, const std::string& frames) {
  auto table = CsvTable::read(path);
  if (!table) return table.error();
  auto picture = table->column(table->has("picture") ? "picture" : "frame"), verdict = table->column("verdict");
  if (!picture) return invalid_input(path + ": expected a column 'picture' or 'frame'");
  if (!verdict) return verdict.error();
  std::array<std::size_t, 4> box{};
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto column = table->column(std::array{"x", "y", "w", "h"}[i]);
    if (!column) return column.error();
    box[i] = *column;
  }
  const std::filesystem::path folder = frames.empty() ? std::filesystem::path(path).parent_path() : std::filesystem::path(frames);
  Verdicts out;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    PlaceVerdict one;
    one.verdict = table->at(row, *verdict);
    if (one.verdict.empty()) {
      ++out.open;
      continue;
    }
    if (one.verdict == "unknown") {
      return invalid_input(table->where(row) + ": expected 'ore' or a class as verdict, found 'unknown'");
    }
    std::array<double, 4> number{};
    for (std::size_t i = 0; i < box.size(); ++i) {
      auto value = table->number(row, box[i]);
      if (!value) return value.error();
      number[i] = *value;
    }
    one.x = number[0], one.y = number[1], one.w = number[2], one.h = number[3];
    if (!(one.w > 0) || !(one.h > 0)) return invalid_input(table->where(row) + ": expected a box wider and higher than 0");
    one.picture = (folder / table->at(row, *picture)).string();
    one.provenance = table->where(row) + " " + table->text(row);
    out.given.push_back(std::move(one));
  }
  if (out.given.empty()) return invalid_input(path + ": expected a verdict in one row at least, found none");
  return out;
}

}  // namespace beltwarden::lab
