// The spectra of a slice brought together: averaging along the belt is what makes weak signs visible.
#pragma once

#include <Eigen/Core>
#include <map>
#include <vector>

#include "material/observation.h"
#include "science/spectra/axis.h"

namespace beltwarden::inspect {

/// Mean spectrum of the readings over one slice, on each of the models' axes.
struct SliceSpectrum {
  std::vector<Eigen::VectorXd> on;   ///< by axis; NaN where no reading had a value
  int readings = 0, unfit = 0;       ///< averaged, and left out as saturated or starved of light
  Time time;                         ///< of the reading in the middle
  InstrumentId instrument;
};

/// Keeps a line's spectra by lot until their slice closes. What a reading takes of memory is used again for a later one.
class SliceSpectra {
 public:
  explicit SliceSpectra(std::vector<std::vector<double>> axes_nm) : axes_nm_(std::move(axes_nm)) {}

  /// Takes a spectrum that saw one lot only and reaches over every axis; others are nobody's.
  void add(const material::Observation& observation, const material::SpectrumReading& reading);

  /// Takes out and averages what was seen up to the end of `slice`; a reading counts where its middle lies.
  SliceSpectrum take(const material::LotInterval& slice);

  void forget(const LotId& lot);

 private:
  struct Reading {
    double middle_t = 0, scans = 1;
    bool fit = true;
    Time time;
    InstrumentId instrument;
    std::vector<Eigen::VectorXd> on;
  };
  void spare(std::vector<Reading>& waiting, std::vector<Reading>::iterator from);

  std::vector<std::vector<double>> axes_nm_;
  std::vector<double> source_nm_;
  std::vector<spectra::Resampler> resamplers_;
  bool resampler_fits_ = false;
  Eigen::VectorXd raw_;
  std::map<LotId, std::vector<Reading>> readings_;
  std::vector<Reading> spare_;
};

}  // namespace beltwarden::inspect
