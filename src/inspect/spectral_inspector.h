// What the inspectors of spectra have in common: they look at each slice of the line's spectra once it has closed.
#pragma once

#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include "inspect/inspector.h"
#include "inspect/spectral_line.h"

namespace beltwarden::inspect {

class SpectralInspector : public Inspector {
 public:
  SpectralInspector(InspectorInfo info, std::shared_ptr<SpectralLine> line) : info_(std::move(info)), line_(std::move(line)) {}

  const InspectorInfo& info() const final { return info_; }
  void observe(const material::Observation& observation, const FindingSink& say) final;
  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink& say) final;

 protected:
  struct SliceView {
    const material::SliceClosed& closed;
    const std::vector<TonneInterval>& seen;
    const material::LotPlan& plan;                 ///< empty when the lot was never planned
    const SliceSpectrum& spectrum;
    const SliceJudgement& judgement;
  };
  /// Judges a slice; returns what of `seen` it judged.
  virtual std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) = 0;
  /// A lot has been announced, or announced again with other words.
  virtual void planned(const material::LotPlan&, Time, const FindingSink&) {}
  /// The lot's last slice has been judged.
  virtual void ended(const LotId& lot) = 0;

  const SpectralModels& models() const { return line_.models(); }

 private:
  InspectorInfo info_;
  SpectralLine::Reader line_;
};

/// Resolution of what spectral inspectors say: thousandths, of a per cent or of a limit.
inline constexpr double kSpectralSteps = 1000;

/// The limit in % of `quantity` for a brand: its own before one of every brand; nullptr when there is none.
const InspectorSources::Limit* limit_in_percent(const std::vector<InspectorSources::Limit>& limits, std::string_view quantity,
                                                std::string_view brand);

/// True for the slice with which another multiple of `every` tonnes of the lot is complete.
inline bool passes(const TonneInterval& slice, double every) {
  return std::floor(slice.to.value / every) > std::floor(slice.from.value / every);
}

/// A finding about `where`, time and place filled in.
wire::Finding finding_about(const material::LotInterval& where, Time time, wire::Verdict verdict, std::string code);

}  // namespace beltwarden::inspect
