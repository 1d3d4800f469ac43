// What the twin's spectrometer and gamma monitor put on the wire.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "instruments/spectrometer/stream_codec.h"
#include "material/reading.h"

namespace beltwarden::twin {

/// A spectrometer's detector signal: dark current, and a lamp's light by wavelength. The site makes reflectance of it.
class SpectrometerSignal {
 public:
  explicit SpectrometerSignal(std::shared_ptr<const material::SpectralAxis> axis);

  instruments::SpectrumFrame dark(std::uint64_t sequence, Time time, double integration_ms) const;
  instruments::SpectrumFrame white(std::uint64_t sequence, Time time, double integration_ms) const;
  instruments::SpectrumFrame sample(std::uint64_t sequence, Time time, const material::SpectrumReading& reading) const;

 private:
  instruments::SpectrumFrame frame(instruments::SpectrumKind kind, std::uint64_t sequence, Time time,
                                   double integration_ms) const;
  std::shared_ptr<const material::SpectralAxis> axis_;
  std::vector<float> lamp_;  // signal of a perfect white, dark current taken off
};

/// One N42.42-2011 document. `begin`: when the reading began.
Result<std::string> gamma_document(std::uint64_t sequence, Time begin, const material::GammaReading& reading,
                                   const std::vector<std::vector<std::uint32_t>>& detectors);

/// A spectrum as a file of the vendor's software: reflectance, SPC.
Result<std::string> spectrum_file(std::uint64_t sequence, Time time, const material::SpectrumReading& reading);

}  // namespace beltwarden::twin
