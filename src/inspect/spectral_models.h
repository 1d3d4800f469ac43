// The spectral models of a pack, and what they make of a slice together: several inspectors ask the same question.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inspect/registry.h"
#include "inspect/slice_spectra.h"
#include "science/spectra/envelope.h"
#include "science/spectra/identity.h"
#include "science/spectra/line_health.h"
#include "science/spectra/one_class.h"
#include "science/spectra/regression_models.h"
#include "science/spectra/slag_screen.h"
#include "wire/finding.h"

namespace beltwarden::inspect {

/// The spectral models of a pack; whatever it does not have is missing here too. "brand_regression", "brand_identity" and "slag_screen" are files
/// as `spectra fit` writes them (one row of their training = one reading as the spectrometer sends it), each on the wavelength axis it was
/// fitted on; "brand_shape" and "spectrometer_health" are what `pack fit` adds for the line. Immutable.
class SpectralModels {
 public:
  struct Brand {
    std::string name;
    std::optional<spectra::OneClass> shape;
    std::optional<spectra::OneClass> level;       ///< of shape and level: sees pale matter in black ore
    std::optional<spectra::Envelope> envelope;
    std::optional<spectra::SlagScreen> slag;      ///< of clean ore against the same ore with slag
  };

  static Result<SpectralModels> make(const InspectorSources& sources);

  const std::vector<Brand>& brands() const { return brands_; }
  const Brand* find(std::string_view name) const;
  const std::optional<spectra::RegressionModels>& regression() const { return regression_; }
  const std::optional<spectra::Identity>& identity() const { return identity_; }
  /// How each brand looks through a sound spectrometer, from "spectrometer_health".
  const std::optional<spectra::LineReference>& line() const { return line_; }
  bool can_regress() const { return regression_.has_value(); }
  bool can_screen() const { return shapes_ > 0; }

  /// Every axis that some model is on, each once; and which of them is whose.
  const std::vector<std::vector<double>>& axes_nm() const { return axes_nm_; }
  struct AxisOf {
    std::size_t regression = 0, identity = 0, slag = 0, shape = 0, line = 0;
  };
  const AxisOf& axis_of() const { return axis_of_; }

 private:
  Result<void> add_regression(std::string_view bytes);
  Result<void> add_identity(std::string_view bytes);
  Result<void> add_slag(std::string_view bytes);
  Result<void> add_shapes(std::string_view bytes);
  Result<void> add_line(std::string_view bytes);
  std::size_t axis(const std::vector<double>& axis_nm);
  Brand& brand(std::string_view name);

  std::vector<Brand> brands_;
  std::optional<spectra::RegressionModels> regression_;
  std::optional<spectra::Identity> identity_;
  std::optional<spectra::LineReference> line_;
  std::vector<std::vector<double>> axes_nm_;
  AxisOf axis_of_;
  int shapes_ = 0;
};

/// What lies under the spectrometer.
enum class Material {
  kNotSeen,        ///< no usable spectrum
  kUnknownBrand,   ///< the pack has no model of the declared brand
  kSickInstrument, ///< not the ore bends the spectrum but the spectrometer, or the belt shows: no judgement of the ore
  kHazed,          ///< the window is dirty or the lamp fails: no judgement of the ore
  kDeclared,       ///< the declared brand
  kOtherBrand,     ///< another known brand, and not the declared one
  kForeign,        ///< neither the declared nor any other known brand: something is mixed in
};

/// One quantity of the slice as its brand's regression predicts it.
struct Component {
  std::string name;
  double value = 0, std_error = 0;                 ///< % as the pack has it
  double common = 0;                               ///< share of the square of std_error that all slices of the lot have in common
};

struct SliceJudgement {
  Material material = Material::kNotSeen;
  const SpectralModels::Brand* models = nullptr;   ///< of the declared brand, or of the other one it is; may be null
  std::string nearest;                             ///< brand by identity; empty when not asked
  double confidence = 0;                           ///< of `nearest`
  bool known = true;                               ///< within what identity knows at all
  double declared_confidence = 1;
  double index = 0;                                ///< of the screen of the declared brand, 1 = its limit; 0 = none
  double nearest_index = 0;                        ///< of the nearest brand's
  double dark = 0, contrast = 0;                   ///< light levels, in sd of clean slices of the nearest brand
  spectra::LineReference::Signs signs;             ///< of a sick instrument; not valid where the pack has no reference
  bool strange_by_fault = false;                   ///< within the brand's bounds, and what is strange a fault of the instrument explains
  spectra::SlagScreen::Judgement slag;             ///< of `models`; not valid where it has no such screen
  std::vector<Component> composition;              ///< empty where there is no model or no brand to ask
  double t2_ratio = 0, q_ratio = 0;                ///< largest of the components' T2 and Q relative to their limits
  bool calibrated() const { return !composition.empty() && t2_ratio <= 1 && q_ratio <= 1; }
};

struct JudgeScratch {
  std::vector<spectra::Regressor::Scratch> regression;   // by response
  Eigen::VectorXd seen, work;
  spectra::OneClass::Scratch screen;
  spectra::SlagScreen::Scratch slag;
  spectra::Identity::Scratch identity;
};

SliceJudgement judge_slice(const SpectralModels& models, const SliceSpectrum& slice, const std::string& declared_brand, JudgeScratch& scratch);

/// The slice's spectrum against the brand's envelope (mean -+ 3 sd), as JSON for people to look at. No bytes when there is no
/// envelope.
std::optional<wire::Evidence> spectrum_evidence(const SpectralModels& models, const SliceSpectrum& slice, const std::string& brand);

}  // namespace beltwarden::inspect
