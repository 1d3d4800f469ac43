// Is it the ore that changed, or the instrument? Lamp, window, wavelengths, layer and belt judged from the spectra themselves.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/cusum.h"
#include "science/spectra/training.h"

namespace beltwarden::spectra {

enum class LineFault : std::uint8_t {
  kNone = 0,
  kLampFading = 1,        ///< size: share of the light lost at 1000 nm
  kDirtyWindow = 2,       ///< size: share of white haze over the window
  kWavelengthShift = 3,   ///< size: nm, positive when bands appear at longer wavelengths
  kLayerTooLow = 4,       ///< size: share of the spot that is belt
  kEmptyBelt = 5,         ///< size: 1
};
std::string_view name_of(LineFault fault);
inline constexpr int kLineFaults = 4;   ///< those that have a size; kEmptyBelt is the end of kLayerTooLow

/// What clean ore of each brand looks like on a healthy line, and how each fault would bend that: a lamp cools along
/// Planck's law, haze adds white light, shifted wavelengths move the slopes, a low layer mixes in the belt. A deviation from
/// the nearest brand is compared with each of these after whitening by how clean slices vary (a bank of matched filters: Kay,
/// Fundamentals of Statistical Signal Processing II (1998), 4.4). Needs no model of the brand under the lamp but its mean.
/// Immutable after fitting.
class LineReference {
 public:
  /// `clean`: reflectance of clean slices with their class (brand). `belt`: reflectance of the empty belt on the same axis;
  /// empty = black rubber, 4.5 %.
  static Result<LineReference> fit(TrainingSet clean, Spectrum belt = {});

  struct Sign {
    double size = 0;             ///< of the fault if it alone were the cause
    double z = 0;                ///< size in standard deviations of clean slices, one-sided (0 when the size has the wrong sign)
    double explained = 0;        ///< share of the whitened deviation that it explains, 0 ... 1
  };
  struct Signs {
    bool valid = false;
    int brand = -1;              ///< the one it was compared with
    double deviation = 0;        ///< length of the whitened deviation over that of usual slices: about 1
    double belt_likeness = 0;    ///< 0 ... 1: how much nearer the belt than the brand
    std::array<Sign, kLineFaults> of{};   ///< by LineFault - 1
    const Sign& operator[](LineFault f) const { return of[static_cast<std::size_t>(f) - 1]; }
  };
  /// `brand`: index of the declared brand, or -1: the nearest is taken.
  Signs measure(Eigen::Ref<const Eigen::VectorXd> reflectance, int brand = -1) const;

  const std::vector<std::string>& brands() const { return brands_; }
  const std::vector<double>& axis_nm() const { return axis_nm_; }

  std::string to_bytes() const;
  static Result<LineReference> from_bytes(std::string_view bytes);

 private:
  void prepare();
  bool binned(const Eigen::VectorXd& reflectance, Eigen::VectorXd& out) const;

  std::vector<double> axis_nm_;
  std::vector<std::string> brands_;
  Eigen::MatrixXd mean_;               ///< brands x bins, ln reflectance
  Eigen::MatrixXd whitening_;          ///< bins x bins
  Eigen::VectorXd belt_;               ///< bins, ln reflectance
  double usual_ = 1;                   ///< root mean square length of the whitened deviation of clean slices
  Eigen::MatrixXd sd_;                 ///< brands x faults: of the sizes of clean slices
  // From these:
  std::vector<std::pair<Eigen::Index, Eigen::Index>> bins_;
  std::vector<double> bin_nm_;
  std::vector<Eigen::MatrixXd> filters_;   ///< a brand: bins x faults, whitened unit directions
  Eigen::MatrixXd scale_;                  ///< brands x faults: lengths of the directions for size 1
};

/// Watches the signs over slices. A fault must last: each has a CUSUM with the false alarms asked for, and is named only
/// while it explains more of the deviation than the others. A state machine: one owner, one thread.
class LineMonitor {
 public:
  struct Options {
    double slices_between_false_alarms = 20000;
    double least_explained = 0.5;          ///< of the deviation, to name the fault
    double empty_belt_likeness = 0.8;
    std::size_t least_slices = 6;          ///< an instrument's fault stays; ore wanders the same way for a few slices
  };
  LineMonitor();
  explicit LineMonitor(const Options& options);

  struct Judgement {
    LineFault fault = LineFault::kNone;
    double size = 0;                       ///< mean since it began
    std::size_t slices = 0;                ///< since it began
  };
  Judgement step(const LineReference::Signs& signs);
  void reset();

 private:
  Options options_;
  struct Watch {
    Cusum cusum;
    double size_sum = 0, explained_sum = 0;
    std::size_t slices = 0;
  };
  std::vector<Watch> watches_;
};

}  // namespace beltwarden::spectra
