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
#include "science/spectra/regression.h"
#include "science/spectra/slag_screen.h"
#include "wire/finding.h"

namespace beltwarden::inspect {

/// Models by brand, for means of readings (one row of their training = one reading as the spectrometer sends it), from "brand_regression", "slag_comparison",
/// "brand_identity" and "spectrometer_health"; whatever the pack does not have is missing here too.
class SpectralModels {
 public:
  struct Brand {
    std::string name;
    std::optional<spectra::RegressionModel> regression;
    std::optional<spectra::OneClass> screen;      ///< of the spectrum's shape
    std::optional<spectra::OneClass> level;       ///< of shape and level: sees pale matter in black ore
    std::optional<spectra::Envelope> envelope;
    std::optional<spectra::SlagScreen> slag;      ///< of clean ore against the same ore with slag
  };

  static Result<SpectralModels> make(const InspectorSources& sources);

  const std::vector<Brand>& brands() const { return brands_; }
  const Brand* find(std::string_view name) const;
  const std::optional<spectra::Identity>& identity() const { return identity_; }
  /// How each brand looks through a sound spectrometer, from "spectrometer_health".
  const std::optional<spectra::LineReference>& line() const { return line_; }
  /// Of all models; empty when there are none.
  const std::vector<double>& axis_nm() const { return axis_nm_; }
  bool can_regress() const { return regressions_ > 0; }
  bool can_screen() const { return screens_ > 0; }

 private:
  Result<void> add(std::string_view bytes);
  Result<void> same_axis(const std::vector<double>& axis_nm, const std::string& what);
  Brand& brand(std::string_view name);

  std::vector<Brand> brands_;
  std::optional<spectra::Identity> identity_;
  std::optional<spectra::LineReference> line_;
  std::vector<double> axis_nm_;
  int regressions_ = 0, screens_ = 0;
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
};

struct SliceJudgement {
  Material material = Material::kNotSeen;
  const SpectralModels::Brand* models = nullptr;   ///< of the declared brand, or of the other one it is; may be null
  std::string nearest;                             ///< brand by identity; empty when not asked
  double confidence = 0;                           ///< of `nearest`
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
  spectra::RegressionModel::Scratch regression;
  std::vector<spectra::Prediction> predictions;
  spectra::OneClass::Scratch screen;
  spectra::SlagScreen::Scratch slag;
  spectra::Identity::Scratch identity;
};

SliceJudgement judge_slice(const SpectralModels& models, const SliceSpectrum& slice, const std::string& declared_brand,
                           JudgeScratch& scratch);

/// The slice's spectrum against the brand's envelope (mean -+ 3 sd), as JSON for people to look at. No bytes when there is no
/// envelope.
std::optional<wire::Evidence> spectrum_evidence(const SpectralModels& models, const SliceSpectrum& slice, const std::string& brand);

}  // namespace beltwarden::inspect
