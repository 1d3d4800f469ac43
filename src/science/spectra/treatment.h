// What is done to a spectrum before a model sees it: one value, the same in fitting and in prediction.
//
//   auto treatment = Treatment::make(axis_nm, parse_steps("absorbance,msc,sg(11,2,1)").value());
//   treatment->fit(training_spectra);            // learns MSC's reference; nothing to do for most pipelines
//   treatment->apply(spectrum, scratch, out);    // no allocation once scratch has its size
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "science/spectra/axis.h"
#include "science/spectra/bytes.h"
#include "science/spectra/savitzky_golay.h"

namespace beltwarden::spectra {

struct Step {
  enum class Kind : std::uint32_t {
    kAbsorbance = 1,     ///< log10(1/R), R kept above 1e-4
    kSnv = 2,            ///< (x - mean) / sd, sd with n-1, over all points (Barnes et al., Appl. Spectrosc. 43 (1989) 772)
    kSavitzkyGolay = 3,  ///< local polynomial; derivative per point, not per nm; ends by the outermost polynomial
    kDetrend = 4,        ///< residual of a least-squares polynomial in wavelength, of `order` (0 = 2)
    kReflectance = 5,    ///< 10^-A
    kMsc = 6,            ///< (x - a) / b of x = a + b mean (Geladi et al., Appl. Spectrosc. 39 (1985) 491). Fitted
    kEmsc = 7,           ///< MSC with powers of wavelength up to `order` (Martens and Stark, J. Pharm. Biomed. Anal. 9 (1991) 625). Fitted
    kContinuum = 8,      ///< reflectance / its upper convex hull (Clark and Roush, J. Geophys. Res. 89 (1984) 6329)
    kSplice = 9,         ///< detectors joined at each of `nm`: outer ones moved so that they meet the middle one
    kBands = 10,         ///< only from `nm[0]` to `nm[1]`, `nm[2]` to `nm[3]`, ...
    kEpo = 11,           ///< without the `order` greatest directions in which repeats differ (Roger et al., Chemom. 66 (2003) 191). Fitted
    kCentre = 12,        ///< minus the mean. Fitted
    kAutoscale = 13,     ///< minus the mean, over the standard deviation. Fitted
    kAlign = 14,         ///< moved by up to `nm[0]` nm to where the mean has its bands. Fitted
    kRange = 15,         ///< values outside `nm[0]` ... `nm[1]` count as missing (saturated, dead)
    kKubelkaMunk = 16,   ///< (1 - R)^2 / 2R, R kept above 1e-4
  };
  Kind kind = Kind::kSnv;
  int window = 0, order = 0, derivative = 0;   ///< of kSavitzkyGolay: odd window > order >= derivative
  std::vector<double> nm = {};                 ///< of kSplice, kBands, kAlign, kRange
  bool operator==(const Step&) const = default;
};

/// Reads "snv,sg(11,2,1)". Words: raw, absorbance, reflectance, km, snv, msc, emsc(order), sg(window,order,derivative),
/// detrend, detrend(order), continuum, splice(nm;nm), bands(nm-nm;nm-nm), align(nm), range(low;high), epo(directions),
/// center, autoscale.
Result<std::vector<Step>> parse_steps(std::string_view text);
std::string to_string(const std::vector<Step>& steps);

/// Axis, the points used of it, and the steps on them. Points not used (by the mask or by kBands) split the axis into
/// blocks; Savitzky-Golay works within blocks, so that it never differentiates across a gap.
class Treatment {
 public:
  Treatment() = default;

  /// `used` has one entry a point of the axis; empty = all. Blocks shorter than the longest window are an error.
  static Result<Treatment> make(std::vector<double> axis_nm, std::vector<Step> steps, std::vector<bool> used = {});

  /// Rows that differ by what a model is not to see only (wet and dry, near and far), by group.
  struct Repeats {
    const Spectra& rows;
    std::span<const std::uint32_t> groups;   ///< one a row
  };
  /// Learns what the fitted steps need from training rows, one spectrum a row. kEpo learns from `repeats`, or else from how
  /// rows of one group differ. Nothing happens where no step is fitted; to be called before `apply` where one is.
  Result<void> fit(const Spectra& rows, std::span<const std::uint32_t> groups = {}, const Repeats* repeats = nullptr);
  /// Whether every step has what it needs.
  bool fitted() const;

  const std::vector<double>& axis_nm() const { return axis_nm_; }
  const std::vector<Step>& steps() const { return steps_; }
  Eigen::Index inputs() const { return static_cast<Eigen::Index>(axis_nm_.size()); }
  Eigen::Index outputs() const { return outputs_; }
  /// The wavelength of each output point.
  std::vector<double> output_axis_nm() const;

  /// Working memory of `apply`, kept by the caller so that treating a spectrum allocates nothing.
  struct Scratch {
    Eigen::VectorXd a, b;
    std::vector<Eigen::Index> hull;
  };

  /// Treats one spectrum of `inputs()` points into `out` of `outputs()`. Up to kMaxGapShare of the used points may be
  /// missing (NaN); they are interpolated. False when more are, when a value is infinite, when the spectrum is flat, or
  /// when `fit` was never called though a step needs it: then it is invalid and `out` is not to be used.
  bool apply(Eigen::Ref<const Eigen::VectorXd> in, Scratch& scratch, Eigen::Ref<Eigen::VectorXd> out) const;

  static constexpr double kMaxGapShare = 0.05;

  void write(ModelWriter& to) const;
  /// Reads every version that was ever written.
  static Treatment read(ModelReader& from);

 private:
  using Blocks = std::vector<std::pair<Eigen::Index, Eigen::Index>>;   ///< first point and count
  struct Stage {
    std::vector<Eigen::Index> at;   ///< of each point entering: its place on the axis
    Blocks blocks;
    SavitzkyGolay filter;
    Eigen::MatrixXd basis;          ///< points x k: of kDetrend (orthonormal), kMsc, kEmsc and kAlign (model)
    Eigen::MatrixXd solve;          ///< points x k: what of a spectrum makes the model's k coefficients
    Eigen::VectorXd nm;             ///< of kContinuum, kSplice, kAlign
    std::vector<Eigen::Index> keep;   ///< of kBands
    bool learnt = true;
    Eigen::VectorXd mean, scale;    ///< fitted
    Eigen::MatrixXd directions;     ///< fitted: points x k, orthonormal
  };
  bool gather(Eigen::Ref<const Eigen::VectorXd> in, Eigen::VectorXd& out) const;
  bool run(std::size_t step, Eigen::Index& points, Scratch& scratch) const;
  Result<void> learn(std::size_t step, const Eigen::MatrixXd& x, std::span<const std::uint32_t> groups);
  Result<void> finish(std::size_t step);

  std::vector<double> axis_nm_;
  std::vector<Step> steps_;
  std::vector<bool> used_;
  std::vector<Stage> stages_;          ///< one a step
  std::vector<Eigen::Index> sources_;  ///< of each point gathered
  Blocks blocks_;                      ///< of the points gathered
  std::vector<Eigen::Index> output_at_;
  Eigen::Index outputs_ = 0;
};

}  // namespace beltwarden::spectra
