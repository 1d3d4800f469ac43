#include <cmath>

#include "base/config.h"
#include "base/toml_writer.h"
#include "science/gamma/load_background.h"

namespace beltwarden::gamma {
namespace {

Result<void> read_into(const Config& table, std::string_view key, double low, double high, std::span<double> out) {
  auto numbers = table.numbers(key);
  if (!numbers) return numbers.error();
  if (numbers->size() != out.size()) {
    return invalid_input(table.where() + ": '" + std::string(key) + "' should have " + std::to_string(out.size()) +
                         " numbers, found " + std::to_string(numbers->size()));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!((*numbers)[i] >= low && (*numbers)[i] <= high)) {
      return invalid_input(table.where() + ": '" + std::string(key) + "' has a number out of range");
    }
    out[i] = (*numbers)[i];
  }
  return {};
}

}  // namespace

std::string to_text(const MonitorModel& model) {
  TomlWriter writer;
  writer.put("kind", "beltwarden gamma monitor")
      .put("version", std::int64_t{1})
      .put("period_s", model.period_s)
      .put("lots", std::int64_t{model.lots})
      .put("readings", std::int64_t{model.readings})
      .put("coarse_cps", model.coarse_cps);
  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    const auto& m = model.statistics[s];
    Terms variance{};
    for (std::size_t t = 0; t < kTerms; ++t) variance[t] = m.prior.covariance[t][t];
    writer.item("statistic")
        .put("name", name_of(static_cast<Statistic>(s)))
        .put("mean", m.prior.mean)
        .put("variance", variance)
        .put("drift_per_s", m.drift_per_s)
        .put("overdispersion", m.overdispersion);
  }
  return writer.text();
}

Result<MonitorModel> monitor_from_text(std::string_view text, const std::string& origin) {
  auto document = Config::parse(text, origin);
  if (!document) return document.error();
  auto kind = document->text("kind");
  if (!kind) return kind.error();
  if (*kind != "beltwarden gamma monitor") {
    return invalid_input(origin + ": 'kind' is '" + *kind + "', expected 'beltwarden gamma monitor'");
  }
  if (auto version = document->integer("version", 1, 1); !version) return version.error();
  MonitorModel model;
  auto period = document->number("period_s", 1e-3, 3600);
  if (!period) return period.error();
  auto lots = document->integer("lots", 1, 1000000);
  if (!lots) return lots.error();
  auto readings = document->integer("readings", 1, 2000000000);
  if (!readings) return readings.error();
  model.period_s = *period;
  model.lots = static_cast<int>(*lots);
  model.readings = static_cast<int>(*readings);
  if (auto read = read_into(*document, "coarse_cps", 0, 1e9, model.coarse_cps); !read) return read.error();
  const auto tables = document->tables("statistic");
  if (tables.size() != kStatisticCount) {
    return invalid_input(origin + ": expected " + std::to_string(kStatisticCount) + " [[statistic]] tables, found " +
                         std::to_string(tables.size()));
  }
  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    const auto& table = tables[s];
    auto& m = model.statistics[s];
    auto name = table.text("name");
    if (!name) return name.error();
    if (*name != name_of(static_cast<Statistic>(s))) {
      return invalid_input(table.where() + ": 'name' is '" + *name + "', expected '" +
                           std::string(name_of(static_cast<Statistic>(s))) + "'");
    }
    Terms variance{};
    if (auto read = read_into(table, "mean", -1e9, 1e9, m.prior.mean); !read) return read.error();
    if (auto read = read_into(table, "variance", 0, 1e18, variance); !read) return read.error();
    if (auto read = read_into(table, "drift_per_s", 0, 1e12, m.drift_per_s); !read) return read.error();
    auto over = table.number("overdispersion", 1, 1e6);
    if (!over) return over.error();
    m.overdispersion = *over;
    for (std::size_t t = 0; t < kTerms; ++t) m.prior.covariance[t][t] = variance[t];
  }
  return model;
}

}  // namespace beltwarden::gamma
