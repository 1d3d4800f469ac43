// Spectra of known materials to compare with: measured ones, or the generated slag minerals.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "science/spectra/axis.h"

namespace beltwarden::spectra {

struct LibraryMember {
  std::string name;         ///< "splib07-0522 Diopside HS317.1B"
  std::string kind;         ///< class of material: "slagproxy_pyroxene"
  Spectrum reflectance;     ///< 0 ... 1 on the library's axis
};

/// How like a member a spectrum is.
struct LibraryMatch {
  std::string name, kind;
  double confidence = 0;    ///< that it is this kind rather than another of the library, 0 ... 1
  double angle = 0;         ///< radians
  double correlation = 0;
};

/// Members on one axis without gaps. Immutable.
class ReferenceLibrary {
 public:
  static constexpr std::size_t kMaxMembers = 4096;
  /// How far beyond its ends a member's spectrum is held constant, nm.
  static constexpr double kReachNm = 40;

  /// Gaps inside a spectrum are interpolated. Members that are not between 0 and 1.5, or have a fifth of their points missing,
  /// are an error that names them.
  static Result<ReferenceLibrary> make(std::vector<double> axis_nm, std::vector<LibraryMember> members);

  /// The generated slag minerals (minerals.h): pyroxene, fayalite, monticellite, calcite, brucite, portlandite, wustite,
  /// slag_glass and magnetite, of kinds "slag_...". Made from published band positions, not measured.
  static Result<ReferenceLibrary> generated_slag(std::span<const double> axis_nm);

  /// The same members on another axis; an error when they do not reach its ends.
  Result<ReferenceLibrary> on(std::span<const double> axis_nm) const;
  /// Those whose kind begins with "slag"; all when there are none such.
  ReferenceLibrary slag() const;

  const std::vector<double>& axis_nm() const { return axis_nm_; }
  const std::vector<LibraryMember>& members() const { return members_; }

  /// The `most` members nearest by spectral angle (similarity.h), nearest first. How sure: each kind's likelihood falls with
  /// its nearest member's angle as exp(-(a/s)^2 / 2), s being the usual angle between members of one kind.
  std::vector<LibraryMatch> match(Eigen::Ref<const Eigen::VectorXd> spectrum, std::size_t most) const;

 private:
  std::vector<double> axis_nm_;
  std::vector<LibraryMember> members_;
  double usual_angle_ = 0.1;
};

/// Single-scattering albedo of a thick layer's diffusive reflectance, and back: R = (1 - g) / (1 + g), g = sqrt(1 - w)
/// (Hapke, Theory of Reflectance and Emittance Spectroscopy (1993), 8.25). R is kept within 0.001 ... 0.999.
double albedo_of_reflectance(double reflectance);
double reflectance_of_albedo(double albedo);

/// `share` (0 ... 1, of the cross-section that grains show) of `other` mixed intimately into `base`: albedos add by cross-section
/// (Hapke, J. Geophys. Res. 86 (1981) 3039-3054).
Spectrum mix_intimately(const Spectrum& base, const Spectrum& other, double share);

}  // namespace beltwarden::spectra
