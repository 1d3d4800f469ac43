// What is done to a spectrum before a model sees it: one value, the same in fitting and in prediction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/axis.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

struct Step {
  enum class Kind : std::uint32_t {
    kAbsorbance = 1,   ///< log10(1/R), R kept above 1e-4
    kSnv = 2,          ///< (x - mean) / sd, sd with n-1, over all points used
    kSavitzkyGolay = 3,///< local polynomial; derivative per point, not per nm; ends by the outermost polynomial
    kDetrend = 4,      ///< residual of a least-squares parabola in wavelength
  };
  Kind kind = Kind::kSnv;
  int window = 0, order = 0, derivative = 0;   ///< of kSavitzkyGolay: odd window > order >= derivative
  bool operator==(const Step&) const = default;
};

/// Reads "snv,sg(11,2,1)"; words are raw, absorbance, snv, detrend, sg(window,order,derivative).
Result<std::vector<Step>> parse_steps(std::string_view text);
std::string to_string(const std::vector<Step>& steps);

/// Axis, the points used of it, and the steps on them. Points not used split the axis into blocks; Savitzky-Golay
/// works within blocks, so that it never differentiates across a gap.
class Treatment {
 public:
  Treatment() = default;

  /// `used` has one entry a point of the axis; empty = all. Blocks shorter than the longest window are an error.
  static Result<Treatment> make(std::vector<double> axis_nm, std::vector<Step> steps, std::vector<bool> used = {});

  const std::vector<double>& axis_nm() const { return axis_nm_; }
  const std::vector<Step>& steps() const { return steps_; }
  Eigen::Index inputs() const { return static_cast<Eigen::Index>(axis_nm_.size()); }
  Eigen::Index outputs() const { return outputs_; }

  /// Working memory of `apply`, kept by the caller so that treating a spectrum allocates nothing.
  struct Scratch {
    Eigen::VectorXd a, b;
  };

  /// Treats one spectrum of `inputs()` points into `out` of `outputs()`. Up to kMaxGapShare of the used points may be
  /// missing (NaN); they are interpolated. False when more are, when a value is infinite, or when the spectrum is flat:
  /// then it is invalid and `out` is not to be used.
  bool apply(Eigen::Ref<const Eigen::VectorXd> in, Scratch& scratch, Eigen::Ref<Eigen::VectorXd> out) const;

  static constexpr double kMaxGapShare = 0.05;

  void write(ModelWriter& to) const;
  static Treatment read(ModelReader& from);

 private:
  struct Filter {                 ///< rows of coefficients: position within the window, from first to last
    Eigen::MatrixXd at;           ///< window x window: row r gives the value at position r of the window
    Eigen::VectorXd middle;       ///< the middle row, contiguous
    int half = 0;
  };
  bool gather(Eigen::Ref<const Eigen::VectorXd> in, Eigen::VectorXd& out) const;
  void smooth(const Filter& filter, const Eigen::VectorXd& in, Eigen::VectorXd& out) const;

  std::vector<double> axis_nm_;
  std::vector<Step> steps_;
  std::vector<bool> used_;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> blocks_;  ///< first output point and count
  std::vector<Eigen::Index> sources_;                          ///< of each output point
  std::vector<Filter> filters_;                                ///< one a step; empty where it is none
  Eigen::MatrixXd parabola_;                                   ///< orthonormal basis of kDetrend
  Eigen::Index outputs_ = 0;
};

}  // namespace beltwarden::spectra
