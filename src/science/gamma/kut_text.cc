#include "base/config.h"
#include "base/toml_writer.h"
#include "science/gamma/kut.h"

namespace beltwarden::gamma {
namespace {
constexpr const char* kKutKind = "beltwarden gamma kut calibration";
constexpr std::array<const char*, kSeries> kNames = {"k40", "u238", "th232"};
}  // namespace

std::string to_text(const KutCalibration& calibration) {
  TomlWriter writer;
  writer.put("kind", kKutKind)
      .put("version", std::int64_t{1})
      .put("blocks", std::int64_t{calibration.blocks})
      .put("spread", calibration.spread)
      .put("edges_kev", calibration.edges_kev);
  for (std::size_t s = 0; s < kSeries; ++s)
    writer.table(kNames[s]).put("cps_per_bq_per_kg", calibration.cps[s]).put("error", calibration.error[s]);
  return writer.text();
}

Result<KutCalibration> kut_from_text(std::string_view text, const std::string& origin) {
  // A belt's model is no TOML; its own message would speak of a line's syntax.
  if (text.starts_with("beltwarden gamma belt model"))
    return invalid_input(origin + ": expected a calibration as 'gamma calibrate' writes it, found the model of a belt that 'gamma tune' wrote");
  auto document = Config::parse(text, origin);
  if (!document) return document.error();
  auto kind = document->text("kind");
  if (!kind || *kind != kKutKind) return invalid_input(origin + ": expected what 'gamma calibrate' wrote");
  if (auto version = document->integer("version", 1, 1); !version) return version.error();
  KutCalibration calibration;
  auto spread = document->number("spread", 0, 1);
  if (!spread) return spread.error();
  auto blocks = document->integer("blocks", 1, 100000);
  if (!blocks) return blocks.error();
  auto edges = document->numbers("edges_kev");
  if (!edges) return edges.error();
  calibration.spread = *spread;
  calibration.blocks = static_cast<int>(*blocks);
  calibration.edges_kev = std::move(*edges);
  const std::size_t bins = calibration.edges_kev.size() - 1;
  if (calibration.edges_kev.size() < 9 || bins > 4096) return invalid_input(origin + ": 'edges_kev': expected 9 to 4097 edges");
  for (std::size_t i = 1; i <= bins; ++i) {
    if (!(calibration.edges_kev[i] > calibration.edges_kev[i - 1]))
      return invalid_input(origin + ": 'edges_kev': expected energies that rise");
  }
  for (std::size_t s = 0; s < kSeries; ++s) {
    auto table = document->table(kNames[s]);
    if (!table) return table.error();
    auto cps = table->numbers("cps_per_bq_per_kg"), error = table->numbers("error");
    if (!cps) return cps.error();
    if (!error) return error.error();
    if (cps->size() != bins || error->size() != bins)
      return invalid_input(table->where() + ": expected " + std::to_string(bins) + " numbers in each list");
    calibration.cps[s] = std::move(*cps);
    calibration.error[s] = std::move(*error);
  }
  return calibration;
}

}  // namespace beltwarden::gamma
