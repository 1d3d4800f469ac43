// A line's spectra, gathered, averaged and judged once for every inspector that asks about them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "inspect/slice_spectra.h"
#include "inspect/spectral_models.h"
#include "material/observation.h"

namespace beltwarden::inspect {

/// What several inspectors of one line ask of the same spectra. Each goes along it with a `Reader` of its own; who comes first to a
/// spectrum or a slice has it taken in, the others find it done. Not thread-safe: one host's inspectors.
class SpectralLine {
 public:
  explicit SpectralLine(SpectralModels models) : models_(std::move(models)), spectra_(models_.axes_nm()) {}

  const SpectralModels& models() const { return models_; }

  /// A slice that has closed.
  struct Slice {
    material::LotPlan plan;            ///< empty when the lot was never planned
    SliceSpectrum spectrum;
    SliceJudgement judgement;
  };

  /// One inspector's place on the line. Readers of one line are shown the same observations and slices in the same order, each
  /// slice to all of them before the next one; anything else is a programmer's fault (std::logic_error).
  class Reader {
   public:
    explicit Reader(std::shared_ptr<SpectralLine> line) : line_(std::move(line)) {}
    const SpectralModels& models() const { return line_->models(); }
    void observe(const material::Observation& observation);
    /// Stands until the next slice closes.
    const Slice& close(const material::SliceClosed& slice);

   private:
    std::shared_ptr<SpectralLine> line_;
    std::uint64_t observed_ = 0, closed_ = 0;
  };

 private:
  void take(const material::Observation& observation);
  void close(const material::SliceClosed& slice);

  SpectralModels models_;
  SliceSpectra spectra_;
  std::map<LotId, material::LotPlan> plans_;
  JudgeScratch scratch_;
  Slice slice_;                        // the newest closed
  std::uint64_t observed_ = 0, closed_ = 0;
};

/// The line that `sources` share, or else one of its own, made of their models.
Result<std::shared_ptr<SpectralLine>> spectral_line_of(const InspectorSources& sources);

}  // namespace beltwarden::inspect
