// Raw signal to reflectance against white and dark references that were taken before and after.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "science/spectra/axis.h"

namespace beltwarden::spectra {

/// References of one kind in the order of time; lamps and detectors drift between them. Immutable rows, no allocation in `at`.
class ReferenceSeries {
 public:
  /// `time_s` from any origin. Replaces one of the same time. All must have the same number of channels.
  Result<void> add(double time_s, Spectrum signal);

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

  /// The reference as it was at `time_s`: linear between the two around it, else the nearest one. A channel missing (NaN)
  /// in one of the two is taken from the other. False when there is none.
  bool at(double time_s, Eigen::Ref<Spectrum> out) const;

  /// How far `time_s` lies from the nearest reference, s.
  std::optional<double> age_s(double time_s) const;

 private:
  struct Entry {
    double time_s;
    Spectrum signal;
  };
  std::vector<Entry> entries_;   ///< by time
};

/// (signal - dark) / (white - dark) a channel, with all three per unit of integration time. NaN where a value is missing or
/// where the white is brighter than the dark by less than `least_white_share` of its mean: no light there.
void reflectance(Eigen::Ref<const Spectrum> signal, Eigen::Ref<const Spectrum> white, Eigen::Ref<const Spectrum> dark,
                 double least_white_share, Eigen::Ref<Spectrum> out);

/// Channels at `full_scale` or within a thousandth of it: converters clip a count or two below.
std::vector<bool> saturated(Eigen::Ref<const Spectrum> counts, double full_scale);

/// Channels that cannot be used, from many spectra of one instrument: missing in more than `most_missing` of the rows, never
/// changing, or noisier than their neighbours by a factor of 8 (differences of second order, by medians). For the mask that
/// Treatment takes: `used[i] = !dead[i]`.
std::vector<bool> dead_channels(const Spectra& rows, double most_missing = 0.05);

}  // namespace beltwarden::spectra
