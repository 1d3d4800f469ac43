#include "science/spectra/training_bytes.h"

#include <bit>
#include <cstdint>

#include "science/spectra/bytes.h"

namespace beltwarden::spectra {
namespace {

constexpr std::string_view kTrainingKind = "TRNG";
constexpr std::uint32_t kTrainingVersion = 1;
constexpr std::uint32_t kMaxRows = 2'000'000;

}  // namespace

std::string training_to_bytes(const TrainingSet& set) {
  ModelWriter to;
  to.numbers(set.axis_nm);
  to.u32(static_cast<std::uint32_t>(set.rows()));
  for (Eigen::Index i = 0; i < set.spectra.size(); ++i) to.u32(std::bit_cast<std::uint32_t>(static_cast<float>(set.spectra.data()[i])));
  to.u32(static_cast<std::uint32_t>(set.responses.size()));
  for (const auto& r : set.responses) to.text(r);
  to.matrix(set.values);
  for (Eigen::Index i = 0; i < set.rows(); ++i) to.u32(set.groups.empty() ? static_cast<std::uint32_t>(i) : set.groups[static_cast<std::size_t>(i)]);
  to.u32(!set.classes.empty());
  for (const auto& c : set.classes) to.text(c);
  return to.finish(kTrainingKind, kTrainingVersion);
}

Result<TrainingSet> training_from_bytes(std::string_view bytes) {
  auto from = ModelReader::open(bytes, kTrainingKind, kTrainingVersion);
  if (!from) return from.error();
  TrainingSet set;
  set.axis_nm = from->numbers();
  const auto rows = from->u32(kMaxRows);
  const std::size_t points = set.axis_nm.size();
  if (!from->ok() || points * rows > bytes.size() / 4) return corrupt("training set: fewer numbers than its rows and points need");
  set.spectra.resize(rows, static_cast<Eigen::Index>(points));
  for (Eigen::Index i = 0; i < set.spectra.size(); ++i) set.spectra.data()[i] = static_cast<double>(std::bit_cast<float>(from->u32()));
  const auto responses = from->u32(4096);
  for (std::uint32_t k = 0; k < responses && from->ok(); ++k) set.responses.push_back(from->text());
  set.values = from->matrix();
  for (std::uint32_t i = 0; i < rows && from->ok(); ++i) set.groups.push_back(from->u32());
  if (from->u32(1) == 1) {
    for (std::uint32_t i = 0; i < rows && from->ok(); ++i) set.classes.push_back(from->text());
  }
  if (auto ok = from->done(); !ok) return ok.error();
  if (auto ok = complete(set); !ok) return ok.error();
  return set;
}

}  // namespace beltwarden::spectra
