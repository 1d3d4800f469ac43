#include "inspect/spectral_line.h"

#include <stdexcept>
#include <utility>
#include <variant>

namespace beltwarden::inspect {

void SpectralLine::Reader::observe(const material::Observation& observation) {
  if (++observed_ > line_->observed_) line_->take(observation);
}

const SpectralLine::Slice& SpectralLine::Reader::close(const material::SliceClosed& slice) {
  if (++closed_ > line_->closed_) line_->close(slice);
  if (closed_ != line_->closed_) throw std::logic_error("a reader of a spectral line missed a slice that the others have seen");
  return line_->slice_;
}

void SpectralLine::take(const material::Observation& observation) {
  ++observed_;
  if (const auto* spectrum = std::get_if<material::SpectrumReading>(&observation.payload)) {
    spectra_.add(observation, *spectrum);
  } else if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    plans_[plan->lot] = *plan;
  }
}

void SpectralLine::close(const material::SliceClosed& closed) {
  ++closed_;
  const auto& lot = closed.interval.lot;
  const auto plan = plans_.find(lot);
  slice_.plan = plan == plans_.end() ? material::LotPlan{} : plan->second;
  slice_.spectrum = spectra_.take(closed.interval);
  if (slice_.spectrum.readings == 0) slice_.spectrum.time = closed.last;
  slice_.judgement = judge_slice(models_, slice_.spectrum, slice_.plan.brand, scratch_);
  if (!closed.last_of_lot) return;
  spectra_.forget(lot);
  plans_.erase(lot);
}

Result<std::shared_ptr<SpectralLine>> spectral_line_of(const InspectorSources& sources) {
  if (sources.spectral != nullptr) return sources.spectral;
  auto made = SpectralModels::make(sources);
  if (!made) return made.error();
  return std::make_shared<SpectralLine>(std::move(*made));
}

}  // namespace beltwarden::inspect
