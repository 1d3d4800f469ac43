// The spectra of a slice brought together: averaging along the belt is what makes weak signs visible.
#pragma once

#include <Eigen/Core>
#include <map>
#include <vector>

#include "material/observation.h"
#include "science/spectra/axis.h"

namespace beltwarden::inspect {

/// Mean spectrum of the readings over one slice, on the models' axis.
struct SliceSpectrum {
  Eigen::VectorXd reflectance;       ///< NaN where no reading had a value
  int readings = 0, unfit = 0;       ///< averaged, and left out as saturated or starved of light
  Time time;                         ///< of the reading in the middle
  InstrumentId instrument;
};

/// Keeps a line's spectra by lot until their slice closes.
class SliceSpectra {
 public:
  explicit SliceSpectra(std::vector<double> axis_nm) : axis_nm_(std::move(axis_nm)) {}

  /// Takes a spectrum that saw one lot only; others are nobody's.
  void add(const material::Observation& observation, const material::SpectrumReading& reading);

  /// Takes out and averages what was seen up to the end of `slice`; a reading counts where its middle lies.
  SliceSpectrum take(const material::LotInterval& slice);

  void forget(const LotId& lot) { readings_.erase(lot); }

 private:
  struct Reading {
    double middle_t = 0, scans = 1;
    bool fit = true;
    Time time;
    InstrumentId instrument;
    Eigen::VectorXd reflectance;
  };
  std::vector<double> axis_nm_, source_nm_;
  spectra::Resampler resampler_;
  bool resampler_fits_ = false;
  Eigen::VectorXd raw_;
  std::map<LotId, std::vector<Reading>> readings_;
};

}  // namespace beltwarden::inspect
