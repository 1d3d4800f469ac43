// Raw signal to reflectance against the last white and dark reference.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "instruments/spectrometer/stream_codec.h"
#include "material/reading.h"

namespace beltwarden::instruments {

/// Keeps the references of one spectrometer. Reflectance = (S - D) / (W - D), each difference taken at equal
/// integration time and both divided by their integration time; channels that were saturated in the sample or in the
/// white, and those where the white is hardly brighter than the dark, become NaN.
class References {
 public:
  /// Takes a white or dark frame. Refused when it cannot serve: too many saturated channels, a white that is no
  /// brighter than the dark.
  Result<void> take(const SpectrumFrame& reference);

  /// Refuses a sample without usable references: none yet, another axis, a dark of another integration time.
  Result<material::SpectrumReading> reflectance(const SpectrumFrame& sample) const;

  /// Mean signal of the last white against the first one of this lamp; 1 before there are two.
  double white_level() const { return white_level_; }
  std::optional<Time> white_time() const;

 private:
  struct White {
    SpectrumFrame frame;
    std::vector<float> net_per_ms;  // (W - D) / integration time; NaN where unusable
    double mean = 0;
  };

  const SpectrumFrame* dark_for(const SpectrumFrame& frame) const;
  Result<void> use_white(SpectrumFrame frame);

  std::map<std::int64_t, SpectrumFrame> darks_;  // by integration time in microseconds
  std::optional<SpectrumFrame> waiting_white_;   // came before its dark
  std::optional<White> white_;
  double first_white_mean_ = 0, white_level_ = 1;
};

/// Which channels of `frame` are saturated, by its list and by its full scale.
std::vector<bool> saturated_channels(const SpectrumFrame& frame);

}  // namespace beltwarden::instruments
